//! Machines that break a promise. The explorer finds out each of them, which shows that it can.

use super::*;

/// Deletes a key of the name that is not older than its own first request.
#[derive(Clone, Debug, Hash)]
struct ByNameAndTime {
    machine: Machine<Id>,
    asked_at: usize,
}

impl Create for ByNameAndTime {
    fn next(&mut self, event: Event<Id>, left: u32, ending: bool, _: &Server) -> Step<Id> {
        match self.machine.next(event, left, ending) {
            // Keys are numbered in the order in which they were made.
            Step::End(End::Unclear(Some(id))) if id >= self.asked_at => {
                Step::Delete(id, Reason::RandomName)
            }
            step => step,
        }
    }

    fn is_open(&self) -> bool {
        self.machine.is_open()
    }
}

/// Takes a key that it found into the state, where the next run deletes it.
#[derive(Clone, Debug, Hash)]
struct Adopts(Machine<Id>);

impl Create for Adopts {
    fn next(&mut self, event: Event<Id>, left: u32, ending: bool, _: &Server) -> Step<Id> {
        self.0.next(event, left, ending)
    }

    fn is_open(&self) -> bool {
        self.0.is_open()
    }

    fn entry(end: &End<Id>) -> Entry {
        match end {
            End::Unclear(Some(id)) => Entry::Found(*id),
            end => Machine::entry(end),
        }
    }
}

/// Takes a 502 for a POST that had no effect.
#[derive(Clone, Debug, Hash)]
struct ForgetsLateCommits(Machine<Id>);

impl Create for ForgetsLateCommits {
    fn next(&mut self, event: Event<Id>, left: u32, ending: bool, _: &Server) -> Step<Id> {
        let event = match event {
            Event::Ambiguous { retry } => Event::Failed { retry },
            event => event,
        };
        self.0.next(event, left, ending)
    }

    fn is_open(&self) -> bool {
        self.0.is_open()
    }
}

/// Takes one list without the key for proof that there is none.
#[derive(Clone, Debug, Hash)]
struct BelievesOneList(Machine<Id>);

impl Create for BelievesOneList {
    fn next(&mut self, event: Event<Id>, left: u32, ending: bool, _: &Server) -> Step<Id> {
        let is_absent = matches!(event, Event::Listed(None));
        match self.0.next(event, left, ending) {
            Step::End(_) if is_absent => Step::End(End::Refused),
            step => step,
        }
    }

    fn is_open(&self) -> bool {
        self.0.is_open()
    }
}

/// Makes room for the new key by deleting the one that works.
#[derive(Clone, Debug, Hash)]
struct MakesRoom {
    machine: Machine<Id>,
    has_tried: bool,
}

impl Create for MakesRoom {
    fn next(&mut self, event: Event<Id>, left: u32, ending: bool, _: &Server) -> Step<Id> {
        if self.has_tried {
            return Step::End(End::Refused);
        }
        match self.machine.next(event, left, ending) {
            Step::End(End::Refused) => {
                self.has_tried = true;
                Step::Delete(0, Reason::RandomName)
            }
            step => step,
        }
    }

    fn is_open(&self) -> bool {
        self.machine.is_open()
    }
}

/// What the explorer says about it.
fn is_found_out<C: Create>(pair: [(bool, bool); 2], make: impl Fn(Machine<Id>) -> C) -> String {
    explore_pair(pair, SHALLOW, make).expect_err("a counterexample")
}

#[test]
fn deleting_by_name_and_time_is_found_out() {
    let found = is_found_out([FIXED, FIXED], |machine| ByNameAndTime {
        machine,
        asked_at: 0,
    });
    assert!(found.contains("deletes the key"), "{found}");
}

#[test]
fn taking_a_found_key_into_the_state_is_found_out() {
    let found = is_found_out([FIXED, FIXED], Adopts);
    assert!(found.contains("deletes the key"), "{found}");
}

#[test]
fn forgetting_a_late_commit_is_found_out() {
    for pair in [[FIXED, FIXED], [RANDOM, FIXED]] {
        let found = is_found_out(pair, ForgetsLateCommits);
        assert!(
            found.contains("no state and no error names the key"),
            "{found}"
        );
    }
}

#[test]
fn believing_one_list_is_found_out() {
    for pair in [[FIXED, FIXED], [RANDOM, FIXED]] {
        let found = is_found_out(pair, BelievesOneList);
        assert!(
            found.contains("no state and no error names the key"),
            "{found}"
        );
    }
}

#[test]
fn deleting_the_key_that_works_is_found_out() {
    let found = explore_rotation([RANDOM, FIXED], SHALLOW, |machine| MakesRoom {
        machine,
        has_tried: false,
    });
    let found = found.expect_err("a counterexample");
    assert!(found.contains("which works"), "{found}");
}
