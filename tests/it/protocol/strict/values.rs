//! Wrong values, as they travel.

use serde_json::{Value, json};

use super::toy::{THING, changed, identity, raw, sent, spliced, state};
use super::{Wrong, wrong};
use crate::support::proto::tfplugin6::{
    DynamicValue, FunctionError, call_function, import_resource_state, read_data_source,
};
use crate::support::strict::Rule;

/// A data source that answers with this.
fn looked_up(value: Option<DynamicValue>) -> Vec<Rule> {
    let asked = read_data_source::Request {
        type_name: THING.to_owned(),
        config: sent(&json!({ "id": null, "name": null })),
        ..Default::default()
    };
    let answer = read_data_source::Response {
        state: sent(&json!({ "id": "i", "name": null })),
        ..Default::default()
    };
    changed(asked, answer, |_, answer| answer.state = value)
}

/// An import of a thing with these bytes in the place of one attribute's value.
fn thing(name: &str, bytes: &[u8]) -> Vec<Rule> {
    let asked = import_resource_state::Request {
        type_name: THING.to_owned(),
        ..Default::default()
    };
    let imported = |state| import_resource_state::ImportedResource {
        type_name: THING.to_owned(),
        state,
        identity: identity(&json!("i-1")),
        ..Default::default()
    };
    let answer = import_resource_state::Response {
        imported_resources: vec![imported(sent(&state()))],
        ..Default::default()
    };
    changed(asked, answer, |_, answer| {
        answer.imported_resources = vec![imported(spliced(state(), name, bytes))];
    })
}

fn refined(name: &str, refinements: &[u8]) -> Vec<Rule> {
    thing(name, &super::toy::refined(refinements))
}

pub(super) fn wrong_ones() -> Vec<Wrong> {
    [values(), functions()].into_iter().flatten().collect()
}

fn values() -> Vec<Wrong> {
    let as_json = DynamicValue {
        msgpack: Vec::new(),
        json: br#"{"id":"i","name":null}"#.to_vec(),
    };
    let mut trailing = sent(&json!({ "id": "i", "name": null })).expect("a value");
    trailing.msgpack.push(0xc0);
    for right in [
        &b"\xca\x3f\x80\x00\x00"[..],
        b"\xa30.1",
        b"\xcb\x7f\xf0\x00\x00\x00\x00\x00\x00",
        b"\xff",
    ] {
        assert_eq!(thing("size", right), [], "a number that core takes");
    }
    for right in [
        &b"\xc0"[..],
        b"\x92\xc4\x08\"string\"\xa1x",
        b"\x92\xc4\x08\"number\"\x05",
    ] {
        assert_eq!(thing("any", right), [], "a dynamic value that core takes");
    }
    vec![
        wrong(Rule::ValueMissing, looked_up(None)),
        wrong(Rule::ValueMissing, looked_up(Some(DynamicValue::default()))),
        wrong(Rule::ValueAsJson, looked_up(Some(as_json))),
        wrong(Rule::ValueUnreadable, looked_up(raw(b"\x82\xa2id"))),
        wrong(Rule::ValueTrailing, looked_up(Some(trailing))),
        wrong(Rule::ValueOfOtherType, looked_up(sent(&json!(["i", null])))),
        wrong(
            Rule::ValueOfOtherType,
            looked_up(sent(&json!({ "id": ["i"], "name": null }))),
        ),
        wrong(Rule::ObjectKeys, looked_up(sent(&json!({ "id": "i" })))),
        wrong(
            Rule::ObjectKeys,
            looked_up(sent(&json!({ "id": "i", "name": null, "more": null }))),
        ),
        wrong(
            Rule::ObjectKeys,
            looked_up(raw(b"\x83\xa2id\xa1i\xa4name\xc0\xa2id\xa1j")),
        ),
        wrong(Rule::NothingFound, looked_up(sent(&Value::Null))),
        wrong(
            Rule::TextForm,
            looked_up(sent(&json!({ "id": "e\u{301}", "name": null }))),
        ),
        wrong(
            Rule::TextForm,
            looked_up(raw(b"\x82\xa2id\xa1\xff\xa4name\xc0")),
        ),
        wrong(
            Rule::UnknownForm,
            looked_up(raw(b"\x82\xa2id\xd4\x07\x00\xa4name\xc0")),
        ),
        wrong(
            Rule::UnknownForm,
            looked_up(raw(b"\x82\xa2id\xd4\x0c\xc1\xa4name\xc0")),
        ),
        wrong(Rule::UnknownForm, refined("size", b"\x81\x02\xa1x")),
        wrong(Rule::UnknownForm, refined("size", b"\x81\x03\x01")),
        wrong(Rule::UnknownForm, refined("size", b"\x81\x03\x92\xa1x\xc3")),
        wrong(Rule::UnknownForm, refined("name", b"\x81\x04\x92\x01\xc3")),
        wrong(Rule::UnknownForm, refined("name", b"\x81\x05\x01")),
        wrong(
            Rule::NumberForm,
            thing("size", b"\xcb\x7f\xf8\x00\x00\x00\x00\x00\x00"),
        ),
        wrong(Rule::NumberForm, thing("size", b"\xa3abc")),
        wrong(Rule::SetElementTwice, thing("colors", b"\x92\xa1a\xa1a")),
        wrong(Rule::DynamicForm, thing("any", b"\xa1x")),
        wrong(Rule::DynamicForm, thing("any", b"\x92\xc4\x03\"x\"\xa1x")),
        wrong(
            Rule::ValueOfOtherType,
            thing("any", b"\x92\xc4\x08\"number\"\xc3"),
        ),
    ]
}

fn functions() -> Vec<Wrong> {
    vec![
        wrong(
            Rule::FunctionAnswer,
            called(|answer| answer.error = Some(failure("", None))),
        ),
        wrong(
            Rule::FunctionAnswer,
            called(|answer| answer.error = Some(failure("No", Some(1)))),
        ),
        wrong(
            Rule::ValueOfOtherType,
            called(|answer| answer.result = sent(&json!(true))),
        ),
    ]
}

fn failure(text: &str, function_argument: Option<i64>) -> FunctionError {
    FunctionError {
        text: text.to_owned(),
        function_argument,
    }
}

fn called(change: impl FnOnce(&mut call_function::Response)) -> Vec<Rule> {
    let asked = call_function::Request {
        name: "shout".to_owned(),
        arguments: vec![sent(&json!("a")).expect("a value")],
    };
    let answer = call_function::Response {
        result: sent(&json!("A")),
        error: None,
    };
    changed(asked, answer, |_, answer| change(answer))
}
