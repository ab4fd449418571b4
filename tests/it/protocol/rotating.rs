//! The rotating key: rotation and retirement in place, and what the plan says of them.

mod arguments;
mod outside;
mod trouble;
mod unknown;

use std::ops::Deref;

use serde_json::{Value, json};
use terraform_provider_appservices::emulator::Options;

use crate::support::detour::{Deed, Detour};
use crate::support::host::Host;
use crate::support::instance::{Action, Instance};
use crate::support::rpc::{Calls, Findings, ROTATING};
use crate::support::server::Server;
use crate::support::value::UNKNOWN;

const DAY_S: u32 = 86_400;
const POST: (&str, &str) = ("POST", "/auth/api_keys");

/// A server with a road to it on which keys can look old, and a provider that takes it.
struct Scene {
    server: Server,
    detour: Detour,
    host: Host,
    calls: Calls,
}

impl Deref for Scene {
    type Target = Calls;

    fn deref(&self) -> &Calls {
        &self.calls
    }
}

impl Scene {
    async fn start() -> Self {
        Self::of(Options::default()).await
    }

    async fn of(options: Options) -> Self {
        let server = Server::with(options).await;
        let detour = Detour::to(&server).await;
        let host = Host::start().await;
        host.configure(detour.config(&server)).await.fine();
        let calls = host.of(ROTATING);
        Self {
            server,
            detour,
            host,
            calls,
        }
    }

    /// A provider that knows nothing of what went before.
    async fn next_run(&self) {
        let config = self.detour.config(&self.server);
        self.host.configure(config).await.fine();
    }

    /// The next key that is made looks this much older than it is.
    fn next_is_old(&self, days: u32) {
        self.detour
            .next(POST.0, POST.1, Deed::Backdate(days * DAY_S));
    }

    /// A current key of that age.
    async fn key(&self, days: u32, config: &Value) -> Instance {
        self.next_is_old(days);
        Instance::create(&self.calls, config.clone()).await
    }

    /// A current key of one age, which has replaced a previous one.
    async fn rotated(&self, days: u32, config: &Value) -> Instance {
        let mut key = self.key(91, config).await;
        self.next_is_old(days);
        key.run(&self.calls, config).await.fine();
        assert!(key.state["previous_id"].is_string(), "{}", key.state);
        key
    }

    /// Keys that are young, due, overlapping a previous one, to retire it, and to do both.
    async fn in_every_phase(&self) -> [Instance; 5] {
        [
            self.key(0, &config()).await,
            self.key(91, &config()).await,
            self.rotated(0, &config()).await,
            self.rotated(2, &config()).await,
            self.rotated(95, &config()).await,
        ]
    }

    async fn works(&self, value: &Value) -> bool {
        let value = value.as_str().expect("a value");
        self.server.log_in_with(value).await.is_success()
    }

    /// How many keys the server has, and that the state names each of them.
    async fn count(&self, key: &Instance) -> usize {
        let keys = self.server.keys().await;
        let keys = keys.as_object().expect("keys by name");
        for name in keys.keys() {
            let is_named =
                [&key.state["name"], &key.state["previous_name"]].contains(&&json!(name));
            assert!(is_named, "{name} in {}", key.state);
        }
        keys.len()
    }

    async fn is_quiet(&self, key: &mut Instance, config: &Value) {
        let (action, planned) = key.refreshed_plan(&self.calls, config).await;
        assert_eq!(action, Action::Nothing, "{planned:?}");
        assert!(planned.findings.0.is_empty(), "{}", planned.findings);
    }
}

fn config() -> Value {
    json!({ "name_prefix": "ci-", "rotate_after": "90d", "overlap": "24h" })
}

fn with(name: &str, value: Value) -> Value {
    let mut config = config();
    config[name] = value;
    config
}

fn later(time: &Value, by_s: i64) -> Value {
    let time = time.as_str().expect("a time");
    let time = time.parse::<jiff::Timestamp>().expect("RFC 3339");
    json!((time + jiff::SignedDuration::from_secs(by_s)).to_string())
}

fn says(findings: &Findings, phrases: &[&str]) {
    let findings = findings.to_string();
    for phrase in phrases {
        assert!(findings.contains(phrase), "{phrase:?} in:\n{findings}");
    }
}

