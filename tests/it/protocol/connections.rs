//! Several hosts at one process, as under a debugger: each has its own configuration, and its own interrupts.

use serde_json::json;

use crate::support::detour::{Deed, Detour, Held};
use crate::support::host::{Launch, Plugin, attached, debugged};
use crate::support::proto::tfplugin6::stop_provider;
use crate::support::rpc::{Calls, Change, answer};
use crate::support::server::Server;

async fn two_hosts() -> (Plugin, Calls, Calls) {
    let (plugin, address) = debugged(Launch::by_hand(&["--debug"])).await;
    let first = attached(&address).await;
    let second = attached(&address).await;
    (plugin, first, second)
}

#[tokio::test]
async fn each_connection_works_on_its_own_server() {
    let (plugin, first, second) = two_hosts().await;
    let (one, two) = (Server::start().await, Server::start().await);
    first.configure(one.config()).await.fine();
    second.configure(two.config()).await.fine();
    let made = first.create(json!({ "name": "one" })).await;
    second.create(json!({ "name": "two" })).await;
    assert_eq!(first.read(&made, b"").await.state, made);
    assert_eq!(one.keys().await, json!({ "one": "enabled" }));
    assert_eq!(two.keys().await, json!({ "two": "enabled" }));
    // As every walk does: a new configuration of the same connection takes the place of the old one.
    first.configure(two.config()).await.fine();
    first.create(json!({ "name": "moved" })).await;
    let both = json!({ "two": "enabled", "moved": "enabled" });
    assert_eq!(two.keys().await, both);
    plugin.interrupt_and_end().await;
    assert_eq!([one.open_sessions(), two.open_sessions()], [0, 0]);
}

#[tokio::test]
async fn an_interrupt_of_one_host_spares_the_other() {
    let (plugin, first, second) = two_hosts().await;
    let server = Server::start().await;
    let detour = Detour::to(&server).await;
    first.configure(detour.config(&server)).await.fine();
    second.configure(server.config()).await.fine();
    let made = first.create(json!({ "name": "ci" })).await;
    let held = Held::new();
    let busy = Deed::HoldAndRefuse(held.clone(), 503, r#"{"error":"busy"}"#);
    detour.next("PUT", "/disable", busy);
    let change = Change::update(made, json!({ "name": "ci", "enabled": false }));
    let planned = first.plan(change.clone()).await;
    let (updated, ()) = tokio::join!(first.apply(&change, &planned), async {
        held.arrives().await;
        let stopped = answer(second.provider().stop_provider(stop_provider::Request {})).await;
        assert_eq!(stopped.error, "");
        held.let_go();
    });
    // It is tried again, which an interrupt would have kept it from.
    updated.findings.fine();
    assert_eq!(server.keys().await, json!({ "ci": "disabled" }));
    plugin.interrupt_and_end().await;
}
