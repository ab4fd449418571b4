//! What is opened for a while, and what an action plans.

use super::configuration::echoes;
use super::diagnostics::{check_diagnostics, deferred, failed};
use super::objects;
use super::report::Report;
use super::rules::Rule;
use super::types::Type;
use super::val::Val;
use super::{Exchange, View, decode};
use crate::support::proto::tfplugin6::{Schema, open_ephemeral_resource, plan_action};

impl Exchange for open_ephemeral_resource::Request {
    type Answer = open_ephemeral_resource::Response;

    fn judge(&self, answer: &Self::Answer, view: &View<'_>, report: &mut Report) {
        let schema = view.ephemeral_resource(&self.type_name);
        check_diagnostics(&answer.diagnostics, schema, report);
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

impl Exchange for plan_action::Request {
    type Answer = plan_action::Response;

    fn judge(&self, answer: &Self::Answer, view: &View<'_>, report: &mut Report) {
        check_diagnostics(&answer.diagnostics, view.action(&self.action_type), report);
        deferred(
            answer.deferred.as_ref(),
            self.client_capabilities.as_ref(),
            report,
        );
    }
}
