//! Creates that no answer and no list ever decided.

use super::*;

/// An entry with the full name and nothing else.
async fn unfinished(server: &Server, host: &Host, config: &Value) -> Instance {
    inject(
        server,
        Fault::before("GET", POST, Answer::new(403)).always(),
    );
    inject(server, Fault::after("POST", POST, FaultEffect::Reset));
    let mut key = Instance::default();
    let findings = key.run(host, config).await;
    let name = key.state["name"].as_str().expect("a name").to_owned();
    findings.one_error(&[&name, "The state keeps that name"]);
    assert!(
        key.tainted && name.starts_with("ci-") && name.len() == 28,
        "{name}"
    );
    for null in ["id", "key", "key_fingerprint", "created_at"] {
        assert_eq!(key.state[null], Value::Null, "{null}");
    }
    assert_eq!(server.emulator.keys().len(), 1);
    server.emulator.clear_faults();
    key
}

#[tokio::test]
async fn a_random_name_that_no_list_shows_is_kept_and_replaced_by_the_next_run() {
    for (refreshes, untainted) in [(true, false), (false, false), (true, true), (false, true)] {
        let (server, host) = ahead_by(0).await;
        let config = json!({ "name_prefix": "ci-" });
        let mut key = unfinished(&server, &host, &config).await;
        host.shut_down().await;
        let host = next_run(&server).await;
        if refreshes {
            key.read(&host).await.fine();
            assert_eq!(key.state["id"], server.emulator.keys()[0].id.as_str());
            assert_eq!(key.state["key"], Value::Null);
        }
        key.tainted = !untainted;
        assert_eq!(key.plan(&host, &config).await.0, Action::Replace);
        // Core hands no private data to the deleting half.
        key.private = Vec::new();
        key.apply(&host, &config).await.fine();
        assert_eq!(deletes(&server), 1, "{refreshes} {untainted}");
        is_whole(&server, &key).await;
        let (action, _) = key.refreshed_plan(&host, &config).await;
        assert_eq!(action, Action::Nothing);
        host.shut_down().await;
    }
}

#[tokio::test]
async fn a_random_name_that_no_list_shows_is_deleted_by_a_destroy() {
    for on_destroy in ["delete", "disable"] {
        let (server, host) = ahead_by(0).await;
        let config = json!({ "name_prefix": "ci-", "on_destroy": on_destroy });
        let mut key = unfinished(&server, &host, &config).await;
        host.shut_down().await;
        let host = next_run(&server).await;
        // As with `-refresh=false`.
        key.apply(&host, &Value::Null).await.fine();
        assert_eq!((server.emulator.keys(), &key.state), (vec![], &Value::Null));
        host.shut_down().await;
    }
}

#[tokio::test]
async fn a_random_name_that_never_appears_is_named_by_the_destroy() {
    let (server, host) = ahead_by(0).await;
    inject(
        &server,
        Fault::before("POST", POST, Answer::new(502)).always(),
    );
    let mut key = Instance::default();
    let config = json!({ "name_prefix": "ci-" });
    let findings = key.run(&host, &config).await;
    let name = key.state["name"].as_str().expect("a name").to_owned();
    findings.one_error(&[&name, "502"]);
    server.emulator.clear_faults();
    key.read(&host).await.fine();
    assert_eq!(key.state["name"], name.as_str(), "the entry stays");
    let findings = key.run(&host, &Value::Null).await;
    findings.fine();
    assert!(
        findings
            .to_string()
            .contains(&format!("No user API key {name} was found")),
        "{findings}"
    );
    assert_eq!((deletes(&server), &key.state), (0, &Value::Null));
    host.shut_down().await;
}

#[tokio::test]
async fn a_lost_key_that_cannot_be_deleted_is_remembered_and_deleted_by_the_next_run() {
    let (server, host) = ahead_by(0).await;
    inject(&server, Fault::after("POST", POST, FaultEffect::Reset));
    let stuck = Fault::before("DELETE", "/auth/api_keys/{id}", Answer::new(403)).always();
    inject(&server, stuck);
    let mut key = Instance::default();
    let config = json!({ "name_prefix": "ci-" });
    key.run(&host, &config)
        .await
        .one_error(&["ci-", "value", "delete"]);
    assert_eq!(server.emulator.keys().len(), 1);
    assert!(key.state.is_object() && key.state["key"].is_null());
    server.emulator.clear_faults();
    host.shut_down().await;
    let host = next_run(&server).await;
    key.run(&host, &config).await.fine();
    is_whole(&server, &key).await;
    host.shut_down().await;
}
