//! The answers about the provider itself, data sources and functions.

use super::diagnostics::{check_diagnostics, deferred, failed, readable};
use super::objects;
use super::plan::{Three, assert_valid};
use super::report::Report;
use super::rules::Rule;
use super::schemas;
use super::types::Type;
use super::val::Val;
use super::{Exchange, Memory, Schemas, View, decode};
use crate::support::proto::tfplugin6::{
    Schema, call_function, configure_provider, get_functions, get_metadata, get_provider_schema,
    get_resource_identity_schemas, read_data_source, stop_provider,
};

impl Exchange for get_metadata::Request {
    type Answer = get_metadata::Response;

    fn judge(&self, answer: &Self::Answer, view: &View<'_>, report: &mut Report) {
        check_diagnostics(&answer.diagnostics, None, report);
        schemas::metadata(answer, &view.schemas.all, report);
    }
}

impl Exchange for get_provider_schema::Request {
    type Answer = get_provider_schema::Response;

    fn judge(&self, answer: &Self::Answer, view: &View<'_>, report: &mut Report) {
        check_diagnostics(&answer.diagnostics, None, report);
        schemas::valid(answer, report);
        if *answer != view.schemas.all {
            report.add(Rule::SchemaChanged, "schemas", "not what they were");
        }
    }
}

impl Exchange for get_resource_identity_schemas::Request {
    type Answer = get_resource_identity_schemas::Response;

    fn judge(&self, answer: &Self::Answer, view: &View<'_>, report: &mut Report) {
        check_diagnostics(&answer.diagnostics, None, report);
        schemas::identities_valid(answer, &view.schemas.all, report);
    }
}

impl Exchange for get_functions::Request {
    type Answer = get_functions::Response;

    fn judge(&self, answer: &Self::Answer, view: &View<'_>, report: &mut Report) {
        check_diagnostics(&answer.diagnostics, None, report);
        if answer.functions != view.schemas.all.functions {
            report.add(
                Rule::MetadataOfOtherTypes,
                "functions",
                format!("{:?}", answer.functions.keys()),
            );
        }
    }
}

impl Exchange for stop_provider::Request {
    type Answer = stop_provider::Response;

    fn judge(&self, answer: &Self::Answer, _: &View<'_>, report: &mut Report) {
        if !answer.error.is_empty() {
            report.add(Rule::StopError, "Error", &answer.error);
        }
    }
}

impl Exchange for configure_provider::Request {
    type Answer = configure_provider::Response;

    fn judge(&self, answer: &Self::Answer, view: &View<'_>, report: &mut Report) {
        check_diagnostics(
            &answer.diagnostics,
            view.schemas.all.provider.as_ref(),
            report,
        );
    }

    fn note(&self, _: &Self::Answer, schemas: &Schemas, memory: &mut Memory) {
        let of = schemas.all.provider.as_ref().map(Type::of_schema);
        let config = of.and_then(|of| decode::asked(self.config.as_ref(), &of));
        memory.configure(config.is_some_and(|config| !config.is_wholly_known()));
    }
}

impl Exchange for read_data_source::Request {
    type Answer = read_data_source::Response;

    fn judge(&self, answer: &Self::Answer, view: &View<'_>, report: &mut Report) {
        let schema = view.schemas.all.data_source_schemas.get(&self.type_name);
        check_diagnostics(&answer.diagnostics, schema, report);
        let put_off = deferred(
            answer.deferred.as_ref(),
            self.client_capabilities.as_ref(),
            report,
        );
        let (Some(schema), false) = (schema, put_off || failed(&answer.diagnostics)) else {
            return;
        };
        let Some(state) = objects::stored(answer.state.as_ref(), schema, "state", report) else {
            return;
        };
        if state.is_null() {
            return report.add(Rule::NothingFound, "state", "null, without an error");
        }
        let config = decode::asked(self.config.as_ref(), &Type::of_schema(schema));
        echoes(schema, config.as_ref(), &state, report);
    }
}

/// What was configured comes back, and what is not computed is not made up. Unknown values are judged elsewhere.
pub(super) fn echoes(schema: &Schema, config: Option<&Val>, result: &Val, report: &mut Report) {
    let (Some(block), Some(config)) = (&schema.block, config) else {
        return;
    };
    let unknown = result.unknown_paths("result");
    let three = Three {
        prior: &Val::Null,
        config,
        in_set: false,
        planned: result,
    };
    let mut found = Report::default();
    assert_valid(block, three, "result", &mut found);
    for one in found
        .0
        .into_iter()
        .filter(|one| !unknown.contains(&one.place))
    {
        report.add(Rule::ConfiguredValueChanged, &one.place, one.what);
    }
}

impl Exchange for call_function::Request {
    type Answer = call_function::Response;

    fn judge(&self, answer: &Self::Answer, view: &View<'_>, report: &mut Report) {
        let function = view.schemas.all.functions.get(&self.name);
        if let Some(error) = &answer.error {
            let parameters = function.map_or(0, |function| function.parameters.len());
            let endless = function.is_some_and(|function| function.variadic_parameter.is_some());
            let place = error.function_argument.map(usize::try_from);
            let in_range = match place {
                None => true,
                Some(Ok(place)) => place < parameters || (endless && place < self.arguments.len()),
                Some(Err(_)) => false,
            };
            if error.text.trim().is_empty() || !in_range {
                report.add(Rule::FunctionAnswer, "error", format!("{error:?}"));
            }
            return readable(&error.text, "error", report);
        }
        let Some(returns) = function.and_then(|function| function.r#return.as_ref()) else {
            return report.add(
                Rule::FunctionAnswer,
                "result",
                format!("{:?} is no function", self.name),
            );
        };
        let of = Type::parse(&returns.r#type).unwrap_or(Type::Dynamic);
        decode::answered(answer.result.as_ref(), &of, "result", report);
    }
}
