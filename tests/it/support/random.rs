//! Providers made at random: schemas, with states, configurations and proposals that a host could send.
//!
//! All of a case follows from its seed, and all of it can be written as JSON, so that another program gets the same.

mod plannable;
mod proposal;
mod provider;
mod schema;
mod values;
mod wire;

use serde_json::{Value, json};

pub(crate) use provider::{TYPE, host, wrong_host};
pub(crate) use schema::{Attribute, Nesting, object_type};
pub(crate) use values::canonical;
pub(crate) use wire::{decode, encode};

/// A schema, and one change of an object that it describes.
#[derive(Debug, Clone)]
pub(crate) struct Case {
    pub(crate) seed: u64,
    pub(crate) schema: Vec<Attribute>,
    /// Null for a create.
    pub(crate) prior: Value,
    pub(crate) config: Value,
    pub(crate) proposed: Value,
}

impl Case {
    pub(crate) fn random(seed: u64) -> Self {
        let mut dice = Dice(seed);
        let schema = schema::attributes(&mut dice);
        let state = values::state(&mut dice, &schema);
        let config = values::config(&mut dice, &schema, &state);
        let prior = if dice.one_in(4) { Value::Null } else { state };
        let mut case = Self {
            seed,
            schema,
            prior,
            config,
            proposed: Value::Null,
        };
        case.propose();
        case
    }

    fn propose(&mut self) {
        self.proposed = proposal::attributes(&self.schema, &self.prior, &self.config);
    }

    /// The smallest case that `fails` as this one does, found by leaving out one attribute after the other.
    pub(crate) async fn shrunk<Tried: Future<Output = bool>>(
        self,
        fails: impl Fn(Self) -> Tried,
    ) -> Self {
        let mut smallest = self;
        'again: loop {
            for mut smaller in smallest.without_one() {
                smaller.propose();
                if fails(smaller.clone()).await {
                    smallest = smaller;
                    continue 'again;
                }
            }
            return smallest;
        }
    }

    /// Every case with one attribute less.
    fn without_one(&self) -> Vec<Self> {
        let mut all = Vec::new();
        let mut paths = Vec::new();
        schema::paths(&self.schema, &mut Vec::new(), &mut paths);
        for path in paths {
            let mut smaller = self.clone();
            if schema::remove(&mut smaller.schema, &path) {
                let ty = object_type(&smaller.schema);
                for object in [&mut smaller.config, &mut smaller.prior] {
                    values::remove(object, &path);
                    // Elements of sets may have become equal, or change places.
                    *object = canonical(&ty, object.take());
                }
                all.push(smaller);
            }
        }
        all
    }

    pub(crate) fn to_json(&self) -> Value {
        json!({
            "seed": self.seed,
            "schema": self.schema,
            "prior": self.prior,
            "config": self.config,
            "proposed": self.proposed,
        })
    }
}

/// Random numbers that are the same everywhere for the same seed (splitmix64).
pub(crate) struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// From zero to one less than `sides`.
    pub(crate) fn up_to(&mut self, sides: u64) -> u64 {
        self.roll() % sides
    }

    pub(crate) fn one_in(&mut self, chances: u64) -> bool {
        self.up_to(chances) == 0
    }

    pub(crate) fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.index(from.len())]
    }

    /// Of one of so many.
    fn index(&mut self, count: usize) -> usize {
        let count = u64::try_from(count).expect("a count");
        usize::try_from(self.up_to(count)).expect("an index")
    }
}
