//! A key's name: given, or made from a prefix.

use serde_json::{Value, json};

use crate::support::detour::Detour;
use crate::support::host::{Host, configured};
use crate::support::instance::{Action, Instance};
use crate::support::rpc::Change;
use crate::support::server::Server;
use crate::support::value::UNKNOWN;

fn text<'a>(state: &'a Value, attribute: &str) -> &'a str {
    state[attribute]
        .as_str()
        .unwrap_or_else(|| panic!("`{attribute}` in {state}"))
}

#[tokio::test]
async fn a_key_needs_a_name_or_a_prefix_and_never_both() {
    let host = Host::start().await;
    host.validate(json!({}))
        .await
        .one_error(&["name", "name_prefix"]);
    host.validate(json!({ "name": "ci", "name_prefix": "ci-" }))
        .await
        .one_error(&["name", "name_prefix"]);
    for fine in [
        json!({ "name": "ci" }),
        json!({ "name_prefix": "ci-" }),
        json!({ "name": UNKNOWN }),
        json!({ "name_prefix": UNKNOWN }),
        // Either may still turn out to be null.
        json!({ "name": "ci", "name_prefix": UNKNOWN }),
        json!({ "name": UNKNOWN, "name_prefix": "ci-" }),
        json!({ "name": UNKNOWN, "name_prefix": UNKNOWN }),
    ] {
        host.validate(fine).await.fine();
    }
}

#[tokio::test]
async fn a_prefix_keeps_to_the_alphabet_of_names() {
    let host = Host::start().await;
    for prefix in ["two words", "döner", "a/b", "a."] {
        let found = host.validate(json!({ "name_prefix": prefix })).await;
        found.one_error(&["letters", "digits"]).is_at("name_prefix");
    }
    host.validate(json!({ "name_prefix": "" }))
        .await
        .one_error(&[])
        .is_at("name_prefix");
    for prefix in ["ci", "CI_2-", "-", "_"] {
        host.validate(json!({ "name_prefix": prefix })).await.fine();
    }
}

#[tokio::test]
async fn a_prefix_makes_names_that_are_unique_and_sort_by_age() {
    let server = Server::start().await;
    let host = configured(&server).await;
    let mut names = Vec::new();
    for _ in 0..5 {
        let made = host.create(json!({ "name_prefix": "deploy_2-" })).await;
        let name = text(&made, "name").to_owned();
        let suffix = name
            .strip_prefix("deploy_2-")
            .unwrap_or_else(|| panic!("{name} begins with the prefix"));
        assert!(!suffix.is_empty(), "{name}");
        assert!(
            suffix
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')),
            "{name}"
        );
        assert_eq!(text(&made, "name_prefix"), "deploy_2-");
        names.push(name);
    }
    host.shut_down().await;
    // Another process does not begin anew.
    let host = configured(&server).await;
    names.push(
        text(
            &host.create(json!({ "name_prefix": "deploy_2-" })).await,
            "name",
        )
        .to_owned(),
    );
    host.shut_down().await;
    let mut sorted = names.clone();
    sorted.sort();
    sorted.dedup();
    assert_eq!(names, sorted);
    let lengths = names.iter().map(String::len).collect::<Vec<_>>();
    assert!(
        lengths.iter().all(|length| *length == lengths[0]),
        "only names of one length sort well: {names:?}"
    );
}

#[tokio::test]
async fn names_made_at_once_by_many_processes_differ() {
    let server = Server::start().await;
    let (one, two) = tokio::join!(configured(&server), configured(&server));
    let config = || json!({ "name_prefix": "ci-" });
    let made = tokio::join!(
        one.create(config()),
        one.create(config()),
        two.create(config()),
        two.create(config())
    );
    let mut names = [&made.0, &made.1, &made.2, &made.3].map(|made| text(made, "name").to_owned());
    names.sort();
    let mut unique = names.to_vec();
    unique.dedup();
    assert_eq!(unique, names);
    tokio::join!(one.shut_down(), two.shut_down());
}

