//! Ephemeral resources: what is open works, what is closed is gone, and nothing is left behind on the way.

mod end;

use std::pin::pin;

use jiff::Timestamp;
use serde_json::{Value, json};

use terraform_provider_appservices::emulator::{Answer, Fault, Injected};

use crate::support::detour::{Deed, Detour, Held};
use crate::support::host::{Host, configured_with_server as configured};
use crate::support::proto::tfplugin6::stop_provider;
use crate::support::rpc::{Findings, KEY, answer};
use crate::support::server::Server;
use crate::support::value::UNKNOWN;

const TOKEN: &str = "appservices_access_token";

fn text<'a>(result: &'a Value, name: &str) -> &'a str {
    result[name]
        .as_str()
        .unwrap_or_else(|| panic!("no `{name}`"))
}

async fn interrupt(host: &Host) {
    let stopped = answer(host.provider().stop_provider(stop_provider::Request {})).await;
    assert_eq!(stopped.error, "");
}

/// The one key there is.
async fn only_key(server: &Server) -> String {
    let keys = server.keys().await;
    let names = keys.as_object().expect("an object").keys();
    let [name] = names.collect::<Vec<_>>()[..] else {
        panic!("one key, not {keys}");
    };
    name.clone()
}

#[tokio::test]
async fn both_have_schemas_that_hide_the_secret() {
    let host = Host::start().await;
    let schemas = &host.schema().await.ephemeral_resource_schemas;
    for (kind, secret) in [(KEY, "key"), (TOKEN, "access_token")] {
        let block = schemas[kind].block.as_ref().expect("a block");
        let sensitive = block.attributes.iter().filter(|one| one.sensitive);
        let names = sensitive.map(|one| one.name.as_str()).collect::<Vec<_>>();
        assert_eq!(names, [secret]);
    }
    assert_eq!(schemas.len(), 2);
    host.shut_down().await;
}

#[tokio::test]
async fn unknown_names_are_fine_and_two_names_are_not() {
    let host = Host::start().await;
    for config in [
        json!({}),
        json!({ "name": UNKNOWN }),
        json!({ "name_prefix": UNKNOWN }),
        json!({ "name": UNKNOWN, "name_prefix": "ci-" }),
        json!({ "name": "ci" }),
    ] {
        host.validate_ephemeral(KEY, config).await.fine();
    }
    host.validate_ephemeral(TOKEN, json!({})).await.fine();
    let both = json!({ "name": "ci", "name_prefix": "ci-" });
    let found = host.validate_ephemeral(KEY, both).await;
    found.one_error(&["name"]).is_at("name_prefix");
    let found = host.validate_ephemeral(KEY, json!({ "name": "a b" })).await;
    found.one_error(&["name"]).is_at("name");
    host.shut_down().await;
}

#[tokio::test]
async fn a_key_works_while_it_is_open_and_is_gone_afterwards() {
    let (server, host) = configured().await;
    let open = host.open(KEY, json!({})).await;
    let name = text(&open.result, "name");
    assert!(name.starts_with("terraform-ephemeral-"), "{name}");
    assert_eq!(server.keys().await, json!({ name: "enabled" }));
    let value = text(&open.result, "key");
    assert!(server.log_in_with(value).await.is_success());
    assert_eq!(open.renew_at, None, "a key does not end by itself");
    host.close(KEY, open.private.clone()).await.fine();
    assert_eq!(server.keys().await, json!({}));
    assert!(!server.log_in_with(value).await.is_success());
    host.shut_down().await;
    assert_eq!(server.open_sessions(), 0);
}

