//! The server, two runs, and the run after them.

use std::fmt::Debug;
use std::hash::Hash;

use super::super::{End, Event, Machine, Order, Reason, Step};

/// A key, or the place of a run.
pub(super) type Id = usize;

/// What walks through the model: the machine, or a wrong one.
pub(super) trait Create: Clone + Hash + Debug {
    fn next(&mut self, event: Event<Id>, left: u32, ending: bool, world: &Server) -> Step<Id>;

    fn is_open(&self) -> bool;

    /// What the state has after the end.
    fn entry(end: &End<Id>) -> Entry {
        match end {
            End::Created(id) => Entry::Key(*id),
            End::Unfinished => Entry::Name,
            End::Refused | End::Taken(_) | End::Unclear(_) => Entry::Nothing,
        }
    }
}

impl Create for Machine<Id> {
    fn next(&mut self, event: Event<Id>, left: u32, ending: bool, _: &Server) -> Step<Id> {
        Machine::next(self, event, left, ending)
    }

    fn is_open(&self) -> bool {
        Machine::is_open(self)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Entry {
    Nothing,
    Key(Id),
    /// The full name, without an id.
    Name,
    /// A key without a value, found under the full name by a refresh.
    Found(Id),
}

#[derive(Clone, Debug, Hash)]
pub(super) struct Key {
    name: usize,
    made_by: Id,
    is_live: bool,
}

#[derive(Clone, Debug, Default, Hash)]
pub(super) struct Server {
    keys: Vec<Key>,
    /// POSTs that may still take effect: whose, and the name.
    late: Vec<(Id, usize)>,
    /// For each name, the key that had it, after each of the last changes.
    history: [Vec<Option<Id>>; 4],
}

#[derive(Clone, Debug, Hash)]
pub(super) struct Run<C> {
    /// None after the end, so that worlds with one future are one.
    create: Option<C>,
    name: usize,
    may_replace: bool,
    /// How many POSTs beyond the retries may follow a deletion.
    extra: u32,
    pub(super) step: Option<Step<Id>>,
    pub(super) ending: bool,
    requests: u32,
    /// How many POSTs there may still be.
    left: u32,
    pub(super) entry: Entry,
    /// The key that a rotation follows: current until the new one is there, previous from then on.
    keeps: Option<Id>,
    /// Whether an error of this run says that a key of the name may exist.
    has_told: bool,
}

#[derive(Clone, Debug, Hash)]
pub(super) struct World<C> {
    pub(super) server: Server,
    pub(super) runs: [Run<C>; 2],
    /// A promise that the last step broke.
    broken: Option<String>,
}

/// How far the walk goes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    pub(super) retries: u32,
    pub(super) looks: u32,
    /// How many changes of a name a list may trail behind.
    pub(super) lag: usize,
}

/// More than any run can send within the limits.
pub(super) const REQUESTS: u32 = 40;

impl Server {
    fn holder(&self, name: usize) -> Option<Id> {
        let has_it = |key: &Key| key.is_live && key.name == name;
        self.keys.iter().position(has_it)
    }

    fn note(&mut self, name: usize, lag: usize) {
        let holder = self.holder(name);
        let history = &mut self.history[name];
        history.push(holder);
        history.drain(..history.len().saturating_sub(lag + 1));
    }

    fn post(&mut self, made_by: Id, name: usize, lag: usize) -> Option<Id> {
        if self.holder(name).is_some() {
            return None;
        }
        let is_live = true;
        self.keys.push(Key {
            name,
            made_by,
            is_live,
        });
        self.note(name, lag);
        Some(self.keys.len() - 1)
    }
}

impl<C> Run<C> {
    fn end(&mut self, entry: Entry, has_told: bool) {
        (self.create, self.step, self.ending) = (None, None, false);
        (self.requests, self.left) = (0, 0);
        (self.entry, self.has_told) = (entry, has_told);
    }
}

impl<C: Create> World<C> {
    pub(super) fn new(runs: [(C, &Order<Id>); 2], limits: Limits) -> Self {
        let server = Server {
            history: [const { None }; 4].map(|none| vec![none]),
            ..Server::default()
        };
        let mut place = 0;
        let runs = runs.map(|(create, order)| {
            place += 1;
            Run {
                create: Some(create),
                name: if order.random_name { place } else { 0 },
                may_replace: order.replace_existing,
                extra: u32::from(order.kept == 0),
                step: Some(Step::Post),
                ending: false,
                requests: 0,
                left: 1 + limits.retries,
                entry: Entry::Nothing,
                keeps: None,
                has_told: false,
            }
        });
        Self {
            server,
            runs,
            broken: None,
        }
    }

