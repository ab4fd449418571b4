//! A change as core puts it to a provider, and the answers to it.

use serde_json::Value;

use super::Findings;
use crate::support::proto::tfplugin6::ResourceIdentityData;

/// The answer to a plan.
#[derive(Debug)]
pub(crate) struct Planned {
    pub(crate) state: Value,
    /// Paths whose change needs a new object, sorted.
    pub(crate) replaces: Vec<String>,
    pub(crate) private: Vec<u8>,
    pub(crate) identity: Option<ResourceIdentityData>,
    pub(crate) findings: Findings,
}

/// A state with what travels beside it: the answer to a read or an apply.
#[derive(Debug)]
pub(crate) struct Stored {
    pub(crate) state: Value,
    pub(crate) private: Vec<u8>,
    pub(crate) identity: Option<ResourceIdentityData>,
    pub(crate) findings: Findings,
}

/// A change as core puts it to the provider.
#[derive(Clone, Debug)]
pub(crate) struct Change {
    pub(crate) prior: Value,
    pub(crate) config: Value,
    pub(crate) private: Vec<u8>,
    /// None for a host that knows none.
    pub(crate) identity: Option<ResourceIdentityData>,
}

impl Change {
    pub(crate) fn create(config: Value) -> Self {
        Self::update(Value::Null, config)
    }

    pub(crate) fn update(prior: Value, config: Value) -> Self {
        Self {
            prior,
            config,
            private: Vec::new(),
            identity: None,
        }
    }

    pub(crate) fn destroy(prior: Value) -> Self {
        Self::update(prior, Value::Null)
    }

    pub(crate) fn with_private(self, private: &[u8]) -> Self {
        Self {
            private: private.to_vec(),
            ..self
        }
    }

    pub(crate) fn with_identity(self, identity: Option<ResourceIdentityData>) -> Self {
        Self { identity, ..self }
    }
}
