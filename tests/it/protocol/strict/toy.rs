//! A provider with one of everything, whose answers are right until a case changes them.

use serde_json::{Value, json};

use crate::support::proto::tfplugin6::attribute_path::Step;
use crate::support::proto::tfplugin6::attribute_path::step::Selector;
use crate::support::proto::tfplugin6::diagnostic::Severity;
use crate::support::proto::tfplugin6::function::{Parameter, Return};
use crate::support::proto::tfplugin6::resource_identity_schema::IdentityAttribute;
use crate::support::proto::tfplugin6::schema::nested_block::NestingMode as BlockNesting;
use crate::support::proto::tfplugin6::schema::object::NestingMode;
use crate::support::proto::tfplugin6::schema::{Attribute, Block, NestedBlock, Object};
use crate::support::proto::tfplugin6::{
    ActionSchema, AttributePath, Diagnostic, DynamicValue, Function, ResourceIdentityData,
    ResourceIdentitySchema, Schema, get_provider_schema, get_resource_identity_schemas,
};
use crate::support::strict::{Exchange, Memory, Rule, Schemas, judge};
use crate::support::value::{UNKNOWN, dynamic};

pub(super) const THING: &str = "toy_thing";
/// A resource without identities.
pub(super) const PLAIN: &str = "toy_plain";

/// `required`, `optional`, `computed`, or two of them.
pub(super) fn attribute(name: &str, of: &str, modes: &str) -> Attribute {
    Attribute {
        name: name.to_owned(),
        r#type: of.as_bytes().to_vec(),
        required: modes.contains("required"),
        optional: modes.contains("optional"),
        computed: modes.contains("computed"),
        write_only: modes.contains("write-only"),
        deprecated: modes.contains("deprecated"),
        ..Default::default()
    }
}

