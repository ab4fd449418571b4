//! Wrong streams.

use serde_json::{Value, json};

use super::toy::{THING, error, identity, schemas, sent, state};
use super::{Wrong, wrong};
use crate::support::proto::tfplugin6::invoke_action::event::{Completed, Progress, Type};
use crate::support::proto::tfplugin6::{invoke_action, list_resource};
use crate::support::strict::{Actions, Events, Judge, Memory, Report, Rule, View};

fn found<J: Judge>(mut judge: J, events: &[J::Event]) -> Vec<Rule> {
    let (schemas, memory, mut report) = (schemas(), Memory::default(), Report::default());
    let view = View {
        schemas: &schemas,
        memory: &memory,
    };
    for event in events {
        judge.event(event, &view, &mut report);
    }
    judge.end(&mut report);
    report.0.into_iter().map(|one| one.rule).collect()
}

fn listed(with_object: bool, events: &[list_resource::Event]) -> Vec<Rule> {
    let asked = list_resource::Request {
        type_name: THING.to_owned(),
        include_resource_object: with_object,
        limit: 2,
        ..Default::default()
    };
    found(Events::of(asked), events)
}

fn event(object: Option<&Value>) -> list_resource::Event {
    list_resource::Event {
        identity: identity(&json!("i-1")),
        display_name: "a".to_owned(),
        resource_object: object.and_then(sent),
        ..Default::default()
    }
}

fn invoked(events: Vec<Option<Type>>) -> Vec<Rule> {
    let events = events
        .into_iter()
        .map(|r#type| invoke_action::Event { r#type });
    let asked = invoke_action::Request {
        action_type: THING.to_owned(),
        ..Default::default()
    };
    found(Actions::of(asked), &events.collect::<Vec<_>>())
}

pub(super) fn wrong_ones() -> Vec<Wrong> {
    let failure = || list_resource::Event {
        diagnostic: error(),
        ..Default::default()
    };
    let nameless = || list_resource::Event {
        display_name: "a".to_owned(),
        ..Default::default()
    };
    let said = |message: &str| {
        Some(Type::Progress(Progress {
            message: message.to_owned(),
        }))
    };
    let end = || Some(Type::Completed(Completed::default()));
    assert_eq!(
        listed(false, &[event(None), failure()]),
        [],
        "an error is the last event"
    );
    assert_eq!(
        listed(true, &[event(Some(&state()))]),
        [],
        "with the object"
    );
    assert_eq!(
        invoked(vec![said("half"), end()]),
        [],
        "progress and the end"
    );
    vec![
        wrong(Rule::EventWithoutIdentity, listed(false, &[nameless()])),
        wrong(Rule::EventObject, listed(true, &[event(None)])),
        wrong(Rule::EventObject, listed(false, &[event(Some(&state()))])),
        wrong(
            Rule::EventObject,
            listed(true, &[event(Some(&Value::Null))]),
        ),
        wrong(
            Rule::EventsBeyondLimit,
            listed(false, &[event(None), event(None), event(None)]),
        ),
        wrong(
            Rule::EventAfterError,
            listed(false, &[failure(), event(None)]),
        ),
        wrong(Rule::ActionEvent, invoked(vec![None, end()])),
        wrong(Rule::ActionEvent, invoked(vec![said(" "), end()])),
        wrong(Rule::ActionEnd, invoked(vec![said("half")])),
        wrong(Rule::ActionEnd, invoked(vec![end(), end()])),
        wrong(Rule::ActionEnd, invoked(vec![end(), said("more")])),
    ]
}
