//! What holds for the objects in all answers.

use super::decode;
use super::report::Report;
use super::rules::Rule;
use super::types::Type;
use super::val::Val;
use crate::support::proto::tfplugin6::attribute_path::Step;
use crate::support::proto::tfplugin6::attribute_path::step::Selector;
use crate::support::proto::tfplugin6::schema::nested_block::NestingMode;
use crate::support::proto::tfplugin6::schema::{Attribute, Block, NestedBlock};
use crate::support::proto::tfplugin6::{DynamicValue, Schema};

/// A planned object: any part of it may be unknown.
pub(super) fn planned(
    value: Option<&DynamicValue>,
    schema: &Schema,
    what: &str,
    report: &mut Report,
) -> Option<Val> {
    let value = decode::answered(value, &Type::of_schema(schema), what, report)?;
    if let Some(block) = &schema.block {
        stands(block, &value, what, report);
    }
    Some(value)
}

/// An object that goes into a state, or out of a data source.
pub(super) fn stored(
    value: Option<&DynamicValue>,
    schema: &Schema,
    what: &str,
    report: &mut Report,
) -> Option<Val> {
    let value = planned(value, schema, what, report)?;
    for path in value.unknown_paths(what) {
        report.add(Rule::UnknownOutsidePlan, &path, "is unknown");
    }
    Some(value)
}

/// What a failure may leave.
#[derive(Clone, Copy)]
pub(super) enum Kept<'a> {
    /// There was none.
    Nothing,
    /// What was sent.
    Sent(Option<&'a DynamicValue>),
}

impl<'a> Kept<'a> {
    pub(super) fn after(failed: bool, sent: Option<&'a DynamicValue>) -> Self {
        if failed {
            Self::Sent(sent)
        } else {
            Self::Nothing
        }
    }
}

/// As [`stored`], where a failure may leave nothing, or what was sent, be it nonsense.
pub(super) fn left(
    value: Option<&DynamicValue>,
    schema: &Schema,
    kept: Kept<'_>,
    what: &str,
    report: &mut Report,
) -> Option<Val> {
    match (value, kept) {
        (None, Kept::Sent(_)) => Some(Val::Null),
        (value, Kept::Sent(sent)) if value == sent => {
            decode::asked(value, &Type::of_schema(schema))
        }
        _ => stored(value, schema, what, report),
    }
}

/// No write-only values, and no blocks that are null.
fn stands(block: &Block, value: &Val, what: &str, report: &mut Report) {
    each_attribute(block, value, what, &mut |attribute, value, at| {
        if attribute.write_only && !value.is_null() {
            report.add(Rule::WriteOnlyStored, at, value.to_string());
        }
    });
    each_block(block, value, what, &mut |nested, value, at| {
        if value.is_null() && nested.nesting() != NestingMode::Single {
            report.add(Rule::BlockNull, at, "is null");
        }
    });
}

/// Visits every attribute of every object, in nested types and blocks too.
pub(super) fn each_attribute(
    block: &Block,
    value: &Val,
    at: &str,
    visit: &mut dyn FnMut(&Attribute, &Val, &str),
) {
    members(&block.attributes, value, at, visit);
    each_block(block, value, at, &mut |nested, value, at| {
        let Some(inner) = &nested.block else { return };
        for (step, element) in objects(nested.nesting() as i32, value) {
            members(&inner.attributes, element, &format!("{at}{step}"), visit);
        }
    });
}

fn members(
    attributes: &[Attribute],
    object: &Val,
    at: &str,
    visit: &mut dyn FnMut(&Attribute, &Val, &str),
) {
    if !matches!(object.plain(), Val::Map(_)) {
        return;
    }
    for attribute in attributes {
        let (value, at) = (
            object.get(&attribute.name),
            format!("{at}.{}", attribute.name),
        );
        visit(attribute, value, &at);
        if let Some(nested) = &attribute.nested_type {
            for (step, element) in objects(nested.nesting, value) {
                members(&nested.attributes, element, &format!("{at}{step}"), visit);
            }
        }
    }
}

/// Visits every place of a block, in blocks too.
pub(super) fn each_block(
    block: &Block,
    value: &Val,
    at: &str,
    visit: &mut dyn FnMut(&NestedBlock, &Val, &str),
) {
    if !matches!(value.plain(), Val::Map(_)) {
        return;
    }
    for nested in &block.block_types {
        let (value, at) = (
            value.get(&nested.type_name),
            format!("{at}.{}", nested.type_name),
        );
        visit(nested, value, &at);
        let Some(inner) = &nested.block else { continue };
        for (step, element) in objects(nested.nesting, value) {
            each_block(inner, element, &format!("{at}{step}"), visit);
        }
    }
}

/// The objects of a block or a nested attribute: itself, or its elements, and which each is; those of a set have no place.
/// The numbers of both nestings agree so far.
fn objects(nesting: i32, value: &Val) -> Vec<(String, &Val)> {
    if [NestingMode::Single as i32, NestingMode::Group as i32].contains(&nesting) {
        return vec![(String::new(), value)];
    }
    let is_set = nesting == NestingMode::Set as i32;
    let step = |place| {
        if is_set {
            "[...]".to_owned()
        } else {
            format!("[{place}]")
        }
    };
    let elements = value.elements().into_iter().enumerate();
    elements
        .map(|(place, element)| (step(place), element))
        .collect()
}

/// Where a path leads in a schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Leads {
    Somewhere,
    Nowhere,
    IntoSet,
}

pub(super) fn leads(of: &Type, steps: &[Step]) -> Leads {
    let Some((step, rest)) = steps.split_first() else {
        return Leads::Somewhere;
    };
    let inner = match (of, &step.selector) {
        (Type::Dynamic, Some(_)) => return Leads::Somewhere,
        (Type::Set(_), _) => return Leads::IntoSet,
        (Type::Object(members), Some(Selector::AttributeName(name))) => members.get(name),
        (Type::Map(of), Some(Selector::ElementKeyString(_)))
        | (Type::List(of), Some(Selector::ElementKeyInt(0..))) => Some(of.as_ref()),
        (Type::Tuple(items), Some(Selector::ElementKeyInt(place))) => usize::try_from(*place)
            .ok()
            .and_then(|place| items.get(place)),
        _ => None,
    };
    inner.map_or(Leads::Nowhere, |of| leads(of, rest))
}

/// Whether the steps lead to something in this very object.
pub(super) fn exists(value: &Val, steps: &[Step]) -> bool {
    let Some((step, rest)) = steps.split_first() else {
        return true;
    };
    let inner = match (value.plain(), &step.selector) {
        (Val::Unknown(_), _) => return true,
        (
            Val::Map(members),
            Some(Selector::AttributeName(name) | Selector::ElementKeyString(name)),
        ) => members.get(name),
        (Val::List(items), Some(Selector::ElementKeyInt(place))) => usize::try_from(*place)
            .ok()
            .and_then(|place| items.get(place)),
        _ => None,
    };
    inner.is_some_and(|value| exists(value, rest))
}

/// What is there; null for nothing.
pub(super) fn at<'a>(value: &'a Val, steps: &[Step]) -> &'a Val {
    steps
        .iter()
        .fold(value, |value, step| match (value.plain(), &step.selector) {
            (
                Val::Map(_),
                Some(Selector::AttributeName(name) | Selector::ElementKeyString(name)),
            ) => value.get(name),
            (Val::List(items), Some(Selector::ElementKeyInt(place))) => {
                let place = usize::try_from(*place).ok();
                place
                    .and_then(|place| items.get(place))
                    .unwrap_or(&Val::Null)
            }
            _ => &Val::Null,
        })
}