#[tokio::test]
async fn names_and_prefixes_stay_as_they_are_configured() {
    let (server, host) = configured().await;
    let named = host.open(KEY, json!({ "name": "ci" })).await;
    assert_eq!(text(&named.result, "name"), "ci");
    let prefixed = host.open(KEY, json!({ "name_prefix": "deploy-" })).await;
    assert!(text(&prefixed.result, "name").starts_with("deploy-"));
    let id = text(&named.result, "id");
    assert_eq!(id.len(), 24);
    let created_at: Timestamp = text(&named.result, "created_at").parse().expect("RFC 3339");
    assert!(created_at.as_second() > 0);
    assert_eq!(named.result["user_id"], prefixed.result["user_id"]);
    for open in [named, prefixed] {
        host.close(KEY, open.private).await.fine();
    }
    assert_eq!(server.keys().await, json!({}));
    host.shut_down().await;
}

#[tokio::test]
async fn two_that_are_open_at_once_are_closed_each_for_itself() {
    let (server, host) = configured().await;
    let first = host.open(KEY, json!({})).await;
    let second = host.open(KEY, json!({})).await;
    host.close(KEY, first.private).await.fine();
    assert_eq!(only_key(&server).await, text(&second.result, "name"));
    host.close(KEY, second.private).await.fine();
    assert_eq!(server.keys().await, json!({}));
    host.shut_down().await;
}

#[tokio::test]
async fn closing_gets_what_opening_kept_however_often_it_was_renewed() {
    let (server, host) = configured().await;
    let open = host.open(KEY, json!({})).await;
    let mut private = open.private.clone();
    for _ in 0..2 {
        let renewed = host.renew(KEY, private).await;
        Findings::of(renewed.diagnostics).fine();
        assert_eq!(renewed.renew_at, None);
        private = renewed.private;
    }
    assert_eq!(
        server.keys().await.as_object().map(serde_json::Map::len),
        Some(1)
    );
    host.close(KEY, open.private).await.fine();
    assert_eq!(server.keys().await, json!({}));
    host.shut_down().await;
}

#[tokio::test]
async fn what_is_kept_is_not_the_value() {
    let (_server, host) = configured().await;
    let open = host.open(KEY, json!({})).await;
    let value = text(&open.result, "key");
    let kept = open.private.expect("the way to close it");
    let kept = String::from_utf8_lossy(&kept);
    assert!(!kept.contains(value) && kept.contains(text(&open.result, "id")));
    host.shut_down().await;
}

#[tokio::test]
async fn a_key_that_is_gone_already_is_closed() {
    let (server, host) = configured().await;
    let open = host.open(KEY, json!({})).await;
    server.delete(text(&open.result, "id")).await;
    host.close(KEY, open.private.clone()).await.fine();
    host.close(KEY, open.private).await.fine();
    host.shut_down().await;
}

#[tokio::test]
async fn closing_without_what_opening_kept_says_so() {
    let (_server, host) = configured().await;
    for private in [None, Some(Vec::new()), Some(b"\xff{".to_vec())] {
        host.close(KEY, private).await.one_error(&["close"]);
    }
    host.shut_down().await;
}

