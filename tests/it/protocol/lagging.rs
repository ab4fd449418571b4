//! A server whose reads trail its writes: nobody who looks right after a write sees the world before it.

use std::time::Duration;

use serde_json::{Value, json};
use terraform_provider_appservices::emulator::{Effect, Fault, Lag, Options};

use crate::support::host::Host;
use crate::support::instance::{Action, Instance};
use crate::support::patient;
use crate::support::server::{EMAIL, Server};

const LAGS: [Lag; 3] = [
    Lag::Time(Duration::from_millis(500)),
    Lag::Reads(1),
    Lag::Reads(3),
];

/// A new process, as Terraform starts one for each plan and each apply.
async fn fresh(server: &Server) -> Host {
    let host = Host::start().await;
    host.configure(server.config()).await.fine();
    host
}

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
            let told = key.run(&host, &config).await;
            assert!(told.0.is_empty(), "{lag:?}: {told}");
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
        // Whoever lists now sees nothing of it any more.
        let host = fresh(&server).await;
        let (found, told) = host.import("name:ci").await;
        assert!(found.is_null() && told.has_error(), "{lag:?}: {found}");
        host.shut_down().await;
    })
    .await;
}

#[tokio::test]
async fn a_lost_key_that_does_not_show_yet_is_not_left_behind() {
    under_every_lag(async |lag| {
        let server = trailing(lag).await;
        let host = fresh(&server).await;
        let lost = Fault::after("POST", "/auth/api_keys", Effect::Reset);
        server.emulator.inject(lost).expect("a fault");
        let config = json!({ "name": "ci" });
        let mut key = Instance::default();
        let told = key.run(&host, &config).await;
        if told.has_error() {
            assert!(
                server.emulator.keys().is_empty() || key.state.is_object(),
                "{lag:?}: a key that the state does not lead to: {told}"
            );
            key.run(&host, &config).await.fine();
        }
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
async fn a_stale_namesake_does_not_hide_a_lost_key() {
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
    let lost = Fault::after("POST", "/auth/api_keys", Effect::Reset);
    server.emulator.inject(lost).expect("a fault");
    let config = json!({ "name": "ci" });
    let mut key = Instance::default();
    let told = key.run(&host, &config).await;
    let keys = server.emulator.keys();
    assert!(
        keys.is_empty() || key.state.is_object(),
        "a key that the state does not lead to: {keys:?}\n{told}"
    );
    key.run(&host, &config).await.fine();
    assert_eq!(server.emulator.keys().len(), 1);
    host.shut_down().await;
}

#[tokio::test]
async fn a_wait_that_runs_out_keeps_the_key_and_its_value() {
    let server = trailing(Lag::Time(Duration::from_secs(3600))).await;
    let host = fresh(&server).await;
    let timeouts = json!({ "create": "2s", "update": "2s" });
    let config = json!({ "name": "ci", "timeouts": timeouts });
    let mut key = Instance::default();
    let told = key.run(&host, &config).await;
    assert!(!told.0.is_empty(), "somebody is told that it does not show");
    let id = server.emulator.keys()[0].id.clone();
    assert_eq!(key.state["id"], id.as_str());
    let value = key.state["key"].as_str().expect("a value").to_owned();
    assert!(server.log_in_with(&value).await.is_success());
    host.shut_down().await;
    // The next process does not see it either, and must not take it for gone.
    let host = fresh(&server).await;
    let told = key.read(&host).await;
    assert!(
        key.state["key"] == value.as_str(),
        "the value is lost: {told}"
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
    let sham = terraform_provider_appservices::emulator::Answer::new(204);
    let fault = Fault::before("PUT", "/auth/api_keys/{id}/disable", sham).always();
    server.emulator.inject(fault).expect("a fault");
    let mut disabled = config;
    disabled["enabled"] = false.into();
    let told = key.run(&host, &disabled).await;
    told.one_error(&["disable", "ci"]);
    assert_eq!(key.state["enabled"], true, "what really holds");
    server.emulator.clear_faults();
    key.run(&host, &disabled).await.fine();
    assert!(server.emulator.keys()[0].disabled);
    host.shut_down().await;
}
