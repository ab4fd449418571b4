use proptest::prelude::*;

use super::Answer::{Maybe, No, Yes};
use super::*;

const ANSWERS: [Answer; 3] = [No, Maybe, Yes];

/// Everything that a decision can go by.
fn all() -> Vec<Facts> {
    let mut all = Vec::new();
    for current in [Current::Lives, Current::Gone, Current::Unfinished] {
        for previous in [Previous::None, Previous::Lives, Previous::Unfinished] {
            for (rotation_due, retirement_due) in
                [(false, false), (false, true), (true, false), (true, true)]
            {
                for rotate_after_changes in ANSWERS {
                    for overlap_changes in ANSWERS {
                        all.extend(ANSWERS.map(|value_changes| Facts {
                            current,
                            previous,
                            rotation_due,
                            retirement_due,
                            rotate_after_changes,
                            overlap_changes,
                            value_changes,
                        }));
                    }
                }
            }
        }
    }
    all
}

/// The same facts once all values are known.
fn resolved(facts: Facts) -> Vec<Facts> {
    let known = |answer| match answer {
        Maybe => vec![No, Yes],
        known => vec![known],
    };
    let mut all = Vec::new();
    for rotate_after_changes in known(facts.rotate_after_changes) {
        for overlap_changes in known(facts.overlap_changes) {
            all.extend(
                known(facts.value_changes)
                    .into_iter()
                    .map(|value_changes| Facts {
                        rotate_after_changes,
                        overlap_changes,
                        value_changes,
                        ..facts
                    }),
            );
        }
    }
    all
}

#[test]
fn what_is_certain_before_all_is_known_is_so_afterwards_and_then_all_is_certain() {
    for facts in all() {
        let first = facts.decide();
        for resolved in resolved(facts) {
            let last = resolved.decide();
            for (first, last) in [(first.rotate, last.rotate), (first.retire, last.retire)] {
                assert_ne!(last, Maybe, "{resolved:?}");
                assert!(
                    first == Maybe || first == last,
                    "{facts:?} then {resolved:?}"
                );
            }
        }
    }
}

#[test]
fn a_quiet_day_is_quiet_and_a_living_key_goes_for_two_reasons_only() {
    for facts in all() {
        let decision = facts.decide();
        let is_due = facts.rotation_due && facts.rotate_after_changes != Yes;
        let is_over = facts.retirement_due && facts.overlap_changes != Yes;
        if facts.current == Current::Lives {
            let rotates = is_due || facts.value_changes != No;
            assert_eq!(decision.rotate != No, rotates, "{facts:?}");
        } else {
            assert_eq!(decision.rotate, Yes, "{facts:?}");
        }
        if facts.previous == Previous::Lives {
            let makes_room = facts.current == Current::Lives && decision.rotate != No;
            assert_eq!(decision.retire != No, is_over || makes_room, "{facts:?}");
        }
    }
}

/// A key of the model: when it was made is its id and its value.
type Key = u32;

/// What a practitioner, the time, and others do.
#[derive(Clone, Copy, Debug)]
enum Step {
    Wait(u32),
    Read,
    Apply(Fate),
    RotateAfter(u32),
    Overlap(u32),
    Keepers,
    DeleteCurrent,
    DeletePrevious,
}

/// What becomes of the POST of an apply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Answered,
    Refused,
    /// No answer; the server has made the key.
    Lost,
}

#[expect(
    clippy::struct_excessive_bools,
    reason = "as in the private data: each is a fact of its own"
)]
#[derive(Clone, Debug, Default)]
struct World {
    now: u32,
    made: u32,
    /// The server's keys.
    keys: Vec<Key>,
    /// The current key of the state, when it rotates, and whether its value is known.
    current: Key,
    made_at: u32,
    /// The previous key of the state, and when it retires; never for one that was not answered for.
    previous: Option<(Key, Option<u32>)>,
    rotate_after: u32,
    overlap: u32,
    applied: (u32, u32),
    keepers_changed: bool,
    rotation_due: bool,
    retirement_due: bool,
    current_gone: bool,
}

impl World {
    fn new() -> Self {
        let mut world = Self {
            rotate_after: 50,
            overlap: 10,
            applied: (50, 10),
            ..Self::default()
        };
        world.current = world.make();
        world
    }

    fn make(&mut self) -> Key {
        self.made += 1;
        self.keys.push(self.made);
        self.made
    }

    fn lives(&self, key: Key) -> bool {
        self.keys.contains(&key)
    }

    fn read(&mut self) {
        if self
            .previous
            .is_some_and(|(key, retires)| retires.is_some() && !self.lives(key))
        {
            self.previous = None;
        }
        self.current_gone = !self.lives(self.current);
        self.rotation_due = self.made_at + self.applied.0 <= self.now;
        self.retirement_due = self
            .previous
            .is_some_and(|(_, retires)| retires.is_some_and(|at| at < self.now));
        if self.current_gone && self.previous.is_none() {
            // Planned anew.
            self.current = self.make();
            self.made_at = self.now;
            (self.current_gone, self.rotation_due) = (false, false);
            self.applied = (self.rotate_after, self.overlap);
        }
    }

