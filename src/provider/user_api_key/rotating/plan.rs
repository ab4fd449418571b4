//! What the plan of a rotating key says. Nothing here looks at a clock or asks the server: what the last read found is kept
//! with the state, so the same plan asked for twice is the same.
//!
//! What may happen, because a value of the configuration is not known yet, leaves all that it touches unknown. Whatever it
//! turns out to be, the plan that Terraform asks for while it applies agrees with the first.

use std::time::Duration;

use jiff::Timestamp;

use crate::tf_provider::{Context, FromText, Object, Plan, Value};

use super::super::planning::{OF_THE_KEY, has_no_key, is_news};
use super::super::private_state::{self, PrivateState};
use super::super::{encryption, keepers, rotation};
use super::decision::{Answer, Current, Decision, Facts, Previous};
use super::explain;
use super::state::moved;

const PREVIOUS: [&str; 3] = ["previous_id", "previous_name", "previous_retires_at"];

/// Settles what can be known, and tells which key will be rotated, and which one deleted.
pub(super) fn adjust<C>(cx: &Context<C>, plan: &mut Plan) {
    plan.planned.set("enabled", Value::Bool(true));
    let Some(prior) = &plan.prior else {
        return made_anew(plan);
    };
    let kept = private_state::read(cx);
    if kept.imported {
        // The key keeps its name; the next one gets the prefix.
        let name_prefix = "name_prefix".into();
        plan.requires_replace.retain(|path| *path != name_prefix);
    }
    if !plan.requires_replace.is_empty() {
        return made_anew(plan);
    }
    let facts = facts(&kept, prior, &plan.planned);
    let decision = facts.decide();
    if decision.rotate == Answer::No {
        let rotate_after = plan.planned.value("rotate_after");
        let rotates_at = rotation::planned(prior.value("created_at"), rotate_after);
        plan.planned.set("rotates_at", rotates_at);
    } else {
        unknown_key(&mut plan.planned);
    }
    let previous = previous(prior, &plan.planned, facts.current, decision);
    for (attribute, value) in PREVIOUS.into_iter().zip(previous) {
        plan.planned.set(attribute, value);
    }
    encryption::plan(plan);
    if let Some(prior) = &plan.prior {
        explain::warn(cx, prior, &plan.planned, (facts, decision));
    }
}

/// Whether applying the plan sends a request.
pub(super) fn needs_the_server(plan: &Plan) -> bool {
    let Some(prior) = &plan.prior else {
        return true;
    };
    let differs = |attribute: &str| prior.value(attribute) != plan.planned.value(attribute);
    !plan.requires_replace.is_empty() || ["id", "enabled", "previous_name"].into_iter().any(differs)
}

fn made_anew(plan: &mut Plan) {
    unknown_key(&mut plan.planned);
    for attribute in PREVIOUS {
        plan.planned.set(attribute, Value::Null);
    }
    encryption::plan(plan);
}

fn unknown_key(planned: &mut Object) {
    for attribute in OF_THE_KEY.into_iter().chain(["name"]) {
        planned.set(attribute, Value::UNKNOWN);
    }
}

fn facts(kept: &PrivateState, prior: &Object, planned: &Object) -> Facts {
    let changes = |attribute: &str| {
        let (prior, planned) = (prior.value(attribute), planned.value(attribute));
        if !planned.is_wholly_known() {
            Answer::Maybe
        } else if prior == planned {
            Answer::No
        } else {
            Answer::Yes
        }
    };
    let of_the_value = ["keepers", "recipients"].map(|attribute| {
        let values = (prior.value(attribute), planned.value(attribute));
        let means_nothing = attribute == "keepers" && !keepers::differ(values.0, values.1);
        if means_nothing || is_news(kept, prior, attribute) {
            Answer::No
        } else {
            changes(attribute)
        }
    });
    let current = match has_no_key(prior) {
        true => Current::Unfinished,
        false if kept.current_gone => Current::Gone,
        false => Current::Lives,
    };
    let is_null = |attribute| prior.value(attribute).is_null();
    Facts {
        current,
        previous: match PREVIOUS.map(is_null) {
            [true, true, _] => Previous::None,
            [true, false, true] => Previous::Unfinished,
            _ => Previous::Lives,
        },
        rotation_due: kept.rotation_due,
        retirement_due: kept.retirement_due,
        rotate_after_changes: changes("rotate_after"),
        overlap_changes: changes("overlap"),
        value_changes: of_the_value[0].max(of_the_value[1]),
    }
}

/// The previous key after the plan.
fn previous(
    prior: &Object,
    planned: &Object,
    current: Current,
    Decision { rotate, retire }: Decision,
) -> [Value; 3] {
    let of_prior = |attribute: &str| prior.value(attribute).clone();
    match (rotate, retire) {
        (Answer::Yes, _) if current == Current::Lives => {
            [of_prior("id"), of_prior("name"), Value::UNKNOWN]
        }
        (Answer::Maybe, _) | (_, Answer::Maybe) => [(); 3].map(|()| Value::UNKNOWN),
        (_, Answer::Yes) => [(); 3].map(|()| Value::Null),
        (_, Answer::No) => [
            of_prior("previous_id"),
            of_prior("previous_name"),
            retires_at(prior, planned.value("overlap")),
        ],
    }
}

/// When the previous key retires by the planned `overlap`.
fn retires_at(prior: &Object, overlap: &Value) -> Value {
    let (at, before) = (prior.value("previous_retires_at"), prior.value("overlap"));
    match (at, before, overlap) {
        (Value::String(at), Value::String(before), Value::String(overlap)) if before != overlap => {
            let [before, overlap] = [before, overlap].map(|text| Duration::from_text(text));
            let at = Timestamp::from_text(at).and_then(|at| moved(at, before?, overlap?));
            at.map_or(Value::Null, |at| Value::String(at.to_string()))
        }
        (Value::String(_), _, Value::Unknown(_)) => Value::UNKNOWN,
        (at, ..) => at.clone(),
    }
}
