//! Values as bytes: beside what `support::value` knows, those that bring their own type.

use rmpv::Value as Msgpack;
use serde_json::{Map, Value, json};

use crate::support::proto::tfplugin6::DynamicValue;
use crate::support::value::UNKNOWN;

/// A value of this type, as core sends it.
pub(crate) fn encode(ty: &Value, value: &Value) -> DynamicValue {
    let mut msgpack = Vec::new();
    rmpv::encode::write_value(&mut msgpack, &written(ty, value)).expect("a vector takes any value");
    DynamicValue {
        msgpack,
        json: Vec::new(),
    }
}

fn written(ty: &Value, value: &Value) -> Msgpack {
    match value {
        Value::Null => Msgpack::Nil,
        Value::String(text) if text == UNKNOWN => Msgpack::Ext(0, vec![0]),
        value if ty == "dynamic" => {
            let ty = &value["type"];
            let bytes = Msgpack::Binary(ty.to_string().into_bytes());
            Msgpack::Array(vec![bytes, written(ty, &value["value"])])
        }
        Value::Bool(value) => Msgpack::Boolean(*value),
        Value::Number(number) => number.as_i64().expect("a whole number").into(),
        Value::String(text) => text.as_str().into(),
        Value::Array(elements) => {
            Msgpack::Array(elements.iter().map(|item| written(&ty[1], item)).collect())
        }
        Value::Object(members) => {
            let of = |name: &str| if ty[0] == "map" { &ty[1] } else { &ty[1][name] };
            Msgpack::Map(
                members
                    .iter()
                    .map(|(name, value)| (name.as_str().into(), written(of(name), value)))
                    .collect(),
            )
        }
    }
}

/// A value as a provider sent it.
pub(crate) fn decode(value: &DynamicValue) -> Value {
    let read = rmpv::decode::read_value(&mut value.msgpack.as_slice());
    understood(read.expect("MessagePack"))
}

fn understood(value: Msgpack) -> Value {
    match value {
        Msgpack::Nil => Value::Null,
        Msgpack::Boolean(value) => value.into(),
        Msgpack::Integer(number) => json!(number.as_i64().expect("a small number")),
        Msgpack::String(text) => text.into_str().expect("UTF-8").into(),
        Msgpack::Array(mut items) => {
            if let Some(Msgpack::Binary(ty)) = items.first() {
                let ty: Value = serde_json::from_slice(ty).expect("a type");
                let value = understood(items.pop().expect("a type and a value"));
                return json!({ "type": ty, "value": value });
            }
            items.into_iter().map(understood).collect()
        }
        Msgpack::Map(members) => members
            .into_iter()
            .map(|(name, value)| {
                let name = name.as_str().expect("names are strings").to_owned();
                (name, understood(value))
            })
            .collect::<Map<_, _>>()
            .into(),
        Msgpack::Ext(0 | 12, _) => UNKNOWN.into(),
        other => panic!("a value that core takes, not {other:?}"),
    }
}
