//! Random lives of a key, held against what the server really has.

mod step;

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::fmt;
use std::panic::AssertUnwindSafe;

use futures_util::FutureExt as _;
use futures_util::future::join_all;
use jiff::{SignedDuration, Timestamp};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde_json::{Value, json};
use terraform_provider_appservices::emulator::StoredKey;

use step::{By, Step, configs, faults, step};

use crate::support::cases;
use crate::support::host::Host;
use crate::support::instance::{Action, Instance};
use crate::support::rpc::{Findings, KEY, KEYS, Search, answer};
use crate::support::server::{EMAIL, Server};

/// Lives that go on at the same time, most of which wait for a repetition.
const AT_ONCE: usize = 16;
const STEPS: std::ops::Range<usize> = 2..7;

const DISABLE: &str = "appservices_user_api_key_disable";

/// A server and a provider for one life after the other.
struct Bench {
    server: Server,
    host: Host,
    /// The key that the provider logs in with.
    login: Value,
}

impl Bench {
    async fn start() -> Self {
        let server = Server::start().await;
        Self {
            login: server.create("terraform").await,
            host: Host::start().await,
            server,
        }
    }

    async fn configure(&self) {
        let mut config = self.server.config();
        config["email"] = Value::Null;
        config["password"] = Value::Null;
        config["api_key"] = self.login["key"].clone();
        config["max_retries"] = 1.into();
        self.host.configure(config).await.fine();
    }

