//! Planning as a pure function of schema, configuration, prior state and proposal.
//!
//! Nothing here may look at a clock or roll dice: Terraform asks for the same plan again while applying, and the two
//! answers have to agree.

pub(crate) mod modifiers;

use std::collections::BTreeMap;

pub use modifiers::{Effect, PlanModifier, Planned};

use super::path::Path;
use super::schema::{Nesting, Presence, Schema, Shape, Spec};
use super::value::{Object, Value};

type Attributes = BTreeMap<String, Value>;

/// A planned create or update, which a resource may still adjust.
#[derive(Debug)]
pub struct Plan {
    /// What the configuration says.
    pub config: Object,
    /// The state before, or nothing for a create.
    pub prior: Option<Object>,
    /// The state after, as far as it is known.
    pub planned: Object,
    /// The attributes whose change can only be made by replacing the object.
    pub requires_replace: Vec<Path>,
}

impl Plan {
    /// Whether applying it changes anything.
    #[must_use]
    pub fn changes_something(&self) -> bool {
        self.prior.as_ref() != Some(&self.planned)
    }
}

/// Turns Terraform's proposal into a plan.
///
/// 1. Defaults go where the configuration says null (not where it is unknown).
/// 2. If that differs from the prior state, or there is none, every computed attribute that the configuration leaves
///    alone becomes unknown.
/// 3. The modifiers then bring back what this change cannot touch, and say what needs a replacement.
///
/// Without step 2's condition every plan would show a change; without step 3 every update would hide the key from
/// whatever depends on it.
pub(crate) fn plan(
    schema: &Schema,
    config: Object,
    prior: Option<Object>,
    proposed: Object,
) -> Plan {
    let mut planned = proposed;
    let specs = &schema.attributes;
    fill_defaults(specs, &config.0, &mut planned.0);
    if prior.as_ref() != Some(&planned) {
        mark_unknown(specs, &config.0, &mut planned.0);
    }
    let before = prior.as_ref().map(|prior| &prior.0);
    let requires_replace = modify(specs, &config.0, before, &mut planned.0, &Path::root());
    Plan {
        config,
        prior,
        planned,
        requires_replace,
    }
}

/// An object of which nothing is known yet.
pub(crate) fn unknown(schema: &Schema) -> Object {
    let attributes = schema.attributes.iter();
    Object(
        attributes
            .map(|spec| (spec.name.to_owned(), Value::UNKNOWN))
            .collect(),
    )
}

/// The configuration that leads to a state: what only the provider sets is left out, and so is what a default says.
pub(crate) fn configuration(specs: &[Spec], Object(mut state): Object) -> Object {
    let mut config = Attributes::new();
    for spec in specs {
        let value = state.remove(spec.name).unwrap_or_default();
        let value = match (&spec.shape, value) {
            _ if spec.presence == Presence::Computed => Value::Null,
            (_, value) if spec.default.as_ref() == Some(&value) => Value::Null,
            (Shape::Nested(nesting, inner), value) => nested_configuration(*nesting, inner, value),
            (_, value) => value,
        };
        config.insert(spec.name.to_owned(), value);
    }
    Object(config)
}

fn nested_configuration(nesting: Nesting, inner: &[Spec], value: Value) -> Value {
    let object = |value| match value {
        Value::Map(attributes) => Value::Map(configuration(inner, Object(attributes)).0),
        other => other,
    };
    match value {
        Value::Map(elements) if nesting == Nesting::Map => Value::Map(
            elements
                .into_iter()
                .map(|(key, element)| (key, object(element)))
                .collect(),
        ),
        Value::List(elements) => Value::List(elements.into_iter().map(object).collect()),
        single => object(single),
    }
}

