//! Which cases core leaves room for a right plan in.

use std::collections::BTreeSet;

use serde_json::Value;

use super::Case;
use super::schema::{Attribute, Nesting};

impl Case {
    /// Whether any plan can be right. Core wants as many elements in a set as are configured, and can't have them where
    /// defaults make two of them equal, or where its own proposal fills two of them from one prior element.
    pub(crate) fn is_plannable(&self) -> bool {
        !collides(&self.schema, &self.config)
            && !is_short(&self.schema, &self.config, &self.proposed)
    }
}

fn collides(attributes: &[Attribute], object: &Value) -> bool {
    attributes.iter().any(|attribute| {
        let inner = &attribute.attributes;
        let elements = objects(attribute, &object[attribute.name]);
        let filled = elements.iter().map(|one| filled(inner, one).to_string());
        let fewer = filled.collect::<BTreeSet<_>>().len() < elements.len();
        (fewer && attribute.nesting == Some(Nesting::Set))
            || elements.iter().any(|one| collides(inner, one))
    })
}

fn is_short(attributes: &[Attribute], config: &Value, proposed: &Value) -> bool {
    attributes.iter().any(|attribute| {
        let name = attribute.name;
        let [config, proposed] = [config, proposed].map(|one| objects(attribute, &one[name]));
        let inner = |(one, other): (&&Value, &&Value)| is_short(&attribute.attributes, one, other);
        // Elements of a set have no counterparts.
        let in_order = attribute.nesting != Some(Nesting::Set);
        proposed.len() < config.len() || (in_order && config.iter().zip(&proposed).any(inner))
    })
}

/// An object with its defaults.
fn filled(attributes: &[Attribute], object: &Value) -> Value {
    let mut all = object.clone();
    for attribute in attributes {
        let inner = |one: &mut Value| *one = filled(&attribute.attributes, one);
        match (attribute.nesting, &mut all[attribute.name]) {
            (_, value @ Value::Null) => *value = attribute.default.clone(),
            (Some(Nesting::Single), value) => inner(value),
            (Some(Nesting::Map), Value::Object(elements)) => elements.values_mut().for_each(inner),
            (Some(_), Value::Array(elements)) => elements.iter_mut().for_each(inner),
            _ => {}
        }
    }
    all
}

fn objects<'a>(attribute: &Attribute, value: &'a Value) -> Vec<&'a Value> {
    match (attribute.nesting, value) {
        (Some(Nesting::Single), Value::Object(_)) => vec![value],
        (Some(Nesting::List | Nesting::Set), Value::Array(elements)) => elements.iter().collect(),
        (Some(Nesting::Map), Value::Object(elements)) => elements.values().collect(),
        _ => Vec::new(),
    }
}
