//! Random lives of a key, held against what the server really has.

mod bench;
mod deeds;
mod laws;
mod step;

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::panic::AssertUnwindSafe;

use futures_util::FutureExt as _;
use futures_util::future::join_all;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde_json::{Value, json};

use bench::Bench;
use laws::Moment;
use step::{Step, step};

use crate::support::cases;
use crate::support::instance::{Action, Instance};

/// Lives that go on at the same time, most of which wait for a repetition.
const AT_ONCE: usize = 16;
const STEPS: std::ops::Range<usize> = 2..7;

#[test]
fn no_life_loses_a_value_or_leaves_an_orphan() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    // The same lives each time, unless the variable asks for others.
    let seed = std::env::var_os("APPSERVICES_TEST_SEED");
    let seed = seed.map(|seed| seed.to_string_lossy().parse::<u8>());
    let seed = seed.map_or(4, |seed| seed.expect("a number below 256"));
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[seed; 32]);
    let runner = RefCell::new(TestRunner::new_with_rng(Config::default(), rng));
    let left = Cell::new(cases(200));
    let next = || {
        left.set(left.get().checked_sub(1)?);
        let tree = vec(step(), STEPS).new_tree(&mut runner.borrow_mut());
        Some(tree.expect("steps"))
    };
    let one_after_the_other = async || {
        let bench = Bench::start().await;
        while let Some(tree) = next() {
            if let Err(error) = lives(&bench, &tree.current()).await {
                let first = error.to_string();
                let smallest = shrunk(&bench, tree, error).await;
                panic!("{first}\n\nas small as it gets: {smallest}");
            }
        }
    };
    runtime.block_on(join_all((0..AT_ONCE).map(|_| one_after_the_other())));
}

async fn live(bench: &Bench, steps: &[Step]) -> Result<(), TestCaseError> {
    let mut life = Life::begin(bench).await;
    for (place, step) in steps.iter().enumerate() {
        let taken = life.take(*step).await;
        let in_full = |error| TestCaseError::fail(format!("step {place} of {steps:?}: {error}"));
        taken.map_err(in_full)?;
    }
    let ended = life.end().await;
    ended.map_err(|error| TestCaseError::fail(format!("after {steps:?}: {error}")))
}

/// One life, the end of which is a finding too where the host does not stand an answer. A finding has the provider's log
/// of this life: what happened to the process stands there and nowhere else.
async fn lives(bench: &Bench, steps: &[Step]) -> Result<(), TestCaseError> {
    bench.host.plugin.take_log();
    let lived = AssertUnwindSafe(live(bench, steps)).catch_unwind().await;
    let lived = lived.unwrap_or_else(|_| {
        let stopped = format!("the host stops {steps:?}");
        Err(TestCaseError::fail(stopped))
    });
    lived.map_err(|error| {
        let log = bench.host.plugin.take_log();
        TestCaseError::fail(format!("{error}\nthe provider's log:\n{log}"))
    })
}

/// The smallest life that fails as this one does, as far as a few tries find it.
async fn shrunk(
    bench: &Bench,
    mut tree: impl ValueTree<Value = Vec<Step>>,
    mut error: TestCaseError,
) -> TestCaseError {
    for _ in 0..24 {
        if !tree.simplify() {
            break;
        }
        match lives(bench, &tree.current()).await {
            Ok(()) => {
                if !tree.complicate() {
                    break;
                }
            }
            Err(smaller) => error = smaller,
        }
    }
    error
}

/// One life: what Terraform knows, and what others have at the server.
struct Life<'a> {
    bench: &'a Bench,
    key: Instance,
    /// Ids of keys that are not the resource's, or no more.
    others: BTreeSet<String>,
}

impl<'a> Life<'a> {
    async fn begin(bench: &'a Bench) -> Self {
        bench.server.emulator.clear_faults();
        for key in bench.keys() {
            assert!(bench.server.emulator.delete_key(&key.id));
        }
        bench.configure().await;
        Self {
            bench,
            key: Instance::default(),
            others: BTreeSet::new(),
        }
    }

    async fn take(&mut self, step: Step) -> Result<(), TestCaseError> {
        let before = self.key.clone();
        let there = self.bench.keys();
        let (findings, config) = self.happen(step).await;
        self.retire(&before);
        if let Some(findings) = &findings {
            self.hand_over(findings, &there, &config);
        }
        self.stands(&Moment {
            step,
            before,
            there,
            config,
            findings,
        })
    }

    /// In peace, and with the name free, one run makes the world what the configuration says.
    async fn end(mut self) -> Result<(), TestCaseError> {
        self.bench.server.emulator.clear_faults();
        for id in std::mem::take(&mut self.others) {
            let _ = self.bench.server.emulator.delete_key(&id);
        }
        self.bench.configure().await;
        let config = json!({ "name": "ci" });
        let before = self.key.clone();
        let findings = self.key.run(&self.bench.host, &config).await;
        prop_assert!(!findings.has_error(), "in the end: {}", findings);
        self.retire(&before);
        let mut keys = self.bench.keys();
        keys.retain(|key| !self.others.contains(&key.id));
        prop_assert_eq!(keys.len(), 1, "{:?}", keys);
        prop_assert_eq!(&self.key.state["id"], keys[0].id.as_str());
        if let Value::String(value) = &self.key.state["key"] {
            prop_assert!(self.bench.server.log_in_with(value).await.is_success());
        }
        let (action, _) = self.key.refreshed_plan(&self.bench.host, &config).await;
        prop_assert_eq!(action, Action::Nothing);
        Ok(())
    }

    fn id(&self) -> Option<String> {
        self.key.state["id"].as_str().map(str::to_owned)
    }

    fn exists(&self, id: &str) -> bool {
        self.bench.keys().iter().any(|key| key.id == id)
    }
}
