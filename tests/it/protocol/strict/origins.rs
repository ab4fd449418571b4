//! Wrong imports, upgrades, and configuration made of states.

use serde_json::{Value, json};

use super::exchanges::import_with;
use super::toy::{THING, but, changed, config, sent, state};
use super::{Wrong, wrong};
use crate::support::proto::tfplugin6::{
    RawState, generate_resource_config, upgrade_resource_state, validate_resource_config,
};
use crate::support::strict::Rule;

pub(super) fn wrong_ones() -> Vec<Wrong> {
    let upgraded =
        |change: Value| upgrade(move |answer| answer.upgraded_state = sent(&but(state(), &change)));
    vec![
        wrong(
            Rule::ImportCount,
            import_with(|answer| answer.imported_resources.clear()),
        ),
        wrong(
            Rule::ImportType,
            import_with(|answer| answer.imported_resources[0].type_name.clear()),
        ),
        wrong(
            Rule::NothingFound,
            import_with(|answer| answer.imported_resources[0].state = sent(&Value::Null)),
        ),
        wrong(
            Rule::NothingFound,
            upgrade(|answer| answer.upgraded_state = sent(&Value::Null)),
        ),
        wrong(Rule::UpgradeOfValue, upgraded(json!({ "note": "other" }))),
        wrong(Rule::UpgradeOfValue, upgraded(json!({ "note": null }))),
        wrong(Rule::UpgradeOfValue, upgraded(json!({ "size": 4 }))),
        wrong(Rule::UpgradeOfValue, upgraded(json!({ "disk": [] }))),
        wrong(Rule::GeneratedRequired, generate(&json!({ "name": null }))),
        wrong(Rule::GeneratedRequired, generate_of_parts(&Value::Null)),
        wrong(Rule::GeneratedReadOnly, generate(&json!({ "id": "i-1" }))),
        wrong(Rule::WriteOnlyUnsupported, {
            let asked = validate_resource_config::Request {
                type_name: THING.to_owned(),
                config: sent(&config()),
                ..Default::default()
            };
            changed(
                asked,
                validate_resource_config::Response::default(),
                |asked, _| {
                    asked.config = sent(&but(config(), &json!({ "secret": "s" })));
                },
            )
        }),
    ]
}

fn upgrade(change: impl FnOnce(&mut upgrade_resource_state::Response)) -> Vec<Rule> {
    let stored = RawState {
        json: state().to_string().into_bytes(),
        ..Default::default()
    };
    let asked = upgrade_resource_state::Request {
        type_name: THING.to_owned(),
        version: 0,
        raw_state: Some(stored),
    };
    let answer = upgrade_resource_state::Response {
        upgraded_state: sent(&state()),
        ..Default::default()
    };
    changed(asked, answer, |_, answer| change(answer))
}

fn generate(change: &Value) -> Vec<Rule> {
    generate_from(&state(), config(), change)
}

/// The first of two parts has no name that could be configured; the second has one.
fn generate_of_parts(second: &Value) -> Vec<Rule> {
    let parts = |serial: &Value, name: &Value| {
        let part = |name: &Value| json!({ "name": name, "serial": serial });
        json!({ "parts": [part(&Value::Null), part(name)] })
    };
    let state = but(state(), &parts(&json!("s"), &json!("p")));
    let config = but(config(), &parts(&Value::Null, &json!("p")));
    generate_from(&state, config, &parts(&Value::Null, second))
}

fn generate_from(state: &Value, config: Value, change: &Value) -> Vec<Rule> {
    let asked = generate_resource_config::Request {
        type_name: THING.to_owned(),
        state: sent(state),
    };
    let answer = generate_resource_config::Response {
        config: sent(&config),
        ..Default::default()
    };
    changed(asked, answer, |_, answer| {
        answer.config = sent(&but(config, change));
    })
}
