//! The strict host before providers of random schemas, through the whole life of an object.

use serde_json::Value;

use crate::support::cases;
use crate::support::proto::tfplugin6::diagnostic::Severity;
use crate::support::proto::tfplugin6::{
    ClientCapabilities, Diagnostic, DynamicValue, RawState, apply_resource_change,
    generate_resource_config, import_resource_state, plan_resource_change, read_resource,
    upgrade_resource_state, validate_resource_config,
};
use crate::support::random::{Case, TYPE, encode, host, object_type, wrong_host};
use crate::support::rpc::{Calls, answer};

/// An object of a random schema, as a host has it.
struct Object<'a> {
    case: &'a Case,
    calls: Calls,
}

impl Object<'_> {
    #[expect(clippy::unnecessary_wraps, reason = "fields of messages are optional")]
    fn sent(&self, value: &Value) -> Option<DynamicValue> {
        Some(encode(&object_type(&self.case.schema), value))
    }

    async fn is_valid(&self, write_only: bool) -> bool {
        let request = validate_resource_config::Request {
            type_name: TYPE.to_owned(),
            config: self.sent(&self.case.config),
            client_capabilities: Some(ClientCapabilities {
                write_only_attributes_allowed: write_only,
                ..Default::default()
            }),
        };
        let validated = answer(self.calls.provider().validate_resource_config(request)).await;
        !has_error(&validated.diagnostics)
    }

    async fn upgrade(&self) {
        let json = self.case.prior.to_string().into_bytes();
        let request = upgrade_resource_state::Request {
            type_name: TYPE.to_owned(),
            version: 0,
            raw_state: Some(RawState {
                json,
                ..Default::default()
            }),
        };
        answer(self.calls.provider().upgrade_resource_state(request)).await;
    }

    async fn read(&self, current_state: Option<DynamicValue>) {
        let request = read_resource::Request {
            type_name: TYPE.to_owned(),
            current_state,
            private: b"{\"kept\":\"here\"}".to_vec(),
            ..Default::default()
        };
        answer(self.calls.provider().read_resource(request)).await;
    }

    /// Plans twice, as core does, and applies. The state, unless the plan is an error.
    async fn change(
        &self,
        prior_state: Option<DynamicValue>,
        proposed: &Value,
        config: &Value,
    ) -> Option<DynamicValue> {
        let request = plan_resource_change::Request {
            type_name: TYPE.to_owned(),
            prior_state: prior_state.clone(),
            proposed_new_state: self.sent(proposed),
            config: self.sent(config),
            prior_private: b"{\"kept\":\"here\"}".to_vec(),
            ..Default::default()
        };
        answer(self.calls.provider().plan_resource_change(request.clone())).await;
        let planned = answer(self.calls.provider().plan_resource_change(request)).await;
        if has_error(&planned.diagnostics) {
            return None;
        }
        let request = apply_resource_change::Request {
            type_name: TYPE.to_owned(),
            prior_state,
            planned_state: planned.planned_state,
            config: self.sent(config),
            planned_private: planned.planned_private,
            ..Default::default()
        };
        let was = request.prior_state.clone();
        let applied = answer(self.calls.provider().apply_resource_change(request)).await;
        let misfits = |one: &Diagnostic| one.summary.contains("wrong type");
        if was != self.sent(&Value::Null) && applied.diagnostics.iter().any(misfits) {
            assert_eq!(applied.new_state, was, "the object stays what it was");
        }
        applied.new_state
    }

    async fn generate_and_import(&self, state: Option<DynamicValue>) {
        let request = generate_resource_config::Request {
            type_name: TYPE.to_owned(),
            state,
        };
        answer(self.calls.provider().generate_resource_config(request)).await;
        let request = import_resource_state::Request {
            type_name: TYPE.to_owned(),
            id: "elsewhere".to_owned(),
            ..Default::default()
        };
        answer(self.calls.provider().import_resource_state(request)).await;
    }
}

fn has_error(diagnostics: &[Diagnostic]) -> bool {
    let mut all = diagnostics.iter();
    all.any(|one| one.severity() == Severity::Error)
}

async fn live(case: &Case, calls: Calls) {
    let object = Object { case, calls };
    object.is_valid(false).await;
    if !case.prior.is_null() {
        object.upgrade().await;
        object.read(object.sent(&case.prior)).await;
    }
    if !case.is_plannable() || !object.is_valid(true).await {
        return;
    }
    let state = object
        .change(object.sent(&case.prior), &case.proposed, &case.config)
        .await;
    if state.is_some() {
        object.read(state.clone()).await;
        object.generate_and_import(state.clone()).await;
        object.change(state, &Value::Null, &Value::Null).await;
    }
}

/// One life of each of so many random providers.
async fn live_through(has_wrong_author: bool) {
    for seed in 0..cases(200) {
        let case = Case::random(seed);
        let lived = tokio::spawn(async move {
            let calls = if has_wrong_author {
                wrong_host(&case.schema, seed).await
            } else {
                host(&case.schema).await
            };
            live(&case, calls).await;
        });
        assert!(
            lived.await.is_ok(),
            "the case of seed {seed}: {}",
            Case::random(seed).to_json()
        );
    }
}

#[tokio::test]
async fn every_answer_of_a_random_provider_is_right() {
    live_through(false).await;
}

/// Values of the wrong type, or unknown, are an error that keeps the object, and never an answer that the host cannot read.
#[tokio::test]
async fn no_wrong_value_of_an_author_makes_an_answer_wrong() {
    live_through(true).await;
}
