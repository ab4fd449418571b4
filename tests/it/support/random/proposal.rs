//! What core proposes, at every depth. Source: Terraform, `internal/plans/objchange/objchange.go`.

use serde_json::{Map, Value};

use super::schema::{Attribute, Nesting};
use super::values::set;
use crate::support::value::UNKNOWN;

pub(super) fn attributes(schema: &[Attribute], prior: &Value, config: &Value) -> Value {
    let Value::Object(_) = config else {
        return config.clone();
    };
    let propose = |attribute: &Attribute| {
        let (prior, config) = (&prior[attribute.name], &config[attribute.name]);
        (
            attribute.name.to_owned(),
            proposed(attribute, prior, config),
        )
    };
    schema.iter().map(propose).collect::<Map<_, _>>().into()
}

fn proposed(attribute: &Attribute, prior: &Value, config: &Value) -> Value {
    let inner = &attribute.attributes[..];
    match (attribute.nesting, config) {
        (_, Value::Null) if attribute.computed && !was_configured(attribute, prior) => {
            prior.clone()
        }
        (Some(Nesting::Single), Value::Object(_)) => attributes(inner, prior, config),
        (Some(Nesting::List), Value::Array(elements)) => elements
            .iter()
            .enumerate()
            .map(|(index, element)| attributes(inner, &prior[index], element))
            .collect(),
        (Some(Nesting::Map), Value::Object(elements)) => elements
            .iter()
            .map(|(key, element)| (key.clone(), attributes(inner, &prior[key], element)))
            .collect::<Map<_, _>>()
            .into(),
        (Some(Nesting::Set), Value::Array(elements)) => {
            let mut before = prior.as_array().cloned().unwrap_or_default();
            let mut propose = |config: &Value| {
                let found = before
                    .iter()
                    .position(|prior| may_have_led_to(inner, prior, config));
                let prior = found.map_or(Value::Null, |at| before.remove(at));
                attributes(inner, &prior, config)
            };
            set(elements.iter().map(&mut propose).collect())
        }
        _ => config.clone(),
    }
}

/// Whether a value holds something that only a configuration can have said.
fn was_configured(attribute: &Attribute, prior: &Value) -> bool {
    attribute.optional && holds_configured(attribute, prior)
}

fn holds_configured(attribute: &Attribute, value: &Value) -> bool {
    let object = |value: &Value| {
        attribute.attributes.iter().any(|inner| {
            let value = &value[inner.name];
            !value.is_null() && (!inner.computed || holds_configured(inner, value))
        })
    };
    match (attribute.nesting, value) {
        (Some(Nesting::Single), value) => object(value),
        (Some(Nesting::Map), Value::Object(elements)) => elements.values().any(object),
        (Some(_), Value::Array(elements)) => elements.iter().any(object),
        _ => false,
    }
}

/// Whether an element of a set may be what became of this configuration.
fn may_have_led_to(schema: &[Attribute], prior: &Value, config: &Value) -> bool {
    if !prior.is_object() || !config.is_object() {
        return prior == config;
    }
    schema.iter().all(|attribute| {
        let (prior, config) = (&prior[attribute.name], &config[attribute.name]);
        let inner = &attribute.attributes[..];
        match (attribute.nesting, prior, config) {
            _ if prior == config => true,
            (_, _, Value::Null) => attribute.computed && !was_configured(attribute, prior),
            (_, _, Value::String(text)) if text == UNKNOWN => false,
            (Some(Nesting::Single), ..) => may_have_led_to(inner, prior, config),
            (Some(Nesting::List), Value::Array(prior), Value::Array(config)) => {
                prior.len() == config.len()
                    && prior
                        .iter()
                        .zip(config)
                        .all(|(prior, config)| may_have_led_to(inner, prior, config))
            }
            (Some(Nesting::Map), Value::Object(prior), Value::Object(config)) => {
                prior.len() == config.len()
                    && prior.iter().all(|(key, prior)| {
                        config
                            .get(key)
                            .is_some_and(|config| may_have_led_to(inner, prior, config))
                    })
            }
            _ => false,
        }
    })
}
