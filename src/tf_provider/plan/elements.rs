//! Which nested object of one value is which of another: by index in lists, by key in maps, by what they say in sets.

use std::cmp::Reverse;
use std::iter;

use super::super::schema::{Nesting, Shape, Spec};
use super::super::value::{InOrder, Value};
use super::Attributes;

/// One element, and what stands for it on the other side.
pub(super) struct Pair<'a> {
    /// The element itself, if it is an object.
    pub(super) sought: Option<&'a Attributes>,
    pub(super) counterpart: Option<&'a Attributes>,
}

/// The elements of one value with their counterparts in another.
pub(super) struct Paired<'a> {
    /// In the order of the elements.
    pub(super) pairs: Vec<Pair<'a>>,
    /// What the other side has beside them, by its place there.
    pub(super) left: Vec<(At<'a>, &'a Attributes)>,
}

/// Where an element stands in its collection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum At<'a> {
    /// It is no collection.
    Itself,
    Index(usize),
    Key(&'a str),
    /// In a set, to whose elements no path leads.
    InSet,
}

/// The nested objects of a value; null and unknown ones too.
pub(super) fn objects(nesting: Nesting, value: &Value) -> Box<dyn Iterator<Item = &Value> + '_> {
    match value {
        _ if nesting == Nesting::Single => Box::new(iter::once(value)),
        Value::Map(elements) => Box::new(elements.values()),
        Value::List(elements) => Box::new(elements.iter()),
        _ => Box::new(iter::empty()),
    }
}

pub(super) fn objects_mut(
    nesting: Nesting,
    value: &mut Value,
) -> Box<dyn Iterator<Item = &mut Value> + '_> {
    if nesting == Nesting::Single {
        return Box::new(iter::once(value));
    }
    match value {
        Value::Map(elements) => Box::new(elements.values_mut()),
        Value::List(elements) => Box::new(elements.iter_mut()),
        _ => Box::new(iter::empty()),
    }
}

/// Where each of them stands.
pub(super) fn places(nesting: Nesting, value: &Value) -> Vec<At<'_>> {
    match (nesting, value) {
        (Nesting::Single, _) => vec![At::Itself],
        (_, Value::Map(elements)) => elements.keys().map(|key| At::Key(key)).collect(),
        (Nesting::Set, Value::List(elements)) => vec![At::InSet; elements.len()],
        (_, Value::List(elements)) => (0..elements.len()).map(At::Index).collect(),
        _ => Vec::new(),
    }
}

/// Finds for each nested object of `value` the one in `other` that it corresponds to.
pub(super) fn paired<'a>(
    nesting: Nesting,
    inner: &[Spec],
    value: &'a Value,
    other: &'a Value,
) -> Paired<'a> {
    let sought: Vec<_> = objects(nesting, value).map(attributes).collect();
    let others: Vec<_> = objects(nesting, other).map(attributes).collect();
    let there = places(nesting, other);
    let here = places(nesting, value);
    let found: Vec<Option<usize>> = match nesting {
        Nesting::Set => by_resemblance(inner, &sought, &others),
        _ => here
            .iter()
            .map(|at| there.iter().position(|other| other == at))
            .collect(),
    };
    let left = there.iter().zip(&others).enumerate();
    let left = left
        .filter(|(index, _)| !found.contains(&Some(*index)))
        .filter_map(|(_, (at, other))| Some((*at, (*other)?)))
        .collect();
    let counterpart = |index: Option<usize>| index.and_then(|index| others[index]);
    let pairs = sought.iter().zip(found).map(|(sought, index)| Pair {
        sought: *sought,
        counterpart: counterpart(index),
    });
    Paired {
        pairs: pairs.collect(),
        left,
    }
}

fn attributes(value: &Value) -> Option<&Attributes> {
    match value {
        Value::Map(attributes) => Some(attributes),
        _ => None,
    }
}

