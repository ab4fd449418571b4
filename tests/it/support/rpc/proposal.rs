//! Core's part of a change: complete objects, and the proposal that a provider starts from.

use serde_json::{Map, Value, json};

use crate::support::proto::tfplugin6::Schema;
use crate::support::proto::tfplugin6::schema::Attribute;

/// Every attribute of the schema, null where nothing is given. Null itself stays null.
pub(super) fn full(schema: &Schema, given: Value) -> Value {
    let Value::Object(mut given) = given else {
        return given;
    };
    let block = schema.block.as_ref().expect("a schema has a block");
    let mut all = complete(&block.attributes, &mut given);
    assert!(
        given.is_empty(),
        "attributes that the schema lacks: {given:?}"
    );
    for attribute in &block.attributes {
        let Some(nested) = &attribute.nested_type else {
            continue;
        };
        if let Value::Object(given) = &mut all[&attribute.name] {
            *given = complete(&nested.attributes, given);
        }
    }
    all.into()
}

fn complete(attributes: &[Attribute], given: &mut Map<String, Value>) -> Map<String, Value> {
    let names = attributes.iter().map(|attribute| attribute.name.clone());
    names
        .map(|name| (name.clone(), given.remove(&name).unwrap_or_default()))
        .collect()
}

/// What core proposes: the configuration, and the prior value of what only the provider can fill.
pub(super) fn proposed(schema: &Schema, prior: &Value, config: &Value) -> Value {
    let Value::Object(config) = config else {
        return Value::Null;
    };
    let block = schema.block.as_ref().expect("a schema has a block");
    let mut proposed = json!({});
    for attribute in &block.attributes {
        let configured = &config[&attribute.name];
        let carried = attribute.computed && configured.is_null() && prior.is_object();
        proposed[&attribute.name] = if carried {
            &prior[&attribute.name]
        } else {
            configured
        }
        .clone();
    }
    proposed
}
