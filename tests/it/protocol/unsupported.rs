//! What this provider does not have. A host never asks for it; one that does is told so.

use serde_json::json;
use tonic::{Code, Status};

use crate::support::host::Host;
use crate::support::patient;
use crate::support::proto::tfplugin6::invoke_action::event::Type as Event;
use crate::support::proto::tfplugin6::{
    Diagnostic, RawState, call_function, close_ephemeral_resource, generate_resource_config,
    get_functions, invoke_action, list_resource, move_resource_state, open_ephemeral_resource,
    plan_action, renew_ephemeral_resource, upgrade_resource_identity, validate_action_config,
    validate_ephemeral_resource_config, validate_list_resource_config,
};
use crate::support::rpc::{Findings, KEY, all, answer};
use crate::support::value::dynamic;

/// No type of any kind has this name.
const NOTHING: &str = "appservices_nothing";

type Answer = Result<Vec<Diagnostic>, Status>;

/// "No" is either no such method, or an error that says more than that.
fn is_a_no(what: &str, answer: Answer) {
    match answer {
        Err(status) => assert_eq!(status.code(), Code::Unimplemented, "{what}: {status}"),
        Ok(diagnostics) => assert!(Findings::of(diagnostics).has_error(), "{what} was accepted"),
    }
}

/// An error that names what there is not.
fn names_it(diagnostics: Vec<Diagnostic>) {
    Findings::of(diagnostics).one_error(&[NOTHING]);
}

#[tokio::test]
async fn an_unknown_function_is_named() {
    let host = Host::start().await;
    let request = get_functions::Request {};
    let answer = patient("functions", host.provider().get_functions(request)).await;
    let functions = answer.expect("an answer").into_inner().functions;
    assert_eq!(functions.keys().collect::<Vec<_>>(), ["decrypt_key"]);
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
async fn an_unknown_ephemeral_resource_is_named() {
    let host = Host::start().await;
    let type_name = NOTHING.to_owned();
    let config = Some(dynamic(&json!({})));
    let request = validate_ephemeral_resource_config::Request {
        type_name: type_name.clone(),
        config: config.clone(),
    };
    let validated = host
        .provider()
        .validate_ephemeral_resource_config(request)
        .await;
    names_it(validated.expect("an answer").into_inner().diagnostics);
    let request = open_ephemeral_resource::Request {
        type_name: type_name.clone(),
        config,
        client_capabilities: None,
    };
    names_it(
        answer(host.provider().open_ephemeral_resource(request))
            .await
            .diagnostics,
    );
    let request = renew_ephemeral_resource::Request {
        type_name: type_name.clone(),
        private: None,
    };
    names_it(
        answer(host.provider().renew_ephemeral_resource(request))
            .await
            .diagnostics,
    );
    let request = close_ephemeral_resource::Request {
        type_name,
        private: None,
    };
    names_it(
        answer(host.provider().close_ephemeral_resource(request))
            .await
            .diagnostics,
    );
    host.shut_down().await;
}

#[tokio::test]
async fn an_unknown_list_resource_is_named() {
    let host = Host::start().await;
    let request = validate_list_resource_config::Request {
        type_name: NOTHING.to_owned(),
        ..Default::default()
    };
    names_it(
        answer(host.provider().validate_list_resource_config(request))
            .await
            .diagnostics,
    );
    let request = list_resource::Request {
        type_name: NOTHING.to_owned(),
        limit: 100,
        ..Default::default()
    };
    let mut events = all(answer(host.provider().list_resource(request)).await).await;
    names_it(events.pop().expect("an event").diagnostic);
    assert!(events.is_empty());
    host.shut_down().await;
}

#[tokio::test]
async fn an_unknown_action_is_named() {
    let host = Host::start().await;
    let config = Some(dynamic(&json!({})));
    let request = validate_action_config::Request {
        type_name: NOTHING.to_owned(),
        config: config.clone(),
    };
    names_it(
        answer(host.provider().validate_action_config(request))
            .await
            .diagnostics,
    );
    let request = plan_action::Request {
        action_type: NOTHING.to_owned(),
        config: config.clone(),
        client_capabilities: None,
    };
    names_it(
        answer(host.provider().plan_action(request))
            .await
            .diagnostics,
    );
    let request = invoke_action::Request {
        action_type: NOTHING.to_owned(),
        config,
        client_capabilities: None,
    };
    let mut events = all(answer(host.provider().invoke_action(request)).await).await;
    let Some(Some(Event::Completed(end))) = events.pop().map(|event| event.r#type) else {
        panic!("the stream has to end with the end")
    };
    assert!(events.is_empty());
    names_it(end.diagnostics);
    host.shut_down().await;
}

#[tokio::test]
async fn an_unknown_resource_is_named_by_what_newer_hosts_ask() {
    let host = Host::start().await;
    let request = upgrade_resource_identity::Request {
        type_name: NOTHING.to_owned(),
        version: 0,
        raw_identity: Some(RawState {
            json: b"{}".to_vec(),
            ..Default::default()
        }),
    };
    names_it(
        answer(host.provider().upgrade_resource_identity(request))
            .await
            .diagnostics,
    );
    let request = generate_resource_config::Request {
        type_name: NOTHING.to_owned(),
        state: None,
    };
    names_it(
        answer(host.provider().generate_resource_config(request))
            .await
            .diagnostics,
    );
    host.shut_down().await;
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
