//! Walks every interleaving of two creates against a model of the server, and of what the next run does with their states.
//!
//! In the model: two runs of one configuration, each with a state of its own. A POST is answered, fails without effect, is
//! refused, or is left without an answer, and then takes effect at any later time or never, also after the run's end. A list
//! shows what held at one of the last changes of that name. A delete is done, or fails and was done or was not. An
//! interrupt, or the end of the time, comes between any two steps. The provider dies anywhere but while a POST of its own has
//! no answer; the host dies, and the key just made is rolled back. The next run refreshes, replaces or destroys.
//!
//! The same with a rotation in the place of one create: its state has a key that works, which goes when its time is up or all is
//! destroyed, and not before.
//!
//! Not in it, and documented with the sweep: a provider that is killed between POST and answer, and a POST that takes effect
//! after the key that this very create had made, and a state held, was deleted.

mod model;
mod wrong;

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::Write as _;

use super::{End, Event, Machine, Order, Reason, Step};
use model::{Create, Entry, Id, Limits, Server, World};

/// Walks from one world to all that can come of it, each once.
///
/// # Errors
///
/// The promise that is broken, and the way there, backwards.
fn explore<C: Create>(
    world: &World<C>,
    limits: Limits,
    seen: &mut HashSet<u64>,
) -> Result<(), String> {
    let mut hasher = DefaultHasher::new();
    world.hash(&mut hasher);
    if !seen.insert(hasher.finish()) {
        return Ok(());
    }
    let steps = || {
        world
            .runs
            .each_ref()
            .map(|run| (&run.step, run.ending, run.entry))
    };
    let path = |error| format!("{error}\nfrom {:?} {:?}", world.server, steps());
    world.check().map_err(path)?;
    let mut successors = world.successors(limits).into_iter();
    successors.try_for_each(|next| explore(&next, limits, seen).map_err(path))
}

fn order(random_name: bool, replace_existing: bool, limits: Limits) -> Order<Id> {
    Order {
        random_name,
        replace_existing,
        made_here: None,
        looks: limits.looks,
        most_looks: 2 * limits.looks,
        kept: u32::from(random_name && limits.retries > 0),
    }
}

const FIXED: (bool, bool) = (false, false);
const REPLACING: (bool, bool) = (false, true);
const RANDOM: (bool, bool) = (true, false);

/// How many worlds come of two runs that begin at the same time.
fn explore_pair<C: Create>(
    pair: [(bool, bool); 2],
    limits: Limits,
    make: impl Fn(Machine<Id>) -> C,
) -> Result<usize, String> {
    explore_from(pair, limits, make, |world| world)
}

/// The same, where the first of them is a rotation.
fn explore_rotation<C: Create>(
    pair: [(bool, bool); 2],
    limits: Limits,
    make: impl Fn(Machine<Id>) -> C,
) -> Result<usize, String> {
    explore_from(pair, limits, make, World::rotating)
}

fn explore_from<C: Create>(
    pair: [(bool, bool); 2],
    limits: Limits,
    make: impl Fn(Machine<Id>) -> C,
    begin: impl Fn(World<C>) -> World<C>,
) -> Result<usize, String> {
    let orders = pair.map(|(random, replace)| order(random, replace, limits));
    let runs = orders
        .each_ref()
        .map(|order| (make(Machine::new(order.clone())), order));
    let mut seen = HashSet::new();
    explore(&begin(World::new(runs, limits)), limits, &mut seen)?;
    Ok(seen.len())
}

/// A deeper walk, in minutes: `APPSERVICES_TEST_EXPLORE=deep cargo test --release --lib explorer -- --nocapture`.
const DEEP: &str = "APPSERVICES_TEST_EXPLORE";

const SHALLOW: Limits = Limits {
    retries: 1,
    looks: 1,
    lag: 1,
};

/// Two retries, two lists in a row, lists two changes behind; and two creates that replace each other.
fn walks() -> Vec<([(bool, bool); 2], Limits)> {
    let mut walks = vec![
        ([FIXED, FIXED], SHALLOW),
        ([FIXED, REPLACING], SHALLOW),
        ([RANDOM, FIXED], SHALLOW),
        (
            [RANDOM, FIXED],
            Limits {
                retries: 2,
                ..SHALLOW
            },
        ),
    ];
    if std::env::var_os(DEEP).is_some() {
        let deep = Limits {
            retries: 2,
            looks: 2,
            lag: 2,
        };
        walks.extend([([REPLACING, REPLACING], SHALLOW), ([FIXED, FIXED], deep)]);
        walks.extend([
            (
                [FIXED, REPLACING],
                Limits {
                    lag: 2,
                    retries: 2,
                    ..SHALLOW
                },
            ),
            (
                [RANDOM, FIXED],
                Limits {
                    lag: 2,
                    retries: 2,
                    ..SHALLOW
                },
            ),
        ]);
    }
    walks
}

#[test]
fn every_interleaving_keeps_the_promises() {
    let mut visited = 0;
    for (pair, limits) in walks() {
        let states = explore_pair(pair, limits, |machine| machine);
        let states = states.unwrap_or_else(|error| panic!("{error}"));
        // Not a print macro: those are denied, since one stray line on stdout breaks a plugin.
        let line = format!("{pair:?} {limits:?}: {states} states");
        writeln!(std::io::stderr(), "{line}").expect("stderr is open");
        visited += states;
    }
    assert!(
        visited > 100_000,
        "{visited} states: the model has lost its choices"
    );
}

#[test]
fn a_rotation_leaves_the_key_before_it_and_every_key_has_a_name() {
    let states = explore_rotation([RANDOM, FIXED], SHALLOW, |machine| machine);
    let states = states.unwrap_or_else(|error| panic!("{error}"));
    assert!(
        states > 10_000,
        "{states} states: the model has lost its choices"
    );
}
