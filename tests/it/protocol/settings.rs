//! Attributes that only say what the provider does: `on_destroy`, `replace_existing`, `timeouts`; and the fingerprint.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::support::detour::{Deed, Detour, Held};
use crate::support::host::{Host, configured};
use crate::support::instance::{Action, Instance};
use crate::support::rpc::Change;
use crate::support::server::Server;
use crate::support::value::UNKNOWN;

#[tokio::test]
async fn the_defaults_are_known_in_the_plan() {
    let host = Host::start().await;
    host.configure(json!({ "app_id": "myapp-abcde", "api_key": "unused" }))
        .await
        .fine();
    let planned = host.plan(Change::create(json!({ "name": "ci" }))).await;
    for (attribute, expected) in [
        ("name", json!("ci")),
        ("enabled", json!(true)),
        ("on_destroy", json!("delete")),
        ("replace_existing", json!(false)),
        ("name_prefix", json!(null)),
        ("keepers", json!(null)),
        ("rotate_after", json!(null)),
        ("timeouts", json!(null)),
        ("rotates_at", json!(null)),
        ("key_fingerprint", json!(UNKNOWN)),
    ] {
        assert_eq!(planned.state[attribute], expected, "{attribute}");
    }
}

#[tokio::test]
async fn editing_what_only_the_provider_heeds_sends_nothing() {
    let server = Server::start().await;
    let host = configured(&server).await;
    let mut key = Instance::create(&host, json!({ "name": "ci" })).await;
    for (attribute, value) in [
        ("on_destroy", json!("disable")),
        ("replace_existing", json!(true)),
        ("timeouts", json!({ "create": "5m", "delete": "30s" })),
        ("timeouts", json!({ "create": "5m" })),
    ] {
        let mut config = json!({ "name": "ci" });
        config[attribute] = value.clone();
        key.read(&host).await.fine();
        let sent = server.requests().len();
        let (action, planned) = key.plan(&host, &config).await;
        assert_eq!(action, Action::Update, "{attribute}");
        let unknown = planned.state.to_string().contains(UNKNOWN);
        assert!(!unknown, "{attribute}: {}", planned.state);
        let before = key.state.clone();
        key.apply(&host, &config).await.fine();
        for same in [
            "id",
            "key",
            "name",
            "enabled",
            "created_at",
            "user_id",
            "key_fingerprint",
        ] {
            assert_eq!(key.state[same], before[same], "{same} after {attribute}");
        }
        assert_eq!(server.requests().len(), sent, "{attribute}");
        assert_eq!(key.plan(&host, &config).await.0, Action::Nothing);
        // Back to the default, too.
        key.apply(&host, &json!({ "name": "ci" })).await.fine();
        assert_eq!(server.requests().len(), sent, "{attribute}");
    }
    host.shut_down().await;
}

#[tokio::test]
async fn what_to_do_on_destroy_is_one_of_two() {
    let host = Host::start().await;
    for choice in ["delete", "disable", UNKNOWN] {
        host.validate(json!({ "name_prefix": "ci-", "on_destroy": choice }))
            .await
            .fine();
    }
    for choice in ["", "keep", "Delete"] {
        host.validate(json!({ "name": "ci", "on_destroy": choice }))
            .await
            .one_error(&["delete", "disable"])
            .is_at("on_destroy");
    }
}

#[tokio::test]
async fn a_key_is_left_behind_only_under_a_name_of_its_own() {
    let host = Host::start().await;
    for name in [json!("ci"), json!(UNKNOWN)] {
        host.validate(json!({ "name": name, "on_destroy": "disable" }))
            .await
            .one_error(&["name_prefix", "keeps its name"])
            .is_at("on_destroy");
    }
    for fine in [
        json!({ "name": "ci", "on_destroy": "delete" }),
        json!({ "name": "ci", "on_destroy": UNKNOWN }),
        json!({ "name_prefix": UNKNOWN, "on_destroy": "disable" }),
    ] {
        host.validate(fine).await.fine();
    }
}