/// Elements of a set have no place to be found by. Those belong together of which one is all that the other says, or else that
/// agree in most of what is known of them; those that agree in nothing do not.
fn by_resemblance(
    inner: &[Spec],
    sought: &[Option<&Attributes>],
    others: &[Option<&Attributes>],
) -> Vec<Option<usize>> {
    let mut found = vec![None; sought.len()];
    let mut taken = vec![false; others.len()];
    let mut candidates = Vec::new();
    for (at, element) in sought.iter().enumerate() {
        // Nearly always, and then nothing has to be compared any further.
        if element.is_some() && others.get(at) == Some(element) {
            found[at] = Some(at);
            taken[at] = true;
        }
    }
    for (at, element) in sought
        .iter()
        .enumerate()
        .filter(|(at, _)| found[*at].is_none())
    {
        for (there, other) in others
            .iter()
            .enumerate()
            .filter(|(there, _)| !taken[*there])
        {
            if let (Some(element), Some(other)) = (element, other)
                && let Some(score) = resemblance(inner, element, other)
            {
                candidates.push((Reverse(score), at, there));
            }
        }
    }
    candidates.sort_unstable();
    for (_, at, there) in candidates {
        if found[at].is_none() && !taken[there] {
            found[at] = Some(there);
            taken[there] = true;
        }
    }
    found
}

/// How much two objects have in common, to be compared: whether the second is all that the first says, and in how many
/// attributes they agree, of those that say something, and of those that say nothing where only a configuration could. None
/// when all that is known of the first differs.
fn resemblance(
    inner: &[Spec],
    element: &Attributes,
    other: &Attributes,
) -> Option<(bool, usize, usize)> {
    const NULL: &Value = &Value::Null;
    let (mut known, mut agreeing, mut silent, mut absent) = (0, 0, 0, 0);
    let (mut element, mut other) = (InOrder::of(element), InOrder::of(other));
    for spec in inner {
        let value = element.find(spec.name).unwrap_or(NULL);
        let other = other.find(spec.name).unwrap_or(NULL);
        if value.is_null() && !spec.is_computed() {
            silent += 1;
            absent += usize::from(other.is_null());
        } else if !value.is_null() && !value.is_unknown() {
            known += 1;
            agreeing += usize::from(agrees(spec, value, other));
        }
    }
    let is_all = (agreeing, absent) == (known, silent);
    (agreeing > 0 || known == 0).then_some((is_all, agreeing, absent))
}

/// Whether nothing that is known of a value differs in another.
fn agrees(spec: &Spec, value: &Value, other: &Value) -> bool {
    let Shape::Nested(nesting, inner) = &spec.shape else {
        return value == other || value.is_unknown() || (value.is_null() && spec.is_computed());
    };
    if value.is_null() || value.is_unknown() || other.is_null() {
        return value == other || value.is_unknown() || (value.is_null() && spec.is_computed());
    }
    let paired = paired(*nesting, inner, value, other);
    paired.left.is_empty()
        && paired.pairs.iter().all(|pair| {
            let (Some(element), Some(other)) = (pair.sought, pair.counterpart) else {
                return false;
            };
            inner.iter().all(|spec| {
                let of = |object: &Attributes| object.get(spec.name).cloned().unwrap_or_default();
                agrees(spec, &of(element), &of(other))
            })
        })
}

/// Whether a set would keep two of these objects as one. What is unknown may still differ.
pub(super) fn has_equal(inner: &[Spec], value: &Value) -> bool {
    let known = objects(Nesting::Set, value).filter(|element| element.is_wholly_known());
    let known = known.filter_map(attributes).collect::<Vec<_>>();
    known.iter().enumerate().any(|(at, one)| {
        known[..at]
            .iter()
            .any(|other| same_attributes(inner, one, other))
    })
}

/// Whether two objects are the same, whatever the order of the sets in them.
pub(super) fn same_attributes(specs: &[Spec], one: &Attributes, other: &Attributes) -> bool {
    const NULL: &Value = &Value::Null;
    let (mut one, mut other) = (InOrder::of(one), InOrder::of(other));
    specs.iter().all(|spec| {
        let one = one.find(spec.name).unwrap_or(NULL);
        let other = other.find(spec.name).unwrap_or(NULL);
        one == other || one.is_same(other, &spec.shape.ty())
    })
}
