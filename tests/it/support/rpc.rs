//! The provider's RPCs with values instead of bytes, and core's part of planning.

mod change;
mod findings;
mod kinds;
mod proposal;
mod provider;

use std::sync::Arc;

use serde_json::Value;
use tonic::transport::Channel;
use tonic::{Response, Status};

pub(crate) use change::{Change, Planned, Stored};
pub(crate) use findings::Findings;
pub(crate) use kinds::{DEFERRAL_ALLOWED, Search, all, identity, named};
pub(crate) use provider::{Log, Provider};

pub(crate) use findings::place;
use proposal::{full, proposed};
use provider::Strict;

use super::patient;
use super::proto::tfplugin6::provider_client::ProviderClient;
use super::proto::tfplugin6::{
    self as wire, apply_resource_change, configure_provider, get_metadata, get_provider_schema,
    import_resource_state, plan_resource_change, read_data_source, read_resource,
    upgrade_resource_state, validate_data_resource_config, validate_provider_config,
    validate_resource_config,
};
use super::value::{dynamic, read};

/// The resource, and the data source of one key.
pub(crate) const KEY: &str = "appservices_user_api_key";
/// The resource of a key that rotates in place.
pub(crate) const ROTATING: &str = "appservices_rotating_user_api_key";
/// The data source of all keys.
pub(crate) const KEYS: &str = "appservices_user_api_keys";

/// Waits for an answer that has to be one.
pub(crate) async fn answer<T>(call: impl Future<Output = Result<Response<T>, Status>>) -> T {
    patient("an answer", call)
        .await
        .expect("an answer, not a status")
        .into_inner()
}

/// A connection to a provider. Every answer over it is held against the strict rules.
pub(crate) struct Calls {
    strict: Arc<Strict>,
    /// The resource that is meant.
    kind: &'static str,
}

impl Calls {
    pub(super) fn over(channel: Channel) -> Self {
        Self::logged(channel, Log::default())
    }

    /// The same for a process whose log is at hand.
    pub(super) fn logged(channel: Channel, log: Log) -> Self {
        let strict = Strict::over(channel, log).into();
        Self { strict, kind: KEY }
    }

    /// The same connection, where another resource is meant.
    pub(crate) fn of(&self, kind: &'static str) -> Self {
        let strict = Arc::clone(&self.strict);
        Self { strict, kind }
    }

    pub(crate) fn channel(&self) -> Channel {
        self.strict.channel()
    }

    /// The RPCs as they travel.
    pub(crate) fn provider(&self) -> Provider {
        Provider::of(Arc::clone(&self.strict))
    }

    /// The same without a look at the answers, for what is measured.
    pub(crate) fn unchecked(&self) -> ProviderClient<Channel> {
        self.strict.unchecked()
    }

    /// The smallest call there is, by a client that may not be let in.
    pub(super) async fn try_metadata(&self) -> Result<(), Status> {
        let request = get_metadata::Request {};
        patient(
            "an answer or a refusal",
            self.unchecked().get_metadata(request),
        )
        .await
        .map(drop)
    }

    pub(crate) async fn schema(&self) -> &get_provider_schema::Response {
        let schemas = self.strict.schemas().await;
        &schemas.expect("an answer, not a status").all
    }

    /// The resource's object with every attribute that is not given set to null, as core sends it.
    pub(crate) async fn key(&self, given: Value) -> Value {
        full(&self.schema().await.resource_schemas[self.kind], given)
    }

    pub(crate) async fn validate_provider(&self, config: Value) -> Findings {
        let config = self.provider_config(config).await;
        let request = validate_provider_config::Request { config };
        Findings::of(
            answer(self.provider().validate_provider_config(request))
                .await
                .diagnostics,
        )
    }

    pub(crate) async fn configure(&self, config: Value) -> Findings {
        let config = self.provider_config(config).await;
        let request = configure_provider::Request {
            terraform_version: "1.11.4".to_owned(),
            config,
            client_capabilities: None,
        };
        Findings::of(
            answer(self.provider().configure_provider(request))
                .await
                .diagnostics,
        )
    }

    async fn provider_config(&self, given: Value) -> Option<wire::DynamicValue> {
        let schema = self
            .schema()
            .await
            .provider
            .as_ref()
            .expect("the provider has a schema");
        Some(dynamic(&full(schema, given)))
    }

    pub(crate) async fn validate(&self, config: Value) -> Findings {
        let request = validate_resource_config::Request {
            type_name: self.kind.to_owned(),
            config: Some(dynamic(&self.key(config).await)),
            client_capabilities: None,
        };
        Findings::of(
            answer(self.provider().validate_resource_config(request))
                .await
                .diagnostics,
        )
    }

    pub(crate) async fn validate_data(&self, kind: &str, config: Value) -> Findings {
        let config = full(&self.schema().await.data_source_schemas[kind], config);
        let request = validate_data_resource_config::Request {
            type_name: kind.to_owned(),
            config: Some(dynamic(&config)),
        };
        Findings::of(
            answer(self.provider().validate_data_resource_config(request))
                .await
                .diagnostics,
        )
    }

    /// Plans like core: what the configuration leaves open and the provider computes keeps its prior value.
    pub(crate) async fn plan(&self, change: Change) -> Planned {
        let schema = &self.schema().await.resource_schemas[self.kind];
        let prior = self.key(change.prior).await;
        let config = full(schema, change.config);
        let request = plan_resource_change::Request {
            type_name: self.kind.to_owned(),
            prior_state: Some(dynamic(&prior)),
            proposed_new_state: Some(dynamic(&proposed(schema, &prior, &config))),
            config: Some(dynamic(&config)),
            prior_private: change.private,
            prior_identity: change.identity,
            ..Default::default()
        };
        let answer = answer(self.provider().plan_resource_change(request)).await;
        assert!(
            !answer.legacy_type_system && answer.deferred.is_none(),
            "{answer:?}"
        );
        let mut replaces = answer
            .requires_replace
            .iter()
            .map(place)
            .collect::<Vec<_>>();
        replaces.sort();
        let findings = Findings::of(answer.diagnostics);
        let state = if findings.has_error() {
            Value::Null
        } else {
            read(answer.planned_state)
        };
        Planned {
            state,
            replaces,
            private: answer.planned_private,
            identity: answer.planned_identity,
            findings,
        }
    }

