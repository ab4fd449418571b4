//! A server whose reads trail its writes: no read right after a write shows the world before it.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use terraform_provider_appservices::emulator::{Answer, Fault, FaultEffect, Lag, Options};

use crate::support::host::configured as fresh;
use crate::support::instance::{Action, Instance};
use crate::support::patient;
use crate::support::server::{EMAIL, Server};

const LAGS: [Lag; 3] = [
    Lag::Time(Duration::from_millis(500)),
    Lag::Reads(1),
    Lag::Reads(3),
];

/// A new process, as Terraform starts one for each plan and each apply.
async fn trailing(lag: Lag) -> Server {
    Server::with(Options {
        lag,
        ..Default::default()
    })
    .await
}

/// The same under every lag, at the same time: most of it is waiting.
async fn under_every_lag(life: impl AsyncFn(Lag)) {
    futures_util::future::join_all(LAGS.map(|lag| life(lag))).await;
}

#[tokio::test]
async fn a_plan_right_after_each_write_is_empty() {
    under_every_lag(async |lag| {
        let server = trailing(lag).await;
        let mut key = Instance::default();
        for config in [
            json!({ "name": "ci" }),
            json!({ "name": "ci", "enabled": false }),
            json!({ "name": "ci" }),
            json!({ "name": "ci", "keepers": { "a": "1" }, "enabled": false }),
        ] {
            let host = fresh(&server).await;
            let findings = key.run(&host, &config).await;
            assert!(findings.0.is_empty(), "{lag:?}: {findings}");
            host.shut_down().await;
            let host = fresh(&server).await;
            let (action, planned) = key.refreshed_plan(&host, &config).await;
            assert_eq!(action, Action::Nothing, "{lag:?} {config}: {planned:?}");
            host.shut_down().await;
        }
        let host = fresh(&server).await;
        key.run(&host, &Value::Null).await.fine();
        assert_eq!((&key.state, server.emulator.keys()), (&Value::Null, vec![]));
        host.shut_down().await;
        // No list shows it any more.
        let host = fresh(&server).await;
        let (found, findings) = host.import("name:ci").await;
        assert!(found.is_null() && findings.has_error(), "{lag:?}: {found}");
        host.shut_down().await;
    })
    .await;
}

#[tokio::test]
async fn a_lost_key_of_a_random_name_that_does_not_show_yet_heals_in_the_same_apply() {
    under_every_lag(async |lag| {
        let server = trailing(lag).await;
        let host = fresh(&server).await;
        let lost = Fault::after("POST", "/auth/api_keys", FaultEffect::Reset);
        server.emulator.inject(lost).expect("a fault");
        let config = json!({ "name_prefix": "ci-" });
        let key = Instance::create(&host, config).await;
        let keys = server.emulator.keys();
        assert_eq!(keys.len(), 1, "{lag:?}");
        assert_eq!(key.state["id"], keys[0].id.as_str());
        let value = key.state["key"].as_str().expect("a value");
        assert!(server.log_in_with(value).await.is_success());
        host.shut_down().await;
    })
    .await;
}

#[tokio::test]
async fn a_stale_namesake_does_not_mislead_replace_existing() {
    let server = trailing(Lag::Time(Duration::from_millis(700))).await;
    let host = fresh(&server).await;
    let made_at = jiff::Timestamp::now() - jiff::SignedDuration::from_hours(1);
    let namesake = server.emulator.insert_key(EMAIL, "ci", made_at);
    let namesake = namesake.expect("a key").id;
    patient("the namesake in the list", async {
        while server.keys().await == json!({}) {}
    })
    .await;
    // Lists go on showing it for a while.
    assert!(server.emulator.delete_key(&namesake));
    let lost = Fault::after("POST", "/auth/api_keys", FaultEffect::Reset);
    server.emulator.inject(lost).expect("a fault");
    let config = json!({ "name": "ci", "replace_existing": true });
    let key = Instance::create(&host, config).await;
    let keys = server.emulator.keys();
    assert_eq!(keys.len(), 1, "{keys:?}");
    assert_eq!(key.state["id"], keys[0].id.as_str());
    host.shut_down().await;
}

