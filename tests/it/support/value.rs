//! Values as tests write them: JSON, with a word for "unknown". The `MessagePack` here is not the provider's.

use rmpv::Value as Msgpack;
use serde_json::{Map, Value};

use super::proto::tfplugin6::DynamicValue;

/// Stands for a value that is not known yet, in Terraform's own words.
pub(crate) const UNKNOWN: &str = "(known after apply)";

/// A value as core sends it.
pub(crate) fn dynamic(value: &Value) -> DynamicValue {
    DynamicValue {
        msgpack: bytes(value),
        json: Vec::new(),
    }
}

/// The `MessagePack` of a value, as core writes it.
pub(crate) fn bytes(value: &Value) -> Vec<u8> {
    let mut bytes = Vec::new();
    rmpv::encode::write_value(&mut bytes, &encode(value)).expect("a vector takes any value");
    bytes
}

fn encode(value: &Value) -> Msgpack {
    match value {
        Value::Null => Msgpack::Nil,
        Value::Bool(value) => Msgpack::Boolean(*value),
        Value::Number(number) => match (number.as_u64(), number.as_i64()) {
            (Some(number), _) => number.into(),
            (None, Some(number)) => number.into(),
            _ => panic!("tests have no fractions: {number}"),
        },
        Value::String(text) if text == UNKNOWN => Msgpack::Ext(0, vec![0]),
        Value::String(text) => text.as_str().into(),
        Value::Array(items) => Msgpack::Array(items.iter().map(encode).collect()),
        Value::Object(members) => Msgpack::Map(
            members
                .iter()
                .map(|(name, value)| (name.as_str().into(), encode(value)))
                .collect(),
        ),
    }
}

/// A value as the provider sent it. Anything that core would not take fails the test.
pub(crate) fn read(value: Option<DynamicValue>) -> Value {
    let value = value.expect("a value; core takes a missing one for null");
    assert!(value.json.is_empty(), "a provider answers in MessagePack");
    let mut bytes = value.msgpack.as_slice();
    assert!(
        !bytes.is_empty(),
        "a value; core takes an empty one for null"
    );
    let value = rmpv::decode::read_value(&mut bytes).expect("MessagePack");
    assert!(bytes.is_empty(), "one value, and nothing after it");
    decode(value)
}

fn decode(value: Msgpack) -> Value {
    match value {
        Msgpack::Nil => Value::Null,
        Msgpack::Boolean(value) => value.into(),
        Msgpack::Integer(number) => match (number.as_u64(), number.as_i64()) {
            (Some(number), _) => number.into(),
            (None, number) => number.into(),
        },
        Msgpack::String(text) => text.into_str().expect("UTF-8").into(),
        Msgpack::Array(items) => items.into_iter().map(decode).collect(),
        Msgpack::Map(members) => members
            .into_iter()
            .map(member)
            .collect::<Map<_, _>>()
            .into(),
        // 0 is unknown, 12 is unknown with refinements that a test does not need.
        Msgpack::Ext(0, payload) if payload == [0] => UNKNOWN.into(),
        Msgpack::Ext(12, payload) if !payload.is_empty() => UNKNOWN.into(),
        other => panic!("a value that core takes, not {other:?}"),
    }
}

fn member((name, value): (Msgpack, Msgpack)) -> (String, Value) {
    (
        name.as_str().expect("names are strings").to_owned(),
        decode(value),
    )
}
