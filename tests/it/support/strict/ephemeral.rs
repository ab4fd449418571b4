//! The answers about ephemeral resources, and about the configuration of lists and actions.

use super::configuration::echoes;
use super::diagnostics::{deferred, failed, told};
use super::objects;
use super::report::Report;
use super::rules::Rule;
use super::types::Type;
use super::val::Val;
use super::{Exchange, View, decode};
use crate::support::proto::tfplugin6::{
    Schema, close_ephemeral_resource, open_ephemeral_resource, plan_action,
    renew_ephemeral_resource, validate_action_config, validate_ephemeral_resource_config,
    validate_list_resource_config,
};

fn schema<'a>(view: &View<'a>, type_name: &str) -> Option<&'a Schema> {
    view.schemas.all.ephemeral_resource_schemas.get(type_name)
}

pub(super) fn action_schema<'a>(view: &View<'a>, type_name: &str) -> Option<&'a Schema> {
    view.schemas
        .all
        .action_schemas
        .get(type_name)?
        .schema
        .as_ref()
}

impl Exchange for validate_ephemeral_resource_config::Request {
    type Answer = validate_ephemeral_resource_config::Response;

    fn judge(&self, answer: &Self::Answer, view: &View<'_>, report: &mut Report) {
        told(&answer.diagnostics, schema(view, &self.type_name), report);
    }
}

impl Exchange for open_ephemeral_resource::Request {
    type Answer = open_ephemeral_resource::Response;

    fn judge(&self, answer: &Self::Answer, view: &View<'_>, report: &mut Report) {
        let schema = schema(view, &self.type_name);
        told(&answer.diagnostics, schema, report);
        let put_off = deferred(
            answer.deferred.as_ref(),
            self.client_capabilities.as_ref(),
            report,
        );
        let (Some(schema), false) = (schema, put_off || failed(&answer.diagnostics)) else {
            return;
        };
        let Some(result) = objects::planned(answer.result.as_ref(), schema, "result", report)
        else {
            return;
        };
        if result.is_null() {
            return report.add(Rule::NothingFound, "result", "null, without an error");
        }
        let config = decode::asked(self.config.as_ref(), &Type::of_schema(schema));
        let opentofu = self
            .client_capabilities
            .is_some_and(|one| one.write_only_attributes_allowed);
        let allowed = view.memory.configured_unknown && !opentofu;
        for path in unknowns(schema, &result, allowed) {
            report.add(Rule::OpenUnknown, &path, "is unknown");
        }
        echoes(schema, config.as_ref(), &result, report);
    }
}

/// Where a value is unknown that should not be. The rest of a computed attribute is as computed as it is.
fn unknowns(schema: &Schema, result: &Val, computed_too: bool) -> Vec<String> {
    let attributes = schema.block.iter().flat_map(|block| &block.attributes);
    let computed = attributes
        .filter(|one| one.computed)
        .map(|one| format!("result.{}", one.name))
        .collect::<Vec<_>>();
    let mut paths = result.unknown_paths("result");
    paths.retain(|path| !(computed_too && computed.iter().any(|one| path.starts_with(one))));
    paths
}

impl Exchange for renew_ephemeral_resource::Request {
    type Answer = renew_ephemeral_resource::Response;

    fn judge(&self, answer: &Self::Answer, view: &View<'_>, report: &mut Report) {
        told(&answer.diagnostics, schema(view, &self.type_name), report);
    }
}

impl Exchange for close_ephemeral_resource::Request {
    type Answer = close_ephemeral_resource::Response;

    fn judge(&self, answer: &Self::Answer, view: &View<'_>, report: &mut Report) {
        told(&answer.diagnostics, schema(view, &self.type_name), report);
    }
}

impl Exchange for validate_list_resource_config::Request {
    type Answer = validate_list_resource_config::Response;

    fn judge(&self, answer: &Self::Answer, view: &View<'_>, report: &mut Report) {
        told(
            &answer.diagnostics,
            view.schemas.all.list_resource_schemas.get(&self.type_name),
            report,
        );
    }
}

impl Exchange for validate_action_config::Request {
    type Answer = validate_action_config::Response;

    fn judge(&self, answer: &Self::Answer, view: &View<'_>, report: &mut Report) {
        told(
            &answer.diagnostics,
            action_schema(view, &self.type_name),
            report,
        );
    }
}

impl Exchange for plan_action::Request {
    type Answer = plan_action::Response;

    fn judge(&self, answer: &Self::Answer, view: &View<'_>, report: &mut Report) {
        told(
            &answer.diagnostics,
            action_schema(view, &self.action_type),
            report,
        );
        deferred(
            answer.deferred.as_ref(),
            self.client_capabilities.as_ref(),
            report,
        );
    }
}
