//! What a plan has to be, said once more and without a way to it: what configuration, defaults and prior state leave no choice
//! in. Only which prior element of a set became which is open, where several could have.

use serde_json::{Map, Value};

use crate::support::random::{Attribute, Case, Nesting};
use crate::support::value::UNKNOWN;

const NULL: &Value = &Value::Null;

/// Whether nothing else could have been planned.
pub(super) fn explains(case: &Case, planned: &Value) -> bool {
    let said = filled(&case.schema, &case.config);
    let settled = *planned == case.prior;
    Model { settled }.object(&case.schema, &said, &case.prior, planned)
}

/// A configuration with the defaults where it says nothing.
pub(super) fn filled(attributes: &[Attribute], config: &Value) -> Value {
    fn object(attributes: &[Attribute], config: &Value) -> Value {
        if !config.is_object() {
            return config.clone();
        }
        let of = |one: &Attribute| {
            let inside = |element: &Value| object(&one.attributes, element);
            let value = match (one.nesting, &config[one.name]) {
                (_, Value::Null) => one.default.clone(),
                (None, value) => value.clone(),
                (Some(Nesting::Map), Value::Object(elements)) => elements
                    .iter()
                    .map(|(key, element)| (key.clone(), inside(element)))
                    .collect::<Map<_, _>>()
                    .into(),
                (_, Value::Array(elements)) => elements.iter().map(inside).collect(),
                (_, value) => inside(value),
            };
            (one.name.to_owned(), value)
        };
        attributes.iter().map(of).collect::<Map<_, _>>().into()
    }
    object(attributes, config)
}

/// Whether an object is what was said, as far as something was.
fn honours(attributes: &[Attribute], said: &Value, object: &Value) -> bool {
    attributes.iter().all(|one| {
        let (said, value) = (&said[one.name], &object[one.name]);
        let (sought, found) = (objects(one, said), objects(one, value));
        if said.is_null() || one.nesting.is_none() || sought.is_empty() {
            return said == value || (said.is_null() && one.computed);
        }
        let keys = |value: &Value| {
            value
                .as_object()
                .map(|them| them.keys().cloned().collect::<Vec<_>>())
        };
        let is_same_shape = sought.len() == found.len()
            && (one.nesting != Some(Nesting::Map) || keys(said) == keys(value));
        let is = |said: &Value, found: &Value| honours(&one.attributes, said, found);
        is_same_shape
            && if one.nesting == Some(Nesting::Set) {
                sought
                    .iter()
                    .all(|said| found.iter().any(|found| is(said, found)))
            } else {
                sought
                    .iter()
                    .zip(&found)
                    .all(|(said, found)| is(said, found))
            }
    })
}

/// Whether a set has elements that are said alike.
pub(super) fn has_twins(attributes: &[Attribute], said: &Value) -> bool {
    attributes.iter().any(|one| {
        let elements = objects(one, &said[one.name]);
        let mut twins = elements.iter().enumerate();
        let are_alike = one.nesting == Some(Nesting::Set)
            && twins.any(|(at, element)| elements[..at].contains(element));
        let mut inside = elements.into_iter();
        are_alike || inside.any(|element| has_twins(&one.attributes, element))
    })
}

/// Whether a configuration leaves nested objects to a default, or to a provider that would find defaults in them, or has some
/// in a set: where the framework looks for the configuration of an element, and finds none.
pub(super) fn defaults_objects(attributes: &[Attribute], config: &Value) -> bool {
    attributes.iter().any(|one| {
        let value = &config[one.name];
        let is_open = value.is_null() || one.nesting == Some(Nesting::Set);
        let mut inside = objects(one, value).into_iter();
        (one.nesting.is_some() && is_open && holds_default(one))
            || inside.any(|element| defaults_objects(&one.attributes, element))
    })
}

fn holds_default(one: &Attribute) -> bool {
    one.has_default() || one.attributes.iter().any(holds_default)
}

/// The nested objects of a value.
fn objects<'v>(one: &Attribute, value: &'v Value) -> Vec<&'v Value> {
    match (one.nesting, value) {
        (Some(Nesting::Single), Value::Object(_)) => vec![value],
        (Some(Nesting::Map), Value::Object(elements)) => elements.values().collect(),
        (Some(_), Value::Array(elements)) => elements.iter().collect(),
        _ => Vec::new(),
    }
}

