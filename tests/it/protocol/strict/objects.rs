//! Wrong plans, applies, reads, imports and identities.

use serde_json::{Value, json};

use super::toy::{
    PLAIN, THING, but, changed, config, error, found_after, identity, path, planned, sent, state,
};
use super::{Wrong, wrong};
use crate::support::proto::tfplugin6::{
    ClientCapabilities, Deferred, RawState, apply_resource_change, generate_resource_config,
    import_resource_state, plan_resource_change, read_resource, upgrade_resource_state,
    validate_resource_config,
};
use crate::support::strict::{Memory, Rule};
use crate::support::value::UNKNOWN;

type Plan = (
    plan_resource_change::Request,
    plan_resource_change::Response,
);

fn create() -> Plan {
    let asked = plan_resource_change::Request {
        type_name: THING.to_owned(),
        prior_state: sent(&Value::Null),
        proposed_new_state: sent(&config()),
        config: sent(&config()),
        ..Default::default()
    };
    let answer = plan_resource_change::Response {
        planned_state: sent(&planned()),
        ..Default::default()
    };
    (asked, answer)
}

/// A plan that changes the note.
fn update() -> Plan {
    let (asked, answer) = create();
    let asked = plan_resource_change::Request {
        prior_state: sent(&but(state(), &json!({ "note": "before" }))),
        prior_private: b"p".to_vec(),
        prior_identity: identity(&json!("i-1")),
        ..asked
    };
    let answer = plan_resource_change::Response {
        planned_state: sent(&state()),
        planned_private: b"p".to_vec(),
        planned_identity: identity(&json!("i-1")),
        ..answer
    };
    (asked, answer)
}

fn plan(change: &Value) -> Vec<Rule> {
    let (asked, answer) = create();
    changed(asked, answer, |_, answer| {
        answer.planned_state = sent(&but(planned(), change));
    })
}

fn planned_with(
    change: impl FnOnce(&mut plan_resource_change::Request, &mut plan_resource_change::Response),
) -> Vec<Rule> {
    let (asked, answer) = update();
    changed(asked, answer, change)
}

/// A plan, and then another one of the same object.
fn again(first: &Plan, second: &Plan) -> Vec<Rule> {
    let mut memory = Memory::default();
    assert_eq!(found_after(&mut memory, &first.0, &first.1), []);
    found_after(&mut memory, &second.0, &second.1)
}

fn applied_with(
    prior: &Value,
    change: impl FnOnce(&mut apply_resource_change::Request, &mut apply_resource_change::Response),
) -> Vec<Rule> {
    let asked = apply_resource_change::Request {
        type_name: THING.to_owned(),
        prior_state: sent(prior),
        planned_state: sent(&planned()),
        config: sent(&config()),
        planned_private: b"p".to_vec(),
        planned_identity: identity(&json!("i-1")),
        ..Default::default()
    };
    let answer = apply_resource_change::Response {
        new_state: sent(&state()),
        private: b"p".to_vec(),
        new_identity: identity(&json!("i-1")),
        ..Default::default()
    };
    changed(asked, answer, change)
}

fn apply(change: &Value) -> Vec<Rule> {
    applied_with(&Value::Null, |_, answer| {
        answer.new_state = sent(&but(state(), change));
    })
}

fn read_with(
    change: impl FnOnce(&mut read_resource::Request, &mut read_resource::Response),
) -> Vec<Rule> {
    let asked = read_resource::Request {
        type_name: THING.to_owned(),
        current_state: sent(&state()),
        private: b"p".to_vec(),
        current_identity: identity(&json!("i-1")),
        ..Default::default()
    };
    let answer = read_resource::Response {
        new_state: sent(&state()),
        private: b"p".to_vec(),
        new_identity: identity(&json!("i-1")),
        ..Default::default()
    };
    changed(asked, answer, change)
}

fn import_with(change: impl FnOnce(&mut import_resource_state::Response)) -> Vec<Rule> {
    let asked = import_resource_state::Request {
        type_name: THING.to_owned(),
        identity: identity(&json!("i-1")),
        ..Default::default()
    };
    let imported = import_resource_state::ImportedResource {
        type_name: THING.to_owned(),
        state: sent(&state()),
        identity: identity(&json!("i-1")),
        ..Default::default()
    };
    let answer = import_resource_state::Response {
        imported_resources: vec![imported],
        ..Default::default()
    };
    changed(asked, answer, |_, answer| change(answer))
}

fn upgrade(change: impl FnOnce(&mut upgrade_resource_state::Response)) -> Vec<Rule> {
    let stored = RawState {
        json: state().to_string().into_bytes(),
        ..Default::default()
    };
    let asked = upgrade_resource_state::Request {
        type_name: THING.to_owned(),
        version: 0,
        raw_state: Some(stored),
    };
    let answer = upgrade_resource_state::Response {
        upgraded_state: sent(&state()),
        ..Default::default()
    };
    changed(asked, answer, |_, answer| change(answer))
}

fn generate(change: &Value) -> Vec<Rule> {
    let asked = generate_resource_config::Request {
        type_name: THING.to_owned(),
        state: sent(&state()),
    };
    let answer = generate_resource_config::Response {
        config: sent(&config()),
        ..Default::default()
    };
    changed(asked, answer, |_, answer| {
        answer.config = sent(&but(config(), change));
    })
}

