//! The list resource: filters, limits, order, what an event holds, and how the stream ends.

use serde_json::{Value, json};

use crate::support::host::Host;
use crate::support::patient;
use crate::support::proto::tfplugin6::list_resource::Event;
use crate::support::rpc::{Findings, KEY, Search, identity};
use crate::support::server::{APP_ID, Server};
use crate::support::value::{UNKNOWN, read};

/// A server with these keys, and a host that is configured for it.
async fn with_keys(names: &[&str]) -> (Server, Host, Vec<Value>) {
    let server = Server::start().await;
    let mut keys = Vec::new();
    for name in names {
        keys.push(server.create(name).await);
    }
    let host = Host::start().await;
    host.configure(server.config()).await.fine();
    (server, host, keys)
}

fn names(events: &[Event]) -> Vec<&str> {
    for event in events {
        assert!(event.diagnostic.is_empty(), "{:?}", event.diagnostic);
    }
    let names = events.iter().map(|event| event.display_name.as_str());
    names.collect()
}

#[tokio::test]
async fn its_filters_have_a_schema_and_are_checked() {
    let host = Host::start().await;
    let schemas = &host.schema().await.list_resource_schemas;
    assert_eq!(schemas.keys().collect::<Vec<_>>(), [KEY]);
    let block = schemas[KEY].block.as_ref().expect("a block");
    // With a required one, the whole `config` block would be mandatory.
    assert!(block.attributes.iter().all(|attribute| attribute.optional));
    for config in [
        json!({}),
        json!({ "name_prefix": UNKNOWN, "name_regex": UNKNOWN, "enabled": UNKNOWN }),
        json!({ "name_prefix": "ci-", "name_regex": "^ci", "enabled": true }),
    ] {
        host.validate_list(config).await.fine();
    }
    let found = host.validate_list(json!({ "name_regex": "(" })).await;
    found.one_error(&["name_regex"]).is_at("name_regex");
    host.shut_down().await;
}

#[tokio::test]
async fn every_key_is_there_oldest_first_and_named_for_good() {
    let (_server, host, keys) = with_keys(&["b", "a", "c"]).await;
    let events = host.list(Search::by(json!({}))).await;
    assert_eq!(names(&events), ["b", "a", "c"]);
    for (event, key) in events.into_iter().zip(&keys) {
        assert!(
            event.resource_object.is_none(),
            "the host did not ask for it"
        );
        let identity = identity(event.identity);
        assert_eq!(identity["id"], key["_id"]);
        assert_eq!(identity["app_id"], APP_ID);
        assert!(identity["user_id"].is_string());
    }
    host.shut_down().await;
}

#[tokio::test]
async fn filters_are_all_to_be_met() {
    let (server, host, keys) = with_keys(&["ci-1", "ci-2", "deploy-1", "other"]).await;
    server
        .disable(keys[1]["_id"].as_str().expect("an id"))
        .await;
    for (filters, expected) in [
        (json!({ "name_prefix": "ci-" }), &["ci-1", "ci-2"][..]),
        (json!({ "name_regex": "-1$" }), &["ci-1", "deploy-1"]),
        (json!({ "enabled": false }), &["ci-2"]),
        (json!({ "enabled": true, "name_prefix": "ci-" }), &["ci-1"]),
        (json!({ "name_prefix": "ci-", "name_regex": "y" }), &[]),
    ] {
        let events = host.list(Search::by(filters.clone())).await;
        assert_eq!(names(&events), expected, "{filters}");
    }
    host.shut_down().await;
}

#[tokio::test]
async fn there_are_never_more_than_the_limit() {
    let (_server, host, _) = with_keys(&["a", "b", "c"]).await;
    for (limit, expected) in [(1, &["a"][..]), (2, &["a", "b"]), (3, &["a", "b", "c"])] {
        let search = Search {
            limit,
            ..Search::by(json!({}))
        };
        assert_eq!(names(&host.list(search).await), expected);
    }
    let search = Search {
        limit: 1,
        ..Search::by(json!({ "name_regex": "[bc]" }))
    };
    assert_eq!(names(&host.list(search).await), ["b"], "after the filters");
    host.shut_down().await;
}

#[tokio::test]
async fn the_object_comes_when_it_is_asked_for_and_never_with_a_value() {
    let (server, host, keys) = with_keys(&["ci", "off"]).await;
    server
        .disable(keys[1]["_id"].as_str().expect("an id"))
        .await;
    let search = Search {
        with_object: true,
        ..Search::by(json!({}))
    };
    let events = host.list(search).await;
    assert_eq!(names(&events), ["ci", "off"]);
    for (event, key) in events.into_iter().zip(&keys) {
        let (imported, _) = host.import(key["_id"].as_str().expect("an id")).await;
        let object = read(event.resource_object.clone());
        assert_eq!(object, imported, "the state that an import would have");
        assert_eq!(object["key"], json!(null));
        let value = key["key"].as_str().expect("a value");
        assert!(!format!("{event:?}").contains(value));
        let bytes = event.resource_object.expect("an object").msgpack;
        let found = bytes
            .windows(value.len())
            .any(|part| part == value.as_bytes());
        assert!(!found, "a value in the object");
    }
    host.shut_down().await;
}

#[tokio::test]
async fn a_host_that_has_seen_enough_ends_the_search() {
    let names = (0..20).map(|number| format!("ci-{number}"));
    let names = names.collect::<Vec<_>>();
    let names = names.iter().map(String::as_str).collect::<Vec<_>>();
    let (server, host, _) = with_keys(&names).await;
    for _ in 0..3 {
        let mut stream = host.search(Search::by(json!({}))).await;
        let first = patient("an event", stream.message()).await;
        let first = first.expect("no status").expect("an event");
        assert_eq!(first.display_name, "ci-0");
        drop(stream);
    }
    // A search that went on would keep the process from ending well.
    host.shut_down().await;
    assert_eq!(server.open_sessions(), 0);
}

#[tokio::test]
async fn no_keys_are_no_events() {
    let (_server, host, _) = with_keys(&[]).await;
    assert!(host.list(Search::by(json!({}))).await.is_empty());
    host.shut_down().await;
}

#[tokio::test]
async fn what_keeps_it_from_searching_is_the_one_event() {
    let server = Server::start().await;
    server.create("ci").await;
    let host = Host::start().await;
    let mut config = server.config();
    config["password"] = json!("wrong");
    host.configure(config).await.fine();
    let mut events = host.list(Search::by(json!({}))).await;
    let event = events.pop().expect("an event");
    assert!(events.is_empty() && event.identity.is_none());
    Findings::of(event.diagnostic).one_error(&["password"]);
    host.shut_down().await;
}