struct Model {
    /// The plan changes nothing at all.
    settled: bool,
}

impl Model {
    fn object(
        &self,
        attributes: &[Attribute],
        said: &Value,
        prior: &Value,
        planned: &Value,
    ) -> bool {
        if !said.is_object() || !planned.is_object() {
            return said == planned;
        }
        attributes.iter().all(|one| {
            let [said, before, planned] = [said, prior, planned].map(|of| &of[one.name]);
            self.attribute(one, said, (prior, before), planned)
        })
    }

    /// `around` is the prior object that the attribute is of, if there was one.
    fn attribute(
        &self,
        one: &Attribute,
        said: &Value,
        (around, prior): (&Value, &Value),
        planned: &Value,
    ) -> bool {
        if said.is_null() {
            let keeps = self.settled || (one.keeps && around.is_object());
            return match one.computed {
                true if keeps => planned == prior,
                true => planned == UNKNOWN,
                false => planned.is_null(),
            };
        }
        let inside = |said: &Value, prior: &Value, planned: &Value| {
            self.object(&one.attributes, said, prior, planned)
        };
        match (one.nesting, said, planned) {
            (Some(Nesting::Single), Value::Object(_), _) => inside(said, prior, planned),
            (Some(Nesting::List), Value::Array(said), Value::Array(planned)) => {
                let mut pairs = said.iter().zip(planned).enumerate();
                said.len() == planned.len()
                    && pairs.all(|(at, (said, planned))| inside(said, &prior[at], planned))
            }
            (Some(Nesting::Map), Value::Object(said), Value::Object(planned)) => {
                let mut pairs = said.iter().zip(planned.values());
                said.keys().eq(planned.keys())
                    && pairs.all(|((key, said), planned)| inside(said, &prior[key], planned))
            }
            (Some(Nesting::Set), Value::Array(said), Value::Array(planned)) => {
                let priors = prior.as_array().map_or(&[][..], Vec::as_slice);
                self.set(one, &self.merged(one, said), priors, planned)
            }
            _ => said == planned,
        }
    }

    /// Without what a set does not hold twice: equal elements that leave nothing to the provider.
    fn merged(&self, one: &Attribute, said: &[Value]) -> Vec<Value> {
        let mut merged: Vec<Value> = Vec::new();
        for element in said {
            let is_whole = || self.object(&one.attributes, element, NULL, element);
            if !merged.contains(element) || element.to_string().contains(UNKNOWN) || !is_whole() {
                merged.push(element.clone());
            }
        }
        merged
    }

    /// Every element that was said is planned, each with at most one prior element, and with its own where it has one.
    fn set(&self, one: &Attribute, said: &[Value], priors: &[Value], planned: &[Value]) -> bool {
        let Some((first, rest)) = said.split_first() else {
            return planned.is_empty();
        };
        let own = |element: &Value| {
            let mut own = priors
                .iter()
                .enumerate()
                .filter(|(_, prior)| honours(&one.attributes, element, prior));
            own.next()
                .filter(|_| own.next().is_none())
                .map(|(at, _)| at)
        };
        let own = own(first).filter(|at| {
            !rest
                .iter()
                .any(|other| honours(&one.attributes, other, &priors[*at]))
        });
        let may_be_new = own.is_none();
        let candidates = priors.iter().map(Some).enumerate();
        let candidates = candidates.filter(|(at, _)| own.is_none_or(|own| own == *at));
        let new = may_be_new.then_some((priors.len(), None));
        candidates.chain(new).any(|(at, prior)| {
            planned.iter().enumerate().any(|(place, element)| {
                self.object(&one.attributes, first, prior.unwrap_or(NULL), element)
                    && self.set(one, rest, &without(priors, at), &without(planned, place))
            })
        })
    }
}

fn without(values: &[Value], place: usize) -> Vec<Value> {
    let mut left = values.to_vec();
    if place < left.len() {
        left.remove(place);
    }
    left
}
