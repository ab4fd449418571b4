use serde_json::{Map, Value, json};

use super::Dice;
use super::schema::{Attribute, Nesting};
use crate::support::value::UNKNOWN;

/// The text that a checked attribute refuses.
pub(super) const REFUSED: &str = "refused";

/// A state that a provider of this schema could have stored.
pub(super) fn state(dice: &mut Dice, attributes: &[Attribute]) -> Value {
    object(attributes, |attribute| {
        let is_null = if attribute.required || attribute.has_default() {
            false
        } else if attribute.optional {
            dice.one_in(2)
        } else {
            dice.one_in(6)
        };
        if is_null {
            Value::Null
        } else {
            known(dice, attribute)
        }
    })
}

/// A value of the attribute, without null and unknown at its top.
pub(super) fn known(dice: &mut Dice, attribute: &Attribute) -> Value {
    match attribute.nesting {
        None => plain(dice, &attribute.ty),
        Some(nesting) => {
            let inner = |dice: &mut Dice| state(dice, &attribute.attributes);
            match nesting {
                Nesting::Single => inner(dice),
                Nesting::Map => map(dice, inner),
                Nesting::List => list(dice, inner),
                Nesting::Set => set(list(dice, inner)),
            }
        }
    }
}

/// A default: what the provider alone sets is not in it.
pub(super) fn default(dice: &mut Dice, attribute: &Attribute) -> Value {
    let value = known(dice, attribute);
    each(attribute, value, &mut |attributes, element| {
        without_computed(attributes, element)
    })
}

fn without_computed(attributes: &[Attribute], value: &Value) -> Value {
    object(attributes, |attribute| {
        if attribute.computed && !attribute.optional {
            return Value::Null;
        }
        each(
            attribute,
            value[attribute.name].clone(),
            &mut without_computed,
        )
    })
}

/// A configuration, mostly one that led to this state.
pub(super) fn config(dice: &mut Dice, attributes: &[Attribute], state: &Value) -> Value {
    object(attributes, |attribute| {
        if !attribute.optional && !attribute.required {
            return Value::Null;
        }
        let prior = &state[attribute.name];
        match dice.up_to(20) {
            _ if attribute.computed && dice.up_to(5) < 2 => Value::Null,
            0 => json!(UNKNOWN),
            1 | 2 if attribute.optional => Value::Null,
            3..=6 => fresh(dice, attribute),
            7 if attribute.required && dice.one_in(3) => Value::Null,
            8 if attribute.checked => json!(REFUSED),
            _ if prior.is_null() && attribute.required => fresh(dice, attribute),
            _ => each(attribute, prior.clone(), &mut |inner, element| {
                config(dice, inner, element)
            }),
        }
    })
}

fn fresh(dice: &mut Dice, attribute: &Attribute) -> Value {
    let value = known(dice, attribute);
    each(attribute, value, &mut |inner, element| {
        config(dice, inner, element)
    })
}

/// Puts something else in the place of each nested object.
fn each(
    attribute: &Attribute,
    value: Value,
    change: &mut dyn FnMut(&[Attribute], &Value) -> Value,
) -> Value {
    let mut change = |value: &Value| {
        if value.is_object() {
            change(&attribute.attributes, value)
        } else {
            value.clone()
        }
    };
    match (attribute.nesting, &value) {
        (Some(Nesting::Single), Value::Object(_)) => change(&value),
        (Some(Nesting::Map), Value::Object(elements)) => elements
            .iter()
            .map(|(key, element)| (key.clone(), change(element)))
            .collect::<Map<_, _>>()
            .into(),
        (Some(Nesting::List), Value::Array(elements)) => elements.iter().map(change).collect(),
        (Some(Nesting::Set), Value::Array(elements)) => set(elements.iter().map(change).collect()),
        _ => value,
    }
}

fn plain(dice: &mut Dice, ty: &Value) -> Value {
    let element = |dice: &mut Dice| plain(dice, &ty[1]);
    match (ty.as_str(), ty[0].as_str()) {
        (Some("string"), _) => json!(dice.pick(&["x", "y", "z", ""])),
        (Some("number"), _) => json!(dice.up_to(3)),
        (Some("bool"), _) => json!(dice.one_in(2)),
        (Some("dynamic"), _) => {
            let ty = json!(dice.pick(&["string", "number", "bool"]));
            let value = plain(dice, &ty);
            json!({ "type": ty, "value": value })
        }
        (_, Some("list")) => list(dice, element),
        (_, Some("set")) => set(list(dice, element)),
        (_, Some("map")) => map(dice, element),
        _ => panic!("a type of a random schema, not {ty}"),
    }
}

fn list(dice: &mut Dice, mut element: impl FnMut(&mut Dice) -> Value) -> Value {
    (0..dice.up_to(4)).map(|_| element(dice)).collect()
}

fn map(dice: &mut Dice, mut element: impl FnMut(&mut Dice) -> Value) -> Value {
    let mut made = Map::new();
    for key in ["k", "l", "m"] {
        if dice.one_in(2) {
            made.insert(key.to_owned(), element(dice));
        }
    }
    made.into()
}

/// In an order that depends on nothing but the elements, each once: hosts have sets so.
pub(super) fn set(elements: Value) -> Value {
    let Value::Array(mut elements) = elements else {
        return elements;
    };
    elements.sort_by_cached_key(Value::to_string);
    elements.dedup_by(|one, other| one == other && !one.to_string().contains(UNKNOWN));
    elements.into()
}

/// The same value, with every set in the one order.
pub(crate) fn canonical(ty: &Value, value: Value) -> Value {
    match (ty[0].as_str(), value) {
        (Some("list"), Value::Array(elements)) => elements
            .into_iter()
            .map(|element| canonical(&ty[1], element))
            .collect(),
        (Some("set"), Value::Array(elements)) => set(elements
            .into_iter()
            .map(|element| canonical(&ty[1], element))
            .collect()),
        (Some("map"), Value::Object(elements)) => elements
            .into_iter()
            .map(|(key, element)| (key, canonical(&ty[1], element)))
            .collect::<Map<_, _>>()
            .into(),
        (Some("object"), Value::Object(attributes)) => attributes
            .into_iter()
            .map(|(name, value)| {
                let value = canonical(&ty[1][&name], value);
                (name, value)
            })
            .collect::<Map<_, _>>()
            .into(),
        (_, value) => value,
    }
}

fn object(attributes: &[Attribute], mut value: impl FnMut(&Attribute) -> Value) -> Value {
    attributes
        .iter()
        .map(|attribute| (attribute.name.to_owned(), value(attribute)))
        .collect::<Map<_, _>>()
        .into()
}

/// Takes the attribute of this path out of an object.
pub(super) fn remove(object: &mut Value, path: &[&str]) {
    let (name, rest) = path.split_first().expect("a path has a step");
    let Value::Object(attributes) = object else {
        return;
    };
    if rest.is_empty() {
        attributes.remove(*name);
    } else if let Some(value) = attributes.get_mut(*name) {
        remove_below(value, rest);
    }
}

/// The same for every object in a value, whatever holds them.
pub(super) fn remove_below(value: &mut Value, path: &[&str]) {
    match value {
        Value::Array(elements) => elements
            .iter_mut()
            .for_each(|element| remove_below(element, path)),
        Value::Object(members) if members.contains_key(path[0]) => remove(value, path),
        Value::Object(members) => members
            .values_mut()
            .for_each(|element| remove_below(element, path)),
        _ => {}
    }
}
