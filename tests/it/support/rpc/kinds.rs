//! What is neither a resource nor a data source: ephemeral resources, lists, actions. And requests to resources with
//! what newer hosts put into them.

use std::fmt::Debug;

use serde_json::Value;

use super::provider::Judged;
use super::{Calls, Change, Findings, KEY, answer, full, proposed};
use crate::support::patient;
use crate::support::proto::tfplugin6::invoke_action::event::Type as ActionEvent;
use crate::support::proto::tfplugin6::{
    ClientCapabilities, Diagnostic, DynamicValue, ResourceIdentityData, Schema,
    apply_resource_change, close_ephemeral_resource, generate_resource_config,
    import_resource_state, invoke_action, list_resource, open_ephemeral_resource, plan_action,
    plan_resource_change, read_data_source, read_resource, renew_ephemeral_resource,
    validate_action_config, validate_ephemeral_resource_config, validate_list_resource_config,
};
use crate::support::strict::{Events, Judge};
use crate::support::value::{UNKNOWN, dynamic, read};

/// A host that lets a provider put things off.
pub(crate) const DEFERRAL_ALLOWED: Option<ClientCapabilities> = Some(ClientCapabilities {
    deferral_allowed: true,
    write_only_attributes_allowed: true,
    store_planned_private: false,
    computed_blocks_allowed: false,
});

/// An identity as core sends it.
pub(crate) fn named(identity: &Value) -> ResourceIdentityData {
    ResourceIdentityData {
        identity_data: Some(dynamic(identity)),
    }
}

/// An identity as the provider sent it.
pub(crate) fn identity(sent: Option<ResourceIdentityData>) -> Value {
    read(sent.expect("an identity").identity_data)
}

/// Everything that a stream holds, to its end.
pub(crate) async fn all<J: Judge<Event: Debug>>(mut stream: Judged<J>) -> Vec<J::Event> {
    let mut events = Vec::new();
    loop {
        let event = patient("the end of the stream", stream.message()).await;
        match event.expect("events, and no status at the end") {
            Some(event) => events.push(event),
            None => return events,
        }
    }
}

/// An ephemeral resource that is open.
#[derive(Debug)]
pub(crate) struct Open {
    pub(crate) result: Value,
    pub(crate) private: Option<Vec<u8>>,
    /// Seconds since 1970.
    pub(crate) renew_at: Option<i64>,
}

/// What one asks a list resource for.
pub(crate) struct Search {
    pub(crate) config: Value,
    pub(crate) limit: i64,
    pub(crate) with_object: bool,
}

impl Search {
    /// With the limit that core has when a configuration names none.
    pub(crate) fn by(config: Value) -> Self {
        Self {
            config,
            limit: 100,
            with_object: false,
        }
    }
}

impl Calls {
    async fn ephemeral_schema(&self, kind: &str) -> &Schema {
        &self.schema().await.ephemeral_resource_schemas[kind]
    }

    pub(crate) async fn validate_ephemeral(&self, kind: &str, config: Value) -> Findings {
        let config = full(self.ephemeral_schema(kind).await, config);
        let request = validate_ephemeral_resource_config::Request {
            type_name: kind.to_owned(),
            config: Some(dynamic(&config)),
        };
        let answer = answer(self.provider().validate_ephemeral_resource_config(request)).await;
        Findings::of(answer.diagnostics)
    }

    pub(crate) async fn open_request(
        &self,
        kind: &str,
        config: Value,
    ) -> open_ephemeral_resource::Request {
        let config = full(self.ephemeral_schema(kind).await, config);
        open_ephemeral_resource::Request {
            type_name: kind.to_owned(),
            config: Some(dynamic(&config)),
            client_capabilities: None,
        }
    }

    /// Opens, and fails the test where core would: the configuration stays, and everything is known.
    pub(crate) async fn open(&self, kind: &str, config: Value) -> Open {
        let request = self.open_request(kind, config).await;
        let config = read(request.config.clone());
        let answer = answer(self.provider().open_ephemeral_resource(request)).await;
        Findings::of(answer.diagnostics).fine();
        assert!(
            answer.deferred.is_none(),
            "the host did not allow to defer it"
        );
        let result = read(answer.result);
        for (name, configured) in config.as_object().expect("an object") {
            assert_ne!(result[name], UNKNOWN, "`{name}` after opening");
            assert!(
                configured.is_null() || result[name] == *configured,
                "`{name}`: {configured} became {}",
                result[name]
            );
        }
        Open {
            result,
            private: answer.private,
            renew_at: answer.renew_at.map(|at| at.seconds),
        }
    }

    /// Opens what cannot be opened.
    pub(crate) async fn fail_to_open(&self, kind: &str, config: Value) -> Findings {
        let request = self.open_request(kind, config).await;
        let answer = answer(self.provider().open_ephemeral_resource(request)).await;
        let findings = Findings::of(answer.diagnostics);
        assert!(findings.has_error(), "it was opened: {:?}", answer.result);
        findings
    }

    pub(crate) async fn renew(
        &self,
        kind: &str,
        private: Option<Vec<u8>>,
    ) -> renew_ephemeral_resource::Response {
        let request = renew_ephemeral_resource::Request {
            type_name: kind.to_owned(),
            private,
        };
        answer(self.provider().renew_ephemeral_resource(request)).await
    }

    pub(crate) async fn close(&self, kind: &str, private: Option<Vec<u8>>) -> Findings {
        let request = close_ephemeral_resource::Request {
            type_name: kind.to_owned(),
            private,
        };
        let answer = answer(self.provider().close_ephemeral_resource(request)).await;
        Findings::of(answer.diagnostics)
    }

