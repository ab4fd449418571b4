//! The members of a request body.

use serde_json::{Map, Value};

use crate::emulator::api_error::ApiError;
use crate::emulator::logins::External;

/// The members of a JSON object in a request body; an absent body is an object without members.
///
/// Read from the bytes whatever `Content-Type` says, because the official clients differ: one sends none, one adds
/// a charset, one declares JSON over an empty body. Unknown members are ignored.
#[derive(Debug)]
pub(in crate::emulator) struct Fields(Map<String, Value>);

impl Fields {
    /// The member as text; empty when it is missing or not a string, which the service seems to treat alike.
    pub(super) fn text(&self, name: &str) -> &str {
        self.0.get(name).and_then(Value::as_str).unwrap_or_default()
    }

    /// What a login by this provider shows: a token, or the whole payload in one form however it was written.
    pub(in crate::emulator) fn secret(&self, provider: External) -> String {
        let first = |names: &[&str]| {
            let mut texts = names.iter().map(|name| self.text(name));
            texts
                .find(|text| !text.is_empty())
                .unwrap_or_default()
                .to_owned()
        };
        match provider {
            External::CustomToken => first(&["token"]),
            External::Google => first(&["id_token", "authCode"]),
            External::Facebook => first(&["accessToken"]),
            External::Apple => first(&["id_token"]),
            External::CustomFunction => {
                let mut payload = self.0.clone();
                payload.remove("options");
                let mut payload = relaxed(Value::Object(payload));
                payload.sort_all_objects();
                payload.to_string()
            }
        }
    }

    pub(in crate::emulator) fn parse(body: &[u8]) -> Result<Self, ApiError> {
        if body.trim_ascii().is_empty() {
            return Ok(Self(Map::new()));
        }
        serde_json::from_slice(body)
            .map(Self)
            .map_err(|_| ApiError::MALFORMED_BODY)
    }
}

/// The same with numbers in one form: `realm-web` sends `{"$numberInt":"7"}` where others send `7`.
fn relaxed(value: Value) -> Value {
    match value {
        Value::Object(members) => number(&members)
            .unwrap_or_else(|| members.into_iter().map(|(k, v)| (k, relaxed(v))).collect()),
        Value::Array(items) => items.into_iter().map(relaxed).collect(),
        other => other,
    }
}

/// The number that an object of extended JSON stands for.
fn number(members: &Map<String, Value>) -> Option<Value> {
    let (name, digits) = members.iter().next().filter(|_| members.len() == 1)?;
    let digits = digits.as_str()?;
    match name.as_str() {
        "$numberInt" | "$numberLong" => digits.parse::<i64>().ok().map(Value::from),
        "$numberDouble" => digits
            .parse::<f64>()
            .ok()
            .filter(|number| number.is_finite())
            .map(Value::from),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn anything_but_a_string_is_empty() {
        let fields =
            Fields::parse(br#"{"name":"ci","count":1,"nothing":null,"more":{"name":"x"}}"#)
                .unwrap();
        assert_eq!(fields.text("name"), "ci");
        for name in ["count", "nothing", "more", "missing"] {
            assert_eq!(fields.text(name), "", "{name}");
        }
    }

    #[test]
    fn no_body_is_an_empty_object() {
        assert_eq!(Fields::parse(b"").unwrap().text("name"), "");
        assert_eq!(Fields::parse(b" \r\n").unwrap().text("name"), "");
    }

    #[test]
    fn a_payload_is_the_same_in_extended_json() {
        let secret = |body: &str| {
            let fields = Fields::parse(body.as_bytes()).unwrap();
            fields.secret(External::CustomFunction)
        };
        let plain = secret(r#"{"b":[7,{"c":-1.5}],"a":"7","d":{}}"#);
        let extended =
            r#"{"a":"7","b":[{"$numberInt":"7"},{"c":{"$numberDouble":"-1.5"}}],"d":{}}"#;
        assert_eq!(secret(extended), plain);
        assert_ne!(
            secret(r#"{"a":{"$numberInt":"x"}}"#),
            secret(r#"{"a":"x"}"#)
        );
        assert_ne!(secret(r#"{"a":7}"#), secret(r#"{"a":"7"}"#));
    }

    #[test]
    fn what_is_no_object_is_refused() {
        for body in ["null", "[]", "\"name\"", "{", "{} {}", "name=ci"] {
            assert_eq!(
                Fields::parse(body.as_bytes()).unwrap_err(),
                ApiError::MALFORMED_BODY,
                "{body}"
            );
        }
    }
}
