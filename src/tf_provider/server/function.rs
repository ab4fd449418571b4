//! Calls of functions: decode, call, encode.

use super::super::diagnostics::{Diagnostic, Diagnostics, Result, Severity};
use super::super::function::{AnyFunction, argument};
use super::super::path::Step;
use super::super::proto::tfplugin6::{self as proto, call_function};
use super::super::provider::Provider;
use super::super::schema::{Presence, Spec};
use super::super::value::{Type, msgpack};
use super::Shared;

/// Failures of functions are texts, not diagnostics, and may name an argument by its place.
pub(super) fn call<P: Provider>(
    shared: &Shared<P>,
    request: call_function::Request,
) -> call_function::Response {
    let Some(function) = shared.functions.get(&request.name) else {
        let text = format!("this provider has no function {:?}", request.name);
        return failed(text, None);
    };
    match result(&**function, request.arguments) {
        Ok(result) => call_function::Response {
            result: Some(result),
            error: None,
        },
        Err(diagnostics) => explained(&**function, diagnostics),
    }
}

fn result(
    function: &dyn AnyFunction,
    arguments: Vec<proto::DynamicValue>,
) -> Result<proto::DynamicValue> {
    let parameters = &function.schema().attributes;
    let arguments = parameters
        .iter()
        .zip(arguments)
        .map(|(parameter, value)| argument(&value.msgpack, &parameter.shape.ty()))
        .collect::<Result<_>>()?;
    Ok(proto::DynamicValue {
        msgpack: msgpack::to_vec(&function.call(arguments)?, &output(function)),
        json: Vec::new(),
    })
}

/// The type of what it returns.
fn output(function: &dyn AnyFunction) -> Type {
    let results = function.result().attributes.iter();
    results
        .map(|result| result.shape.ty())
        .next()
        .unwrap_or(Type::Dynamic)
}

/// The first error; there is room for one.
fn explained(function: &dyn AnyFunction, diagnostics: Diagnostics) -> call_function::Response {
    let Some(Diagnostic {
        summary,
        detail,
        path,
        ..
    }) = first_error(diagnostics)
    else {
        return failed("the function failed".to_owned(), None);
    };
    let place = path.steps().first().and_then(|step| {
        let mut names = function.schema().attributes.iter().map(|spec| spec.name);
        names.position(|name| matches!(step, Step::Attribute(attribute) if attribute == name))
    });
    let text = if detail.is_empty() {
        summary
    } else {
        format!("{summary}: {detail}")
    };
    failed(text, place.and_then(|place| i64::try_from(place).ok()))
}

fn first_error(diagnostics: Diagnostics) -> Option<Diagnostic> {
    let mut messages = diagnostics.into_vec().into_iter();
    messages.find(|message| message.severity == Severity::Error)
}

pub(super) fn failed(text: String, function_argument: Option<i64>) -> call_function::Response {
    call_function::Response {
        result: None,
        error: Some(proto::FunctionError {
            text,
            function_argument,
        }),
    }
}

pub(super) fn signature(function: &dyn AnyFunction) -> proto::Function {
    let parameter = |spec: &Spec| proto::function::Parameter {
        name: spec.name.to_owned(),
        r#type: spec.shape.ty().to_json().to_string().into_bytes(),
        allow_null_value: spec.presence == Presence::Optional,
        allow_unknown_values: false,
        description: spec.documentation(),
        description_kind: proto::StringKind::Markdown.into(),
    };
    proto::Function {
        parameters: function.schema().attributes.iter().map(parameter).collect(),
        r#return: Some(proto::function::Return {
            r#type: output(function).to_json().to_string().into_bytes(),
        }),
        summary: function.summary().to_owned(),
        description: function.schema().description.to_owned(),
        description_kind: proto::StringKind::Markdown.into(),
        ..Default::default()
    }
}