#[tokio::test]
async fn a_young_key_is_left_alone() {
    let scene = Scene::start().await;
    let planned = scene
        .plan(crate::support::rpc::Change::create(config()))
        .await;
    for (attribute, value) in [
        ("previous_id", Value::Null),
        ("previous_name", Value::Null),
        ("previous_retires_at", Value::Null),
        ("encrypted_key", Value::Null),
        ("enabled", json!(true)),
        ("key", json!(UNKNOWN)),
        ("rotates_at", json!(UNKNOWN)),
    ] {
        assert_eq!(planned.state[attribute], value, "{attribute}");
    }
    let mut key = scene.key(89, &config()).await;
    assert_eq!(
        key.state["rotates_at"],
        later(&key.state["created_at"], 90 * i64::from(DAY_S))
    );
    assert!(scene.works(&key.state["key"]).await);
    scene.is_quiet(&mut key, &config()).await;
    assert_eq!(scene.count(&key).await, 1);
}

#[tokio::test]
async fn a_key_is_rotated_when_it_is_due_and_the_one_before_retires_when_its_time_is_up() {
    let scene = Scene::start().await;
    let mut key = scene.key(91, &config()).await;
    let first = key.state.clone();

    let (action, planned) = key.refreshed_plan(&scene, &config()).await;
    assert_eq!(action, Action::Update);
    assert_eq!(planned.replaces, [""; 0]);
    let mut expected = first.clone();
    for attribute in [
        "id",
        "name",
        "key",
        "key_fingerprint",
        "created_at",
        "rotates_at",
        "previous_retires_at",
    ] {
        expected[attribute] = UNKNOWN.into();
    }
    expected["previous_id"] = first["id"].clone();
    expected["previous_name"] = first["name"].clone();
    assert_eq!(planned.state, expected);
    let due = first["rotates_at"].as_str().expect("a time");
    let id = first["id"].as_str().expect("an id");
    says(&planned.findings, &["due for rotation", id, due, "24h"]);

    scene.next_is_old(0);
    key.apply(&scene, &config()).await.fine();
    let second = key.state.clone();
    assert_eq!(second["previous_id"], first["id"]);
    assert_eq!(
        second["previous_retires_at"],
        later(&second["created_at"], i64::from(DAY_S))
    );
    assert_ne!(second["key"], first["key"]);
    for state in [&first, &second] {
        assert!(scene.works(&state["key"]).await, "both work");
    }
    assert_eq!(scene.count(&key).await, 2);
    scene.is_quiet(&mut key, &config()).await;
}

#[tokio::test]
async fn the_previous_key_retires_after_the_overlap_and_by_its_id() {
    let scene = Scene::start().await;
    let mut key = scene.rotated(2, &config()).await;
    let before = key.state.clone();
    let (action, planned) = key.refreshed_plan(&scene, &config()).await;
    assert_eq!(action, Action::Update);
    let mut expected = before.clone();
    for attribute in ["previous_id", "previous_name", "previous_retires_at"] {
        expected[attribute] = Value::Null;
    }
    assert_eq!(planned.state, expected, "all else is known");
    let id = before["previous_id"].as_str().expect("an id");
    says(&planned.findings, &[id, "will be deleted", "24h"]);
    key.apply(&scene, &config()).await.fine();
    assert_eq!(key.state, expected);
    assert_eq!(scene.count(&key).await, 1);
    assert!(scene.works(&key.state["key"]).await);
    scene.is_quiet(&mut key, &config()).await;
}

#[tokio::test]
async fn after_a_month_without_a_run_the_oldest_goes_first_and_there_are_never_three() {
    let scene = Scene::start().await;
    let mut key = scene.rotated(95, &config()).await;
    let before = key.state.clone();
    let seen = scene.detour.seen().len();
    key.run(&scene, &config()).await.fine();
    let seen = scene.detour.seen().split_off(seen);
    let writes = seen.iter().filter(|seen| seen.method != "GET");
    let writes: Vec<_> = writes.map(|seen| seen.method.as_str()).collect();
    assert_eq!(writes, ["DELETE", "POST"]);
    assert_eq!(key.state["previous_id"], before["id"]);
    assert!(scene.works(&before["key"]).await, "it has its overlap");
    assert_eq!(scene.count(&key).await, 2);
    scene.is_quiet(&mut key, &config()).await;
}

