//! The life of one create, decided without I/O: what happened goes in, the one thing to do next comes out.
//!
//! | after | when | do |
//! | --- | --- | --- |
//! | `Created` | | end: `Created` |
//! | `Ambiguous`, `Failed` | a retry is left | post again |
//! | `Ambiguous`, `Failed` | no request is open | end |
//! | `Ambiguous`, `Failed` | a request is open | list |
//! | `AlreadyExists` | | list, but not after an interrupt that found no request open |
//! | `Listed`: a key of the name | this process made it and its state has it | end |
//! | | the name is random | delete it |
//! | | `replace_existing`, the server said "already exists", a post is left | delete it |
//! | | `replace_existing`, the server did not say so, a post is left | post |
//! | | otherwise | end |
//! | `Listed`: none | looks are left | list again |
//! | | "already exists", a key of the name may be deleted, a post is left | post |
//! | | otherwise | end |
//! | `Deleted` | a post is left | post |
//! | | otherwise | end |
//! | `NotListed`, `NotDeleted` | | end |
//!
//! Once the run is ending (an interrupt, or the time is up), no retry, no look and no post is left. A request is open when
//! the server may have handled it, or may still. How it ends follows from what is known then:
//!
//! | the name is | a request is open | the server said "already exists" | end |
//! | --- | --- | --- | --- |
//! | random | yes | | `Unfinished` |
//! | random | no | yes | `Unfinished` |
//! | fixed | yes | | `Unclear` |
//! | fixed | no | yes | `Taken` |
//! | | no | no | `Refused` |

mod explain;
#[cfg(test)]
mod explorer;
mod run;
pub(super) mod unfinished;

use std::mem;

pub(super) use run::{CLEAN_UP, Creation, NewName, NotCreated};

/// What is asked for, as far as it decides anything.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Order<Id> {
    /// Whether this process made up the name's random suffix: nobody else makes a key of that name.
    pub(super) random_name: bool,
    /// Whether a key that has the name may be deleted.
    pub(super) replace_existing: bool,
    /// The key of the name that this process made for another resource.
    pub(super) made_here: Option<Id>,
    /// How many lists without the key follow one another before the server is asked otherwise.
    pub(super) looks: u32,
    /// How many POSTs there may be beside the retries.
    pub(super) posts: u32,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Event<Id> {
    /// The POST was answered: this is the key.
    Created(Id),
    /// The POST was answered: the name is taken.
    AlreadyExists,
    /// The POST may have been handled, or may still be: no answer, 5xx, or one that makes no sense.
    Ambiguous { retry: bool },
    /// The POST had no effect.
    Failed { retry: bool },
    /// The list came, with this key of the name.
    Listed(Option<Id>),
    /// The list did not come.
    NotListed,
    /// The key that was to be deleted is gone.
    Deleted(Id),
    /// It may still be there.
    NotDeleted,
}

/// What to do next.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Step<Id> {
    Post,
    /// The same, after the wait between retries.
    PostAgain,
    List,
    /// The same, after the wait between looks.
    ListAgain,
    Delete(Id, Reason),
    End(End<Id>),
}

/// Why a key that has the name may be deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Reason {
    RandomName,
    ReplaceExisting,
}

/// How it ended.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum End<Id> {
    /// The key is made, and its value is known.
    Created(Id),
    /// No request made a key, or can still make one.
    Refused,
    /// Another key has the name: this one, if a list has shown it.
    Taken(Option<Id>),
    /// A request may have made a key of the fixed name, or may still; a key of the name is listed, or none. Whose it is
    /// cannot be told, so nothing enters the state.
    Unclear(Option<Id>),
    /// A request may have made a key of the random name, or may still. Whatever has that name is this create's: the state
    /// keeps the name.
    Unfinished,
}

