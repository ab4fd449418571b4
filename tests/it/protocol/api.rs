//! Keys made, read, changed, imported and deleted over gRPC, against a server.

use serde_json::{Value, json};

use crate::support::host::configured;
use crate::support::rpc::{Change, KEY, KEYS, Stored};
use crate::support::server::Server;

/// The text of an attribute.
fn text<'a>(state: &'a Value, attribute: &str) -> &'a str {
    state[attribute]
        .as_str()
        .unwrap_or_else(|| panic!("`{attribute}` in {state}"))
}

#[tokio::test]
async fn a_created_key_is_complete_and_can_log_in() {
    let server = Server::start().await;
    let host = configured(&server).await;
    let state = host.create(json!({ "name": "ci" })).await;
    assert_eq!(
        (&state["name"], &state["enabled"]),
        (&json!("ci"), &json!(true))
    );
    let id = text(&state, "id");
    assert!(
        id.len() == 24 && id.bytes().all(|byte| byte.is_ascii_hexdigit()),
        "{id}"
    );
    assert_eq!(text(&state, "user_id").len(), 24);
    let seconds = i64::from_str_radix(&id[..8], 16).expect("hexadecimal");
    let created = jiff::Timestamp::from_second(seconds)
        .expect("a time")
        .to_string();
    assert_eq!(
        text(&state, "created_at"),
        created,
        "the time stands in the id"
    );
    assert!(server.log_in_with(text(&state, "key")).await.is_success());
    host.shut_down().await;
}

#[tokio::test]
async fn a_key_created_disabled_cannot_log_in_until_it_is_enabled() {
    let server = Server::start().await;
    let host = configured(&server).await;
    let made = host.create(json!({ "name": "ci", "enabled": false })).await;
    assert_eq!(server.keys().await, json!({ "ci": "disabled" }));
    assert!(!server.log_in_with(text(&made, "key")).await.is_success());
    let enabled = host
        .update(&made, json!({ "name": "ci", "enabled": true }))
        .await;
    assert_eq!(enabled["key"], made["key"], "the value survives");
    assert!(server.log_in_with(text(&made, "key")).await.is_success());
    host.shut_down().await;
}

#[tokio::test]
async fn a_refresh_changes_nothing_and_keeps_what_only_the_state_knows() {
    let server = Server::start().await;
    let host = configured(&server).await;
    let made = host
        .carry_out(Change::create(json!({ "name": "ci" })))
        .await;
    for private in [
        &made.private[..],
        b"",
        b"{\"a\":\"b\"}",
        b"foreign \xff content",
    ] {
        let Stored {
            state,
            private: kept,
            findings,
            ..
        } = host.read(&made.state, private).await;
        findings.fine();
        assert_eq!(state, made.state);
        // What the provider does not know stays beside what it keeps itself.
        let Ok(Value::Object(given)) = serde_json::from_slice(private) else {
            continue;
        };
        let kept: Value = serde_json::from_slice(&kept).expect("JSON");
        for (name, value) in given {
            assert_eq!(kept[name], value);
        }
    }
    host.shut_down().await;
}

#[tokio::test]
async fn drift_is_seen() {
    let server = Server::start().await;
    let host = configured(&server).await;
    let made = host.create(json!({ "name": "ci" })).await;
    host.shut_down().await;
    server.disable(text(&made, "id")).await;
    let host = configured(&server).await;
    let mut disabled = made.clone();
    disabled["enabled"] = false.into();
    assert_eq!(host.read(&made, b"").await.state, disabled);
    host.shut_down().await;
    server.delete(text(&made, "id")).await;
    let host = configured(&server).await;
    let read = host.read(&made, b"").await;
    read.findings.fine();
    assert_eq!(read.state, Value::Null, "gone is no error");
    host.shut_down().await;
}

#[tokio::test]
async fn a_key_is_deleted_and_one_that_is_gone_already_is_fine() {
    let server = Server::start().await;
    let host = configured(&server).await;
    let made = host.create(json!({ "name": "ci" })).await;
    for _ in 0..2 {
        host.delete(&made).await;
        assert_eq!(server.keys().await, json!({}));
    }
    host.shut_down().await;
}

#[tokio::test]
async fn an_imported_key_is_complete_but_for_its_value() {
    let server = Server::start().await;
    let key = server.create("ci").await;
    let id = text(&key, "_id").to_owned();
    server.disable(&id).await;
    let host = configured(&server).await;
    for import_id in [id.clone(), "name:ci".to_owned()] {
        let (state, findings) = host.import(&import_id).await;
        findings.fine();
        assert_eq!(state["id"], json!(id));
        assert_eq!(
            (&state["name"], &state["enabled"], &state["key"]),
            (&json!("ci"), &json!(false), &Value::Null)
        );
        assert!(
            state["created_at"].is_string() && state["user_id"].is_string(),
            "{state}"
        );
        let same = host
            .plan(Change::update(
                state.clone(),
                json!({ "name": "ci", "enabled": false }),
            ))
            .await;
        assert_eq!((same.state, same.replaces), (state, vec![]));
    }
    host.shut_down().await;
}

#[tokio::test]
async fn an_import_of_nothing_says_so() {
    let server = Server::start().await;
    let host = configured(&server).await;
    for id in [
        "65f0c0ffee00000000000bad",
        "name:nobody",
        "name:",
        "nonsense",
        "65f0c0ffee",
        "../session",
    ] {
        let (state, findings) = host.import(id).await;
        assert_eq!(state, Value::Null);
        // A name is told without the word that says it is one.
        findings.one_error(&[id.trim_start_matches("name:")]);
    }
    host.shut_down().await;
}

#[tokio::test]
async fn the_keys_of_another_user_are_an_error_and_not_gone() {
    let server = Server::start().await;
    let host = configured(&server).await;
    let mut made = host.create(json!({ "name": "ci" })).await;
    host.shut_down().await;
    made["user_id"] = "65f0c0ffee0000000000abcd".into();
    let host = configured(&server).await;
    host.read(&made, b"")
        .await
        .findings
        .one_error(&["user", "65f0c0ffee0000000000abcd"]);
    host.shut_down().await;
}

#[tokio::test]
async fn data_sources_list_keys_without_their_values() {
    let server = Server::start().await;
    let [one, two] = [server.create("ci-one").await, server.create("deploy").await];
    server.disable(text(&two, "_id")).await;
    let host = configured(&server).await;
    let (all, findings) = host.read_data(KEYS, json!({})).await;
    findings.fine();
    let names = all["api_keys"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|key| key["name"].clone());
    assert_eq!(
        names.collect::<Vec<_>>(),
        ["ci-one", "deploy"],
        "oldest first"
    );
    assert_eq!(all["ids"], json!([one["_id"], two["_id"]]));
    assert!(!all.to_string().contains(text(&one, "key")), "{all}");
    let (single, findings) = host.read_data(KEY, json!({ "name": "deploy" })).await;
    findings.fine();
    assert_eq!(
        (&single["id"], &single["enabled"]),
        (&two["_id"], &json!(false))
    );
    host.shut_down().await;
}

#[tokio::test]
async fn what_an_older_state_lacks_is_filled_in_and_the_value_stays() {
    let server = Server::start().await;
    let host = configured(&server).await;
    let made = host.create(json!({ "name": "ci" })).await;
    let mut older = made.clone();
    (older["user_id"], older["created_at"]) = (Value::Null, Value::Null);
    let read = host.read(&older, b"").await;
    read.findings.fine();
    assert_eq!(read.state, made);
    host.shut_down().await;
}
