//! A provider configuration that is not known yet: put off where the host allows it, and where it does not, on with
//! unknowns or a reason.

use serde_json::{Value, json};

use crate::support::host::Host;
use crate::support::proto::tfplugin6::deferred::Reason;
use crate::support::proto::tfplugin6::{ClientCapabilities, Deferred, import_resource_state};
use crate::support::rpc::{
    Change, DEFERRAL_ALLOWED, Findings, KEY, KEYS, Search, answer, identity,
};
use crate::support::server::{APP_ID, Server};
use crate::support::value::{UNKNOWN, read};

const DISABLE: &str = "appservices_user_api_key_disable";
const TOKEN: &str = "appservices_access_token";
const ID: &str = "65f0c0ffee0000000000d001";

/// A host that is configured with a password that is not known yet.
async fn waiting() -> (Server, Host) {
    let server = Server::start().await;
    let host = Host::start().await;
    let mut config = server.config();
    config["password"] = json!(UNKNOWN);
    host.configure(config).await.fine();
    (server, host)
}

async fn stored(host: &Host) -> Value {
    let state = json!({ "name": "ci", "enabled": true, "on_destroy": "delete", "replace_existing": false,
        "id": ID, "key": "value", "created_at": "2024-03-12T21:33:02Z", "user_id": "65f0c0ffee0000000000a001" });
    host.key(state).await
}

/// What every kind of request answers: whether it was put off, and what it had to say.
async fn asked(
    host: &Host,
    client_capabilities: Option<ClientCapabilities>,
) -> Vec<(&'static str, Option<Deferred>, Findings)> {
    let state = stored(host).await;
    let mut request = host.read_request(&state).await;
    request.client_capabilities = client_capabilities;
    let read_it = answer(host.provider().read_resource(request)).await;
    assert_eq!(read(read_it.new_state), state, "the state stays");

    let mut request = host
        .plan_request(Change::create(json!({ "name": "ci" })))
        .await;
    request.client_capabilities = client_capabilities;
    let created = answer(host.provider().plan_resource_change(request)).await;
    let plan = read(created.planned_state);
    assert_eq!(
        [&plan["name"], &plan["enabled"], &plan["key"]],
        [&json!("ci"), &json!(true), &json!(UNKNOWN)]
    );

    let mut request = host.read_data_request(KEYS, json!({})).await;
    request.client_capabilities = client_capabilities;
    let found = answer(host.provider().read_data_source(request)).await;

    let request = import_resource_state::Request {
        type_name: KEY.to_owned(),
        id: ID.to_owned(),
        client_capabilities,
        ..Default::default()
    };
    let imported = answer(host.provider().import_resource_state(request)).await;
    let planned = host
        .plan_action(DISABLE, json!({ "id": ID }), client_capabilities)
        .await;
    let mut request = host.open_request(TOKEN, json!({})).await;
    request.client_capabilities = client_capabilities;
    let opened = answer(host.provider().open_ephemeral_resource(request)).await;
    let answers = [
        ("read", read_it.deferred, read_it.diagnostics),
        ("plan", created.deferred, created.diagnostics),
        ("data", found.deferred, found.diagnostics),
        ("import", imported.deferred, imported.diagnostics),
        ("action", planned.deferred, planned.diagnostics),
        ("open", opened.deferred, opened.diagnostics),
    ];
    answers
        .map(|(what, deferred, said)| (what, deferred, Findings::of(said)))
        .into()
}

#[tokio::test]
async fn where_the_host_allows_it_everything_that_needs_the_server_is_put_off() {
    let (server, host) = waiting().await;
    for (what, deferred, findings) in asked(&host, DEFERRAL_ALLOWED).await {
        findings.fine();
        let deferred = deferred.unwrap_or_else(|| panic!("{what} was not put off"));
        assert_eq!(deferred.reason(), Reason::ProviderConfigUnknown, "{what}");
    }
    host.shut_down().await;
    assert_eq!(server.requests(), [""; 0]);
}

#[tokio::test]
async fn where_it_does_not_the_unknown_attribute_is_named() {
    let (server, host) = waiting().await;
    let not_allowed = Some(ClientCapabilities {
        deferral_allowed: false,
        ..DEFERRAL_ALLOWED.expect("capabilities")
    });
    for capabilities in [None, not_allowed] {
        for (what, deferred, findings) in asked(&host, capabilities).await {
            assert!(deferred.is_none(), "{what} was put off all the same");
            match what {
                // Both go on: what they come to is known when they are applied.
                "plan" | "action" => findings.fine(),
                // Terraform, which announces nothing here, takes unknowns. OpenTofu announces this and takes none.
                "open" if capabilities.is_none() => findings.fine(),
                _ => {
                    findings.one_error(&["`password`", "unknown"]);
                    &findings
                }
            };
        }
    }
    host.shut_down().await;
    assert_eq!(server.requests(), [""; 0]);
}