    /// The same, where the first create is a rotation: its state has a key that works.
    pub(super) fn rotating(mut self) -> Self {
        self.server.keys.push(Key {
            name: 3,
            made_by: 0,
            is_live: true,
        });
        self.server.history[3] = vec![Some(0)];
        self.runs[0].keeps = Some(0);
        self
    }

    /// Every world that one step of the server or of a run leads to.
    pub(super) fn successors(&self, limits: Limits) -> Vec<Self> {
        let mut next = Vec::new();
        for at in 0..self.server.late.len() {
            let mut world = self.clone();
            let (by, name) = world.server.late.remove(at);
            world.server.post(by, name, limits.lag);
            next.push(world);
        }
        for run in 0..self.runs.len() {
            match &self.runs[run].step {
                Some(step) => self.advance(run, step, limits, &mut next),
                None => self.next_run(run, limits, &mut next),
            }
        }
        next
    }

    /// One step of a create, with everything that may become of it.
    fn advance(&self, run: Id, step: &Step<Id>, limits: Limits, next: &mut Vec<Self>) {
        let this = &self.runs[run];
        if !this.ending {
            let mut world = self.clone();
            world.runs[run].ending = true;
            next.push(world);
        }
        if !this.create.as_ref().is_some_and(C::is_open) && !matches!(step, Step::End(_)) {
            let mut world = self.clone();
            world.runs[run].end(Entry::Nothing, false);
            next.push(world);
        }
        let mut world = self.clone();
        world.runs[run].requests += 1;
        match step {
            // A wait that is cut short.
            Step::PostAgain if this.ending => {
                next.push(world.feed(run, Event::Failed { retry: false }));
            }
            Step::ListAgain if this.ending => next.push(world.feed(run, Event::NotListed)),
            Step::Post | Step::PostAgain => world.post(run, limits, next),
            Step::List | Step::ListAgain => {
                next.push(world.clone().feed(run, Event::NotListed));
                for shown in &self.server.history[this.name] {
                    next.push(world.clone().feed(run, Event::Listed(*shown)));
                }
            }
            Step::Delete(id, reason) => {
                next.push(world.clone().feed(run, Event::NotDeleted));
                world.delete(run, *id, Some(*reason), limits.lag);
                next.push(world.clone().feed(run, Event::NotDeleted));
                next.push(world.feed(run, Event::Deleted(*id)));
            }
            Step::End(end) => {
                let has_told = matches!(end, End::Unclear(_) | End::Unfinished);
                world.runs[run].end(C::entry(end), has_told);
                if let End::Created(id) = end {
                    // The host is gone: the key is rolled back.
                    let mut world = world.clone();
                    world.runs[run].entry = Entry::Nothing;
                    world.delete(run, *id, None, limits.lag);
                    next.push(world);
                }
                next.push(world);
            }
        }
    }

    fn post(mut self, run: Id, limits: Limits, next: &mut Vec<Self>) {
        let this = &mut self.runs[run];
        let name = this.name;
        match (this.left, this.extra) {
            (0, 0) => self.broken = Some(format!("run {run} posts more often than it may")),
            (0, _) => this.extra -= 1,
            _ => this.left -= 1,
        }
        let retry = self.runs[run].left > 0;
        next.push(self.clone().feed(run, Event::Failed { retry }));
        next.push(self.clone().feed(run, Event::Failed { retry: false }));
        let mut late = self.clone();
        late.server.late.push((run, name));
        late.server.late.sort_unstable();
        next.push(late.feed(run, Event::Ambiguous { retry }));
        let answer = match self.server.post(run, name, limits.lag) {
            Some(id) => Event::Created(id),
            None => Event::AlreadyExists,
        };
        next.push(self.feed(run, answer));
    }

