//! Rotation: by keepers, and by age.

mod keepers;

use serde_json::{Value, json};
use terraform_provider_appservices::emulator::Options;

use crate::support::detour::{Deed, Detour};
use crate::support::host::Host;
use crate::support::instance::{Action, Instance};
use crate::support::rpc::Change;
use crate::support::server::Server;
use crate::support::value::UNKNOWN;

const DAY_S: u32 = 86_400;

/// A server with a road to it on which keys can look old, and a provider that takes it.
struct Scene {
    server: Server,
    detour: Detour,
    host: Host,
}

impl Scene {
    async fn start() -> Self {
        let server = Server::start().await;
        let detour = Detour::to(&server).await;
        let host = Host::start().await;
        host.configure(detour.config(&server)).await.fine();
        Self {
            server,
            detour,
            host,
        }
    }

    /// A key that is `age_s` older than it was when it was made.
    async fn key(&self, age_s: u32, config: Value) -> Instance {
        self.detour
            .next("POST", "/auth/api_keys", Deed::Backdate(age_s));
        Instance::create(&self.host, config).await
    }
}

fn later(time: &Value, by_s: i64) -> String {
    let time = time.as_str().expect("a time");
    let time = time.parse::<jiff::Timestamp>().expect("RFC 3339");
    (time + jiff::SignedDuration::from_secs(by_s)).to_string()
}

#[tokio::test]
async fn a_server_whose_date_is_off_makes_no_key_due_and_is_told_of() {
    let folder = tempfile::tempdir().expect("a temporary directory");
    let at = |hours: i64| Options {
        data: Some(folder.path().join("data")),
        clock_offset: jiff::SignedDuration::from_hours(hours),
        ..Options::default()
    };
    let config = json!({ "name": "ci", "rotate_after": "45m" });
    for (made_at, read_at, warns) in [(0, 100 * 24, true), (-1, -1, true), (0, 0, false)] {
        let server = Server::with(at(made_at)).await;
        let host = Host::start().await;
        host.configure(server.config()).await.fine();
        let mut key = Instance::create(&host, config.clone()).await;
        host.shut_down().await;
        server.emulator.stop().await;

        let server = Server::with(at(read_at)).await;
        let host = Host::start().await;
        host.configure(server.config()).await.fine();
        for first in [true, false] {
            let findings = key.read(&host).await;
            let clocks = findings
                .0
                .iter()
                .filter(|found| found.summary.contains("clocks differ"));
            let expected = usize::from(warns && first);
            assert_eq!(clocks.count(), expected, "once in a run: {findings}");
            let (action, _) = key.plan(&host, &config).await;
            assert_eq!(action, Action::Nothing, "{made_at} h, then {read_at} h");
        }
        assert_eq!(server.keys().await, json!({ "ci": "enabled" }));
        key.run(&host, &Value::Null).await.fine();
        host.shut_down().await;
        server.emulator.stop().await;
    }
}

#[tokio::test]
async fn rotates_at_is_the_birthday_plus_the_age() {
    let scene = Scene::start().await;
    for (rotate_after, expected_s) in [
        ("90d", 90 * 86_400),
        ("36h", 36 * 3600),
        ("1h30m", 5400),
        ("1d12h", 36 * 3600),
        ("90m", 5400),
        ("7200s", 7200),
    ] {
        let config = json!({ "name": format!("ci-{rotate_after}"), "rotate_after": rotate_after });
        let planned = scene.host.plan(Change::create(config.clone())).await;
        assert_eq!(planned.state["rotates_at"], UNKNOWN);
        let key = Instance::create(&scene.host, config).await;
        assert_eq!(
            key.state["rotates_at"],
            later(&key.state["created_at"], expected_s)
        );
        assert_eq!(key.state["rotate_after"], rotate_after);
    }
    let planned = scene
        .host
        .plan(Change::create(json!({ "name": "ci" })))
        .await;
    assert_eq!(planned.state["rotates_at"], Value::Null);
    let key = Instance::create(&scene.host, json!({ "name": "ci" })).await;
    assert_eq!(key.state["rotates_at"], Value::Null);
}

