//! Whatever an answer holds: reading it never panics, and no error tells what may be a secret.

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::appservices::error_response::ErrorResponse;
use crate::appservices::fuzz;

const CANARY: &str = "canary-key";

/// All that would be told about a body, without and with knowing the secret.
#[track_caller]
fn assert_tells_nothing(body: &[u8], knowing: bool) {
    let secret = CANARY.into();
    let secrets: &[_] = if knowing { &[&secret] } else { &[] };
    for text in fuzz::messages(body, secrets) {
        assert!(!text.contains(CANARY), "{text}");
        assert!(text.len() <= 2048 && !text.contains(char::is_control));
    }
}

fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(json!(null)),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".*".prop_map(Value::from),
        Just(json!(CANARY)),
        Just(json!("65f0c0ffee0000000000d001")),
    ];
    leaf.prop_recursive(4, 32, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::btree_map(member(), inner, 0..6)
                .prop_map(|members| members.into_iter().collect()),
        ]
    })
}

/// Names that answers have, but for those of the texts that are meant to be quoted.
const MEMBERS: [&str; 10] = [
    "_id",
    "key",
    "name",
    "disabled",
    "access_token",
    "refresh_token",
    "user_id",
    "hostname",
    "exp",
    "sub",
];

fn member() -> impl Strategy<Value = String> {
    prop_oneof![
        prop::sample::select(&MEMBERS[..]).prop_map(str::to_owned),
        "[a-d]{1,3}",
    ]
}

proptest! {
    #[test]
    fn bytes(body: Vec<u8>, at: prop::sample::Index) {
        assert_tells_nothing(&body, false);
        let mut body = body;
        let at = at.index(body.len() + 1);
        body.splice(at..at, CANARY.bytes());
        assert_tells_nothing(&body, true);
    }

    #[test]
    fn json_whole_and_cut(body in json(), cut: prop::sample::Index) {
        let body = body.to_string().into_bytes();
        assert_tells_nothing(&body, false);
        if body.starts_with(b"{") || body.starts_with(b"[") {
            assert_tells_nothing(&body[..cut.index(body.len())], false);
        }
    }

    #[test]
    fn texts_that_are_quoted(text in ".*", around in ".*", known in prop::sample::select(&["error", "error_code", "message", "link"][..])) {
        let said = format!("{text}{CANARY}{around}");
        assert_tells_nothing(json!({ known: said, "key": "v" }).to_string().as_bytes(), true);
        assert_tells_nothing(format!("<title>{said}</title>").as_bytes(), true);
        assert_tells_nothing(said.as_bytes(), true);
    }

    #[test]
    fn tokens(claims in json()) {
        use base64::Engine as _;
        let claims = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(claims.to_string());
        assert_tells_nothing(format!("e30.{claims}.c2ln").as_bytes(), true);
    }

    #[test]
    fn secrets_of_any_form(secret in "[^a-z\\[\\]… ]{1,20}", before in "[a-z ]*", behind in "[a-z ]*") {
        let body = json!({ "error": format!("{before}{secret}{behind}") }).to_string();
        let refusal = ErrorResponse::read(body.as_bytes(), &[&secret.as_str().into()]);
        let message = refusal.message.unwrap_or_default();
        prop_assert!(!message.contains(&secret), "{message}");
    }
}
