//! `Value` to and from JSON: what state files hold, and what a host may send in place of MessagePack.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json, json};

use super::number::Number;
use super::{Mismatch, Name, Type, Value};
use crate::tf_provider::path::Step;

/// Reads a value of this type.
///
/// As lenient as Terraform itself: a string may hold a number or a bool, a number or a bool may stand where a string is
/// wanted, absent attributes are null. Attributes that the type does not know are dropped, since an older state may still
/// hold them.
///
/// # Errors
///
/// Where the JSON is no value of this type.
pub(crate) fn from_json(json: Json, ty: &Type) -> Result<Value, Mismatch> {
    match (ty, json) {
        (_, Json::Null) => Ok(Value::Null),
        (Type::String, Json::String(text)) => Ok(Value::String(text)),
        (Type::String, Json::Number(number)) => Ok(Value::String(number.to_string())),
        (Type::String, Json::Bool(bool)) => Ok(Value::String(bool.to_string())),
        (Type::Bool, Json::Bool(bool)) => Ok(Value::Bool(bool)),
        (Type::Bool, Json::String(text)) => match text.as_str() {
            "true" | "1" => Ok(Value::Bool(true)),
            "false" | "0" => Ok(Value::Bool(false)),
            _ => Err(Mismatch::new("a bool is required")),
        },
        (Type::Number, Json::Number(number)) => parse_number(&number.to_string()),
        (Type::Number, Json::String(text)) => parse_number(&text),
        (Type::List(element), Json::Array(elements)) => {
            list(elements.into_iter().map(|json| (json, &**element)))
        }
        (Type::Set(element), Json::Array(elements)) => set(elements, element),
        (Type::Tuple(types), Json::Array(elements)) if types.len() == elements.len() => {
            list(elements.into_iter().zip(types))
        }
        (Type::Map(element), Json::Object(elements)) => map(elements, element),
        (Type::Object(types), Json::Object(attributes)) => object(attributes, types),
        (Type::Dynamic, Json::Object(parts)) => dynamic(parts),
        (ty, found) => Err(Mismatch::new(format!(
            "{ty} is required, and this is {}",
            kind(&found)
        ))),
    }
}

fn parse_number(text: &str) -> Result<Value, Mismatch> {
    Number::parse(text)
        .map(Value::Number)
        .ok_or_else(|| Mismatch::new("a number is required"))
}

fn list<'a>(elements: impl Iterator<Item = (Json, &'a Type)>) -> Result<Value, Mismatch> {
    let read = |(index, (json, ty))| {
        from_json(json, ty).map_err(|mismatch| mismatch.inside(Step::at(index)))
    };
    elements
        .enumerate()
        .map(read)
        .collect::<Result<_, _>>()
        .map(Value::List)
}

fn set(elements: Vec<Json>, ty: &Type) -> Result<Value, Mismatch> {
    elements
        .into_iter()
        .map(|json| from_json(json, ty).map_err(Mismatch::of_an_element))
        .collect::<Result<_, _>>()
        .map(Value::List)
}

fn map(elements: Map<String, Json>, ty: &Type) -> Result<Value, Mismatch> {
    let read = |(key, json): (String, Json)| match from_json(json, ty) {
        Ok(value) => Ok((key.into(), value)),
        Err(mismatch) => Err(mismatch.inside(Step::Key(key))),
    };
    elements
        .into_iter()
        .map(read)
        .collect::<Result<_, _>>()
        .map(Value::Map)
}

fn object(
    mut attributes: Map<String, Json>,
    types: &BTreeMap<Name, Type>,
) -> Result<Value, Mismatch> {
    let read = |(name, ty): (&Name, &Type)| {
        let json = attributes.remove(&**name).unwrap_or(Json::Null);
        let value = from_json(json, ty)
            .map_err(|mismatch| mismatch.inside(Step::Attribute(name.to_string())))?;
        Ok((name.clone(), value))
    };
    types
        .iter()
        .map(read)
        .collect::<Result<_, _>>()
        .map(Value::Map)
}

