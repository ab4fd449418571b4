//! A host from before identities, deferral and capabilities: it notices nothing.

use serde_json::json;

use crate::support::host::Host;
use crate::support::rpc::{Change, Findings, KEYS, answer};
use crate::support::server::Server;
use crate::support::value::{UNKNOWN, read};

#[tokio::test]
async fn a_host_that_knows_none_of_the_new_things_misses_none() {
    let server = Server::start().await;
    let host = Host::start().await;
    // Such a host never asks for identity schemas, and sends no capabilities.
    let mut unknown = server.config();
    unknown["password"] = json!(UNKNOWN);
    host.configure(unknown).await.fine();
    let change = Change::create(json!({ "name": "ci" }));
    // Fails by itself if anything is put off.
    host.plan(change.clone()).await.findings.fine();

    host.configure(server.config()).await.fine();
    let state = host.create(json!({ "name": "ci" })).await;
    let read_again = host.read(&state, b"").await;
    assert_eq!(read_again.state, state);
    let state = host
        .update(&state, json!({ "name": "ci", "enabled": false }))
        .await;
    let planned = host
        .plan(Change::update(
            state.clone(),
            json!({ "name": "ci", "enabled": false }),
        ))
        .await;
    assert_eq!(planned.state, state);
    host.upgrade(&state.to_string()).await.1.fine();
    host.read_data(KEYS, json!({})).await.1.fine();
    let (imported, _) = host.import(state["id"].as_str().expect("an id")).await;
    assert_eq!(imported["id"], state["id"]);

    // The destroy that a host plans by itself when it does not know `plan_destroy`: no identity, and the state's private data.
    let mut planned = host.plan_request(Change::destroy(state.clone())).await;
    planned.prior_private = b"{}".to_vec();
    let planned = answer(host.provider().plan_resource_change(planned)).await;
    let mut request = host
        .apply_request(Change::destroy(state.clone()), planned)
        .await;
    request.planned_identity = None;
    let gone = answer(host.provider().apply_resource_change(request)).await;
    Findings::of(gone.diagnostics).fine();
    assert_eq!(read(gone.new_state), json!(null));
    assert_eq!(server.keys().await, json!({}));
    host.shut_down().await;
}
