//! Planning, held against core's rules. Nothing here needs a server, so none is there.

use serde_json::{Value, json};

use crate::support::host::Host;
use crate::support::rpc::{Change, Planned};
use crate::support::value::UNKNOWN;

/// A key as it stands in a state.
fn stored() -> Value {
    json!({
        "name": "ci",
        "enabled": true,
        "id": "65f0c0ffee0000000000d001",
        "key": "Zk3v9QmT1xR7bN5cW8dY2fH4jL6pS0aUeGiKoMqOsQuSwUyWzYaBcDeFgHiJkLmN",
        "created_at": "2024-03-12T21:33:02Z",
        "user_id": "65f0c0ffee0000000000a001",
        "key_fingerprint": "SHA256:ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0",
        "on_destroy": "delete",
        "replace_existing": false,
    })
}

/// What only the server can say of a new key, and the defaults.
fn unmade() -> Value {
    json!({
        "id": UNKNOWN,
        "key": UNKNOWN,
        "key_fingerprint": UNKNOWN,
        "created_at": UNKNOWN,
        "user_id": UNKNOWN,
        "on_destroy": "delete",
        "replace_existing": false,
    })
}

/// A stored key with some attributes changed.
fn stored_with(changes: Value) -> Value {
    with(stored(), changes)
}

fn with(mut base: Value, changes: Value) -> Value {
    let Value::Object(changes) = changes else {
        panic!("an object")
    };
    base.as_object_mut().expect("an object").extend(changes);
    base
}

async fn plan(change: Change) -> (Host, Planned) {
    let host = Host::start().await;
    host.configure(json!({ "app_id": "myapp-abcde", "api_key": "unused" }))
        .await
        .fine();
    let planned = host.plan(change).await;
    planned.findings.fine();
    (host, planned)
}

/// Plans `change`, and expects exactly `state` and these paths to be replaced.
async fn plans(change: Change, state: Value, replaces: &[&str]) {
    let (host, planned) = plan(change.clone()).await;
    assert_eq!(planned.state, host.key(state).await);
    assert_eq!(planned.replaces, replaces);
    let again = host.plan(change).await;
    assert_eq!(
        (again.state, again.replaces),
        (planned.state, planned.replaces),
        "core plans twice and compares"
    );
}

#[tokio::test]
async fn a_new_key_is_enabled_and_the_server_says_the_rest() {
    let planned = with(json!({ "name": "ci", "enabled": true }), unmade());
    plans(Change::create(json!({ "name": "ci" })), planned, &[]).await;
}

#[tokio::test]
async fn a_new_key_may_start_disabled() {
    let config = json!({ "name": "ci", "enabled": false });
    plans(Change::create(config.clone()), with(config, unmade()), &[]).await;
}

#[tokio::test]
async fn what_is_not_known_yet_stays_unknown() {
    let config = json!({ "name": UNKNOWN, "enabled": UNKNOWN });
    plans(Change::create(config.clone()), with(config, unmade()), &[]).await;
}

#[tokio::test]
async fn a_key_as_configured_needs_nothing() {
    plans(
        Change::update(stored(), json!({ "name": "ci", "enabled": true })),
        stored(),
        &[],
    )
    .await;
}

#[tokio::test]
async fn a_key_that_is_enabled_by_default_needs_nothing() {
    plans(
        Change::update(stored(), json!({ "name": "ci" })),
        stored(),
        &[],
    )
    .await;
}

#[tokio::test]
async fn disabling_a_key_leaves_everything_else_known() {
    let config = json!({ "name": "ci", "enabled": false });
    plans(
        Change::update(stored(), config),
        stored_with(json!({ "enabled": false })),
        &[],
    )
    .await;
}

#[tokio::test]
async fn a_key_that_was_disabled_outside_is_enabled_again() {
    let prior = stored_with(json!({ "enabled": false }));
    plans(
        Change::update(prior, json!({ "name": "ci" })),
        stored(),
        &[],
    )
    .await;
}

#[tokio::test]
async fn an_unknown_switch_leaves_everything_else_known() {
    let config = json!({ "name": "ci", "enabled": UNKNOWN });
    plans(
        Change::update(stored(), config),
        stored_with(json!({ "enabled": UNKNOWN })),
        &[],
    )
    .await;
}

#[tokio::test]
async fn another_name_is_another_key() {
    let (host, planned) = plan(Change::update(stored(), json!({ "name": "deploy" }))).await;
    assert_eq!(planned.replaces, ["name"]);
    assert_eq!(planned.state["name"], "deploy");
    // The second call of a replacement: core asks again as for a create.
    let anew = host.plan(Change::create(json!({ "name": "deploy" }))).await;
    assert_eq!(anew.state["key"], UNKNOWN);
    assert_eq!(anew.state["id"], UNKNOWN);
}

#[tokio::test]
async fn a_name_that_is_not_known_yet_may_be_another_key() {
    let (_, planned) = plan(Change::update(stored(), json!({ "name": UNKNOWN }))).await;
    assert_eq!(planned.replaces, ["name"]);
    assert_eq!(planned.state["name"], UNKNOWN);
}

#[tokio::test]
async fn an_imported_key_keeps_its_value_unset() {
    let imported = stored_with(json!({ "key": null, "key_fingerprint": null }));
    plans(
        Change::update(imported.clone(), json!({ "name": "ci" })),
        imported,
        &[],
    )
    .await;
}

#[tokio::test]
async fn an_imported_key_keeps_its_value_unset_when_it_is_disabled() {
    let imported = stored_with(json!({ "key": null, "key_fingerprint": null }));
    let expected = with(imported.clone(), json!({ "enabled": false }));
    plans(
        Change::update(imported, json!({ "name": "ci", "enabled": false })),
        expected,
        &[],
    )
    .await;
}

#[tokio::test]
async fn a_destroy_plan_is_null() {
    plans(Change::destroy(stored()), Value::Null, &[]).await;
}

#[tokio::test]
async fn a_plan_hands_private_data_on() {
    let change = Change::update(stored(), json!({ "name": "ci", "enabled": false }))
        .with_private(b"{\"a\":\"b\"}");
    assert_eq!(plan(change).await.1.private, b"{\"a\":\"b\"}");
    let change = Change::destroy(stored()).with_private(b"foreign \xff content");
    assert_eq!(plan(change).await.1.private, b"foreign \xff content");
}

#[tokio::test]
async fn a_name_that_the_server_would_refuse_is_refused_while_planning() {
    let host = Host::start().await;
    for name in ["two words", "döner", "a/b", "a.b"] {
        let found = host.validate(json!({ "name": name })).await;
        found.one_error(&["letters", "digits"]).is_at("name");
    }
    host.validate(json!({ "name": "" }))
        .await
        .one_error(&[])
        .is_at("name");
    for name in ["ci", "CI_2-b", "-", "65f0c0ffee0000000000d001"] {
        host.validate(json!({ "name": name })).await.fine();
    }
}

#[tokio::test]
async fn what_is_not_known_yet_is_never_refused() {
    let host = Host::start().await;
    host.validate(json!({ "name": UNKNOWN, "enabled": UNKNOWN }))
        .await
        .fine();
}
