//! States that come back from a state file: Terraform hands them over on every plan, whatever their version.

use serde_json::json;

use crate::support::host::Host;

/// A state in its stored form, and what the provider has to make of it.
async fn becomes(stored: &str, expected: serde_json::Value) {
    let host = Host::start().await;
    let (state, findings) = host.upgrade(stored).await;
    findings.fine();
    // What the first version did not have yet, and has a default.
    let mut full = json!({ "on_destroy": "delete", "replace_existing": false });
    let full_members = full.as_object_mut().expect("an object");
    full_members.extend(expected.as_object().expect("an object").clone());
    assert_eq!(state, host.key(full).await);
    host.shut_down().await;
}

#[tokio::test]
async fn a_state_of_this_version_comes_back_unchanged() {
    let state = json!({
        "created_at": "2024-03-12T21:33:02Z",
        "enabled": false,
        "id": "65f0c0ffee0000000000d001",
        "key": "value \" with \\ and \u{1f511}",
        "name": "ci",
        "user_id": "65f0c0ffee0000000000a001",
        "key_fingerprint": "SHA256:ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0",
        "keepers": { "a": "1", "b": null },
        "rotate_after": "90d",
        "rotates_at": "2024-06-10T21:33:02Z",
        "on_destroy": "disable",
        "replace_existing": true,
        "timeouts": { "create": "5m", "read": null, "update": null, "delete": null },
    });
    becomes(&state.to_string(), state.clone()).await;
    becomes(&format!(" \n{state:#}\n\t"), state).await;
}

#[tokio::test]
async fn an_imported_key_comes_back_without_a_value() {
    let stored = r#"{"created_at":"2024-03-12T21:33:02Z","enabled":true,"id":"65f0c0ffee0000000000d001","key":null,
        "name":"ci","user_id":"65f0c0ffee0000000000a001"}"#;
    becomes(stored, serde_json::from_str(stored).expect("JSON")).await;
}

#[tokio::test]
async fn attributes_of_another_version_are_dropped() {
    let stored = r#"{"id":"65f0c0ffee0000000000d001","name":"ci","enabled":true,"key":"value",
        "user_id":"65f0c0ffee0000000000a001","created_at":"2024-03-12T21:33:02Z",
        "colour":{"deep":[1.5,12345678901234567890123,{"er":null}]}}"#;
    let mut expected: serde_json::Value = serde_json::from_str(stored).expect("JSON");
    expected
        .as_object_mut()
        .expect("an object")
        .remove("colour");
    becomes(stored, expected).await;
}

#[tokio::test]
async fn a_state_that_lacks_an_attribute_still_has_the_value() {
    let host = Host::start().await;
    let (state, findings) = host
        .upgrade(r#"{"id":"65f0c0ffee0000000000d001","name":"ci","key":"value"}"#)
        .await;
    findings.fine();
    assert_eq!(state["key"], "value");
    assert_eq!(state["user_id"], serde_json::Value::Null);
}

#[tokio::test]
async fn a_state_that_cannot_be_read_is_an_error_and_not_an_empty_answer() {
    let host = Host::start().await;
    for stored in [
        "",
        "[]",
        "{",
        "\"text\"",
        r#"{"enabled":"perhaps"}"#,
        r#"{"id":{}}"#,
    ] {
        let (_, findings) = host.upgrade(stored).await;
        assert!(findings.has_error(), "{stored:?} was taken for a state");
    }
    host.shut_down().await;
}