fn nested(name: &str, nesting: NestingMode) -> Attribute {
    let parts = [
        attribute("name", r#""string""#, "required"),
        attribute("serial", r#""string""#, "computed"),
    ];
    let object = Object {
        attributes: parts.into(),
        nesting: nesting.into(),
        ..Default::default()
    };
    Attribute {
        nested_type: Some(object),
        ..attribute(name, "", "optional")
    }
}

fn block(name: &str, nesting: BlockNesting) -> NestedBlock {
    let attributes = [
        attribute("size", r#""number""#, "required"),
        attribute("device", r#""string""#, "computed"),
    ];
    let block = Block {
        attributes: attributes.into(),
        ..Default::default()
    };
    NestedBlock {
        type_name: name.to_owned(),
        block: Some(block),
        nesting: nesting.into(),
        ..Default::default()
    }
}

pub(super) fn schema(attributes: Vec<Attribute>, block_types: Vec<NestedBlock>) -> Schema {
    Schema {
        version: 0,
        block: Some(Block {
            attributes,
            block_types,
            ..Default::default()
        }),
    }
}

fn thing_schema() -> Schema {
    let attributes = vec![
        attribute("id", r#""string""#, "computed"),
        attribute("name", r#""string""#, "required"),
        attribute("note", r#""string""#, "optional"),
        attribute("size", r#""number""#, "optional computed"),
        attribute("any", r#""dynamic""#, "optional"),
        attribute("secret", r#""string""#, "optional write-only"),
        attribute("tags", r#"["map","string"]"#, "optional"),
        attribute("colors", r#"["set","string"]"#, "optional"),
        nested("parts", NestingMode::List),
        nested("kinds", NestingMode::Set),
    ];
    schema(
        attributes,
        vec![
            block("disk", BlockNesting::List),
            block("label", BlockNesting::Set),
        ],
    )
}

pub(super) fn schemas() -> Schemas {
    let simple = || {
        schema(
            vec![
                attribute("name", r#""string""#, "optional"),
                attribute("id", r#""string""#, "computed"),
            ],
            vec![],
        )
    };
    let named = |name: &str, schema| [(name.to_owned(), schema)].into();
    let parameter = |name: &str| Parameter {
        name: name.to_owned(),
        r#type: br#""string""#.to_vec(),
        ..Default::default()
    };
    let function = Function {
        parameters: vec![parameter("text")],
        r#return: Some(Return {
            r#type: br#""string""#.to_vec(),
        }),
        ..Default::default()
    };
    let identity = ResourceIdentitySchema {
        version: 0,
        identity_attributes: vec![
            IdentityAttribute {
                name: "id".to_owned(),
                r#type: br#""string""#.to_vec(),
                required_for_import: true,
                ..Default::default()
            },
            IdentityAttribute {
                name: "region".to_owned(),
                r#type: br#""string""#.to_vec(),
                optional_for_import: true,
                ..Default::default()
            },
        ],
    };
    Schemas {
        all: get_provider_schema::Response {
            provider: Some(simple()),
            resource_schemas: [
                (THING.to_owned(), thing_schema()),
                (PLAIN.to_owned(), simple()),
            ]
            .into(),
            data_source_schemas: named(THING, simple()),
            ephemeral_resource_schemas: named(THING, simple()),
            list_resource_schemas: named(THING, simple()),
            action_schemas: [(
                THING.to_owned(),
                ActionSchema {
                    schema: Some(simple()),
                },
            )]
            .into(),
            functions: [("shout".to_owned(), function)].into(),
            ..Default::default()
        },
        identities: get_resource_identity_schemas::Response {
            identity_schemas: [(THING.to_owned(), identity)].into(),
            ..Default::default()
        },
    }
}

/// What is configured.
pub(super) fn config() -> Value {
    json!({
        "id": null, "name": "a", "note": "n", "size": null, "any": null, "secret": null, "tags": { "k": "v" },
        "colors": ["blue", "red"], "parts": [{ "name": "p", "serial": null }], "kinds": [{ "name": "k", "serial": null }],
        "disk": [{ "size": 1, "device": null }], "label": [{ "size": 2, "device": null }],
    })
}

fn with(computed: [&str; 6]) -> Value {
    let [id, size, serial, other, device, label] =
        computed.map(|text| Value::from(text.to_owned()));
    let mut value = config();
    value["id"] = id;
    value["size"] = if size == UNKNOWN { size } else { 3.into() };
    value["parts"][0]["serial"] = serial;
    value["kinds"][0]["serial"] = other;
    value["disk"][0]["device"] = device;
    value["label"][0]["device"] = label;
    value
}

pub(super) fn planned() -> Value {
    with([UNKNOWN; 6])
}

pub(super) fn state() -> Value {
    with(["i-1", "3", "s-1", "s-2", "sda", "sdb"])
}

/// A value with other members.
pub(super) fn but(mut value: Value, other: &Value) -> Value {
    for (name, other) in other.as_object().expect("an object") {
        value[name] = other.clone();
    }
    value
}

#[expect(clippy::unnecessary_wraps, reason = "fields of messages are optional")]
pub(super) fn sent(value: &Value) -> Option<DynamicValue> {
    Some(dynamic(value))
}

pub(super) fn raw(msgpack: &[u8]) -> Option<DynamicValue> {
    (!msgpack.is_empty()).then(|| DynamicValue {
        msgpack: msgpack.to_vec(),
        json: Vec::new(),
    })
}

/// An unknown value of which this is known.
pub(super) fn refined(refinements: &[u8]) -> Vec<u8> {
    let length = u8::try_from(refinements.len()).expect("a few bytes");
    [&[0xc7, length, 12], refinements].concat()
}

/// A value with these bytes in the place of one member.
#[expect(clippy::unnecessary_wraps, reason = "fields of messages are optional")]
pub(super) fn spliced(value: Value, name: &str, bytes: &[u8]) -> Option<DynamicValue> {
    let mut whole = dynamic(&but(value, &json!({ name: "@@" })));
    let mut threes = whole.msgpack.windows(3);
    let place = threes.position(|three| three == b"\xa2@@");
    let place = place.expect("the mark");
    whole
        .msgpack
        .splice(place..place + 3, bytes.iter().copied());
    Some(whole)
}

#[expect(clippy::unnecessary_wraps, reason = "fields of messages are optional")]
pub(super) fn identity(id: &Value) -> Option<ResourceIdentityData> {
    Some(ResourceIdentityData {
        identity_data: sent(&json!({ "id": id, "region": "eu" })),
    })
}

pub(super) fn error() -> Vec<Diagnostic> {
    vec![Diagnostic {
        severity: Severity::Error.into(),
        summary: "No".to_owned(),
        ..Default::default()
    }]
}

/// A path of attributes; a number is a place in a list.
pub(super) fn path(steps: &[&str]) -> AttributePath {
    let step = |text: &&str| match text.parse() {
        Ok(place) => Selector::ElementKeyInt(place),
        Err(_) => Selector::AttributeName((*text).to_owned()),
    };
    AttributePath {
        steps: steps
            .iter()
            .map(|text| Step {
                selector: Some(step(text)),
            })
            .collect(),
    }
}

/// What the host finds, after it has remembered what came `before`.
pub(super) fn found_after<E: Exchange>(
    memory: &mut Memory,
    asked: &E,
    answer: &E::Answer,
) -> Vec<Rule> {
    judge(asked, answer, &schemas(), memory)
        .into_iter()
        .map(|one| one.rule)
        .collect()
}

pub(super) fn found<E: Exchange>(asked: &E, answer: &E::Answer) -> Vec<Rule> {
    found_after(&mut Memory::default(), asked, answer)
}

/// Judges a right exchange, which passes, and then the same with a change.
pub(super) fn changed<E>(
    asked: E,
    answer: E::Answer,
    change: impl FnOnce(&mut E, &mut E::Answer),
) -> Vec<Rule>
where
    E: Exchange,
{
    let (mut asked, mut answer) = (asked, answer);
    assert_eq!(found(&asked, &answer), [], "the answer is right");
    change(&mut asked, &mut answer);
    found(&asked, &answer)
}