/// The key can log in until then.
#[tokio::test]
async fn a_key_that_is_born_disabled_is_disabled_before_anybody_waits() {
    let server = trailing(Lag::Time(Duration::from_millis(700))).await;
    let host = fresh(&server).await;
    let key = Instance::create(&host, json!({ "name": "ci", "enabled": false })).await;
    assert_eq!(key.state["enabled"], false);
    let sent = server.requests();
    let at = sent
        .iter()
        .position(|sent| sent.starts_with("POST") && sent.contains("/auth/api_keys "));
    let next = &sent[at.expect("a create") + 1];
    assert!(
        next.starts_with("PUT") && next.contains("/disable "),
        "{next:?}"
    );
    assert_eq!(server.count("PUT", "/disable"), 1);
    let now = fresh(&server).await;
    let mut key = key;
    key.read(&now).await.fine();
    assert_eq!(key.state["enabled"], false, "one wait has seen both");
    now.shut_down().await;
    host.shut_down().await;
}

/// The create is complete: what the server acknowledged is no failure, and the key keeps its value.
#[tokio::test]
async fn a_key_that_is_born_disabled_and_shows_enabled_is_a_warning() {
    let server = Server::start().await;
    let host = fresh(&server).await;
    let sham = Answer::new(204);
    let fault = Fault::before("PUT", "/auth/api_keys/{id}/disable", sham).always();
    server.emulator.inject(fault).expect("a fault");
    let config = json!({ "name": "ci", "enabled": false, "timeouts": { "create": "2s" } });
    let mut key = Instance::default();
    let findings = key.run(&host, &config).await;
    findings.fine();
    let text = findings.to_string();
    assert!(text.contains("does not show as disabled yet"), "{text}");
    assert!(!key.tainted && key.state["key"].is_string());
    assert_eq!(key.state["enabled"], false);
    assert_eq!(server.count("PUT", "/disable"), 1);
    // If it was never done, the next run sees that and does it.
    server.emulator.clear_faults();
    let (action, _) = key.refreshed_plan(&host, &config).await;
    assert_eq!(action, Action::Update);
    key.read(&host).await.fine();
    key.apply(&host, &config).await.fine();
    assert!(server.emulator.keys()[0].disabled);
    host.shut_down().await;
}

/// What the server acknowledged is sent once, however long it takes to show.
#[tokio::test]
async fn a_write_that_was_acknowledged_is_sent_once() {
    let server = trailing(Lag::Time(Duration::from_secs(7))).await;
    let host = fresh(&server).await;
    let mut key = Instance::create(&host, json!({ "name": "ci" })).await;
    let id = key.state["id"].as_str().expect("an id").to_owned();
    key.apply(&host, &json!({ "name": "ci", "enabled": false }))
        .await
        .fine();
    key.apply(&host, &Value::Null).await.fine();
    assert_eq!(server.count("PUT", "/disable"), 1);
    assert_eq!(server.count("DELETE", &id), 1);
    host.shut_down().await;
}

#[tokio::test]
async fn a_delete_that_does_not_show_in_time_is_an_error_and_the_next_one_is_fine() {
    let server = Server::start().await;
    let host = fresh(&server).await;
    let config = json!({ "name": "ci", "timeouts": { "delete": "2s" } });
    let mut key = Instance::create(&host, config).await;
    let before = key.state.clone();
    let listed = json!([{ "_id": before["id"], "name": "ci", "disabled": false }]).to_string();
    let stale = Fault::before(
        "GET",
        "/auth/api_keys",
        Answer::new(200).body("application/json", &listed),
    )
    .always();
    server.emulator.inject(stale).expect("a fault");
    key.apply(&host, &Value::Null)
        .await
        .one_error(&["delete", "ci"]);
    assert_eq!((&key.state, server.emulator.keys()), (&before, vec![]));
    key.apply(&host, &Value::Null).await.fine();
    assert_eq!(key.state, Value::Null);
    host.shut_down().await;
}

/// Both looks may come from one replica that trails behind.
#[tokio::test]
async fn a_young_key_that_a_trailing_replica_does_not_have_stays() {
    let server = Server::start().await;
    let host = fresh(&server).await;
    let mut key = Instance::create(&host, json!({ "name": "ci" })).await;
    let before = key.state.clone();
    host.shut_down().await;
    let gone = r#"{"error":"API key not found","error_code":"APIKeyNotFound"}"#;
    let list = || {
        Fault::before(
            "GET",
            "/auth/api_keys",
            Answer::new(200).body("application/json", "[]"),
        )
    };
    let get = Fault::before(
        "GET",
        "/auth/api_keys/{id}",
        Answer::new(404).body("application/json", gone),
    );
    for fault in [list(), list(), list(), get] {
        server.emulator.inject(fault).expect("a fault");
    }
    let host = fresh(&server).await;
    key.read(&host).await.fine();
    assert_eq!(key.state, before);
    assert_eq!(
        server.count("GET", key.state["id"].as_str().expect("an id")),
        1
    );
    host.shut_down().await;
}

