//! What happens to a key when the server, or the way to it, does not do its part.

use serde_json::{Value, json};
use terraform_provider_appservices::emulator::{Answer, Fault};

use crate::support::detour::{Deed, Detour};
use crate::support::host::Host;
use crate::support::instance::Instance;
use crate::support::rpc::Change;
use crate::support::server::Server;

/// A provider whose way to the server is a detour.
async fn over(detour: &Detour, server: &Server) -> Host {
    let host = Host::start().await;
    host.configure(detour.config(server)).await.fine();
    host
}

fn text<'a>(state: &'a Value, attribute: &str) -> &'a str {
    state[attribute]
        .as_str()
        .unwrap_or_else(|| panic!("`{attribute}` in {state}"))
}

#[tokio::test]
async fn a_key_that_cannot_be_disabled_still_reaches_the_state() {
    let server = Server::start().await;
    let detour = Detour::to(&server).await;
    let host = over(&detour, &server).await;
    detour.next(
        "PUT",
        "/disable",
        Deed::Refuse(403, r#"{"error":"not today","error_code":"AuthError"}"#),
    );
    let change = Change::create(json!({ "name": "ci", "enabled": false }));
    let planned = host.plan(change.clone()).await;
    let made = host.apply(&change, &planned).await;
    made.findings.one_error(&["not today", "disable"]);
    assert!(
        server
            .log_in_with(text(&made.state, "key"))
            .await
            .is_success(),
        "the value is not lost"
    );
    assert_eq!(text(&made.state, "id").len(), 24);
    assert_eq!(made.state["enabled"], true, "what really holds");
    host.shut_down().await;
}

#[tokio::test]
async fn a_refused_update_leaves_the_state_as_it_was() {
    let server = Server::start().await;
    let detour = Detour::to(&server).await;
    let host = over(&detour, &server).await;
    let made = host.create(json!({ "name": "ci" })).await;
    detour.next(
        "PUT",
        "/disable",
        Deed::Refuse(403, r#"{"error":"not today","error_code":"AuthError"}"#),
    );
    let change = Change::update(made.clone(), json!({ "name": "ci", "enabled": false }))
        .with_private(b"{\"a\":\"b\"}");
    let planned = host.plan(change.clone()).await;
    let kept = host.apply(&change, &planned).await;
    kept.findings.one_error(&["not today", "disable"]);
    assert_eq!(
        (kept.state, kept.private),
        (made, b"{\"a\":\"b\"}".to_vec())
    );
    host.shut_down().await;
}

#[tokio::test]
async fn a_refused_delete_leaves_the_key_in_the_state() {
    let server = Server::start().await;
    let detour = Detour::to(&server).await;
    let host = over(&detour, &server).await;
    let made = host.create(json!({ "name": "ci" })).await;
    detour.next(
        "DELETE",
        text(&made, "id"),
        Deed::Refuse(403, r#"{"error":"not today","error_code":"AuthError"}"#),
    );
    let change = Change::destroy(made.clone());
    let planned = host.plan(change.clone()).await;
    let kept = host.apply(&change, &planned).await;
    // There is no configuration to point at any more, so the text has to name the key.
    kept.findings.one_error(&["not today", "delete", "ci"]);
    assert_eq!(kept.state, made);
    host.shut_down().await;
}

#[tokio::test]
async fn trouble_while_reading_never_looks_like_a_key_that_is_gone() {
    let server = Server::start().await;
    let detour = Detour::to(&server).await;
    let host = over(&detour, &server).await;
    let made = host.create(json!({ "name": "ci" })).await;
    host.shut_down().await;
    for status in [400, 401, 403, 404] {
        let detour = Detour::to(&server).await;
        let host = over(&detour, &server).await;
        for _ in 0..3 {
            detour.next(
                "GET",
                "/auth/api_keys",
                Deed::Refuse(status, r#"{"error":"not today"}"#),
            );
            detour.next(
                "GET",
                text(&made, "id"),
                Deed::Refuse(status, r#"{"error":"not today"}"#),
            );
        }
        let read = host.read(&made, b"").await;
        assert!(read.findings.has_error(), "{status}: {read:?}");
        host.shut_down().await;
    }
}

#[tokio::test]
async fn a_key_that_one_list_forgets_is_not_gone() {
    let server = Server::start().await;
    let detour = Detour::to(&server).await;
    let host = over(&detour, &server).await;
    let made = host.create(json!({ "name": "ci" })).await;
    host.shut_down().await;
    let host = over(&detour, &server).await;
    detour.next("GET", "/auth/api_keys", Deed::Replace(200, "[]"));
    let read = host.read(&made, b"").await;
    read.findings.fine();
    assert_eq!(read.state, made);
    host.shut_down().await;
}

#[tokio::test]
async fn a_session_that_the_server_forgot_is_opened_again() {
    let server = Server::start().await;
    let detour = Detour::to(&server).await;
    let host = over(&detour, &server).await;
    let made = host.create(json!({ "name": "ci" })).await;
    let lost = r#"{"error":"invalid session: failed to find refresh token","error_code":"InvalidSession"}"#;
    detour.next("PUT", "/disable", Deed::Refuse(401, lost));
    let disabled = host
        .update(&made, json!({ "name": "ci", "enabled": false }))
        .await;
    assert_eq!(disabled["enabled"], false);
    host.shut_down().await;
}

#[tokio::test]
async fn the_server_learns_who_asks() {
    let server = Server::start().await;
    let detour = Detour::to(&server).await;
    let host = over(&detour, &server).await;
    host.create(json!({ "name": "ci" })).await;
    host.shut_down().await;
    let expected = format!(
        "terraform-provider-appservices/{} (terraform 1.11.4)",
        env!("CARGO_PKG_VERSION")
    );
    for seen in detour.seen() {
        assert_eq!(
            seen.user_agent.to_lowercase(),
            expected,
            "{} {}",
            seen.method,
            seen.path
        );
    }
}

#[tokio::test]
async fn a_create_whose_answer_is_lost_is_rolled_back_and_made_again() {
    let server = Server::start().await;
    let detour = Detour::to(&server).await;
    let host = over(&detour, &server).await;
    detour.next(
        "POST",
        "/auth/api_keys",
        Deed::Replace(502, "<html></html>"),
    );
    let made = host.create(json!({ "name_prefix": "ci-" })).await;
    assert_eq!(
        server.keys().await,
        json!({ text(&made, "name"): "enabled" })
    );
    assert!(server.log_in_with(text(&made, "key")).await.is_success());
    let deletes = server.count("DELETE", "") - server.count("DELETE", "/auth/session");
    assert_eq!(deletes, 1, "the lost key is gone");
    host.shut_down().await;
}

#[tokio::test]
async fn a_server_that_is_busy_is_asked_again() {
    let server = Server::start().await;
    let detour = Detour::to(&server).await;
    let host = over(&detour, &server).await;
    let busy = || Deed::Refuse(429, r#"{"error":"too many requests"}"#);
    detour.next("POST", "/login", busy());
    detour.next("POST", "/auth/api_keys", busy());
    let made = host.create(json!({ "name": "ci" })).await;
    detour.next(
        "PUT",
        "/disable",
        Deed::Refuse(
            503,
            r#"{"error":"maintenance","error_code":"MaintenanceInProgress"}"#,
        ),
    );
    host.update(&made, json!({ "name": "ci", "enabled": false }))
        .await;
    assert_eq!(server.keys().await, json!({ "ci": "disabled" }));
    host.shut_down().await;
}

#[tokio::test]
async fn a_create_is_sent_once_and_max_retries_times_more() {
    for max_retries in [0, 1, 3] {
        for name in ["name", "name_prefix"] {
            let server = Server::start().await;
            let host = Host::start().await;
            let mut config = server.config();
            config["max_retries"] = json!(max_retries);
            host.configure(config).await.fine();
            let busy = Fault::before("POST", "/auth/api_keys", Answer::new(503)).always();
            server.emulator.inject(busy).expect("a fault");
            let change = Change::create(json!({ name: "ci" }));
            let planned = host.plan(change.clone()).await;
            let made = host.apply(&change, &planned).await;
            made.findings.one_error(&["503"]);
            let sent = server.count("POST", "/auth/api_keys");
            assert_eq!(sent, 1 + max_retries, "{name}");
            host.shut_down().await;
        }
    }
}

#[tokio::test]
async fn a_request_that_never_left_is_known_to_have_done_nothing() {
    let server = Server::start().await;
    let mut key = Instance::default();
    for (config, verb) in [
        (json!({ "name": "ci" }), "create"),
        (json!({ "name": "ci", "enabled": false }), "disable"),
        (json!(null), "delete"),
    ] {
        let before = key.state.clone();
        let host = Host::start().await;
        let detour = Detour::to(&server).await;
        let mut provider = detour.config(&server);
        provider["max_retries"] = 1.into();
        host.configure(provider).await.fine();
        // The first request after the login finds no listener at its port.
        detour.next("POST", "/login", Deed::Last);
        let findings = key.apply(&host, &config).await;
        let error = findings.one_error(&[verb, "could not connect"]);
        assert!(!error.detail.contains("not known whether"), "{error}");
        assert_eq!(key.state, before, "{verb}");
        host.shut_down().await;
        let host = Host::start().await;
        host.configure(server.config()).await.fine();
        key.apply(&host, &config).await.fine();
        host.shut_down().await;
    }
    assert_eq!(server.keys().await, json!({}));
}

#[tokio::test]
async fn sessions_that_are_revoked_between_any_two_requests_are_opened_again() {
    let server = Server::start().await;
    let host = Host::start().await;
    host.configure(server.config()).await.fine();
    let mut key = Instance::default();
    for config in [
        json!({ "name": "ci" }),
        json!({ "name": "ci", "enabled": false }),
        json!({ "name": "ci", "keepers": { "a": "1" } }),
        json!(null),
    ] {
        // Each read and each write begins without a session.
        assert_eq!(key.state.is_null(), server.emulator.revoke_sessions() == 0);
        key.read(&host).await.fine();
        let _ = server.emulator.revoke_sessions();
        key.apply(&host, &config).await.fine();
    }
    host.shut_down().await;
    assert_eq!(server.open_sessions(), 0);
}