#[tokio::test]
async fn a_key_may_be_left_behind_disabled() {
    let server = Server::start().await;
    let host = configured(&server).await;
    let mut key = Instance::create(&host, json!({ "name": "ci", "on_destroy": "disable" })).await;
    let value = key.state["key"].as_str().expect("a value").to_owned();
    key.run(&host, &Value::Null).await.fine();
    assert_eq!(key.state, Value::Null);
    assert_eq!(server.keys().await, json!({ "ci": "disabled" }));
    assert!(!server.log_in_with(&value).await.is_success());
    assert_eq!(
        server.count("DELETE", ""),
        server.count("DELETE", "/auth/session")
    );
    host.shut_down().await;
}

#[tokio::test]
async fn what_is_to_be_left_behind_and_is_gone_already_is_no_error() {
    let server = Server::start().await;
    let host = configured(&server).await;
    let mut key = Instance::create(&host, json!({ "name": "ci", "on_destroy": "disable" })).await;
    server
        .delete(key.state["id"].as_str().expect("an id"))
        .await;
    // Without a refresh: the delete itself finds that it is gone.
    key.apply(&host, &Value::Null).await.fine();
    assert_eq!(key.state, Value::Null);
    host.shut_down().await;
}

#[tokio::test]
async fn a_key_left_behind_disabled_makes_way_for_its_successor_by_prefix() {
    let server = Server::start().await;
    let host = configured(&server).await;
    let config = |keeper: &str| json!({ "name_prefix": "ci-", "on_destroy": "disable", "keepers": { "a": keeper } });
    let mut key = Instance::create(&host, config("1")).await;
    let old = key.state["name"].as_str().expect("a name").to_owned();
    key.run(&host, &config("2")).await.fine();
    let new = key.state["name"].as_str().expect("a name").to_owned();
    assert_eq!(
        server.keys().await,
        json!({ old: "disabled", new: "enabled" })
    );
    host.shut_down().await;
}

#[tokio::test]
async fn an_existing_key_of_the_name_is_replaced_only_on_request() {
    let server = Server::start().await;
    let host = configured(&server).await;
    let existing = server.create("ci").await;
    let mut key = Instance::default();
    key.run(&host, &json!({ "name": "ci" }))
        .await
        .one_error(&[existing["_id"].as_str().expect("an id"), "replace_existing"]);
    key.run(&host, &json!({ "name": "ci", "replace_existing": true }))
        .await
        .fine();
    assert_eq!(server.keys().await, json!({ "ci": "enabled" }));
    assert_ne!(key.state["id"], existing["_id"]);
    let old = existing["key"].as_str().expect("a value");
    assert!(!server.log_in_with(old).await.is_success());
    let new = key.state["key"].as_str().expect("a value");
    assert!(server.log_in_with(new).await.is_success());
    host.shut_down().await;
}

#[tokio::test]
async fn a_request_to_replace_does_no_harm_where_there_is_nothing_to_replace() {
    let server = Server::start().await;
    let host = configured(&server).await;
    server.create("other").await;
    let config = json!({ "name": "ci", "replace_existing": true });
    let mut key = Instance::create(&host, config.clone()).await;
    let id = key.state["id"].clone();
    let (action, _) = key.refreshed_plan(&host, &config).await;
    assert_eq!(action, Action::Nothing);
    assert_eq!(key.state["id"], id);
    assert_eq!(
        server.keys().await,
        json!({ "ci": "enabled", "other": "enabled" })
    );
    host.shut_down().await;
}

#[tokio::test]
async fn the_fingerprint_tells_which_value_is_meant() {
    let server = Server::start().await;
    let host = configured(&server).await;
    let mut key = Instance::create(&host, json!({ "name": "ci" })).await;
    let digest = Sha256::digest(key.state["key"].as_str().expect("a value"));
    let expected = format!("SHA256:{}", STANDARD_NO_PAD.encode(digest));
    assert_eq!(key.state["key_fingerprint"], expected);
    for config in [
        json!({ "name": "ci", "enabled": false }),
        json!({ "name": "ci" }),
    ] {
        key.run(&host, &config).await.fine();
        assert_eq!(key.state["key_fingerprint"], expected);
    }
    host.shut_down().await;
}