#[tokio::test]
async fn a_text_that_is_no_duration_is_refused_with_an_example() {
    let host = Host::start().await;
    for text in [
        "",
        " ",
        "90",
        "d",
        "-1d",
        "1w2",
        "0d",
        "0s",
        "h1",
        "soon",
        "99999999999999999999d",
        "1y",
        "1mo",
    ] {
        let found = host
            .validate(json!({ "name": "ci", "rotate_after": text }))
            .await;
        assert!(found.has_error(), "{text:?} is taken");
        found.one_error(&["90d"]).is_at("rotate_after");
    }
    for text in ["90d", "36h", "1h30m", "1d12h", "45m", UNKNOWN] {
        host.validate(json!({ "name": "ci", "rotate_after": text }))
            .await
            .fine();
    }
}

#[tokio::test]
async fn editing_the_age_touches_no_key() {
    let scene = Scene::start().await;
    let mut key = Instance::create(&scene.host, json!({ "name": "ci" })).await;
    let before = key.state.clone();
    for (rotate_after, rotates_at) in [
        (
            json!("90d"),
            json!(later(&before["created_at"], 90 * 86_400)),
        ),
        (json!("48h"), json!(later(&before["created_at"], 48 * 3600))),
        (json!(null), json!(null)),
    ] {
        let config = json!({ "name": "ci", "rotate_after": rotate_after });
        let (action, planned) = key.refreshed_plan(&scene.host, &config).await;
        assert_eq!(action, Action::Update);
        let mut expected = before.clone();
        expected["rotate_after"] = rotate_after;
        expected["rotates_at"] = rotates_at;
        assert_eq!(planned.state, expected, "all is known in the plan");
        let sent = scene.detour.seen().len();
        key.apply(&scene.host, &config).await.fine();
        assert_eq!(key.state, expected);
        assert_eq!(scene.detour.seen().len(), sent, "nothing is sent for it");
    }
}

#[tokio::test]
async fn an_age_that_is_not_known_yet_leaves_the_rest_known() {
    let scene = Scene::start().await;
    let key = Instance::create(&scene.host, json!({ "name": "ci" })).await;
    let config = json!({ "name": "ci", "rotate_after": UNKNOWN });
    let (action, planned) = key.plan(&scene.host, &config).await;
    assert_eq!(action, Action::Update);
    let mut expected = key.state.clone();
    expected["rotate_after"] = UNKNOWN.into();
    expected["rotates_at"] = UNKNOWN.into();
    assert_eq!(planned.state, expected);
}

#[tokio::test]
async fn a_key_past_its_age_is_replaced_and_the_plan_says_why() {
    let scene = Scene::start().await;
    let config = json!({ "name": "ci", "rotate_after": "90d" });
    let mut key = scene.key(91 * DAY_S, config.clone()).await;
    let old = key.state.clone();
    let (action, planned) = key.refreshed_plan(&scene.host, &config).await;
    assert_eq!(action, Action::Replace);
    assert_eq!(planned.replaces, ["rotates_at"]);
    assert_eq!(planned.state["rotates_at"], UNKNOWN);
    let warned = planned.findings.to_string();
    assert!(
        warned.contains("rotate_after") || warned.contains("90d"),
        "a warning names the reason: {warned}"
    );
    let again = scene
        .host
        .plan(Change::update(key.state.clone(), config.clone()).with_private(&key.private))
        .await;
    assert_eq!(
        (again.state, again.replaces, again.private),
        (planned.state, planned.replaces, planned.private),
        "the same private data gets the same answer"
    );
    key.apply(&scene.host, &config).await.fine();
    assert_ne!(key.state["id"], old["id"]);
    assert_ne!(key.state["key"], old["key"]);
    let (action, _) = key.refreshed_plan(&scene.host, &config).await;
    assert_eq!(action, Action::Nothing, "the new key is young");
    assert_eq!(scene.server.keys().await, json!({ "ci": "enabled" }));
}

