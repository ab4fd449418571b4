//! Protobuf to the layer's own types and back, the two directions side by side.

use serde_json::Value as Json;

use super::super::diagnostics::{Diagnostic, Diagnostics, Result, Severity};
use super::super::path::{Path, Step};
use super::super::proto::tfplugin6 as proto;
use super::super::resource::AnyResource;
use super::super::schema::{Nesting, Presence, Schema, Shape, Spec};
use super::super::value::{Mismatch, Object, Value, json, msgpack};

/// Null, as MessagePack has it.
const NIL: &[u8] = &[0xc0];

/// Reads a block; `None` when it is null, which also an absent message means.
///
/// # Errors
///
/// When the bytes are not a value of this schema.
pub(super) fn object(
    message: Option<proto::DynamicValue>,
    schema: &Schema,
) -> Result<Option<Object>> {
    let message = message.unwrap_or_default();
    let value = if !message.msgpack.is_empty() {
        msgpack::from_slice(&message.msgpack, &schema.ty)
    } else if message.json.is_empty() {
        Ok(Value::Null)
    } else {
        parse(&message.json).and_then(|json| json::from_json(json, &schema.ty))
    };
    match value? {
        Value::Map(attributes) => Ok(Some(Object(attributes))),
        Value::Null => Ok(None),
        other => Err(Mismatch::wanted("an object", &other).into()),
    }
}

/// Whether there is no value, or a null one.
pub(super) fn is_null(message: Option<&proto::DynamicValue>) -> bool {
    message.is_none_or(|value| {
        value.msgpack == NIL || value.msgpack.is_empty() && matches!(&*value.json, b"" | b"null")
    })
}

/// Reads a block that has to be there.
///
/// # Errors
///
/// When it is null, or not a value of this schema.
pub(super) fn present(
    message: Option<proto::DynamicValue>,
    schema: &Schema,
    what: &str,
) -> Result<Object> {
    let missing = || {
        Diagnostic::error("Missing value in request").detail(format!(
            "Terraform sent no {what}, and this request needs one. Please report this."
        ))
    };
    object(message, schema)?.ok_or_else(|| missing().into())
}

/// Reads a configuration whose block may be left out altogether, which says nothing in it.
///
/// # Errors
///
/// When the bytes are not a value of this schema.
pub(super) fn config(message: Option<proto::DynamicValue>, schema: &Schema) -> Result<Object> {
    Ok(object(message, schema)?.unwrap_or_else(|| schema.nothing()))
}

/// Reads a state as a state file holds it.
///
/// # Errors
///
/// When it is not JSON, or from Terraform 0.11 or older.
pub(super) fn raw_state(message: Option<proto::RawState>) -> Result<Json> {
    let message = message.unwrap_or_default();
    if message.json.is_empty() && !message.flatmap.is_empty() {
        return Err(Diagnostic::error("The stored state is too old")
            .detail(
                "It was written by Terraform 0.11 or older, which this provider never supported.",
            )
            .into());
    }
    Ok(parse(&message.json)?)
}

fn parse(bytes: &[u8]) -> Result<Json, Mismatch> {
    serde_json::from_slice(bytes).map_err(|error| {
        // The error's own text may quote the bytes.
        Mismatch::new(format!(
            "not JSON (line {}, column {})",
            error.line(),
            error.column()
        ))
    })
}

/// Writes a block.
pub(super) fn dynamic(object: Object, schema: &Schema) -> proto::DynamicValue {
    encoded(&Value::Map(object.0), schema)
}

/// Writes a block that may be gone.
pub(super) fn dynamic_or_null(object: Option<Object>, schema: &Schema) -> proto::DynamicValue {
    encoded(
        &object.map_or(Value::Null, |object| Value::Map(object.0)),
        schema,
    )
}

fn encoded(value: &Value, schema: &Schema) -> proto::DynamicValue {
    proto::DynamicValue {
        msgpack: msgpack::to_vec(value, &schema.ty),
        json: Vec::new(),
    }
}

/// What names an object, if the resource names its objects.
pub(super) fn identity<C>(
    identity: Option<Object>,
    resource: &dyn AnyResource<C>,
) -> Option<proto::ResourceIdentityData> {
    let identity_data = Some(dynamic(identity?, resource.identity_schema()?));
    Some(proto::ResourceIdentityData { identity_data })
}