/// One create.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Machine<Id> {
    order: Order<Id>,
    /// Requests that may have made a key, or still may, less the keys that they are known to have made.
    open: u32,
    /// Whether the last answer was that the name is taken.
    exists: bool,
    /// How often the retries ended.
    spent: u32,
    /// Lists without the key, since the last POST.
    looks: u32,
    /// POSTs beside the retries.
    posts: u32,
    /// Trailing lists may still show them.
    deleted: Vec<Id>,
    seen: Option<Id>,
}

impl<Id: Clone + Eq> Machine<Id> {
    /// A create whose first step is [`Step::Post`].
    pub(super) fn new(order: Order<Id>) -> Self {
        Self {
            order,
            open: 0,
            exists: false,
            spent: 0,
            looks: 0,
            posts: 0,
            deleted: Vec::new(),
            seen: None,
        }
    }

    /// Whether a request may have made a key whose id is not known, or may still.
    pub(super) fn is_open(&self) -> bool {
        self.open > 0
    }

    /// The next step, after what the last one led to. `ending`: nothing may begin that clean-up does not need.
    pub(super) fn next(&mut self, event: Event<Id>, ending: bool) -> Step<Id> {
        match event {
            Event::Created(id) => Step::End(End::Created(id)),
            Event::Ambiguous { retry } => {
                self.open += 1;
                self.not_posted(retry && !ending)
            }
            Event::Failed { retry } => self.not_posted(retry && !ending),
            Event::AlreadyExists => {
                self.exists = true;
                self.looks = 0;
                if ending && !self.is_open() {
                    return self.end();
                }
                Step::List
            }
            Event::Listed(found) => {
                // Not again what is deleted already: lists may trail.
                match found.filter(|id| !self.deleted.contains(id)) {
                    Some(id) => self.found(id, ending),
                    None => self.not_found(ending),
                }
            }
            Event::Deleted(id) => {
                self.deleted.push(id);
                (self.exists, self.seen) = (false, None);
                if self.order.random_name {
                    // One of this create's requests had made it.
                    self.open = self.open.saturating_sub(1);
                }
                self.post_or_end(ending)
            }
            Event::NotListed | Event::NotDeleted => self.end(),
        }
    }

    fn not_posted(&mut self, retry: bool) -> Step<Id> {
        self.exists = false;
        self.looks = 0;
        if retry {
            return Step::PostAgain;
        }
        self.spent += 1;
        if self.is_open() {
            Step::List
        } else {
            self.end()
        }
    }

    fn found(&mut self, id: Id, ending: bool) -> Step<Id> {
        let is_anothers = self.order.made_here.as_ref() == Some(&id);
        self.seen = Some(id.clone());
        if is_anothers {
            self.end()
        } else if self.order.random_name {
            Step::Delete(id, Reason::RandomName)
        } else if self.order.replace_existing && self.may_post(ending) {
            if self.exists {
                Step::Delete(id, Reason::ReplaceExisting)
            } else {
                // Nothing is deleted before the server has said that the name is taken.
                self.post_or_end(ending)
            }
        } else {
            self.end()
        }
    }

    fn not_found(&mut self, ending: bool) -> Step<Id> {
        self.looks += 1;
        self.seen = None;
        let may_delete = self.order.random_name || self.order.replace_existing;
        if self.looks < self.order.looks && !ending {
            Step::ListAgain
        } else if self.exists && may_delete {
            self.post_or_end(ending)
        } else {
            self.end()
        }
    }

    /// Whether one more POST may follow: a list or a delete after the retries ended gives one more chance.
    fn may_post(&self, ending: bool) -> bool {
        !ending && self.spent <= 1 && self.posts < self.order.posts
    }

    fn post_or_end(&mut self, ending: bool) -> Step<Id> {
        if !self.may_post(ending) {
            return self.end();
        }
        self.posts += 1;
        Step::Post
    }

    fn end(&mut self) -> Step<Id> {
        let seen = mem::take(&mut self.seen);
        Step::End(
            match (self.order.random_name, self.is_open(), self.exists) {
                (_, false, false) => End::Refused,
                (true, _, _) => End::Unfinished,
                (false, true, _) => End::Unclear(seen),
                (false, false, true) => End::Taken(seen),
            },
        )
    }
}