    pub(crate) async fn apply(&self, change: &Change, planned: &Planned) -> Stored {
        let request = apply_resource_change::Request {
            type_name: self.kind.to_owned(),
            prior_state: Some(dynamic(&self.key(change.prior.clone()).await)),
            planned_state: Some(dynamic(&planned.state)),
            config: Some(dynamic(&self.key(change.config.clone()).await)),
            planned_private: planned.private.clone(),
            planned_identity: planned.identity.clone(),
            ..Default::default()
        };
        let answer = answer(self.provider().apply_resource_change(request)).await;
        assert!(!answer.legacy_type_system, "{answer:?}");
        let state = answer
            .new_state
            .map_or(Value::Null, |state| read(Some(state)));
        Stored {
            state,
            private: answer.private,
            identity: answer.new_identity,
            findings: Findings::of(answer.diagnostics),
        }
    }

    /// Plans and applies, and holds the result against the plan as core does.
    pub(crate) async fn carry_out(&self, change: Change) -> Stored {
        let planned = self.plan(change.clone()).await;
        planned.findings.fine();
        let applied = self.apply(&change, &planned).await;
        applied.findings.fine();
        applied
    }

    /// Makes a key, and gives its state.
    pub(crate) async fn create(&self, config: Value) -> Value {
        self.carry_out(Change::create(config)).await.state
    }

    /// Changes a key, and gives its state.
    pub(crate) async fn update(&self, prior: &Value, config: Value) -> Value {
        self.carry_out(Change::update(prior.clone(), config))
            .await
            .state
    }

    /// Deletes a key, and makes sure that nothing is left in the state.
    pub(crate) async fn delete(&self, prior: &Value) {
        assert_eq!(
            self.carry_out(Change::destroy(prior.clone())).await.state,
            Value::Null
        );
    }

    pub(crate) async fn read(&self, state: &Value, private: &[u8]) -> Stored {
        self.read_named(state, private, None).await
    }

    /// As a host that knows identities.
    pub(crate) async fn read_named(
        &self,
        state: &Value,
        private: &[u8],
        current_identity: Option<wire::ResourceIdentityData>,
    ) -> Stored {
        let request = read_resource::Request {
            current_identity,
            type_name: self.kind.to_owned(),
            current_state: Some(dynamic(&self.key(state.clone()).await)),
            private: private.to_vec(),
            ..Default::default()
        };
        let answer = answer(self.provider().read_resource(request)).await;
        let state = answer
            .new_state
            .map_or(Value::Null, |state| read(Some(state)));
        Stored {
            state,
            private: answer.private,
            identity: answer.new_identity,
            findings: Findings::of(answer.diagnostics),
        }
    }

    /// Imports and, like core, refreshes what came of it.
    pub(crate) async fn import(&self, id: &str) -> (Value, Findings) {
        match self.import_and_read(id).await {
            (Some(stored), findings) => (stored.state, findings),
            (None, findings) => (Value::Null, findings),
        }
    }

    /// As `import`, with what travels beside the state.
    pub(crate) async fn import_and_read(&self, id: &str) -> (Option<Stored>, Findings) {
        let request = import_resource_state::Request {
            type_name: self.kind.to_owned(),
            id: id.to_owned(),
            ..Default::default()
        };
        let mut answer = answer(self.provider().import_resource_state(request)).await;
        let findings = Findings::of(answer.diagnostics);
        let Some(imported) = answer.imported_resources.pop() else {
            return (None, findings);
        };
        assert!(
            answer.imported_resources.is_empty(),
            "one id is one resource"
        );
        assert_eq!(
            imported.type_name, self.kind,
            "the type is mandatory in the answer"
        );
        let state = read(imported.state);
        assert!(state.is_object(), "an imported state is never null");
        let refreshed = self
            .read_named(&state, &imported.private, imported.identity)
            .await;
        refreshed.findings.fine();
        (Some(refreshed), findings)
    }

    pub(crate) async fn read_data(&self, kind: &str, config: Value) -> (Value, Findings) {
        let config = full(&self.schema().await.data_source_schemas[kind], config);
        let request = read_data_source::Request {
            type_name: kind.to_owned(),
            config: Some(dynamic(&config)),
            ..Default::default()
        };
        let answer = answer(self.provider().read_data_source(request)).await;
        let findings = Findings::of(answer.diagnostics);
        let state = if findings.has_error() {
            Value::Null
        } else {
            read(answer.state)
        };
        (state, findings)
    }

    /// Hands a stored state to the provider as a state file holds it.
    pub(crate) async fn upgrade(&self, json: &str) -> (Value, Findings) {
        let request = upgrade_resource_state::Request {
            type_name: self.kind.to_owned(),
            version: self.schema().await.resource_schemas[self.kind].version,
            raw_state: Some(wire::RawState {
                json: json.as_bytes().to_vec(),
                ..Default::default()
            }),
        };
        let answer = answer(self.provider().upgrade_resource_state(request)).await;
        let findings = Findings::of(answer.diagnostics);
        let state = if findings.has_error() {
            Value::Null
        } else {
            read(answer.upgraded_state)
        };
        (state, findings)
    }
}