fn fill_defaults(specs: &[Spec], config: &Attributes, planned: &mut Attributes) {
    for spec in specs {
        let (configured, value) = sides(spec, config, planned);
        match &spec.default {
            Some(default) if configured.is_null() => *value = default.clone(),
            _ => each_nested(spec, configured, value, &mut |inner, config, planned| {
                fill_defaults(inner, config, planned);
            }),
        }
    }
}

fn mark_unknown(specs: &[Spec], config: &Attributes, planned: &mut Attributes) {
    for spec in specs {
        let (configured, value) = sides(spec, config, planned);
        if !configured.is_null() {
            each_nested(spec, configured, value, &mut |inner, config, planned| {
                mark_unknown(inner, config, planned);
            });
        } else if spec.is_computed() && spec.default.is_none() {
            *value = Value::UNKNOWN;
        }
    }
}

/// Lets the modifiers have their say, and gathers the paths that need a replacement.
fn modify(
    specs: &[Spec],
    config: &Attributes,
    prior: Option<&Attributes>,
    planned: &mut Attributes,
    at: &Path,
) -> Vec<Path> {
    let mut requires_replace = Vec::new();
    for spec in specs {
        let (configured, value) = sides(spec, config, planned);
        let path = || at.attribute(spec.name);
        let prior = prior.map(|prior| prior.get(spec.name).unwrap_or(&Value::Null));
        let mut attribute = Planned::new(configured, prior, value);
        spec.modifiers
            .iter()
            .for_each(|modifier| modifier.modify(&mut attribute));
        if attribute.requires_replace() {
            requires_replace.push(path());
        }
        // A single nested object is the same object before and after; elements of collections cannot be told apart.
        if let (Shape::Nested(Nesting::Single, inner), Value::Map(config), Value::Map(planned)) =
            (&spec.shape, configured, value)
        {
            let prior = match prior {
                Some(Value::Map(prior)) => Some(prior),
                _ => None,
            };
            requires_replace.extend(modify(inner, config, prior, planned, &path()));
        }
    }
    requires_replace
}

/// One attribute in the configuration and in the plan.
fn sides<'a>(
    spec: &Spec,
    config: &'a Attributes,
    planned: &'a mut Attributes,
) -> (&'a Value, &'a mut Value) {
    let configured = config.get(spec.name).unwrap_or(&Value::Null);
    if !planned.contains_key(spec.name) {
        planned.insert(spec.name.to_owned(), Value::Null);
    }
    let value = planned.get_mut(spec.name);
    (
        configured,
        value.expect("it was put there if it was missing"),
    )
}

/// Goes on with each nested object that the configuration and the plan both have.
fn each_nested(
    spec: &Spec,
    config: &Value,
    planned: &mut Value,
    go_on: &mut dyn FnMut(&[Spec], &Attributes, &mut Attributes),
) {
    let Shape::Nested(nesting, inner) = &spec.shape else {
        return;
    };
    match (nesting, config, planned) {
        (Nesting::Single, Value::Map(config), Value::Map(planned)) => go_on(inner, config, planned),
        (Nesting::List, Value::List(config), Value::List(planned)) => {
            for pair in config.iter().zip(planned) {
                if let (Value::Map(config), Value::Map(planned)) = pair {
                    go_on(inner, config, planned);
                }
            }
        }
        (Nesting::Map, Value::Map(config), Value::Map(planned)) => {
            for (key, planned) in planned {
                if let (Some(Value::Map(config)), Value::Map(planned)) = (config.get(key), planned)
                {
                    go_on(inner, config, planned);
                }
            }
        }
        // Elements of a set have no place to be found by. What the provider computes in one is not configured, and what is
        // there otherwise is.
        (Nesting::Set, Value::List(_), Value::List(planned)) => {
            for planned in planned {
                if let Value::Map(planned) = planned {
                    let mut config = planned.clone();
                    for spec in inner {
                        if spec.presence == Presence::Computed {
                            config.insert(spec.name.to_owned(), Value::Null);
                        }
                    }
                    go_on(inner, &config, planned);
                }
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests;