/// Reads what names an object; `None` when the host names none, or the resource has no such names.
///
/// # Errors
///
/// When the bytes are not a value of this schema.
pub(super) fn identity_object<C>(
    message: Option<proto::ResourceIdentityData>,
    resource: &dyn AnyResource<C>,
) -> Result<Option<Object>> {
    let data = message.and_then(|message| message.identity_data);
    match resource.identity_schema() {
        Some(schema) => object(data, schema),
        None => Ok(None),
    }
}

pub(super) fn identity_schema(schema: &Schema) -> proto::ResourceIdentitySchema {
    let attribute = |spec: &Spec| proto::resource_identity_schema::IdentityAttribute {
        name: spec.name.to_owned(),
        r#type: spec.shape.ty().to_json().to_string().into_bytes(),
        required_for_import: spec.presence == Presence::Required,
        optional_for_import: spec.presence == Presence::Optional,
        description: spec.documentation(),
    };
    proto::ResourceIdentitySchema {
        version: schema.version,
        identity_attributes: schema.attributes.iter().map(attribute).collect(),
    }
}

pub(super) fn diagnostics(diagnostics: Diagnostics) -> Vec<proto::Diagnostic> {
    diagnostics.into_vec().into_iter().map(diagnostic).collect()
}

pub(super) fn diagnostic(diagnostic: Diagnostic) -> proto::Diagnostic {
    let severity = match diagnostic.severity {
        Severity::Error => proto::diagnostic::Severity::Error,
        Severity::Warning => proto::diagnostic::Severity::Warning,
    };
    proto::Diagnostic {
        severity: severity.into(),
        summary: diagnostic.summary,
        detail: diagnostic.detail,
        // The host stumbles over a path without steps.
        attribute: (!diagnostic.path.is_root()).then(|| path(&diagnostic.path)),
    }
}

pub(super) fn path(path: &Path) -> proto::AttributePath {
    use proto::attribute_path::{Step as Message, step::Selector};
    let selector = |step: &Step| match step {
        Step::Attribute(name) => Selector::AttributeName(name.clone()),
        Step::Index(index) => Selector::ElementKeyInt(*index),
        Step::Key(key) => Selector::ElementKeyString(key.clone()),
    };
    let steps = path.steps().iter().map(|step| Message {
        selector: Some(selector(step)),
    });
    proto::AttributePath {
        steps: steps.collect(),
    }
}

pub(super) fn schema(schema: &Schema) -> proto::Schema {
    proto::Schema {
        version: schema.version,
        block: Some(proto::schema::Block {
            attributes: schema.attributes.iter().map(attribute).collect(),
            description: schema.description.to_owned(),
            description_kind: proto::StringKind::Markdown.into(),
            ..Default::default()
        }),
    }
}

/// The schema of what is only ever configured: what has a default is optional in it, and nothing is computed.
pub(super) fn config_schema(schema: &Schema) -> proto::Schema {
    let mut message = self::schema(schema);
    if let Some(block) = &mut message.block {
        never_computed(&mut block.attributes);
    }
    message
}

fn never_computed(attributes: &mut [proto::schema::Attribute]) {
    for attribute in attributes {
        attribute.computed = false;
        if let Some(nested) = &mut attribute.nested_type {
            never_computed(&mut nested.attributes);
        }
    }
}

fn attribute(spec: &Spec) -> proto::schema::Attribute {
    let (ty, nested_type) = match &spec.shape {
        Shape::Plain(ty) | Shape::Flattened(ty, _) => (ty.to_json().to_string().into_bytes(), None),
        Shape::Nested(nesting, specs) => (Vec::new(), Some(nested(*nesting, specs))),
    };
    proto::schema::Attribute {
        name: spec.name.to_owned(),
        r#type: ty,
        nested_type,
        description: spec.documentation(),
        description_kind: proto::StringKind::Markdown.into(),
        required: spec.presence == Presence::Required,
        optional: matches!(
            spec.presence,
            Presence::Optional | Presence::OptionalComputed
        ),
        computed: spec.is_computed(),
        sensitive: spec.sensitive,
        ..Default::default()
    }
}

fn nested(nesting: Nesting, specs: &[Spec]) -> proto::schema::Object {
    use proto::schema::object::NestingMode;
    let nesting = match nesting {
        Nesting::Single => NestingMode::Single,
        Nesting::List => NestingMode::List,
        Nesting::Set => NestingMode::Set,
        Nesting::Map => NestingMode::Map,
    };
    proto::schema::Object {
        attributes: specs.iter().map(attribute).collect(),
        nesting: nesting.into(),
        ..Default::default()
    }
}

#[cfg(test)]
mod tests;
