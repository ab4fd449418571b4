//! Replacement by age: decided while reading, looked up while planning.
//!
//! Terraform asks for the same plan again while it applies, and the two answers have to agree, so a plan must not look at
//! a clock. A read may: it keeps with the state that the key is due, and every plan until the next read finds it there.

use jiff::{SignedDuration, Timestamp};
use serde_json::Value as Json;

use crate::tf_provider::{Context, Diagnostic, Plan, Value};

use super::super::duration;

/// Kept with the state of a key that is due.
const DUE: &str = "rotation_due";

/// When a key becomes due; never without `rotate_after`.
pub(super) fn rotates_at(created_at: Timestamp, rotate_after: Option<&str>) -> Option<Timestamp> {
    let age = SignedDuration::try_from(duration::parse(rotate_after?)?).ok()?;
    created_at.checked_add(age).ok()
}

/// Keeps with the state whether the key is due by now.
pub(super) fn decide<C>(cx: &Context<C>, rotates_at: Option<&str>, now: Timestamp) {
    let rotates_at = rotates_at.and_then(|text| text.parse::<Timestamp>().ok());
    if rotates_at.is_some_and(|at| at <= now) {
        cx.set_private(DUE, Json::Bool(true));
    } else {
        cx.remove_private(DUE);
    }
}

/// Leaves it to the next read.
pub(super) fn undecide<C>(cx: &Context<C>) {
    cx.remove_private(DUE);
}

/// Fills `rotates_at` into the plan of a change to an existing key, and replaces the key if it is due.
///
/// What was decided holds for the `rotate_after` of that time only: editing it never touches the key.
pub(super) fn plan<C>(cx: &Context<C>, plan: &mut Plan) {
    let Some(prior) = &plan.prior else {
        // Nothing is created yet, but without `rotate_after` it is known that there will be no such time.
        if plan.planned.value("rotate_after").is_null() {
            plan.planned.set("rotates_at", Value::Null);
        }
        return;
    };
    let unchanged = prior.value("rotate_after") == plan.planned.value("rotate_after");
    let next = match (
        prior.value("created_at"),
        plan.planned.value("rotate_after"),
    ) {
        (_, Value::Null) => Value::Null,
        (Value::String(created_at), Value::String(rotate_after)) => created_at
            .parse()
            .ok()
            .and_then(|created_at| rotates_at(created_at, Some(rotate_after)))
            .map_or(Value::Null, |at| Value::String(at.to_string())),
        _ => Value::UNKNOWN,
    };
    if unchanged && next != Value::Null && cx.private(DUE).is_some() {
        cx.warn(due(plan));
        plan.planned.set("rotates_at", Value::UNKNOWN);
        plan.requires_replace.push("rotates_at".into());
    } else {
        plan.planned.set("rotates_at", next);
    }
}

fn due(plan: &Plan) -> Diagnostic {
    let prior = |name| match plan.prior.as_ref().map(|prior| prior.value(name)) {
        Some(Value::String(text)) => text.clone(),
        _ => String::new(),
    };
    Diagnostic::warning("A user API key is due for rotation").at("rotate_after").detail(format!(
        "The key {} ({}) was created at {} and is due since {}, by `rotate_after` = {:?}. This plan replaces it with a new \
         key.",
        prior("name"),
        prior("id"),
        prior("created_at"),
        prior("rotates_at"),
        prior("rotate_after"),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_rotates_at_an_age() {
        let created_at = "2024-03-12T20:54:23Z".parse().unwrap();
        let at = |text| rotates_at(created_at, Some(text)).map(|at| at.to_string());
        assert_eq!(at("90d").as_deref(), Some("2024-06-10T20:54:23Z"));
        assert_eq!(at("1h30m").as_deref(), Some("2024-03-12T22:24:23Z"));
        assert_eq!(rotates_at(created_at, None), None);
    }
}