fn dynamic(mut parts: Map<String, Json>) -> Result<Value, Mismatch> {
    let ty = parts.get("type").and_then(Type::from_json);
    let (Some(ty), Some(json)) = (ty, parts.remove("value")) else {
        return Err(Mismatch::new("an object of `type` and `value` is required"));
    };
    let value = from_json(json, &ty)?;
    Ok(Value::Dynamic(Box::new((ty, value))))
}

fn kind(json: &Json) -> &'static str {
    match json {
        Json::Null => "null",
        Json::Bool(_) => "bool",
        Json::Number(_) => "number",
        Json::String(_) => "string",
        Json::Array(_) => "list",
        Json::Object(_) => "object",
    }
}

impl Value {
    /// The value as JSON, in the form of a state file. What is unknown becomes null: JSON has no word for it.
    #[must_use]
    pub fn to_json(&self) -> Json {
        match self {
            Self::Null | Self::Unknown(_) => Json::Null,
            Self::Bool(bool) => json!(bool),
            Self::Number(number) => serde_json::from_str(&number.to_string()).unwrap_or(Json::Null),
            Self::String(text) => json!(text),
            Self::List(elements) => elements.iter().map(Self::to_json).collect(),
            Self::Map(elements) => elements
                .iter()
                .map(|(key, value)| (key.to_string(), value.to_json()))
                .collect(),
            Self::Dynamic(typed) => {
                json!({ "value": typed.1.to_json(), "type": typed.0.to_json() })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, ty: &str) -> Result<Value, Mismatch> {
        let ty = Type::from_json(&serde_json::from_str(ty).expect("JSON")).expect("a type");
        from_json(serde_json::from_str(text).expect("JSON"), &ty)
    }

    #[test]
    fn goes_both_ways() {
        for (text, ty) in [
            (
                r#"{"a":"x","n":18446744073709551616.25}"#,
                r#"["object",{"a":"string","n":"number"}]"#,
            ),
            ("[true,null]", r#"["list","bool"]"#),
            (r#"["a",1]"#, r#"["tuple",["string","number"]]"#),
            (r#"{"k":[1]}"#, r#"["map",["set","number"]]"#),
            (r#"{"type":"string","value":"x"}"#, r#""dynamic""#),
        ] {
            let json: Json = serde_json::from_str(text).unwrap();
            assert_eq!(read(text, ty).unwrap().to_json(), json, "{text}");
        }
    }

    #[test]
    fn primitives_may_come_as_text_and_old_attributes_are_dropped() {
        let ty = r#"["object",{"b":"bool","n":"number","s":"string"}]"#;
        let value = read(r#"{"b":"true","n":"7","s":5,"gone":{}}"#, ty).unwrap();
        assert_eq!(value.to_json().to_string(), r#"{"b":true,"n":7,"s":"5"}"#);
    }

    #[test]
    fn primitives_are_converted_as_terraform_converts_them() {
        for (text, ty, expected) in [
            (r#""1""#, "bool", Some("true")),
            (r#""0""#, "bool", Some("false")),
            (r#""false""#, "bool", Some("false")),
            (r#""True""#, "bool", None),
            (r#""yes""#, "bool", None),
            ("1", "bool", None),
            ("81.0", "number", Some("81")),
            ("8.1e1", "number", Some("81")),
            (r#""81.0""#, "number", Some("81")),
            (r#"" 81""#, "number", None),
            ("true", "number", None),
            ("true", "string", Some(r#""true""#)),
            ("1.50", "string", Some(r#""1.50""#)),
            ("{}", "string", None),
        ] {
            let found = read(text, &format!("{ty:?}"));
            let json = found.as_ref().map(|value| value.to_json().to_string());
            assert_eq!(json.ok().as_deref(), expected, "{text} as a {ty}");
        }
    }

    #[test]
    fn absent_attributes_are_null() {
        assert_eq!(
            read("{}", r#"["object",{"b":"bool"}]"#)
                .unwrap()
                .to_json()
                .to_string(),
            r#"{"b":null}"#
        );
    }

    #[test]
    fn what_does_not_fit_says_where() {
        let error = read(
            r#"{"l":[{"x":[]}]}"#,
            r#"["object",{"l":["list",["object",{"x":"string"}]]}]"#,
        )
        .unwrap_err();
        assert_eq!(error.path.to_string(), "l[0].x");
        assert_eq!(error.message, "string is required, and this is list");
    }
}