#[tokio::test]
async fn a_name_from_a_prefix_is_known_once_the_key_exists() {
    let server = Server::start().await;
    let host = configured(&server).await;
    let config = json!({ "name_prefix": "ci-" });
    let planned = host.plan(Change::create(config.clone())).await;
    assert_eq!(planned.state["name"], UNKNOWN);
    let mut key = Instance::create(&host, config.clone()).await;
    let (action, _) = key.refreshed_plan(&host, &config).await;
    assert_eq!(action, Action::Nothing);
    let disabled = json!({ "name_prefix": "ci-", "enabled": false });
    let (action, planned) = key.plan(&host, &disabled).await;
    assert_eq!(action, Action::Update);
    let mut expected = key.state.clone();
    expected["enabled"] = false.into();
    assert_eq!(planned.state, expected, "everything that stays is known");
    host.shut_down().await;
}

#[tokio::test]
async fn another_prefix_is_another_key() {
    let server = Server::start().await;
    let host = configured(&server).await;
    let mut key = Instance::create(&host, json!({ "name_prefix": "ci-" })).await;
    let old = key.state.clone();
    let config = json!({ "name_prefix": "deploy-" });
    let (action, planned) = key.plan(&host, &config).await;
    assert_eq!(action, Action::Replace);
    assert!(
        planned.replaces.contains(&"name_prefix".to_owned()),
        "{planned:?}"
    );
    key.run(&host, &config).await.fine();
    assert!(text(&key.state, "name").starts_with("deploy-"));
    assert_ne!(key.state["id"], old["id"]);
    assert_ne!(key.state["key"], old["key"]);
    assert_eq!(
        server.keys().await.as_object().map(serde_json::Map::len),
        Some(1)
    );
    host.shut_down().await;
}

#[tokio::test]
async fn from_a_name_to_a_prefix_and_back_is_another_key_unless_the_name_fits() {
    let server = Server::start().await;
    let host = configured(&server).await;
    let key = Instance::create(&host, json!({ "name": "ci" })).await;
    let (action, _) = key.plan(&host, &json!({ "name_prefix": "deploy-" })).await;
    assert_eq!(action, Action::Replace);
    let key = Instance::create(&host, json!({ "name_prefix": "web-" })).await;
    let (action, _) = key.plan(&host, &json!({ "name": "web" })).await;
    assert_eq!(action, Action::Replace);
    host.shut_down().await;
}

#[tokio::test]
async fn a_duplicate_name_explains_itself_in_full() {
    let server = Server::start().await;
    let host = configured(&server).await;
    let existing = server.create("ci").await;
    let id = text(&existing, "_id");
    let change = Change::create(json!({ "name": "ci" }));
    let planned = host.plan(change.clone()).await;
    let made = host.apply(&change, &planned).await;
    let error = made.findings.one_error(&[
        id,
        "terraform import",
        "import {",
        &format!("id = \"{id}\""),
        "replace_existing",
    ]);
    error.is_at("name");
    assert_eq!(made.state, Value::Null);
    assert_eq!(server.keys().await, json!({ "ci": "enabled" }));
    host.shut_down().await;
}

#[tokio::test]
async fn a_made_name_that_is_taken_is_made_again_or_explained() {
    let server = Server::start().await;
    let detour = Detour::to(&server).await;
    let host = Host::start().await;
    host.configure(detour.config(&server)).await.fine();
    detour.next(
        "POST",
        "/auth/api_keys",
        crate::support::detour::Deed::Refuse(
            409,
            r#"{"error":"API key with name already exists","error_code":"APIKeyAlreadyExists"}"#,
        ),
    );
    let change = Change::create(json!({ "name_prefix": "ci-" }));
    let planned = host.plan(change.clone()).await;
    let made = host.apply(&change, &planned).await;
    if made.findings.has_error() {
        made.findings.one_error(&["ci-"]);
        assert_eq!((made.state, server.keys().await), (Value::Null, json!({})));
    } else {
        let name = text(&made.state, "name");
        assert_eq!(server.keys().await, json!({ name: "enabled" }));
    }
    host.shut_down().await;
}
