//! Nonsense in the place of values of ephemeral resources, lists, actions and generated configuration.

use serde_json::json;

use crate::support::host::Host;
use crate::support::proto::tfplugin6::invoke_action::event::Type as ActionEvent;
use crate::support::proto::tfplugin6::{
    Diagnostic, DynamicValue, generate_resource_config, invoke_action, list_resource,
    open_ephemeral_resource, plan_action, validate_action_config,
    validate_ephemeral_resource_config, validate_list_resource_config,
};
use crate::support::rpc::{Findings, KEY, all, answer};
use crate::support::server::Server;
use crate::support::value::bytes;

const DISABLE: &str = "appservices_user_api_key_disable";

fn msgpack(bytes: &[u8]) -> DynamicValue {
    DynamicValue {
        msgpack: bytes.to_vec(),
        json: Vec::new(),
    }
}

/// Puts a value into every place, and gives what each had to say.
async fn put(host: &Host, value: &DynamicValue) -> Vec<(&'static str, Vec<Diagnostic>)> {
    let (type_name, config) = (KEY.to_owned(), Some(value.clone()));
    let mut provider = host.provider();
    let request = validate_ephemeral_resource_config::Request {
        type_name: type_name.clone(),
        config: config.clone(),
    };
    let validated = answer(provider.validate_ephemeral_resource_config(request)).await;
    let request = open_ephemeral_resource::Request {
        type_name: type_name.clone(),
        config: config.clone(),
        client_capabilities: None,
    };
    let opened = answer(provider.open_ephemeral_resource(request)).await;
    let request = generate_resource_config::Request {
        type_name: type_name.clone(),
        state: config.clone(),
    };
    let generated = answer(provider.generate_resource_config(request)).await;
    let request = validate_list_resource_config::Request {
        type_name: type_name.clone(),
        config: config.clone(),
        ..Default::default()
    };
    let filters = answer(provider.validate_list_resource_config(request)).await;
    let request = list_resource::Request {
        type_name,
        config: config.clone(),
        limit: 100,
        ..Default::default()
    };
    let listed = all(answer(provider.list_resource(request)).await).await;
    let mut answers = vec![
        ("validate", validated.diagnostics),
        ("open", opened.diagnostics),
        ("generate", generated.diagnostics),
        ("filters", filters.diagnostics),
        (
            "list",
            listed.into_iter().flat_map(|one| one.diagnostic).collect(),
        ),
    ];
    answers.extend(put_into_action(host, config).await);
    answers
}

async fn put_into_action(
    host: &Host,
    config: Option<DynamicValue>,
) -> [(&'static str, Vec<Diagnostic>); 3] {
    let mut provider = host.provider();
    let request = validate_action_config::Request {
        type_name: DISABLE.to_owned(),
        config: config.clone(),
    };
    let validated = answer(provider.validate_action_config(request)).await;
    let request = plan_action::Request {
        action_type: DISABLE.to_owned(),
        config: config.clone(),
        client_capabilities: None,
    };
    let planned = answer(provider.plan_action(request)).await;
    let request = invoke_action::Request {
        action_type: DISABLE.to_owned(),
        config,
        client_capabilities: None,
    };
    let mut events = all(answer(provider.invoke_action(request)).await).await;
    let Some(Some(ActionEvent::Completed(end))) = events.pop().map(|event| event.r#type) else {
        panic!("an end");
    };
    [
        ("validate an action", validated.diagnostics),
        ("plan an action", planned.diagnostics),
        ("invoke an action", end.diagnostics),
    ]
}

#[tokio::test]
async fn what_is_no_value_of_the_schema_is_refused_everywhere() {
    let (host, server) = (Host::start().await, Server::start().await);
    host.configure(server.config()).await.fine();
    for noise in [
        b"\xc1".to_vec(),
        b"\x81\xa4name".to_vec(),
        b"\xdf\xff\xff\xff\xff\x00".to_vec(),
        b"\x91".repeat(1_000_000),
        bytes(&json!([])),
        bytes(&json!("ci")),
        bytes(&json!({ "id": [], "name": [], "name_prefix": [] })),
    ] {
        for (place, said) in put(&host, &msgpack(&noise)).await {
            let start = &noise[..noise.len().min(20)];
            let findings = Findings::of(said);
            assert!(findings.has_error(), "{place} took {start:?} for a value");
        }
    }
    assert_eq!(server.requests(), [""; 0]);
    host.shut_down().await;
}

#[tokio::test]
async fn a_value_that_is_not_there_is_null() {
    let (host, server) = (Host::start().await, Server::start().await);
    host.configure(server.config()).await.fine();
    for (place, said) in put(&host, &DynamicValue::default()).await {
        // A search without filters, and a configuration of nothing: core asks for both.
        let is_fine = ["generate", "filters", "list"].contains(&place);
        assert_eq!(!Findings::of(said).has_error(), is_fine, "{place}");
    }
    host.shut_down().await;
}
