//! Which cases core leaves room for a right plan in.

use serde_json::Value;

use super::Case;
use super::schema::{Attribute, Nesting};

impl Case {
    /// Whether any plan can be right. Core wants as many elements in a set as are configured, and its own proposal has
    /// fewer where it fills two of them from one prior element.
    pub(crate) fn is_plannable(&self) -> bool {
        !self.is_short(&self.proposed)
    }

    /// Whether a plan has fewer elements in a set than are configured, where core counts them.
    pub(crate) fn is_short(&self, planned: &Value) -> bool {
        is_short(&self.schema, &self.config, planned)
    }
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

fn objects<'a>(attribute: &Attribute, value: &'a Value) -> Vec<&'a Value> {
    match (attribute.nesting, value) {
        (Some(Nesting::Single), Value::Object(_)) => vec![value],
        (Some(Nesting::List | Nesting::Set), Value::Array(elements)) => elements.iter().collect(),
        (Some(Nesting::Map), Value::Object(elements)) => elements.values().collect(),
        _ => Vec::new(),
    }
}
