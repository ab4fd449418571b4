//! What was planned held against what came of it.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use super::report::Report;
use super::rules::Rule;
use super::types::Type;
use super::val::{Bound, Number, Refined, Val};

/// Reports every way in which core would call the result inconsistent with the plan.
pub(super) fn assert_compatible(planned: &Val, actual: &Val, at: &str, report: &mut Report) {
    if let (Val::Typed(planned, _), Val::Typed(actual, _)) = (planned, actual)
        && !Type::may_become(planned, actual)
    {
        return report.add(
            Rule::AppliedType,
            at,
            format!("was of type {planned}, but now {actual}"),
        );
    }
    match (planned.plain(), actual.plain()) {
        (Val::Unknown(refined), actual) => within(refined, actual, at, report),
        (planned, Val::Unknown(_)) => {
            report.add(
                Rule::AppliedValue,
                at,
                format!("was {planned}, and is unknown again"),
            );
        }
        (Val::List(planned), Val::List(actual)) => in_order(planned, actual, at, report),
        (Val::Map(planned), Val::Map(actual)) => by_name(planned, actual, at, report),
        (Val::Set(planned), Val::Set(actual)) => by_likeness(planned, actual, at, report),
        (planned, actual) if planned == actual => {}
        (planned, actual) => report.add(
            Rule::AppliedValue,
            at,
            format!("was {planned}, but now {actual}"),
        ),
    }
}

fn in_order(planned: &[Val], actual: &[Val], at: &str, report: &mut Report) {
    if planned.len() != actual.len() {
        report.add(
            Rule::AppliedElements,
            at,
            format!(
                "{} were planned, and {} are there",
                planned.len(),
                actual.len()
            ),
        );
    }
    for (place, (planned, actual)) in planned.iter().zip(actual).enumerate() {
        assert_compatible(planned, actual, &format!("{at}[{place}]"), report);
    }
}

fn by_name(
    planned: &BTreeMap<String, Val>,
    actual: &BTreeMap<String, Val>,
    at: &str,
    report: &mut Report,
) {
    for (name, planned) in planned {
        match actual.get(name) {
            Some(actual) => assert_compatible(planned, actual, &format!("{at}.{name}"), report),
            None => report.add(Rule::AppliedElements, at, format!("{name} has vanished")),
        }
    }
    for name in actual.keys().filter(|name| !planned.contains_key(*name)) {
        report.add(Rule::AppliedElements, at, format!("{name} has appeared"));
    }
}

/// Each planned element has a counterpart, and each actual one is one.
fn by_likeness(planned: &[Val], actual: &[Val], at: &str, report: &mut Report) {
    let like = |planned: &Val, actual: &Val| {
        let mut found = Report::default();
        assert_compatible(planned, actual, at, &mut found);
        found.len() == 0
    };
    for planned in planned {
        if !actual.iter().any(|actual| like(planned, actual)) {
            report.add(Rule::AppliedElements, at, format!("{planned} is not there"));
        }
    }
    for actual in actual {
        if !planned.iter().any(|planned| like(planned, actual)) {
            report.add(
                Rule::AppliedElements,
                at,
                format!("{actual} was not planned"),
            );
        }
    }
}

fn within(refined: &Refined, actual: &Val, at: &str, report: &mut Report) {
    let (least, most) = refined.length;
    let length = actual.elements().len() as u64;
    let fits = match actual {
        Val::Null => !refined.not_null,
        Val::Text(text) => text.starts_with(&refined.prefix),
        Val::Number(number) => is_between(number, refined),
        Val::List(_) | Val::Set(_) | Val::Map(_) => {
            least.is_none_or(|least| length >= least) && most.is_none_or(|most| length <= most)
        }
        Val::Unknown(_) | Val::Bool(_) | Val::Typed(..) => true,
    };
    if !fits {
        report.add(
            Rule::AppliedRefinement,
            at,
            format!("{actual} is not within {refined:?}"),
        );
    }
}

fn is_between(number: &Number, refined: &Refined) -> bool {
    let on_side = |bound: &Option<Bound>, side: Ordering| {
        bound.as_ref().is_none_or(|(bound, included)| {
            let order = number.value_cmp(bound);
            order == side || (*included && order == Ordering::Equal)
        })
    };
    on_side(&refined.number.0, Ordering::Greater) && on_side(&refined.number.1, Ordering::Less)
}
