//! Wrong plans.

use serde_json::{Value, json};

use super::exchanges::{Plan, create, planned_with, update};
use super::toy::{but, changed, config, found_after, path, planned, sent, state};
use super::{Wrong, wrong};
use crate::support::proto::tfplugin6::{ClientCapabilities, Deferred, plan_resource_change};
use crate::support::strict::{Memory, Rule};
use crate::support::value::UNKNOWN;

pub(super) fn wrong_ones() -> Vec<Wrong> {
    [plans(), second_plans()].into_iter().flatten().collect()
}

fn plans() -> Vec<Wrong> {
    let unknown_part = json!([UNKNOWN]);
    let replace = |steps: &'static [&'static str]| {
        planned_with(move |_, answer| answer.requires_replace = vec![path(steps)])
    };
    let deferred = |allowed, reason| {
        planned_with(move |asked, answer| {
            let capabilities = ClientCapabilities {
                deferral_allowed: allowed,
                ..Default::default()
            };
            asked.client_capabilities = Some(capabilities);
            answer.deferred = Some(Deferred { reason });
        })
    };
    vec![
        wrong(
            Rule::PlanForAbsence,
            planned_with(|_, answer| answer.planned_state = sent(&Value::Null)),
        ),
        wrong(Rule::PlanForAbsence, plan(&json!({ "parts": null }))),
        wrong(
            Rule::PlanForAbsence,
            planned_with(|asked, _| {
                asked.config = sent(&Value::Null);
                asked.proposed_new_state = sent(&Value::Null);
            }),
        ),
        wrong(Rule::PlanOfConfigured, plan(&json!({ "name": "b" }))),
        wrong(Rule::PlanOfConfigured, plan(&json!({ "name": UNKNOWN }))),
        wrong(Rule::PlanOfConfigured, plan(&json!({ "colors": ["blue"] }))),
        wrong(Rule::PlanOfConfigured, plan(&json!({ "tags": null }))),
        wrong(
            Rule::PlanOfConfigured,
            plan(&json!({ "parts": [{ "name": "q", "serial": null }] })),
        ),
        wrong(
            Rule::PlanOfConfigured,
            plan(&json!({ "label": [{ "size": 9, "device": null }] })),
        ),
        wrong(
            Rule::PlanOfConfigured,
            planned_with(|asked, _| {
                asked.config = sent(&but(config(), &json!({ "note": UNKNOWN })));
            }),
        ),
        wrong(
            Rule::PlanOfUnset,
            planned_with(|asked, _| asked.config = sent(&but(config(), &json!({ "note": null })))),
        ),
        wrong(Rule::PlanBlockCount, plan(&json!({ "disk": [] }))),
        wrong(Rule::PlanBlockCount, plan(&json!({ "parts": [] }))),
        wrong(
            Rule::PlanBlockUnknown,
            plan(&json!({ "disk": unknown_part })),
        ),
        wrong(Rule::PlanBlockUnknown, plan(&json!({ "parts": UNKNOWN }))),
        wrong(Rule::WriteOnlyStored, plan(&json!({ "secret": "s" }))),
        wrong(Rule::ReplacePath, replace(&["color"])),
        wrong(Rule::ReplacePath, replace(&["parts", "7"])),
        wrong(Rule::ReplaceInSet, replace(&["kinds", "0", "name"])),
        wrong(
            Rule::LegacyTypeSystem,
            planned_with(|_, answer| answer.legacy_type_system = true),
        ),
        wrong(Rule::DeferredUnasked, deferred(false, 1)),
        wrong(Rule::DeferredReason, deferred(true, 0)),
        wrong(
            Rule::PrivateLost,
            planned_with(|asked, answer| {
                asked.prior_state = sent(&state());
                answer.planned_private.clear();
            }),
        ),
    ]
}

fn second_plans() -> Vec<Wrong> {
    let moved = |change: &Value| {
        let (asked, answer) = create();
        (
            asked,
            plan_resource_change::Response {
                planned_state: sent(&but(planned(), change)),
                ..answer
            },
        )
    };
    let softened = |note: &str| {
        let (asked, answer) = update();
        let state = but(state(), &json!({ "note": note }));
        (
            plan_resource_change::Request {
                config: sent(&but(config(), &json!({ "note": UNKNOWN }))),
                ..asked
            },
            plan_resource_change::Response {
                planned_state: sent(&but(state, &json!({ "note": UNKNOWN }))),
                ..answer
            },
        )
    };
    let replacing = {
        let (asked, answer) = update();
        (
            asked,
            plan_resource_change::Response {
                requires_replace: vec![path(&["note"])],
                ..answer
            },
        )
    };
    assert_eq!(
        again(&create(), &moved(&json!({ "id": "i-2", "size": 4 }))),
        [],
        "more is known"
    );
    assert_eq!(again(&softened("n"), &update()), [], "more is known");
    vec![
        wrong(
            Rule::PlanAgain,
            again(&moved(&json!({ "size": 4 })), &moved(&json!({ "size": 5 }))),
        ),
        wrong(
            Rule::PlanAgain,
            again(&moved(&json!({ "size": 4 })), &create()),
        ),
        wrong(Rule::PlanActionAgain, again(&update(), &replacing)),
    ]
}

fn plan(change: &Value) -> Vec<Rule> {
    let (asked, answer) = create();
    changed(asked, answer, |_, answer| {
        answer.planned_state = sent(&but(planned(), change));
    })
}

/// A plan, and then another one of the same object.
fn again(first: &Plan, second: &Plan) -> Vec<Rule> {
    let mut memory = Memory::default();
    assert_eq!(found_after(&mut memory, &first.0, &first.1), []);
    found_after(&mut memory, &second.0, &second.1)
}
