//! Planning as a pure function of schema, configuration, prior state and proposal.
//!
//! Nothing here may look at a clock or roll dice: Terraform asks for the same plan again while applying, and the two
//! answers have to agree.

mod elements;
mod pass;

use std::collections::BTreeMap;

use super::diagnostics::{Diagnostic, Diagnostics, Result};
use super::path::Path;
use super::schema::{Nesting, Presence, Schema, Shape, Spec};
use super::value::{InOrder, Name, Object, Value};
use pass::{Pass, Place};

type Attributes = BTreeMap<Name, Value>;

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
    /// The sets in which configured elements have become equal.
    pub(crate) merged: Vec<Path>,
}

/// Turns Terraform's proposal into a plan.
///
/// 1. Defaults go where the configuration says null (not where it is unknown). From there on they count as configured: what
///    a default object leaves to the provider is the provider's.
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
    let mut configured = config.clone();
    schema.fill_defaults(&mut configured);
    follow(specs, &config.0, &configured.0, &mut planned.0);
    let before = prior.as_ref().map(|prior| &prior.0);
    if !before.is_some_and(|prior| elements::same_attributes(specs, prior, &planned.0)) {
        mark_unknown(specs, &configured.0, &mut planned.0);
    }
    let mut pass = Pass::new(prior.is_none());
    pass.attributes(specs, (&config.0, before), &mut planned.0, &Place::root());
    Plan {
        config,
        requires_replace: pass.requires_replace,
        merged: pass.merged,
        prior,
        planned,
    }
}

/// Core wants as many elements as are configured, and a set keeps equal ones as one.
pub(crate) fn merges_nothing(plan: &Plan) -> Result<()> {
    let refusals = plan.merged.iter().map(|path| {
        Diagnostic::error(format!("Equal elements in `{path}`"))
            .at(path.clone())
            .detail(format!(
                "Two elements of `{path}` become equal once what they leave out is filled in, and a set holds each element \
                 once. Remove one of them, or set an argument in which they differ."
            ))
    });
    Diagnostics::check(refusals.collect())
}

/// An object of which nothing is known yet.
pub(crate) fn unknown(schema: &Schema) -> Object {
    let attributes = schema.attributes.iter();
    Object(
        attributes
            .map(|spec| (spec.name.into(), Value::UNKNOWN))
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
        config.insert(spec.name.into(), value);
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

/// Lets the plan say what the configuration says with its defaults, and what is proposed where it leaves something to
/// the provider.
fn follow(specs: &[Spec], config: &Attributes, configured: &Attributes, planned: &mut Attributes) {
    let mut config = InOrder::of(config);
    for (spec, configured, value) in each(specs, configured, planned) {
        let config = config.find(spec.name).unwrap_or(&Value::Null);
        let is_left_to_the_provider = spec.is_computed() && spec.default.is_none();
        match &spec.shape {
            _ if configured.is_null() && is_left_to_the_provider => {}
            Shape::Nested(nesting, inner) => {
                // Where the configuration says nothing, the default's elements are what is looked for.
                let sought = if config.is_null() { configured } else { config };
                let proposed = std::mem::replace(value, configured.clone());
                let proposed = elements::paired(*nesting, inner, sought, &proposed);
                for (element, found) in elements::objects_mut(*nesting, value).zip(proposed.pairs) {
                    let Value::Map(element) = element else {
                        continue;
                    };
                    let (said, sought) = (std::mem::take(element), found.sought);
                    *element = found.counterpart.cloned().unwrap_or_default();
                    follow(inner, sought.unwrap_or(&said), &said, element);
                }
            }
            Shape::Plain(_) | Shape::Flattened(..) if value == configured => {}
            Shape::Plain(_) | Shape::Flattened(..) => *value = configured.clone(),
        }
    }
}

fn mark_unknown(specs: &[Spec], configured: &Attributes, planned: &mut Attributes) {
    for (spec, configured, value) in each(specs, configured, planned) {
        if configured.is_null() {
            if spec.is_computed() && spec.default.is_none() {
                *value = Value::UNKNOWN;
            }
        } else if let Shape::Nested(nesting, inner) = &spec.shape {
            // The plan has the configuration's elements, in its order.
            let objects = elements::objects(*nesting, configured);
            for (configured, planned) in objects.zip(elements::objects_mut(*nesting, value)) {
                if let (Value::Map(configured), Value::Map(planned)) = (configured, planned) {
                    mark_unknown(inner, configured, planned);
                }
            }
        }
    }
}

/// Each attribute in the configuration and in the plan, which has all of them then.
fn each<'a>(
    specs: &'a [Spec],
    config: &'a Attributes,
    planned: &'a mut Attributes,
) -> impl Iterator<Item = (&'a Spec, &'a Value, &'a mut Value)> {
    if planned.len() < specs.len() {
        for spec in specs {
            planned.entry(spec.name.into()).or_default();
        }
    }
    let (mut specs, mut config) = (specs.iter(), InOrder::of(config));
    // Both are in the order of their names, and no object has other attributes than its schema.
    planned.iter_mut().filter_map(move |(name, value)| {
        let spec = specs.find(|spec| *name == spec.name)?;
        let configured = config.find(spec.name).unwrap_or(&Value::Null);
        Some((spec, configured, value))
    })
}

#[cfg(test)]
mod tests;
