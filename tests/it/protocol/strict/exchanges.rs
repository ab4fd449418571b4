//! Right exchanges about a thing, for a case to change.

use serde_json::{Value, json};

use super::toy::{THING, but, changed, config, identity, planned, sent, state};
use crate::support::proto::tfplugin6::{
    apply_resource_change, import_resource_state, plan_resource_change, read_resource,
};
use crate::support::strict::Rule;

pub(super) type Plan = (
    plan_resource_change::Request,
    plan_resource_change::Response,
);

pub(super) fn create() -> Plan {
    let asked = plan_resource_change::Request {
        type_name: THING.to_owned(),
        prior_state: sent(&Value::Null),
        proposed_new_state: sent(&config()),
        config: sent(&config()),
        ..Default::default()
    };
    let answer = plan_resource_change::Response {
        planned_state: sent(&planned()),
        ..Default::default()
    };
    (asked, answer)
}

/// A plan that changes the note.
pub(super) fn update() -> Plan {
    let (asked, answer) = create();
    let asked = plan_resource_change::Request {
        prior_state: sent(&but(state(), &json!({ "note": "before" }))),
        prior_private: b"p".to_vec(),
        prior_identity: identity(&json!("i-1")),
        ..asked
    };
    let answer = plan_resource_change::Response {
        planned_state: sent(&state()),
        planned_private: b"p".to_vec(),
        planned_identity: identity(&json!("i-1")),
        ..answer
    };
    (asked, answer)
}

pub(super) fn planned_with(
    change: impl FnOnce(&mut plan_resource_change::Request, &mut plan_resource_change::Response),
) -> Vec<Rule> {
    let (asked, answer) = update();
    changed(asked, answer, change)
}

pub(super) fn applied_with(
    prior: &Value,
    change: impl FnOnce(&mut apply_resource_change::Request, &mut apply_resource_change::Response),
) -> Vec<Rule> {
    let asked = apply_resource_change::Request {
        type_name: THING.to_owned(),
        prior_state: sent(prior),
        planned_state: sent(&planned()),
        config: sent(&config()),
        planned_private: b"p".to_vec(),
        planned_identity: identity(&json!("i-1")),
        ..Default::default()
    };
    let answer = apply_resource_change::Response {
        new_state: sent(&state()),
        private: b"p".to_vec(),
        new_identity: identity(&json!("i-1")),
        ..Default::default()
    };
    changed(asked, answer, change)
}

pub(super) fn read_with(
    change: impl FnOnce(&mut read_resource::Request, &mut read_resource::Response),
) -> Vec<Rule> {
    let asked = read_resource::Request {
        type_name: THING.to_owned(),
        current_state: sent(&state()),
        private: b"p".to_vec(),
        current_identity: identity(&json!("i-1")),
        ..Default::default()
    };
    let answer = read_resource::Response {
        new_state: sent(&state()),
        private: b"p".to_vec(),
        new_identity: identity(&json!("i-1")),
        ..Default::default()
    };
    changed(asked, answer, change)
}

pub(super) fn import_with(change: impl FnOnce(&mut import_resource_state::Response)) -> Vec<Rule> {
    let asked = import_resource_state::Request {
        type_name: THING.to_owned(),
        identity: identity(&json!("i-1")),
        ..Default::default()
    };
    let imported = import_resource_state::ImportedResource {
        type_name: THING.to_owned(),
        state: sent(&state()),
        identity: identity(&json!("i-1")),
        ..Default::default()
    };
    let answer = import_resource_state::Response {
        imported_resources: vec![imported],
        ..Default::default()
    };
    changed(asked, answer, |_, answer| change(answer))
}
