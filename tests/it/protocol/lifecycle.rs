//! Interrupts, and the end of a process with work in its hands.

use serde_json::json;

use crate::support::detour::{Deed, Detour, Held};
use crate::support::host::Host;
use crate::support::proto::tfplugin6::stop_provider;
use crate::support::rpc::{Change, Planned, answer};
use crate::support::server::Server;

async fn stop(host: &Host) {
    let stopped = answer(host.provider().stop_provider(stop_provider::Request {})).await;
    assert_eq!(stopped.error, "");
}

/// A create whose answer is under way when `meanwhile` happens. The key's value reaches the state all the same.
async fn survives(meanwhile: impl AsyncFnOnce(&Host)) {
    let server = Server::start().await;
    let detour = Detour::to(&server).await;
    let host = Host::start().await;
    host.configure(detour.config(&server)).await.fine();
    let held = Held::new();
    detour.next("POST", "/auth/api_keys", Deed::Hold(held.clone()));
    let change = Change::create(json!({ "name": "ci" }));
    let planned: Planned = host.plan(change.clone()).await;
    let (made, ()) = tokio::join!(host.apply(&change, &planned), async {
        held.arrives().await;
        meanwhile(&host).await;
        held.let_go();
    });
    let key = made.state["key"]
        .as_str()
        .unwrap_or_else(|| panic!("the value is lost: {made:?}"));
    assert!(server.log_in_with(key).await.is_success());
    assert_eq!(server.keys().await, json!({ "ci": "enabled" }));
    host.shut_down().await;
}

#[tokio::test]
async fn a_create_in_flight_survives_a_stop() {
    survives(async |host| stop(host).await).await;
}

#[tokio::test]
async fn a_create_in_flight_survives_ctrl_c() {
    survives(async |host| {
        host.plugin.interrupt().await;
        host.plugin.interrupt().await;
        stop(host).await;
    })
    .await;
}

#[tokio::test]
async fn a_stop_does_not_break_the_calls_after_it() {
    let server = Server::start().await;
    let host = Host::start().await;
    host.configure(server.config()).await.fine();
    let made = host.create(json!({ "name": "ci" })).await;
    stop(&host).await;
    host.validate(json!({ "name": "ci" })).await.fine();
    host.plan(Change::update(
        made.clone(),
        json!({ "name": "ci", "enabled": false }),
    ))
    .await
    .findings
    .fine();
    host.upgrade(&made.to_string()).await.1.fine();
    assert_eq!(host.read(&made, b"").await.state, made);
    host.update(&made, json!({ "name": "ci", "enabled": false }))
        .await;
    stop(&host).await;
    host.shut_down().await;
    assert_eq!(server.open_sessions(), 0);
}

#[tokio::test]
async fn after_a_stop_nothing_is_tried_again() {
    let server = Server::start().await;
    let detour = Detour::to(&server).await;
    let host = Host::start().await;
    host.configure(detour.config(&server)).await.fine();
    let made = host.create(json!({ "name": "ci" })).await;
    let held = Held::new();
    let busy = Deed::HoldAndRefuse(held.clone(), 503, r#"{"error":"busy"}"#);
    detour.next("PUT", "/disable", busy);
    let change = Change::update(made.clone(), json!({ "name": "ci", "enabled": false }));
    let planned = host.plan(change.clone()).await;
    let (kept, ()) = tokio::join!(host.apply(&change, &planned), async {
        held.arrives().await;
        stop(&host).await;
        held.let_go();
    });
    kept.findings.one_error(&["interrupted"]);
    assert_eq!(kept.state, made);
    assert_eq!(server.keys().await, json!({ "ci": "enabled" }));
    host.shut_down().await;
}