#[tokio::test]
async fn a_timeout_is_a_duration() {
    let host = Host::start().await;
    for operation in ["create", "read", "update", "delete"] {
        for text in ["", "soon", "-5s", "5", "0s"] {
            let found = host
                .validate(json!({ "name": "ci", "timeouts": { operation: text } }))
                .await;
            assert!(found.has_error(), "{operation} = {text:?} is taken");
            let error = found.one_error(&[operation]);
            assert!(error.path.starts_with("timeouts"), "{error}");
        }
        for text in ["5s", "2m", "1m30s", "1h", UNKNOWN] {
            host.validate(json!({ "name": "ci", "timeouts": { operation: text } }))
                .await
                .fine();
        }
    }
    host.validate(json!({ "name": "ci", "timeouts": {} }))
        .await
        .fine();
    host.validate(json!({ "name": "ci", "timeouts": UNKNOWN }))
        .await
        .fine();
}

#[tokio::test]
async fn a_create_ends_with_its_timeout_and_leaves_no_key_behind() {
    let server = Server::start().await;
    let detour = Detour::to(&server).await;
    let host = Host::start().await;
    host.configure(detour.config(&server)).await.fine();
    // The server makes the key, and its answer never comes.
    let held = Held::new();
    detour.next("POST", "/auth/api_keys", Deed::Hold(held.clone()));
    let mut key = Instance::default();
    let config = json!({ "name": "ci", "timeouts": { "create": "2s" } });
    let findings = key.run(&host, &config).await;
    findings.one_error(&["ci", "2"]);
    held.let_go();
    // Whatever time was left for looking: the next run makes the world whole, and tells if it cannot.
    if server.keys().await == json!({}) {
        assert_eq!(key.state, Value::Null);
        key.run(&host, &json!({ "name": "ci" })).await.fine();
    } else {
        findings.one_error(&["ci", "replace_existing"]);
        key.run(&host, &json!({ "name": "ci", "replace_existing": true }))
            .await
            .fine();
    }
    assert_eq!(server.keys().await, json!({ "ci": "enabled" }));
    let value = key.state["key"].as_str().expect("a value");
    assert!(server.log_in_with(value).await.is_success());
    host.shut_down().await;
}

#[tokio::test]
async fn reads_updates_and_deletes_end_with_their_timeouts() {
    let server = Server::start().await;
    let detour = Detour::to(&server).await;
    let host = Host::start().await;
    host.configure(detour.config(&server)).await.fine();
    let timeouts = json!({ "read": "1s", "update": "1s", "delete": "1s" });
    let config = json!({ "name": "ci", "timeouts": timeouts });
    let mut key = Instance::create(&host, config.clone()).await;
    let before = key.state.clone();
    let id = before["id"].as_str().expect("an id").to_owned();

    let held = Held::new();
    detour.next("PUT", "/disable", Deed::Hold(held.clone()));
    let mut disabled = config.clone();
    disabled["enabled"] = false.into();
    let findings = key.apply(&host, &disabled).await;
    findings.one_error(&["disable", "ci"]);
    assert_eq!(key.state["key"], before["key"]);

    detour.next("DELETE", &id, Deed::Hold(held.clone()));
    let findings = key.apply(&host, &Value::Null).await;
    findings.one_error(&["delete", "ci"]);
    assert_eq!(key.state["id"], before["id"]);
    host.shut_down().await;

    // A new process has no list that it could answer from.
    let host = Host::start().await;
    host.configure(detour.config(&server)).await.fine();
    detour.next("GET", "/auth/api_keys", Deed::Hold(held.clone()));
    let findings = key.read(&host).await;
    findings.one_error(&["read"]);
    assert_eq!(key.state["id"], before["id"]);
    for _ in 0..3 {
        held.let_go();
    }
    host.shut_down().await;
}