#[tokio::test]
async fn keepers_rotate_in_place_and_make_room_first() {
    let scene = Scene::start().await;
    let keepers = |keepers| with("keepers", keepers);
    let mut key = scene.key(0, &keepers(json!({ "a": "1" }))).await;
    for value in [json!({ "a": "1", "b": null }), json!({ "a": "1" })] {
        let id = key.state["id"].clone();
        let (action, planned) = key.refreshed_plan(&scene, &keepers(value.clone())).await;
        assert_eq!((action, &planned.state["id"]), (Action::Update, &id));
        key.apply(&scene, &keepers(value)).await.fine();
        assert_eq!(key.state["id"], id);
    }
    for (round, value) in [json!({ "a": "2" }), json!({}), json!({ "a": "3" })]
        .into_iter()
        .enumerate()
    {
        let before = key.state.clone();
        let (action, planned) = key.refreshed_plan(&scene, &keepers(value.clone())).await;
        assert_eq!(action, Action::Update);
        if round > 0 {
            let previous = before["previous_id"].as_str().expect("an id");
            says(
                &planned.findings,
                &[previous, "will be deleted", "two keys at most"],
            );
        }
        key.apply(&scene, &keepers(value)).await.fine();
        assert_eq!(key.state["previous_id"], before["id"]);
        assert!(scene.works(&before["key"]).await);
        assert_eq!(scene.count(&key).await, 2);
        let config = keepers(key.state["keepers"].clone());
        scene.is_quiet(&mut key, &config).await;
    }
}

#[tokio::test]
async fn a_destroy_deletes_both_keys_in_every_phase() {
    let scene = Scene::start().await;
    for mut key in scene.in_every_phase().await {
        key.run(&scene, &Value::Null).await.fine();
        assert_eq!(key.state, Value::Null);
    }
    assert_eq!(scene.server.keys().await, json!({}));
}

#[tokio::test]
async fn an_imported_key_is_adopted_and_rotates_when_it_is_due() {
    let scene = Scene::start().await;
    let made = scene.server.create("deploy-bot").await;
    let id = made["_id"].as_str().expect("an id");
    for wrong in ["name:deploy-bot", "deploy-bot", ""] {
        let (state, findings) = scene.import(wrong).await;
        assert_eq!(state, Value::Null);
        findings.one_error(&["24 hexadecimal digits"]);
    }
    let (_, findings) = scene.import("65f0c0ffee0000000000d001").await;
    findings.one_error(&["nothing to import"]);

    let (imported, findings) = scene.import_and_read(id).await;
    says(&findings, &["`key` of an imported user API key is null"]);
    let imported = imported.expect("an imported key");
    assert!(imported.identity.is_none(), "its id changes in place");
    let mut key = Instance {
        state: imported.state,
        private: imported.private,
        ..Instance::default()
    };
    assert_eq!(key.state["previous_id"], Value::Null);
    let config = with("keepers", json!({ "a": "1" }));
    let (action, planned) = key.plan(&scene, &config).await;
    assert_eq!(action, Action::Update, "{planned:?}");
    assert_eq!(planned.state["id"], key.state["id"], "nothing rotates");
    let sent = scene.detour.seen().len();
    key.apply(&scene, &config).await.fine();
    assert_eq!(scene.detour.seen().len(), sent, "nothing is sent for it");
    assert_eq!(key.state["key"], Value::Null);
    scene.is_quiet(&mut key, &config).await;
    // From then on its keepers count, and the next key has the prefix.
    let config = with("keepers", json!({ "a": "2" }));
    key.run(&scene, &config).await.fine();
    assert_eq!(key.state["previous_name"], "deploy-bot");
    assert!(
        key.state["name"]
            .as_str()
            .expect("a name")
            .starts_with("ci-")
    );
    assert!(scene.works(&key.state["key"]).await);
    assert_eq!(scene.count(&key).await, 2);
}
