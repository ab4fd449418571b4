//! Features that this provider does not have. A host never asks for them; whoever does is told so.

use serde_json::json;
use tokio_stream::StreamExt as _;
use tonic::{Code, Status, Streaming};

use crate::support::host::Host;
use crate::support::patient;
use crate::support::proto::tfplugin6::invoke_action::event::Type as Event;
use crate::support::proto::tfplugin6::{
    Diagnostic, DynamicValue, RawState, call_function, close_ephemeral_resource,
    generate_resource_config, get_functions, invoke_action, list_resource, move_resource_state,
    open_ephemeral_resource, plan_action, renew_ephemeral_resource, upgrade_resource_identity,
    validate_action_config, validate_ephemeral_resource_config, validate_list_resource_config,
};
use crate::support::rpc::{Findings, KEY};
use crate::support::value::dynamic;

type Answer = Result<Vec<Diagnostic>, Status>;

/// "No" is either no such method, or an error that says more than that.
fn is_a_no(what: &str, answer: Answer) {
    match answer {
        Err(status) => assert_eq!(status.code(), Code::Unimplemented, "{what}: {status}"),
        Ok(diagnostics) => assert!(Findings::of(diagnostics).has_error(), "{what} was accepted"),
    }
}

fn config() -> DynamicValue {
    dynamic(&json!({}))
}

#[tokio::test]
async fn there_are_no_functions() {
    let host = Host::start().await;
    match patient(
        "functions",
        host.provider().get_functions(get_functions::Request {}),
    )
    .await
    {
        Err(status) => assert_eq!(status.code(), Code::Unimplemented),
        Ok(answer) => assert!(answer.into_inner().functions.is_empty()),
    }
    let request = call_function::Request {
        name: "anything".to_owned(),
        arguments: vec![dynamic(&json!("a"))],
    };
    match patient("a call", host.provider().call_function(request)).await {
        Err(status) => assert_eq!(status.code(), Code::Unimplemented),
        Ok(answer) => {
            let error = answer.into_inner().error.expect("a call of nothing fails");
            assert!(error.text.contains("anything"), "{error:?}");
        }
    }
    host.shut_down().await;
}

#[tokio::test]
async fn there_are_no_ephemeral_resources() {
    let host = Host::start().await;
    let mut provider = host.provider();
    let type_name = || KEY.to_owned();
    let request = validate_ephemeral_resource_config::Request {
        type_name: type_name(),
        config: Some(config()),
    };
    let answer = provider.validate_ephemeral_resource_config(request).await;
    is_a_no(
        "validate",
        answer.map(|answer| answer.into_inner().diagnostics),
    );
    let request = open_ephemeral_resource::Request {
        type_name: type_name(),
        config: Some(config()),
        client_capabilities: None,
    };
    is_a_no(
        "open",
        provider
            .open_ephemeral_resource(request)
            .await
            .map(|answer| answer.into_inner().diagnostics),
    );
    let request = renew_ephemeral_resource::Request {
        type_name: type_name(),
        private: None,
    };
    is_a_no(
        "renew",
        provider
            .renew_ephemeral_resource(request)
            .await
            .map(|answer| answer.into_inner().diagnostics),
    );
    let request = close_ephemeral_resource::Request {
        type_name: type_name(),
        private: None,
    };
    is_a_no(
        "close",
        provider
            .close_ephemeral_resource(request)
            .await
            .map(|answer| answer.into_inner().diagnostics),
    );
    host.shut_down().await;
}

async fn all<T>(stream: Streaming<T>) -> Result<Vec<T>, Status> {
    patient("the end of the stream", stream.collect()).await
}