    pub(crate) async fn validate_list(&self, config: Value) -> Findings {
        let config = full(&self.schema().await.list_resource_schemas[KEY], config);
        let request = validate_list_resource_config::Request {
            type_name: KEY.to_owned(),
            config: Some(dynamic(&config)),
            ..Default::default()
        };
        let answer = answer(self.provider().validate_list_resource_config(request)).await;
        Findings::of(answer.diagnostics)
    }

    pub(crate) async fn search(&self, search: Search) -> Judged<Events> {
        let config = full(
            &self.schema().await.list_resource_schemas[KEY],
            search.config,
        );
        let request = list_resource::Request {
            type_name: KEY.to_owned(),
            config: Some(dynamic(&config)),
            include_resource_object: search.with_object,
            limit: search.limit,
        };
        answer(self.provider().list_resource(request)).await
    }

    /// The events of a search to its end.
    pub(crate) async fn list(&self, search: Search) -> Vec<list_resource::Event> {
        all(self.search(search).await).await
    }

    async fn action_config(&self, kind: &str, config: Value) -> Option<DynamicValue> {
        let schema = self.schema().await.action_schemas[kind].schema.as_ref();
        Some(dynamic(&full(schema.expect("a schema"), config)))
    }

    pub(crate) async fn validate_action(&self, kind: &str, config: Value) -> Findings {
        let request = validate_action_config::Request {
            type_name: kind.to_owned(),
            config: self.action_config(kind, config).await,
        };
        let answer = answer(self.provider().validate_action_config(request)).await;
        Findings::of(answer.diagnostics)
    }

    pub(crate) async fn plan_action(
        &self,
        kind: &str,
        config: Value,
        client_capabilities: Option<ClientCapabilities>,
    ) -> plan_action::Response {
        let request = plan_action::Request {
            action_type: kind.to_owned(),
            config: self.action_config(kind, config).await,
            client_capabilities,
        };
        answer(self.provider().plan_action(request)).await
    }

    /// What an action said on its way, and at its end.
    pub(crate) async fn invoke(&self, kind: &str, config: Value) -> (Vec<String>, Findings) {
        let request = invoke_action::Request {
            action_type: kind.to_owned(),
            config: self.action_config(kind, config).await,
            client_capabilities: None,
        };
        let events = all(answer(self.provider().invoke_action(request)).await).await;
        let (progress, end) = apart(events);
        (progress, Findings::of(end))
    }

    /// The request that `plan` sends, to be added to.
    pub(crate) async fn plan_request(&self, change: Change) -> plan_resource_change::Request {
        let schema = &self.schema().await.resource_schemas[self.kind];
        let prior = full(schema, change.prior);
        let config = full(schema, change.config);
        plan_resource_change::Request {
            type_name: self.kind.to_owned(),
            prior_state: Some(dynamic(&prior)),
            proposed_new_state: Some(dynamic(&proposed(schema, &prior, &config))),
            config: Some(dynamic(&config)),
            prior_private: change.private,
            ..Default::default()
        }
    }

    /// The request that `apply` sends after this plan, as a host that knows identities does.
    pub(crate) async fn apply_request(
        &self,
        change: Change,
        planned: plan_resource_change::Response,
    ) -> apply_resource_change::Request {
        apply_resource_change::Request {
            type_name: self.kind.to_owned(),
            prior_state: Some(dynamic(&self.key(change.prior).await)),
            planned_state: planned.planned_state,
            config: Some(dynamic(&self.key(change.config).await)),
            planned_private: planned.planned_private,
            planned_identity: planned.planned_identity,
            ..Default::default()
        }
    }

    pub(crate) async fn read_request(&self, state: &Value) -> read_resource::Request {
        read_resource::Request {
            type_name: self.kind.to_owned(),
            current_state: Some(dynamic(&self.key(state.clone()).await)),
            ..Default::default()
        }
    }

    pub(crate) async fn read_data_request(
        &self,
        kind: &str,
        config: Value,
    ) -> read_data_source::Request {
        let config = full(&self.schema().await.data_source_schemas[kind], config);
        read_data_source::Request {
            type_name: kind.to_owned(),
            config: Some(dynamic(&config)),
            ..Default::default()
        }
    }

    /// Imports by an identity, as core does: the identity, and an empty id.
    pub(crate) async fn import_named(&self, identity: &Value) -> import_resource_state::Response {
        let request = import_resource_state::Request {
            type_name: self.kind.to_owned(),
            identity: Some(named(identity)),
            ..Default::default()
        };
        answer(self.provider().import_resource_state(request)).await
    }

    /// The configuration that the provider makes of a state.
    pub(crate) async fn generate(&self, state: &Value) -> Value {
        let request = generate_resource_config::Request {
            type_name: self.kind.to_owned(),
            state: Some(dynamic(state)),
        };
        let answer = answer(self.provider().generate_resource_config(request)).await;
        Findings::of(answer.diagnostics).fine();
        read(answer.config)
    }
}

/// Progress, and the one end. Core crashes on an event that is neither, and takes a stream without an end for a success.
fn apart(events: Vec<invoke_action::Event>) -> (Vec<String>, Vec<Diagnostic>) {
    let mut events = events
        .into_iter()
        .map(|event| event.r#type.expect("progress or the end"));
    let Some(ActionEvent::Completed(end)) = events.next_back() else {
        panic!("the stream has to end with the end")
    };
    let progress = events.map(|event| match event {
        ActionEvent::Progress(progress) => progress.message,
        ActionEvent::Completed(_) => panic!("one end"),
    });
    (progress.collect(), end.diagnostics)
}