pub(super) fn wrong_ones() -> Vec<Wrong> {
    [
        plans(),
        second_plans(),
        applies(),
        failures(),
        identities(),
        origins(),
    ]
    .into_iter()
    .flatten()
    .collect()
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

fn applies() -> Vec<Wrong> {
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
        wrong(
            Rule::AppliedRefinement,
            applied_with(&Value::Null, |asked, _| {
                let planned = but(planned(), &json!({ "id": "@@" }));
                let mut bytes = sent(&planned).expect("a value").msgpack;
                let place = bytes
                    .windows(3)
                    .position(|three| three == b"\xa2@@")
                    .expect("the id");
                // Unknown, not null, and beginning with "x".
                bytes.splice(place..place + 3, *b"\xc7\x06\x0c\x82\x01\xc2\x02\xa1x");
                asked.planned_state = super::toy::raw(&bytes);
            }),
        ),
    ]
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

fn identities() -> Vec<Wrong> {
    let created = |id: Value, failed: bool| {
        applied_with(&Value::Null, move |asked, answer| {
            asked.planned_identity = None;
            answer.new_identity = None;
            answer.new_state = sent(&but(state(), &json!({ "id": id })));
            answer.diagnostics = if failed { error() } else { Vec::new() };
        })
    };
    assert_eq!(
        created(Value::Null, true),
        [],
        "what failed without an id has no identity"
    );
    let unknown = || identity(&json!(UNKNOWN));
    vec![
        wrong(Rule::IdentityMissing, created(json!("i-1"), false)),
        wrong(Rule::IdentityMissing, created(json!("i-1"), true)),
        wrong(
            Rule::IdentityMissing,
            read_with(|asked, answer| {
                asked.current_identity = None;
                answer.new_identity = None;
            }),
        ),
        wrong(
            Rule::IdentityUnknown,
            planned_with(|_, answer| answer.planned_identity = unknown()),
        ),
        wrong(
            Rule::IdentityUnknown,
            applied_with(&Value::Null, move |asked, answer| {
                asked.planned_identity = None;
                answer.new_identity = unknown();
            }),
        ),
        wrong(
            Rule::IdentityChanged,
            planned_with(|_, answer| answer.planned_identity = identity(&json!("i-2"))),
        ),
        wrong(
            Rule::IdentityChanged,
            read_with(|_, answer| answer.new_identity = identity(&json!("i-2"))),
        ),
        wrong(
            Rule::IdentityChanged,
            applied_with(&state(), |_, answer| {
                answer.new_identity = identity(&json!("i-2"));
            }),
        ),
        wrong(
            Rule::IdentityChanged,
            import_with(|answer| answer.imported_resources[0].identity = identity(&json!("i-2"))),
        ),
        wrong(Rule::IdentityChanged, remembered()),
        wrong(
            Rule::IdentityIncomplete,
            read_with(|asked, answer| {
                asked.current_identity = None;
                answer.new_identity = identity(&Value::Null);
            }),
        ),
        wrong(Rule::IdentityOfNothing, {
            let object = json!({ "id": "i", "name": "n" });
            let asked = read_resource::Request {
                type_name: PLAIN.to_owned(),
                current_state: sent(&object),
                ..Default::default()
            };
            let answer = read_resource::Response {
                new_state: sent(&object),
                ..Default::default()
            };
            changed(asked, answer, |_, answer| {
                answer.new_identity = identity(&json!("i"));
            })
        }),
    ]
}

/// The host sends no identity, and gets another one than it got before.
fn remembered() -> Vec<Rule> {
    let asked = read_resource::Request {
        type_name: THING.to_owned(),
        current_state: sent(&state()),
        ..Default::default()
    };
    let answer = |id: &str| read_resource::Response {
        new_state: sent(&state()),
        new_identity: identity(&json!(id)),
        ..Default::default()
    };
    let mut memory = Memory::default();
    assert_eq!(found_after(&mut memory, &asked, &answer("i-1")), []);
    found_after(&mut memory, &asked, &answer("i-2"))
}

/// Imports, upgrades, and configuration made of states.
fn origins() -> Vec<Wrong> {
    let upgraded =
        |change: Value| upgrade(move |answer| answer.upgraded_state = sent(&but(state(), &change)));
    vec![
        wrong(
            Rule::ImportCount,
            import_with(|answer| answer.imported_resources.clear()),
        ),
        wrong(
            Rule::ImportType,
            import_with(|answer| answer.imported_resources[0].type_name.clear()),
        ),
        wrong(
            Rule::NothingFound,
            import_with(|answer| answer.imported_resources[0].state = sent(&Value::Null)),
        ),
        wrong(
            Rule::NothingFound,
            upgrade(|answer| answer.upgraded_state = sent(&Value::Null)),
        ),
        wrong(Rule::UpgradeOfValue, upgraded(json!({ "note": "other" }))),
        wrong(Rule::UpgradeOfValue, upgraded(json!({ "note": null }))),
        wrong(Rule::UpgradeOfValue, upgraded(json!({ "size": 4 }))),
        wrong(Rule::UpgradeOfValue, upgraded(json!({ "disk": [] }))),
        wrong(Rule::GeneratedRequired, generate(&json!({ "name": null }))),
        wrong(Rule::GeneratedReadOnly, generate(&json!({ "id": "i-1" }))),
        wrong(Rule::WriteOnlyUnsupported, {
            let asked = validate_resource_config::Request {
                type_name: THING.to_owned(),
                config: sent(&config()),
                ..Default::default()
            };
            changed(
                asked,
                validate_resource_config::Response::default(),
                |asked, _| {
                    asked.config = sent(&but(config(), &json!({ "secret": "s" })));
                },
            )
        }),
    ]
}
