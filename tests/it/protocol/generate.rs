//! Configuration made of a state: valid, without values or defaults, and nothing to do once the key is imported.

use serde_json::{Value, json};

use crate::support::host::{Host, configured_with_server as configured};
use crate::support::rpc::{Change, Search};
use crate::support::value::read;

/// The attributes that are set.
fn set(config: &Value) -> Value {
    let all = config.as_object().expect("an object").clone();
    all.into_iter()
        .filter(|(_, value)| !value.is_null())
        .collect::<serde_json::Map<_, _>>()
        .into()
}

/// Fails the test unless the configuration is valid and changes nothing in this state.
async fn changes_nothing(host: &Host, config: &Value, state: &Value, private: &[u8]) {
    host.validate(config.clone()).await.fine();
    let change = Change::update(state.clone(), config.clone()).with_private(private);
    let planned = host.plan(change).await;
    planned.findings.fine();
    assert_eq!(planned.state, *state, "{config}");
    assert_eq!(planned.replaces, [""; 0], "{config}");
}

#[tokio::test]
async fn the_host_is_told_that_it_can_be_asked() {
    let host = Host::start().await;
    let capabilities = host.schema().await.server_capabilities;
    let capabilities = capabilities.expect("capabilities");
    assert!(capabilities.generate_resource_config);
    assert!(capabilities.plan_destroy && capabilities.get_provider_schema_optional);
    assert!(!capabilities.move_resource_state);
    host.shut_down().await;
}

#[tokio::test]
async fn of_nothing_comes_an_empty_configuration() {
    let host = Host::start().await;
    let config = host.generate(&Value::Null).await;
    assert_eq!(set(&config), json!({}));
    assert_eq!(config, host.key(json!({})).await, "with every attribute");
    host.shut_down().await;
}

#[tokio::test]
async fn an_imported_key_needs_its_name_alone() {
    let (server, host) = configured().await;
    let key = server.create("ci").await;
    let (state, _) = host.import(key["_id"].as_str().expect("an id")).await;
    let config = host.generate(&state).await;
    assert_eq!(set(&config), json!({ "name": "ci" }));
    // With what an import keeps beside the state, and without it.
    let kept = br#"{"imported":true}"#;
    changes_nothing(&host, &config, &state, b"").await;
    changes_nothing(&host, &config, &state, kept).await;
    host.shut_down().await;
}

#[tokio::test]
async fn a_disabled_key_stays_disabled() {
    let (server, host) = configured().await;
    let key = server.create("ci").await;
    let id = key["_id"].as_str().expect("an id");
    server.disable(id).await;
    let (state, _) = host.import(id).await;
    let config = host.generate(&state).await;
    assert_eq!(set(&config), json!({ "name": "ci", "enabled": false }));
    changes_nothing(&host, &config, &state, b"").await;
    host.shut_down().await;
}

#[tokio::test]
async fn whatever_was_configured_is_configured_again() {
    let (_server, host) = configured().await;
    for config in [
        json!({ "name_prefix": "all-", "keepers": { "team": "a", "none": null }, "rotate_after": "90d",
            "on_destroy": "disable", "replace_existing": true, "timeouts": null }),
        json!({ "name_prefix": "ci-", "enabled": false }),
        json!({ "name": "times",
            "timeouts": { "create": "1m", "read": null, "update": null, "delete": "30s" } }),
    ] {
        let state = host.create(config.clone()).await;
        let generated = host.generate(&state).await;
        let mut expected = config;
        expected
            .as_object_mut()
            .expect("an object")
            .retain(|_, value| !value.is_null());
        assert_eq!(set(&generated), expected);
        assert_eq!(generated["key"], json!(null), "never a value");
        changes_nothing(&host, &generated, &state, b"").await;
    }
    host.shut_down().await;
}

/// What `terraform query -generate-config-out` does: list, generate, import by the identity, plan.
#[tokio::test]
async fn a_query_ends_in_configuration_that_plans_empty() {
    let (server, host) = configured().await;
    server.create("ci").await;
    let off = server.create("off").await;
    server.disable(off["_id"].as_str().expect("an id")).await;
    let search = Search {
        with_object: true,
        ..Search::by(json!({}))
    };
    let events = host.list(search).await;
    assert_eq!(events.len(), 2);
    for event in events {
        let config = host.generate(&read(event.resource_object)).await;
        let named = read(event.identity.expect("an identity").identity_data);
        let imported = host.import_named(&named).await.imported_resources.remove(0);
        let state = host.read(&read(imported.state), &imported.private).await;
        state.findings.fine();
        changes_nothing(&host, &config, &state.state, &state.private).await;
    }
    host.shut_down().await;
}
