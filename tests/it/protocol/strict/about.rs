//! Wrong diagnostics, statuses, data sources and ephemeral resources.

use serde_json::{Value, json};
use tonic::Status;

use super::toy::{THING, changed, error, found_after, path, schemas, sent};
use super::{Wrong, wrong};
use crate::support::proto::tfplugin6::{
    AttributePath, ClientCapabilities, Diagnostic, configure_provider, get_metadata,
    get_provider_schema, open_ephemeral_resource, read_data_source, stop_provider,
    validate_resource_config,
};
use crate::support::strict::{Memory, Rule, judge_status};
use crate::support::value::UNKNOWN;

fn with_diagnostic(change: impl FnOnce(&mut Diagnostic)) -> Vec<Rule> {
    let asked = validate_resource_config::Request {
        type_name: THING.to_owned(),
        ..Default::default()
    };
    let mut diagnostic = error().swap_remove(0);
    diagnostic.attribute = Some(path(&["parts", "0", "name"]));
    let answer = validate_resource_config::Response {
        diagnostics: vec![diagnostic],
    };
    changed(asked, answer, |_, answer| {
        change(&mut answer.diagnostics[0]);
    })
}

fn points_to(to: AttributePath) -> Vec<Rule> {
    with_diagnostic(|diagnostic| diagnostic.attribute = Some(to))
}

fn opened(memory: &mut Memory, result: &Value, opentofu: bool) -> Vec<Rule> {
    let capabilities = ClientCapabilities {
        write_only_attributes_allowed: opentofu,
        ..Default::default()
    };
    let asked = open_ephemeral_resource::Request {
        type_name: THING.to_owned(),
        config: sent(&json!({ "id": null, "name": "a" })),
        client_capabilities: Some(capabilities),
    };
    let answer = open_ephemeral_resource::Response {
        result: sent(result),
        ..Default::default()
    };
    found_after(memory, &asked, &answer)
}

/// What a host that has configured the provider with an unknown value remembers.
fn not_configured_yet() -> Memory {
    let mut memory = Memory::default();
    let asked = configure_provider::Request {
        config: sent(&json!({ "id": null, "name": UNKNOWN })),
        ..Default::default()
    };
    assert_eq!(
        found_after(
            &mut memory,
            &asked,
            &configure_provider::Response::default()
        ),
        []
    );
    memory
}

fn looked_up(state: &Value) -> Vec<Rule> {
    let asked = read_data_source::Request {
        type_name: THING.to_owned(),
        config: sent(&json!({ "id": null, "name": "a" })),
        ..Default::default()
    };
    let answer = read_data_source::Response {
        state: sent(&json!({ "id": "i", "name": "a" })),
        ..Default::default()
    };
    changed(asked, answer, |_, answer| answer.state = sent(state))
}

fn metadata(change: impl FnOnce(&mut get_metadata::Response)) -> Vec<Rule> {
    let named = |name: &str| get_metadata::TypeName {
        type_name: name.to_owned(),
    };
    let thing = || vec![named(THING)];
    let answer = get_metadata::Response {
        resources: vec![named(super::toy::PLAIN), named(THING)],
        data_sources: thing(),
        ephemeral_resources: thing(),
        list_resources: thing(),
        actions: thing(),
        functions: vec![get_metadata::FunctionName {
            name: "shout".to_owned(),
        }],
        ..Default::default()
    };
    changed(get_metadata::Request {}, answer, |_, answer| change(answer))
}

pub(super) fn wrong_ones() -> Vec<Wrong> {
    [messages(), results()].into_iter().flatten().collect()
}

fn messages() -> Vec<Wrong> {
    assert!(
        judge_status(&Status::unavailable("gone")).is_empty(),
        "transport may break"
    );
    let status = judge_status(&Status::not_found("no such thing"));
    vec![
        wrong(
            Rule::StatusForUsers,
            status.into_iter().map(|one| one.rule).collect(),
        ),
        wrong(
            Rule::Severity,
            with_diagnostic(|diagnostic| diagnostic.severity = 0),
        ),
        wrong(
            Rule::Summary,
            with_diagnostic(|diagnostic| " ".clone_into(&mut diagnostic.summary)),
        ),
        wrong(
            Rule::Summary,
            with_diagnostic(|diagnostic| "a\nb".clone_into(&mut diagnostic.summary)),
        ),
        wrong(
            Rule::TerminalEscape,
            with_diagnostic(|diagnostic| "\u{1b}[31mred".clone_into(&mut diagnostic.detail)),
        ),
        wrong(Rule::PathEmpty, points_to(AttributePath::default())),
        wrong(Rule::PathOfNothing, points_to(path(&["color"]))),
        wrong(Rule::PathOfNothing, points_to(path(&["parts", "name"]))),
        wrong(Rule::PathOfNothing, points_to(path(&["0"]))),
        wrong(Rule::PathOfNothing, points_to(path(&["kinds", "0"]))),
        wrong(
            Rule::StopError,
            changed(
                stop_provider::Request {},
                stop_provider::Response::default(),
                |_, answer| {
                    "no".clone_into(&mut answer.error);
                },
            ),
        ),
    ]
}

fn results() -> Vec<Wrong> {
    let waiting = json!({ "id": UNKNOWN, "name": "a" });
    assert_eq!(
        opened(&mut not_configured_yet(), &waiting, false),
        [],
        "Terraform takes it"
    );
    assert_eq!(
        opened(
            &mut Memory::default(),
            &json!({ "id": "i", "name": "a" }),
            false
        ),
        []
    );
    vec![
        wrong(
            Rule::OpenUnknown,
            opened(&mut Memory::default(), &waiting, false),
        ),
        wrong(
            Rule::OpenUnknown,
            opened(&mut not_configured_yet(), &waiting, true),
        ),
        wrong(
            Rule::OpenUnknown,
            opened(
                &mut not_configured_yet(),
                &json!({ "id": "i", "name": UNKNOWN }),
                false,
            ),
        ),
        wrong(
            Rule::NothingFound,
            opened(&mut Memory::default(), &Value::Null, false),
        ),
        wrong(
            Rule::ConfiguredValueChanged,
            opened(
                &mut Memory::default(),
                &json!({ "id": "i", "name": "b" }),
                false,
            ),
        ),
        wrong(
            Rule::ConfiguredValueChanged,
            looked_up(&json!({ "id": "i", "name": null })),
        ),
        wrong(
            Rule::UnknownOutsidePlan,
            looked_up(&json!({ "id": UNKNOWN, "name": "a" })),
        ),
        wrong(
            Rule::MetadataOfOtherTypes,
            metadata(|answer| answer.resources.clear()),
        ),
        wrong(
            Rule::SchemaChanged,
            changed(
                get_provider_schema::Request {},
                schemas().all,
                |_, answer| {
                    answer.functions.clear();
                },
            ),
        ),
    ]
}