    fn keys(&self) -> Vec<StoredKey> {
        let mut keys = self.server.emulator.keys();
        keys.retain(|key| self.login["_id"] != key.id.as_str());
        keys
    }
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
        let (told, config) = self.happen(step).await;
        self.retire(&before);
        if let Some(told) = &told {
            self.hand_over(told, &there, &config);
        }
        self.stands(&Moment {
            step,
            before,
            there,
            config,
            told,
        })
    }

    async fn happen(&mut self, step: Step) -> (Option<Findings>, Value) {
        let (host, emulator) = (&self.bench.host, &self.bench.server.emulator);
        let mut config = Value::Null;
        let told = match step {
            Step::Apply(which) => {
                config = configs().swap_remove(which);
                Some(self.key.run(host, &config).await)
            }
            Step::ApplyBlindly(which) => {
                config = configs().swap_remove(which);
                Some(self.key.apply(host, &config).await)
            }
            Step::Destroy => Some(self.key.run(host, &Value::Null).await),
            Step::Refresh => Some(self.key.read(host).await),
            Step::Upgrade if self.key.state.is_object() => {
                let (state, told) = host.upgrade(&self.key.state.to_string()).await;
                told.fine();
                self.key.state = state;
                None
            }
            Step::Restart => {
                self.bench.configure().await;
                None
            }
            Step::Trouble(which, times) => {
                let fault = faults().swap_remove(which).times(times);
                emulator.inject(fault).expect("a fault");
                None
            }
            Step::Calm => {
                emulator.clear_faults();
                None
            }
            Step::Taint => {
                self.key.tainted = self.key.state.is_object();
                None
            }
            Step::Reimport(by) => {
                self.reimport(by).await;
                None
            }
            Step::Look => {
                self.look().await;
                None
            }
            Step::Ephemeral => {
                self.open_and_close().await;
                None
            }
            Step::Act => {
                if let Some(id) = self.id() {
                    let (_, told) = host.invoke(DISABLE, json!({ "id": id })).await;
                    return (Some(told), config);
                }
                None
            }
            Step::Upgrade => None,
            outside => {
                self.outside(outside).await;
                None
            }
        };
        (told, config)
    }

    /// What others do.
    async fn outside(&mut self, step: Step) {
        let (host, emulator) = (&self.bench.host, &self.bench.server.emulator);
        match step {
            Step::Stranger => {
                emulator.clear_faults();
                // A list that a fault spoiled may still be shared.
                self.bench.configure().await;
                let (found, told) = host.import("name:terraform").await;
                assert!(found.is_object(), "{told}");
                let (found, _) = host.import("name:nobody").await;
                assert!(found.is_null());
            }
            Step::DisabledOutside => {
                emulator.clear_faults();
                if let Some(id) = self.id().filter(|id| self.exists(id)) {
                    self.bench.server.disable(&id).await;
                }
            }
            Step::DeletedOutside => {
                // A key that has never shown is not given up for minutes, on purpose.
                let unseen = String::from_utf8_lossy(&self.key.private).contains("unseen");
                if let Some(id) = self.id().filter(|_| !unseen) {
                    // It may be gone already.
                    let _ = emulator.delete_key(&id);
                }
            }
            Step::Namesake => {
                let long_ago = Timestamp::now() - SignedDuration::from_hours(1);
                let made = emulator.insert_key(EMAIL, "ci", long_ago);
                self.others.extend(made.map(|key| key.id));
            }
            Step::SessionsRevoked => {
                let _ = emulator.revoke_sessions(EMAIL);
            }
            _ => unreachable!("a step of the practitioner's"),
        }
    }

    /// Only a key that is there can be imported, and only in peace.
    async fn reimport(&mut self, by: By) {
        self.bench.server.emulator.clear_faults();
        let Some(id) = self.id().filter(|id| self.exists(id)) else {
            return;
        };
        self.bench.configure().await;
        let host = &self.bench.host;
        let name = format!("name:{}", self.key.state["name"].as_str().expect("a name"));
        match by {
            By::Id => self.key = Instance::imported(host, &id).await,
            By::Name => self.key = Instance::imported(host, &name).await,
            By::Identity => {
                let named = json!({ "app_id": null, "user_id": null, "id": id });
                let imported = host.import_named(&named).await.imported_resources;
                let identity = imported[0].identity.clone();
                self.key = Instance {
                    identity,
                    ..Instance::imported(host, &id).await
                };
            }
        }
    }

    /// Whatever comes of it, the host judges it.
    async fn look(&self) {
        let host = &self.bench.host;
        for with_object in [false, true] {
            let search = Search {
                with_object,
                ..Search::by(json!({}))
            };
            host.list(search).await;
        }
        host.read_data(KEYS, json!({})).await;
        if self.key.state.is_object() {
            let config = host.generate(&self.key.state).await;
            host.validate(config).await.fine();
        }
    }

    /// What could not be closed is left to others, as its name says.
    async fn open_and_close(&mut self) {
        let host = &self.bench.host;
        let request = host.open_request(KEY, json!({})).await;
        let opened = answer(host.provider().open_ephemeral_resource(request)).await;
        if !Findings::of(opened.diagnostics).has_error() {
            host.renew(KEY, opened.private.clone()).await;
            host.close(KEY, opened.private).await;
        }
        let left = self.bench.keys().into_iter();
        let left = left.filter(|key| key.name.starts_with("terraform-ephemeral-"));
        self.others.extend(left.map(|key| key.id));
    }

    fn id(&self) -> Option<String> {
        self.key.state["id"].as_str().map(str::to_owned)
    }

    fn exists(&self, id: &str) -> bool {
        self.bench.keys().iter().any(|key| key.id == id)
    }

    /// A key that the configuration said to leave behind is nobody's any more.
    fn retire(&mut self, before: &Instance) {
        let id = &before.state["id"];
        if before.state["on_destroy"] == "disable" && self.key.state["id"] != *id {
            let left = self.bench.keys().into_iter();
            let left = left.filter(|key| *id == key.id.as_str() && key.disabled);
            self.others.extend(left.map(|key| key.id));
        }
    }

    /// Of a create that was lost under a fixed name nothing is known. The practitioner is told, and has the key.
    fn hand_over(&mut self, told: &Findings, there: &[StoredKey], config: &Value) {
        let Some(name) = config["name"].as_str().filter(|_| told.has_error()) else {
            return;
        };
        let is_told = told.to_string().contains(&format!("{name:?}"));
        let new = self.bench.keys().into_iter();
        let new = new.filter(|key| key.name == name && !there.iter().any(|one| one.id == key.id));
        let lost = new.filter(|key| is_told && self.key.state["id"] != key.id.as_str());
        let lost = lost.map(|key| key.id).collect::<Vec<_>>();
        self.others.extend(lost);
    }

    /// What always holds.
    fn stands(&self, moment: &Moment) -> Result<(), TestCaseError> {
        let (before, now) = (&moment.before.state, &self.key.state);
        let same = now["id"].is_string() && now["id"] == before["id"];
        if same && before["key"].is_string() && !matches!(moment.step, Step::Reimport(_)) {
            prop_assert_eq!(&now["key"], &before["key"], "{}", moment);
        }
        let keys = self.bench.keys();
        let unseen = now.is_object() && now["id"].is_null();
        for key in &keys {
            let held = now["id"] == key.id.as_str() || self.others.contains(&key.id);
            prop_assert!(held || unseen, "{:?} is an orphan; {}", key, moment);
        }
        let may_replace = moment.config["replace_existing"] == true;
        for other in &moment.there {
            let gone = self.others.contains(&other.id) && keys.iter().all(|key| key.id != other.id);
            prop_assert!(
                !gone || (may_replace && other.name == "ci"),
                "{:?} was somebody else's; {}",
                other,
                moment
            );
        }
        Ok(())
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
        let told = self.key.run(&self.bench.host, &config).await;
        prop_assert!(!told.has_error(), "in the end: {}", told);
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
}

/// A step and what it came to.
struct Moment {
    step: Step,
    before: Instance,
    /// The keys before.
    there: Vec<StoredKey>,
    config: Value,
    told: Option<Findings>,
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:?} of {}", self.step, self.config)?;
        writeln!(f, "before: {:?}", self.before.state)?;
        match &self.told {
            Some(told) => write!(f, "{told}"),
            None => Ok(()),
        }
    }
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

/// One life, the end of which is a finding too where the host does not stand an answer.
async fn lives(bench: &Bench, steps: &[Step]) -> Result<(), TestCaseError> {
    let lived = AssertUnwindSafe(live(bench, steps)).catch_unwind().await;
    lived.unwrap_or_else(|_| Err(TestCaseError::fail(format!("the host stops {steps:?}"))))
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

#[test]
fn no_life_loses_a_value_or_leaves_an_orphan() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    // The same lives each time, unless somebody wants others.
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
                panic!("{}", shrunk(&bench, tree, error).await);
            }
        }
    };
    runtime.block_on(join_all((0..AT_ONCE).map(|_| one_after_the_other())));
}
