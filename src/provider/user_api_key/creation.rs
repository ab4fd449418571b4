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
//! | | `replace_existing`, the server said "already exists", a post may follow | delete it |
//! | | `replace_existing`, the server did not say so, a post is left | post |
//! | | otherwise | end |
//! | `Listed`: none | looks are left | list again |
//! | | the server said "already exists", a key of the name may be deleted, a post is left beside the kept one | post |
//! | | the server did not say so, the name is random, a post is left | post |
//! | | otherwise | end |
//! | `Deleted` | a post may follow | post |
//! | | otherwise | end |
//! | `NotListed`, `NotDeleted` | | end |
//!
//! Of the 1 + `max_retries` POSTs of a create, one whose name is random keeps the last while a request is open: the
//! retries end before it, so that a deletion can be followed by a POST. Where none can be kept, one follows a deletion
//! all the same: without retries, and with `replace_existing`, where only an answer tells that there is a key to delete.
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
mod new_key;
mod run;
pub(super) mod unfinished;

use std::mem;

pub(super) use new_key::{Creation, NewName, NotCreated};
pub(super) use run::CLEAN_UP;

/// What is asked for, as far as it decides anything.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Order<Id> {
    /// Whether this process made up the name's random suffix: no other run makes a key of that name.
    pub(super) random_name: bool,
    /// Whether a key that has the name may be deleted.
    pub(super) replace_existing: bool,
    /// The key of the name that this process made for another resource.
    pub(super) made_here: Option<Id>,
    /// How many lists without the key follow one another before the server is asked otherwise.
    pub(super) looks: u32,
    /// The same, if it said that the name is taken and can't be asked otherwise any more.
    pub(super) most_looks: u32,
    /// How many of the POSTs are kept for after a deletion. Without one, a POST beyond the retries may follow.
    pub(super) kept: u32,
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
    /// Lists without the key, since the last POST.
    looks: u32,
    /// Whether a POST beyond the retries has followed a deletion.
    has_spent_extra: bool,
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
            looks: 0,
            has_spent_extra: false,
            deleted: Vec::new(),
            seen: None,
        }
    }

    /// Whether a request may have made a key whose id is not known, or may still.
    pub(super) fn is_open(&self) -> bool {
        self.open > 0
    }

    /// The next step, after what the last one led to. `left` is how many POSTs there may still be; `ending`: nothing may
    /// begin that clean-up does not need.
    pub(super) fn next(&mut self, event: Event<Id>, left: u32, ending: bool) -> Step<Id> {
        match event {
            Event::Created(id) => Step::End(End::Created(id)),
            Event::Ambiguous { retry } => {
                self.open += 1;
                self.not_posted(retry && !ending, left)
            }
            Event::Failed { retry } => self.not_posted(retry && !ending, left),
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
                    Some(id) => self.found(id, left, ending),
                    None => self.not_found(left, ending),
                }
            }
            Event::Deleted(id) => {
                self.deleted.push(id);
                (self.exists, self.seen) = (false, None);
                if self.order.random_name {
                    // One of this create's requests had made it.
                    self.open = self.open.saturating_sub(1);
                }
                if ending || !self.may_follow_deletion(left) {
                    return self.end();
                }
                self.has_spent_extra |= left == 0;
                Step::Post
            }
            Event::NotListed | Event::NotDeleted => self.end(),
        }
    }

    fn not_posted(&mut self, retry: bool, left: u32) -> Step<Id> {
        self.exists = false;
        self.looks = 0;
        let is_kept = self.order.random_name && self.is_open() && left <= self.order.kept;
        if retry && !is_kept {
            Step::PostAgain
        } else if self.is_open() {
            Step::List
        } else {
            self.end()
        }
    }

    fn found(&mut self, id: Id, left: u32, ending: bool) -> Step<Id> {
        let is_anothers = self.order.made_here.as_ref() == Some(&id);
        self.seen = Some(id.clone());
        if is_anothers {
            self.end()
        } else if self.order.random_name {
            Step::Delete(id, Reason::RandomName)
        } else if !self.order.replace_existing || ending {
            self.end()
        } else if self.exists && self.may_follow_deletion(left) {
            Step::Delete(id, Reason::ReplaceExisting)
        } else if !self.exists && left > 0 {
            // Nothing is deleted before the server has said that the name is taken.
            Step::Post
        } else {
            self.end()
        }
    }

    fn not_found(&mut self, left: u32, ending: bool) -> Step<Id> {
        self.looks += 1;
        self.seen = None;
        let may_delete = self.order.random_name || self.order.replace_existing;
        let may_post = if self.exists {
            may_delete && left > self.order.kept
        } else {
            self.order.random_name && left > 0
        };
        if ending {
            self.end()
        } else if !self.looks.is_multiple_of(self.order.looks) {
            Step::ListAgain
        } else if may_post {
            Step::Post
        } else if self.exists && may_delete && self.looks < self.order.most_looks {
            Step::ListAgain
        } else {
            self.end()
        }
    }

    /// Whether a POST may follow a deletion.
    fn may_follow_deletion(&self, left: u32) -> bool {
        left > 0 || (self.order.kept == 0 && !self.has_spent_extra)
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
