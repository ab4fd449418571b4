use std::collections::BTreeMap;
use std::fmt;

use super::Name;
use serde_json::{Value as Json, json};

/// A type constraint: what a schema says about a value, and what the encodings are driven by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Type {
    /// Text.
    String,
    /// A number of any size.
    Number,
    /// `true` or `false`.
    Bool,
    /// Any type; the value brings its own.
    Dynamic,
    /// Elements of one type, in order.
    List(Box<Type>),
    /// Elements of one type, each once, in no order.
    Set(Box<Type>),
    /// Elements of one type, by key.
    Map(Box<Type>),
    /// Elements of a type each, in order.
    Tuple(Vec<Type>),
    /// Attributes of a type each, by name.
    Object(BTreeMap<Name, Type>),
}

impl Type {
    /// The JSON form that schemas and dynamic values carry.
    #[must_use]
    pub fn to_json(&self) -> Json {
        match self {
            Self::String => json!("string"),
            Self::Number => json!("number"),
            Self::Bool => json!("bool"),
            Self::Dynamic => json!("dynamic"),
            Self::List(element) => json!(["list", element.to_json()]),
            Self::Set(element) => json!(["set", element.to_json()]),
            Self::Map(element) => json!(["map", element.to_json()]),
            Self::Tuple(elements) => json!([
                "tuple",
                elements.iter().map(Self::to_json).collect::<Vec<_>>()
            ]),
            Self::Object(attributes) => {
                let attributes: BTreeMap<_, _> = attributes
                    .iter()
                    .map(|(name, ty)| (name, ty.to_json()))
                    .collect();
                json!(["object", attributes])
            }
        }
    }

    /// The type that a JSON form names, or nothing when it names none.
    #[must_use]
    pub fn from_json(json: &Json) -> Option<Self> {
        match json {
            Json::String(name) => match name.as_str() {
                "string" => Some(Self::String),
                "number" => Some(Self::Number),
                "bool" => Some(Self::Bool),
                "dynamic" => Some(Self::Dynamic),
                _ => None,
            },
            // An object may carry a third element, the names of its optional attributes; values do not differ by it.
            Json::Array(parts) => match (parts.first()?.as_str()?, parts.get(1)?) {
                ("list", element) => Some(Self::List(Self::from_json(element)?.into())),
                ("set", element) => Some(Self::Set(Self::from_json(element)?.into())),
                ("map", element) => Some(Self::Map(Self::from_json(element)?.into())),
                ("tuple", Json::Array(elements)) => elements
                    .iter()
                    .map(Self::from_json)
                    .collect::<Option<_>>()
                    .map(Self::Tuple),
                ("object", Json::Object(attributes)) => attributes
                    .iter()
                    .map(|(name, ty)| Some((name.clone().into(), Self::from_json(ty)?)))
                    .collect::<Option<_>>()
                    .map(Self::Object),
                _ => None,
            },
            _ => None,
        }
    }
}

impl fmt::Display for Type {
    /// The type as configurations write it: `list(string)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::String => f.write_str("string"),
            Self::Number => f.write_str("number"),
            Self::Bool => f.write_str("bool"),
            Self::Dynamic => f.write_str("any"),
            Self::List(element) => write!(f, "list({element})"),
            Self::Set(element) => write!(f, "set({element})"),
            Self::Map(element) => write!(f, "map({element})"),
            Self::Tuple(_) => f.write_str("tuple"),
            Self::Object(_) => f.write_str("object"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_goes_both_ways() {
        for text in [
            r#""string""#,
            r#"["list","number"]"#,
            r#"["set",["map","bool"]]"#,
            r#"["tuple",["string","dynamic"]]"#,
            r#"["object",{"a":"string","b":["list","string"]}]"#,
        ] {
            let ty = Type::from_json(&serde_json::from_str(text).unwrap()).unwrap();
            assert_eq!(ty.to_json().to_string(), text);
        }
    }

    #[test]
    fn what_names_no_type_is_refused() {
        for text in [
            r#""str""#,
            "[]",
            r#"["list"]"#,
            r#"["list","x"]"#,
            r#"["object",[]]"#,
            "1",
            "null",
        ] {
            assert!(
                Type::from_json(&serde_json::from_str(text).unwrap()).is_none(),
                "{text}"
            );
        }
    }
}