/// One list in a second for all of them, and two requests for each alone.
#[tokio::test]
async fn young_keys_that_are_gone_share_their_lists() {
    let server = Server::start().await;
    let host = fresh(&server).await;
    let create = |n| Instance::create(&host, json!({ "name": format!("ci-{n}") }));
    let mut keys = futures_util::future::join_all((0..10).map(create)).await;
    let ids: Vec<_> = server
        .emulator
        .keys()
        .into_iter()
        .map(|key| key.id)
        .collect();
    assert!(ids.iter().all(|id| server.emulator.delete_key(id)));
    host.shut_down().await;
    let host = fresh(&server).await;
    let (before, began) = (server.count("GET", "/auth/api_keys"), Instant::now());
    let reads = keys.iter_mut().map(|key| key.read(&host));
    for findings in futures_util::future::join_all(reads).await {
        findings.fine();
    }
    let seconds = usize::try_from(began.elapsed().as_secs()).expect("some seconds");
    let lists = server.count("GET", "/auth/api_keys") - before;
    assert!(lists <= seconds + 2, "{lists} in {seconds} s");
    assert!(ids.iter().all(|id| server.count("GET", id) == 2));
    assert!(keys.iter().all(|key| key.state.is_null()));
    host.shut_down().await;
}

/// No list has shown it yet, and none of plan, apply and destroy fails for that.
#[tokio::test]
async fn a_key_that_never_showed_stays_with_a_warning_and_is_destroyed_by_its_id() {
    let server = trailing(Lag::Time(Duration::from_secs(3600))).await;
    let host = fresh(&server).await;
    let config =
        json!({ "name": "ci", "timeouts": { "create": "4s", "read": "4s", "delete": "4s" } });
    let mut key = Instance::create(&host, config.clone()).await;
    host.shut_down().await;
    let host = fresh(&server).await;
    let before = key.state.clone();
    let findings = key.read(&host).await;
    findings.fine();
    assert!(
        findings.to_string().contains("does not show yet"),
        "{findings}"
    );
    let (action, _) = key.refreshed_plan(&host, &config).await;
    assert_eq!((action, &key.state), (Action::Nothing, &before));
    key.apply(&host, &Value::Null).await.fine();
    assert_eq!((server.emulator.keys(), &key.state), (vec![], &Value::Null));
    host.shut_down().await;
}

#[tokio::test]
async fn a_wait_that_runs_out_keeps_the_key_and_its_value() {
    let server = trailing(Lag::Time(Duration::from_secs(3600))).await;
    let host = fresh(&server).await;
    let timeouts = json!({ "create": "5s", "update": "5s" });
    let config = json!({ "name": "ci", "timeouts": timeouts });
    let mut key = Instance::default();
    let findings = key.run(&host, &config).await;
    assert!(
        !findings.0.is_empty(),
        "the practitioner is findings that it does not show"
    );
    let id = server.emulator.keys()[0].id.clone();
    assert_eq!(key.state["id"], id.as_str());
    let value = key.state["key"].as_str().expect("a value").to_owned();
    assert!(server.log_in_with(&value).await.is_success());
    host.shut_down().await;
    // The next process does not see it either, and must not take it for gone.
    let host = fresh(&server).await;
    let findings = key.read(&host).await;
    assert!(
        key.state["key"] == value.as_str(),
        "the value is lost: {findings}"
    );
    host.shut_down().await;
}

#[tokio::test]
async fn a_switch_that_never_shows_is_no_success() {
    let server = Server::start().await;
    let host = fresh(&server).await;
    let timeouts = json!({ "update": "2s" });
    let config = json!({ "name": "ci", "timeouts": timeouts });
    let mut key = Instance::create(&host, config.clone()).await;
    let sham = Answer::new(204);
    let fault = Fault::before("PUT", "/auth/api_keys/{id}/disable", sham).always();
    server.emulator.inject(fault).expect("a fault");
    let mut disabled = config;
    disabled["enabled"] = false.into();
    let findings = key.run(&host, &disabled).await;
    findings.one_error(&["disable", "ci"]);
    assert_eq!(key.state["enabled"], true, "what really holds");
    server.emulator.clear_faults();
    key.run(&host, &disabled).await.fine();
    assert!(server.emulator.keys()[0].disabled);
    host.shut_down().await;
}