/// Terraform 1.10 and later: one run plans with unknowns, and opens for good while it applies.
#[tokio::test]
async fn nothing_is_opened_and_what_the_server_would_say_is_unknown() {
    let (server, host) = waiting().await;
    for (kind, config, computed) in [
        (
            KEY,
            json!({ "name_prefix": "deploy-" }),
            &["id", "name", "key", "created_at", "user_id"][..],
        ),
        (
            TOKEN,
            json!({}),
            &["access_token", "expires_at", "user_id", "base_url"],
        ),
    ] {
        for client_capabilities in [None, Some(ClientCapabilities::default())] {
            let mut request = host.open_request(kind, config.clone()).await;
            request.client_capabilities = client_capabilities;
            let opened = answer(host.provider().open_ephemeral_resource(request)).await;
            Findings::of(opened.diagnostics).fine();
            assert_eq!(opened.renew_at, None);
            let result = read(opened.result);
            for (name, value) in result.as_object().expect("an object") {
                let expected = match &config[name] {
                    Value::Null if computed.contains(&name.as_str()) => json!(UNKNOWN),
                    configured => configured.clone(),
                };
                assert_eq!(*value, expected, "`{name}` of {kind}");
            }
            let renewed = host.renew(kind, opened.private.clone()).await;
            Findings::of(renewed.diagnostics).fine();
            assert_eq!(renewed.private, opened.private);
            host.close(kind, opened.private).await.fine();
        }
    }
    host.shut_down().await;
    assert_eq!(server.requests(), [""; 0]);
}

#[tokio::test]
async fn a_list_and_an_action_that_is_invoked_need_the_server() {
    let (_server, host) = waiting().await;
    let mut events = host.list(Search::by(json!({}))).await;
    let event = events.pop().expect("an event");
    assert!(events.is_empty());
    Findings::of(event.diagnostic).one_error(&["`password`", "unknown"]);
    let (_, end) = host.invoke(DISABLE, json!({ "id": ID })).await;
    end.one_error(&["`password`", "unknown"]);
    host.shut_down().await;
}

#[tokio::test]
async fn a_plan_without_deferral_goes_on() {
    let (_server, host) = waiting().await;
    let planned = host
        .plan(Change::create(json!({ "name_prefix": "ci-" })))
        .await;
    planned.findings.fine();
    assert_eq!(planned.state["name"], UNKNOWN);
    let state = stored(&host).await;
    for config in [
        json!({ "name": "ci" }),
        json!({ "name": "ci", "enabled": false }),
        json!({ "name": "other" }),
        Value::Null,
    ] {
        let planned = host.plan(Change::update(state.clone(), config)).await;
        planned.findings.fine();
    }
    host.shut_down().await;
}

/// In the apply walk the host allows it too, and would not stand for it.
#[tokio::test]
async fn what_is_known_is_never_put_off() {
    let server = Server::start().await;
    let host = Host::start().await;
    host.configure(server.config()).await.fine();
    let key = server.create("other").await;

    let change = Change::create(json!({ "name": "ci" }));
    let mut request = host.plan_request(change.clone()).await;
    request.client_capabilities = DEFERRAL_ALLOWED;
    let planned = answer(host.provider().plan_resource_change(request)).await;
    assert!(planned.deferred.is_none());
    let request = host.apply_request(change, planned).await;
    let applied = answer(host.provider().apply_resource_change(request)).await;
    Findings::of(applied.diagnostics).fine();
    let state = read(applied.new_state);

    let mut request = host.read_request(&state).await;
    request.client_capabilities = DEFERRAL_ALLOWED;
    let again = answer(host.provider().read_resource(request)).await;
    assert!(again.deferred.is_none());
    assert_eq!(read(again.new_state), state);

    let mut request = host.read_data_request(KEYS, json!({})).await;
    request.client_capabilities = DEFERRAL_ALLOWED;
    let found = answer(host.provider().read_data_source(request)).await;
    assert!(found.deferred.is_none());
    Findings::of(found.diagnostics).fine();

    let request = import_resource_state::Request {
        type_name: KEY.to_owned(),
        id: key["_id"].as_str().expect("an id").to_owned(),
        client_capabilities: DEFERRAL_ALLOWED,
        ..Default::default()
    };
    let imported = answer(host.provider().import_resource_state(request)).await;
    assert!(imported.deferred.is_none());
    let named = identity(imported.imported_resources[0].identity.clone());
    assert_eq!(named["app_id"], APP_ID);

    let config = json!({ "id": key["_id"] });
    let planned = host.plan_action(DISABLE, config, DEFERRAL_ALLOWED).await;
    assert!(planned.deferred.is_none());
    let mut request = host.open_request(TOKEN, json!({})).await;
    request.client_capabilities = DEFERRAL_ALLOWED;
    let opened = answer(host.provider().open_ephemeral_resource(request)).await;
    assert!(opened.deferred.is_none());
    Findings::of(opened.diagnostics).fine();
    host.shut_down().await;
}

/// A missing login is a mistake, and no run to come will mend it.
#[tokio::test]
async fn a_login_that_is_missing_is_not_put_off() {
    let server = Server::start().await;
    let host = Host::start().await;
    let config = json!({ "base_url": server.url(), "app_id": APP_ID });
    host.configure(config).await.fine();
    let mut request = host.read_data_request(KEYS, json!({})).await;
    request.client_capabilities = DEFERRAL_ALLOWED;
    let refused = answer(host.provider().read_data_source(request)).await;
    assert!(refused.deferred.is_none());
    Findings::of(refused.diagnostics).one_error(&["api_key"]);
    host.shut_down().await;
}

#[tokio::test]
async fn generating_a_configuration_needs_no_server() {
    let (server, host) = waiting().await;
    let state = stored(&host).await;
    let config = host.generate(&state).await;
    assert_eq!(config["name"], "ci");
    host.shut_down().await;
    assert_eq!(server.requests(), [""; 0]);
}
