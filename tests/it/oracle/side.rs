//! The two that answer a case: what both are asked, and what they say.

use serde_json::Value;

use crate::support::proto::tfplugin6::{
    self as wire, apply_resource_change, plan_resource_change, upgrade_resource_state,
    validate_resource_config,
};
use crate::support::random::{Attribute, Case, TYPE, canonical, decode, encode, host, object_type};
use crate::support::rpc::{Calls, answer, place};

/// What one side says of one case.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Answers {
    /// The paths of errors, sorted; empty when the configuration is valid.
    pub(super) refused: Vec<String>,
    pub(super) planned: Value,
    /// Sorted.
    pub(super) replaces: Vec<String>,
    pub(super) applied: Value,
    pub(super) upgraded: Value,
    /// Why there is no more to say; empty when there is none.
    pub(super) failure: String,
}

impl Answers {
    /// Whether the configuration was valid, and its plan no failure.
    pub(super) fn is_planned(&self) -> bool {
        self.refused.is_empty() && self.failure.is_empty()
    }
}

/// Our own answers, over gRPC.
pub(super) async fn ours(case: &Case) -> Answers {
    let calls = host(&case.schema).await;
    let mut refused = validate(&calls, case).await;
    refused.sort();
    refused.dedup();
    let upgraded = upgrade(&calls, case).await;
    if !refused.is_empty() {
        return Answers {
            refused,
            upgraded,
            ..Answers::default()
        };
    }
    let plan = plan(&calls, case).await;
    if let Some(error) = plan.diagnostics.first() {
        return Answers {
            upgraded,
            failure: error.summary.clone(),
            ..Answers::default()
        };
    }
    let mut replaces = plan.requires_replace.iter().map(place).collect::<Vec<_>>();
    replaces.sort();
    replaces.dedup();
    let planned = value(case, plan.planned_state);
    let applied = apply(&calls, case, &planned).await;
    Answers {
        planned,
        replaces,
        applied,
        upgraded,
        ..Answers::default()
    }
}

pub(super) fn value(case: &Case, state: Option<wire::DynamicValue>) -> Value {
    let state = decode(&state.expect("a state"));
    canonical(&object_type(&case.schema), state)
}

async fn validate(calls: &Calls, case: &Case) -> Vec<String> {
    let request = validate_resource_config::Request {
        type_name: TYPE.to_owned(),
        config: Some(sent(&case.schema, &case.config)),
        client_capabilities: None,
    };
    let found = answer(calls.provider().validate_resource_config(request)).await;
    let paths = found.diagnostics.iter().map(|one| {
        let path = one.attribute.as_ref();
        path.map(place).unwrap_or_default()
    });
    paths.collect()
}

async fn plan(calls: &Calls, case: &Case) -> plan_resource_change::Response {
    let request = plan_resource_change::Request {
        type_name: TYPE.to_owned(),
        prior_state: Some(sent(&case.schema, &case.prior)),
        proposed_new_state: Some(sent(&case.schema, &case.proposed)),
        config: Some(sent(&case.schema, &case.config)),
        ..Default::default()
    };
    answer(calls.provider().plan_resource_change(request)).await
}

async fn apply(calls: &Calls, case: &Case, planned: &Value) -> Value {
    let request = apply_resource_change::Request {
        type_name: TYPE.to_owned(),
        prior_state: Some(sent(&case.schema, &case.prior)),
        planned_state: Some(sent(&case.schema, planned)),
        config: Some(sent(&case.schema, &case.config)),
        ..Default::default()
    };
    let stored = answer(calls.provider().apply_resource_change(request)).await;
    assert!(stored.diagnostics.is_empty(), "{:?}", stored.diagnostics);
    value(case, stored.new_state)
}

async fn upgrade(calls: &Calls, case: &Case) -> Value {
    if case.prior.is_null() {
        return Value::Null;
    }
    let request = upgrade_resource_state::Request {
        type_name: TYPE.to_owned(),
        version: 0,
        raw_state: Some(wire::RawState {
            json: case.prior.to_string().into_bytes(),
            ..Default::default()
        }),
    };
    let upgraded = answer(calls.provider().upgrade_resource_state(request)).await;
    assert!(
        upgraded.diagnostics.is_empty(),
        "{:?}",
        upgraded.diagnostics
    );
    value(case, upgraded.upgraded_state)
}

pub(super) fn sent(schema: &[Attribute], value: &Value) -> wire::DynamicValue {
    encode(&object_type(schema), value)
}
