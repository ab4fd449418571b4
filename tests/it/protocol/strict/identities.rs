//! Wrong identities.

use serde_json::{Value, json};

use super::exchanges::{applied_with, import_with, planned_with, read_with};
use super::toy::{PLAIN, THING, but, changed, error, found_after, identity, sent, state};
use super::{Wrong, wrong};
use crate::support::proto::tfplugin6::read_resource;
use crate::support::strict::{Memory, Rule};
use crate::support::value::UNKNOWN;

pub(super) fn wrong_ones() -> Vec<Wrong> {
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
