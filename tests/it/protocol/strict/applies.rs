//! Wrong applies and reads, and what failures forget.

use serde_json::{Value, json};

use super::exchanges::{applied_with, read_with};
use super::toy::{but, error, planned, sent, spliced, state};
use super::{Wrong, wrong};
use crate::support::proto::tfplugin6::apply_resource_change;
use crate::support::strict::Rule;
use crate::support::value::UNKNOWN;

pub(super) fn wrong_ones() -> Vec<Wrong> {
    [applies(), refinements(), failures()]
        .into_iter()
        .flatten()
        .collect()
}

fn applies() -> Vec<Wrong> {
    assert_eq!(of_type(b"\x92\xc4\x08\"string\"\xa1x"), [], "text it is");
    vec![
        wrong(
            Rule::StateVanished,
            applied_with(&Value::Null, |_, answer| {
                answer.new_state = sent(&Value::Null);
            }),
        ),
        wrong(
            Rule::StateAfterDelete,
            applied_with(&state(), |asked, _| {
                asked.planned_state = sent(&Value::Null);
            }),
        ),
        wrong(Rule::AppliedValue, apply(&json!({ "note": "other" }))),
        wrong(Rule::AppliedValue, apply(&json!({ "note": null }))),
        wrong(
            Rule::AppliedValue,
            apply(&json!({ "disk": [{ "size": 2, "device": "sda" }] })),
        ),
        wrong(
            Rule::AppliedElements,
            apply(&json!({ "tags": { "k": "v", "l": "w" } })),
        ),
        wrong(Rule::AppliedElements, apply(&json!({ "tags": {} }))),
        wrong(
            Rule::AppliedElements,
            apply(&json!({ "colors": ["blue", "green"] })),
        ),
        wrong(Rule::AppliedElements, apply(&json!({ "disk": [] }))),
        wrong(
            Rule::AppliedElements,
            apply(&json!({ "kinds": [{ "name": "other", "serial": "s-2" }] })),
        ),
        wrong(Rule::UnknownOutsidePlan, apply(&json!({ "id": UNKNOWN }))),
        wrong(
            Rule::UnknownOutsidePlan,
            apply(&json!({ "parts": [{ "name": "p", "serial": UNKNOWN }] })),
        ),
        wrong(
            Rule::WriteOnlyStored,
            applied_with(&Value::Null, |asked, answer| {
                asked.planned_state = sent(&but(planned(), &json!({ "secret": "s" })));
                answer.new_state = sent(&but(state(), &json!({ "secret": "s" })));
            }),
        ),
        wrong(
            Rule::BlockNull,
            applied_with(&Value::Null, |asked, answer| {
                asked.planned_state = sent(&but(planned(), &json!({ "disk": null })));
                answer.new_state = sent(&but(state(), &json!({ "disk": null })));
            }),
        ),
        wrong(Rule::AppliedType, of_type(b"\x92\xc4\x08\"number\"\x05")),
    ]
}

/// What a plan promised of an unknown value, and the result does not keep.
fn refinements() -> Vec<Wrong> {
    for (name, kept) in [
        ("id", &b"\x82\x01\xc2\x02\xa1i"[..]),
        ("size", b"\x82\x03\x92\x03\xc3\x04\x92\x03\xc3"),
        ("size", b"\x82\x03\x92\xa42.99\xc2\x04\x92\x04\xc2"),
        ("tags", b"\x82\x05\x01\x06\x01"),
    ] {
        assert_eq!(refined(name, kept), [], "{name} is as it was promised");
    }
    [
        ("id", &b"\x82\x01\xc2\x02\xa1x"[..]),
        ("size", b"\x81\x03\x92\x04\xc3"),
        ("size", b"\x81\x03\x92\x03\xc2"),
        ("size", b"\x81\x04\x92\x03\xc2"),
        ("size", b"\x81\x04\x92\xff\xc3"),
        ("tags", b"\x81\x05\x02"),
        ("tags", b"\x81\x06\x00"),
    ]
    .into_iter()
    .map(|(name, broken)| wrong(Rule::AppliedRefinement, refined(name, broken)))
    .collect()
}

/// Applies a plan with a refined unknown value.
fn refined(name: &str, refinements: &[u8]) -> Vec<Rule> {
    applied_with(&Value::Null, |asked, _| {
        asked.planned_state = spliced(planned(), name, &super::toy::refined(refinements));
    })
}

/// Applies a plan of a dynamic value that is only known to be text.
fn of_type(applied: &[u8]) -> Vec<Rule> {
    applied_with(&Value::Null, |asked, answer| {
        asked.planned_state = spliced(planned(), "any", b"\x92\xc4\x08\"string\"\xd4\x00\x00");
        answer.new_state = spliced(state(), "any", applied);
    })
}

fn failures() -> Vec<Wrong> {
    let gone = |error| {
        read_with(move |_, answer| {
            answer.new_state = sent(&Value::Null);
            answer.new_identity = None;
            answer.diagnostics = error;
        })
    };
    assert_eq!(gone(Vec::new()), [], "what is gone is no error");
    let failed = |planned: Value, change: fn(&mut apply_resource_change::Response)| {
        applied_with(&state(), move |asked, answer| {
            asked.planned_state = sent(&planned);
            answer.diagnostics = error();
            change(answer);
        })
    };
    assert_eq!(
        failed(planned(), |_| {}),
        [],
        "a failed update that keeps the object"
    );
    assert_eq!(
        failed(Value::Null, |_| {}),
        [],
        "a failed delete that keeps the object"
    );
    vec![
        wrong(Rule::ForgottenByError, gone(error())),
        wrong(
            Rule::ForgottenByError,
            failed(planned(), |answer| answer.new_state = None),
        ),
        wrong(
            Rule::ForgottenByError,
            failed(Value::Null, |answer| answer.new_state = sent(&Value::Null)),
        ),
        wrong(
            Rule::PrivateLost,
            failed(planned(), |answer| answer.private.clear()),
        ),
        wrong(
            Rule::PrivateLost,
            failed(Value::Null, |answer| answer.private = b"q".to_vec()),
        ),
        wrong(
            Rule::PrivateLost,
            read_with(|_, answer| answer.private.clear()),
        ),
        wrong(
            Rule::PrivateLost,
            read_with(|_, answer| {
                answer.diagnostics = error();
                answer.private = b"q".to_vec();
            }),
        ),
        wrong(
            Rule::IdentityLost,
            failed(planned(), |answer| answer.new_identity = None),
        ),
        wrong(
            Rule::IdentityLost,
            failed(Value::Null, |answer| answer.new_identity = None),
        ),
        wrong(
            Rule::IdentityLost,
            read_with(|_, answer| {
                answer.diagnostics = error();
                answer.new_identity = None;
            }),
        ),
    ]
}

fn apply(change: &Value) -> Vec<Rule> {
    applied_with(&Value::Null, |_, answer| {
        answer.new_state = sent(&but(state(), change));
    })
}