    fn feed(mut self, run: Id, event: Event<Id>) -> Self {
        let this = &mut self.runs[run];
        let create = this.create.as_mut().expect("a create under way");
        this.step = Some(create.next(event, this.left, this.ending, &self.server));
        self
    }

    /// Refreshes, or replaces or destroys what the state has.
    fn next_run(&self, run: Id, limits: Limits, next: &mut Vec<Self>) {
        let name = self.runs[run].name;
        if let Some(id) = self.runs[run].keeps {
            // Its time is up, or all is destroyed.
            let mut world = self.clone();
            world.runs[run].keeps = None;
            world.delete(run, id, None, limits.lag);
            next.push(world);
        }
        match self.runs[run].entry {
            Entry::Nothing => {}
            Entry::Key(id) | Entry::Found(id) => {
                let mut world = self.clone();
                world.runs[run].entry = Entry::Nothing;
                world.delete(run, id, None, limits.lag);
                next.push(world);
            }
            Entry::Name => {
                for shown in &self.server.history[name] {
                    let mut refreshed = self.clone();
                    refreshed.runs[run].entry = shown.map_or(Entry::Name, Entry::Found);
                    let mut destroyed = self.clone();
                    destroyed.runs[run].entry = Entry::Nothing;
                    if let Some(id) = shown {
                        destroyed.delete(run, *id, Some(Reason::RandomName), limits.lag);
                    }
                    next.extend([refreshed, destroyed]);
                }
            }
        }
    }

    fn delete(&mut self, by: Id, id: Id, reason: Option<Reason>, lag: usize) {
        if !self.server.keys[id].is_live {
            return;
        }
        if self.runs.iter().any(|run| run.keeps == Some(id)) {
            self.broken = Some(format!("run {by} deletes the key {id}, which works"));
        }
        for (run, other) in self.runs.iter().enumerate() {
            let is_wanted =
                other.entry == Entry::Key(id) || other.step == Some(Step::End(End::Created(id)));
            let may = reason == Some(Reason::ReplaceExisting) && self.runs[by].may_replace;
            if run != by && is_wanted && !may {
                self.broken = Some(format!("run {by} deletes the key {id} of run {run}"));
            }
        }
        self.server.keys[id].is_live = false;
        let name = self.server.keys[id].name;
        self.server.note(name, lag);
        // Beyond the model: what was late when a create had its key, and takes effect after that was deleted.
        let has_key = self.runs.each_ref().map(|run| match &run.step {
            Some(step) => matches!(step, Step::End(End::Created(_))),
            None => !run.has_told,
        });
        self.server
            .late
            .retain(|late| late.1 != name || !has_key[late.0]);
    }

    /// What holds at any time, and when nothing is under way.
    pub(super) fn check(&self) -> Result<(), String> {
        if let Some(broken) = &self.broken {
            return Err(broken.clone());
        }
        if self.runs.iter().any(|run| run.requests > REQUESTS) {
            return Err("no end of requests".to_owned());
        }
        if self.runs.iter().any(|run| run.step.is_some()) {
            return Ok(());
        }
        for (id, key) in self.server.keys.iter().enumerate() {
            let holds = |run: &Run<C>| {
                let by_entry = match run.entry {
                    Entry::Key(held) | Entry::Found(held) => held == id,
                    Entry::Name => run.name == key.name,
                    Entry::Nothing => false,
                };
                by_entry || run.keeps == Some(id)
            };
            let is_named = self.runs[key.made_by].has_told || self.runs.iter().any(holds);
            if key.is_live && !is_named {
                return Err(format!("no state and no error names the key {id}"));
            }
            let is_taken = self.runs.iter().any(|run| run.may_replace);
            if !key.is_live && !is_taken && self.runs.iter().any(|run| run.entry == Entry::Key(id))
            {
                return Err(format!("a value without its key {id}"));
            }
        }
        Ok(())
    }
}