#[tokio::test]
async fn there_are_no_list_resources() {
    let host = Host::start().await;
    let mut provider = host.provider();
    let request = validate_list_resource_config::Request {
        type_name: KEY.to_owned(),
        config: Some(config()),
        ..Default::default()
    };
    let answer = provider.validate_list_resource_config(request).await;
    is_a_no(
        "validate",
        answer.map(|answer| answer.into_inner().diagnostics),
    );
    let request = list_resource::Request {
        type_name: KEY.to_owned(),
        config: Some(config()),
        limit: 100,
        ..Default::default()
    };
    let events = match provider.list_resource(request).await {
        Ok(stream) => all(stream.into_inner()).await,
        Err(status) => Err(status),
    };
    is_a_no(
        "list",
        events.map(|events| {
            events
                .into_iter()
                .flat_map(|event| event.diagnostic)
                .collect()
        }),
    );
    host.shut_down().await;
}

#[tokio::test]
async fn there_are_no_actions() {
    let host = Host::start().await;
    let mut provider = host.provider();
    let action_type = || "appservices_nothing".to_owned();
    let request = validate_action_config::Request {
        type_name: action_type(),
        config: Some(config()),
    };
    let answer = provider.validate_action_config(request).await;
    is_a_no(
        "validate",
        answer.map(|answer| answer.into_inner().diagnostics),
    );
    let request = plan_action::Request {
        action_type: action_type(),
        config: Some(config()),
        client_capabilities: None,
    };
    is_a_no(
        "plan",
        provider
            .plan_action(request)
            .await
            .map(|answer| answer.into_inner().diagnostics),
    );
    let request = invoke_action::Request {
        action_type: action_type(),
        config: Some(config()),
        client_capabilities: None,
    };
    let events = match provider.invoke_action(request).await {
        Ok(stream) => all(stream.into_inner()).await,
        Err(status) => Err(status),
    };
    is_a_no("invoke", events.map(completed));
    host.shut_down().await;
}

/// Core crashes on an event that is neither progress nor the end, and there is one end.
fn completed(events: Vec<invoke_action::Event>) -> Vec<Diagnostic> {
    let mut events = events
        .into_iter()
        .map(|event| event.r#type.expect("progress or the end"));
    let Some(Event::Completed(end)) = events.next_back() else {
        panic!("the stream has to end with the end")
    };
    assert!(
        events.all(|event| matches!(event, Event::Progress(_))),
        "one end"
    );
    end.diagnostics
}

#[tokio::test]
async fn nothing_moves_here_from_another_type() {
    let host = Host::start().await;
    let request = move_resource_state::Request {
        source_provider_address: "registry.terraform.io/hashicorp/random".to_owned(),
        source_type_name: "random_password".to_owned(),
        source_state: Some(RawState {
            json: b"{}".to_vec(),
            ..Default::default()
        }),
        target_type_name: KEY.to_owned(),
        ..Default::default()
    };
    let answer = host.provider().move_resource_state(request).await;
    is_a_no("move", answer.map(|answer| answer.into_inner().diagnostics));
    host.shut_down().await;
}

#[tokio::test]
async fn there_are_no_identities_to_upgrade() {
    let host = Host::start().await;
    let request = upgrade_resource_identity::Request {
        type_name: KEY.to_owned(),
        version: 0,
        raw_identity: Some(RawState {
            json: b"{}".to_vec(),
            ..Default::default()
        }),
    };
    let answer = host.provider().upgrade_resource_identity(request).await;
    is_a_no(
        "upgrade",
        answer.map(|answer| answer.into_inner().diagnostics),
    );
    host.shut_down().await;
}

#[tokio::test]
async fn no_configuration_is_generated() {
    let host = Host::start().await;
    for state in [json!(null), host.key(json!({ "name": "ci" })).await] {
        let request = generate_resource_config::Request {
            type_name: KEY.to_owned(),
            state: Some(dynamic(&state)),
        };
        let answer = host.provider().generate_resource_config(request).await;
        is_a_no(
            "generate",
            answer.map(|answer| answer.into_inner().diagnostics),
        );
    }
    host.shut_down().await;
}
