//! What every core and SDK demands of a provider's answers, as pure functions of request, answer, and what came before.
//!
//! [`rules::Rule`] is the table. Each RPC says in its `Exchange` which rules its answer is held against; nothing here knows
//! any provider, so schemas are the protocol's messages.

mod applied;
mod configuration;
mod decode;
mod diagnostics;
mod diagnostics_only;
mod ephemeral;
mod identity;
mod memory;
mod objects;
mod plan;
mod report;
mod resource;
mod rules;
mod schemas;
mod streams;
mod types;
mod val;

use tonic::{Code, Status};

pub(crate) use memory::Memory;
pub(crate) use report::{Report, Violation};
pub(crate) use rules::Rule;
pub(crate) use streams::{Actions, Events, Judge};

use crate::support::proto::tfplugin6::{
    ResourceIdentitySchema, Schema, get_provider_schema, get_resource_identity_schemas,
};

/// Everything that a provider says about its types.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Schemas {
    pub(crate) all: get_provider_schema::Response,
    pub(crate) identities: get_resource_identity_schemas::Response,
}

/// What an answer is judged by.
pub(crate) struct View<'a> {
    pub(crate) schemas: &'a Schemas,
    pub(crate) memory: &'a Memory,
}

impl<'a> View<'a> {
    fn resource(&self, type_name: &str) -> Option<&'a Schema> {
        self.schemas.all.resource_schemas.get(type_name)
    }

    fn ephemeral_resource(&self, type_name: &str) -> Option<&'a Schema> {
        self.schemas.all.ephemeral_resource_schemas.get(type_name)
    }

    fn action(&self, type_name: &str) -> Option<&'a Schema> {
        let action = self.schemas.all.action_schemas.get(type_name)?;
        action.schema.as_ref()
    }

    fn identity_schema(&self, type_name: &str) -> Option<&'a ResourceIdentitySchema> {
        self.schemas.identities.identity_schemas.get(type_name)
    }
}

/// A request with its answer: an RPC.
pub(crate) trait Exchange {
    type Answer;

    /// Reports which rules the answer breaks.
    fn judge(&self, answer: &Self::Answer, view: &View<'_>, report: &mut Report);

    /// Notes what later answers will be held against.
    fn note(&self, answer: &Self::Answer, schemas: &Schemas, memory: &mut Memory) {
        let _ = (answer, schemas, memory);
    }
}

/// Judges an answer, and notes it.
pub(crate) fn judge<E: Exchange>(
    asked: &E,
    answer: &E::Answer,
    schemas: &Schemas,
    memory: &mut Memory,
) -> Vec<Violation> {
    let mut report = Report::default();
    asked.judge(answer, &View { schemas, memory }, &mut report);
    asked.note(answer, schemas, memory);
    report.0
}

/// A status drops state, private data and identity. Transport may break, and RPCs may be too new; nothing else is one.
pub(crate) fn judge_status(status: &Status) -> Vec<Violation> {
    let mut report = Report::default();
    let transport = [
        Code::Unavailable,
        Code::Cancelled,
        Code::Unknown,
        Code::Internal,
        Code::Unimplemented,
    ];
    if !transport.contains(&status.code()) {
        report.add(Rule::StatusForUsers, "status", format!("{status:?}"));
    }
    report.0
}