    fn facts(&self) -> Facts {
        let changes = |changes: bool| if changes { Yes } else { No };
        Facts {
            current: if self.current_gone {
                Current::Gone
            } else {
                Current::Lives
            },
            previous: match self.previous {
                None => Previous::None,
                Some((_, None)) => Previous::Unfinished,
                Some(_) => Previous::Lives,
            },
            rotation_due: self.rotation_due,
            retirement_due: self.retirement_due,
            rotate_after_changes: changes(self.rotate_after != self.applied.0),
            overlap_changes: changes(self.overlap != self.applied.1),
            value_changes: changes(self.keepers_changed),
        }
    }

    fn apply(&mut self, fate: Fate) {
        let Decision { rotate, retire } = self.facts().decide();
        if retire == Yes {
            let (key, _) = self.previous.take().expect("a key to retire");
            self.keys.retain(|one| *one != key);
        }
        if rotate == Yes {
            match fate {
                Fate::Refused => return,
                Fate::Lost if self.previous.is_some() => return,
                Fate::Lost => {
                    let key = self.make();
                    self.previous = Some((key, None));
                    return;
                }
                Fate::Answered => {}
            }
            let key = self.make();
            if self.current_gone {
                self.move_retirement();
            } else {
                self.previous = Some((self.current, Some(self.now + self.overlap)));
            }
            (self.current, self.made_at) = (key, self.now);
            (self.current_gone, self.keepers_changed) = (false, false);
        } else {
            self.move_retirement();
        }
        self.applied = (self.rotate_after, self.overlap);
        (self.rotation_due, self.retirement_due) = (false, false);
    }

    /// The previous key goes by the new `overlap`.
    fn move_retirement(&mut self) {
        if let Some((_, Some(at))) = &mut self.previous {
            *at = *at + self.overlap - self.applied.1;
        }
    }

    fn take(&mut self, step: Step) {
        match step {
            Step::Wait(by) => self.now += by,
            Step::Read => self.read(),
            Step::Apply(fate) => {
                self.read();
                self.apply(fate);
            }
            Step::RotateAfter(to) => self.rotate_after = self.overlap + to,
            Step::Overlap(to) => self.overlap = to.min(self.rotate_after - 1),
            Step::Keepers => self.keepers_changed = true,
            Step::DeleteCurrent => self.keys.retain(|key| *key != self.current),
            Step::DeletePrevious => {
                let previous = self.previous.map(|(key, _)| key);
                self.keys.retain(|key| Some(*key) != previous);
            }
        }
    }
}

fn step() -> impl Strategy<Value = Step> {
    let fate = prop_oneof![
        4 => Just(Fate::Answered),
        1 => Just(Fate::Refused),
        1 => Just(Fate::Lost),
    ];
    prop_oneof![
        3 => (1..40_u32).prop_map(Step::Wait),
        1 => Just(Step::Read),
        6 => fate.prop_map(Step::Apply),
        1 => (1..80_u32).prop_map(Step::RotateAfter),
        1 => (1..40_u32).prop_map(Step::Overlap),
        1 => Just(Step::Keepers),
        1 => Just(Step::DeleteCurrent),
        1 => Just(Step::DeletePrevious),
    ]
}

proptest! {
    #[test]
    fn there_are_never_three_keys_none_is_nameless_and_none_goes_before_its_time(
        steps in proptest::collection::vec(step(), 1..60)
    ) {
        let mut world = World::new();
        for step in steps {
            let before = world.clone();
            world.take(step);
            prop_assert!(world.keys.len() <= 2, "{step:?}: {before:?} to {world:?}");
            for key in &world.keys {
                let is_named = *key == world.current
                    || world.previous.is_some_and(|(previous, _)| previous == *key);
                prop_assert!(is_named, "{step:?}: {before:?} to {world:?}");
            }
            let Step::Apply(fate) = step else { continue };
            if fate == Fate::Answered {
                prop_assert!(world.lives(world.current), "{before:?} to {world:?}");
            }
            // A client with the value from before an apply can log in after it.
            if before.lives(before.current) {
                prop_assert!(world.lives(before.current), "{before:?} to {world:?}");
            }
            // And longer, unless the next rotation is due.
            if let Some((previous, Some(retires))) = before.previous
                && before.lives(previous)
                && !world.lives(previous)
            {
                let asked_for = world.rotation_was_asked_for(&before);
                prop_assert!(retires < before.now || asked_for, "{before:?} to {world:?}");
            }
        }
    }
}

impl World {
    fn rotation_was_asked_for(&self, before: &Self) -> bool {
        before.keepers_changed || before.made_at + before.applied.0 <= self.now
    }
}