#[tokio::test]
async fn a_close_that_fails_says_what_is_still_there() {
    let server = Server::start().await;
    let detour = Detour::to(&server).await;
    let host = Host::start().await;
    host.configure(detour.config(&server)).await.fine();
    let open = host.open(KEY, json!({})).await;
    let id = text(&open.result, "id");
    detour.next("DELETE", id, Deed::Refuse(400, r#"{"error":"no"}"#));
    let found = host.close(KEY, open.private.clone()).await;
    found.one_error(&[id, "still on the server"]);
    host.close(KEY, open.private).await.fine();
    assert_eq!(server.keys().await, json!({}));
    host.shut_down().await;
}

#[tokio::test]
async fn an_open_that_fails_leaves_nothing() {
    let (server, host) = configured().await;
    server.create("ci").await;
    let found = host.fail_to_open(KEY, json!({ "name": "ci" })).await;
    found.one_error(&["ci"]);
    assert_eq!(server.keys().await, json!({ "ci": "enabled" }));
    host.shut_down().await;
    assert_eq!(server.open_sessions(), 0);
}

#[tokio::test]
async fn an_open_whose_answer_is_lost_leaves_one_key_and_closing_none() {
    let server = Server::start().await;
    let detour = Detour::to(&server).await;
    let host = Host::start().await;
    host.configure(detour.config(&server)).await.fine();
    let lost = Deed::Replace(502, "<html>bad gateway</html>");
    detour.next("POST", "/auth/api_keys", lost);
    let open = host.open(KEY, json!({})).await;
    assert_eq!(only_key(&server).await, text(&open.result, "name"));
    host.close(KEY, open.private).await.fine();
    assert_eq!(server.keys().await, json!({}));
    host.shut_down().await;
}

/// Nothing is tried again after an interrupt, except what would leave a key that can log in.
#[tokio::test]
async fn a_close_goes_on_after_an_interrupt() {
    let server = Server::start().await;
    let detour = Detour::to(&server).await;
    let host = Host::start().await;
    host.configure(detour.config(&server)).await.fine();
    let open = host.open(KEY, json!({})).await;
    let held = Held::new();
    let busy = Deed::HoldAndRefuse(held.clone(), 503, r#"{"error":"busy"}"#);
    detour.next("DELETE", text(&open.result, "id"), busy);
    let (closed, ()) = tokio::join!(host.close(KEY, open.private), async {
        held.arrives().await;
        interrupt(&host).await;
        held.let_go();
    });
    closed.fine();
    assert_eq!(server.keys().await, json!({}));
    host.shut_down().await;
}

/// The others fail at once then, without a request.
#[tokio::test]
async fn a_close_is_tried_though_the_server_is_known_to_be_down() {
    let server = Server::start().await;
    let host = Host::start().await;
    let mut config = server.config();
    config["max_retries"] = json!(0);
    host.configure(config).await.fine();
    let open = host.open(KEY, json!({})).await;
    let down = Fault::before("GET", "/auth/api_keys", Answer::new(503)).always();
    let down = server.emulator.inject(down).expect("a fault");
    for asked in [1, 2, 2] {
        let (_, found) = host.read_data("appservices_user_api_keys", json!({})).await;
        found.one_error(&["503"]);
        assert_eq!(down.hits(), asked);
    }
    down.clear();
    host.close(KEY, open.private).await.fine();
    assert_eq!(server.keys().await, json!({}));
    host.shut_down().await;
}

/// Something on the way refused both; the server knows the session all the time.
#[tokio::test]
async fn a_close_is_tried_after_a_stray_refusal_of_a_list_and_of_the_login() {
    for (list, login) in [(401, 401), (401, 403), (403, 403)] {
        let (server, host) = configured().await;
        let open = host.open(KEY, json!({})).await;
        let path = "/app/{app_id}/auth/providers/{provider}/login";
        let strays = [
            Fault::before("GET", "/auth/api_keys", Answer::new(list)),
            Fault::before("POST", path, Answer::new(login)),
        ];
        let strays = strays.map(|stray| server.emulator.inject(stray).expect("a fault"));
        let (_, found) = host.read_data("appservices_user_api_keys", json!({})).await;
        assert!(found.has_error(), "{list} {login}");
        host.close(KEY, open.private).await.fine();
        strays.iter().for_each(Injected::clear);
        assert_eq!(server.keys().await, json!({}), "{list} {login}");
        host.shut_down().await;
    }
}

#[tokio::test]
async fn a_login_that_is_refused_opens_nothing() {
    let server = Server::start().await;
    let host = Host::start().await;
    let mut config = server.config();
    config["password"] = json!("wrong");
    host.configure(config).await.fine();
    for kind in [KEY, TOKEN] {
        let found = host.fail_to_open(kind, json!({})).await;
        found.one_error(&["password"]);
    }
    assert_eq!(server.keys().await, json!({}));
    host.shut_down().await;
}