#[tokio::test]
async fn a_key_within_its_age_stays() {
    let scene = Scene::start().await;
    let config = json!({ "name": "ci", "rotate_after": "90d" });
    let mut key = scene.key(89 * DAY_S, config.clone()).await;
    let (action, planned) = key.refreshed_plan(&scene.host, &config).await;
    assert_eq!(action, Action::Nothing);
    assert!(planned.findings.0.is_empty(), "{}", planned.findings);
}

#[tokio::test]
async fn nothing_is_due_before_it_was_read() {
    let scene = Scene::start().await;
    let config = json!({ "name": "ci", "rotate_after": "90d" });
    let mut key = scene.key(91 * DAY_S, config.clone()).await;
    // As with `-refresh=false`, right after the create.
    let (action, _) = key.plan(&scene.host, &config).await;
    assert_eq!(
        action,
        Action::Nothing,
        "the clock is looked at while reading only"
    );
    key.read(&scene.host).await.fine();
    let (action, _) = key.plan(&scene.host, &config).await;
    assert_eq!(action, Action::Replace);
    // What one read found holds until the next one.
    let young = json!({ "name": "ci", "rotate_after": "92d" });
    let (action, planned) = key.plan(&scene.host, &young).await;
    assert_eq!(action, Action::Update, "{planned:?}");
}

#[tokio::test]
async fn an_age_that_is_cut_below_the_keys_own_takes_effect_with_the_next_read() {
    let scene = Scene::start().await;
    let mut key = scene
        .key(10 * DAY_S, json!({ "name": "ci", "rotate_after": "90d" }))
        .await;
    let id = key.state["id"].clone();
    let config = json!({ "name": "ci", "rotate_after": "5d" });
    key.run(&scene.host, &config).await.fine();
    key.run(&scene.host, &config).await.fine();
    assert_ne!(key.state["id"], id, "at the latest with the second run");
    let (action, _) = key.refreshed_plan(&scene.host, &config).await;
    assert_eq!(action, Action::Nothing);
    assert_eq!(scene.server.keys().await, json!({ "ci": "enabled" }));
}

#[tokio::test]
async fn an_age_that_is_taken_away_ends_the_rotation() {
    let scene = Scene::start().await;
    let config = json!({ "name": "ci", "rotate_after": "90d" });
    let mut key = scene.key(91 * DAY_S, config).await;
    key.read(&scene.host).await.fine();
    let (action, planned) = key.plan(&scene.host, &json!({ "name": "ci" })).await;
    assert_eq!(action, Action::Update);
    assert_eq!(planned.state["rotates_at"], Value::Null);
}

#[tokio::test]
async fn a_key_past_its_age_that_is_destroyed_is_just_destroyed() {
    let scene = Scene::start().await;
    let mut key = scene
        .key(91 * DAY_S, json!({ "name": "ci", "rotate_after": "90d" }))
        .await;
    key.run(&scene.host, &Value::Null).await.fine();
    assert_eq!(key.state, Value::Null);
    assert_eq!(scene.server.keys().await, json!({}));
}

#[tokio::test]
async fn a_replacement_that_failed_after_the_delete_is_made_by_the_next_apply() {
    let scene = Scene::start().await;
    let config = json!({ "name": "ci", "rotate_after": "90d" });
    let mut key = scene.key(91 * DAY_S, config.clone()).await;
    scene.detour.next(
        "POST",
        "/auth/api_keys",
        Deed::Refuse(400, r#"{"error":"not today"}"#),
    );
    key.run(&scene.host, &config)
        .await
        .one_error(&["not today"]);
    assert_eq!(key.state, Value::Null);
    key.run(&scene.host, &config).await.fine();
    assert_eq!(scene.server.keys().await, json!({ "ci": "enabled" }));
}
