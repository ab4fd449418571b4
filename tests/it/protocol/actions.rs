//! Actions: a key stops working now. Progress, then exactly one end.

use serde_json::{Value, json};

use crate::support::detour::{Deed, Detour};
use crate::support::host::{Host, configured_with_server as configured};
use crate::support::rpc::Findings;
use crate::support::server::{APP_ID, Server};
use crate::support::value::UNKNOWN;

const DISABLE: &str = "appservices_user_api_key_disable";
const DELETE: &str = "appservices_user_api_key_delete";
const MISSING: &str = "65f0c0ffee0000000000d001";

fn id(key: &Value) -> &str {
    key["_id"].as_str().expect("an id")
}

#[tokio::test]
async fn both_take_the_id_of_a_key() {
    let host = Host::start().await;
    let schemas = &host.schema().await.action_schemas;
    let mut kinds = schemas.keys().map(String::as_str).collect::<Vec<_>>();
    kinds.sort_unstable();
    assert_eq!(kinds, [DELETE, DISABLE]);
    for kind in kinds {
        let schema = schemas[kind].schema.as_ref().expect("a schema");
        let block = schema.block.as_ref().expect("a block");
        let [id] = &block.attributes[..] else {
            panic!("one attribute, not {:?}", block.attributes);
        };
        assert!(id.name == "id" && id.required && !id.computed, "{id:?}");
    }
    host.shut_down().await;
}

#[tokio::test]
async fn an_unknown_id_is_fine_and_a_wrong_one_is_not() {
    let (server, host) = configured().await;
    for kind in [DISABLE, DELETE] {
        for known in [MISSING, UNKNOWN] {
            let config = json!({ "id": known });
            host.validate_action(kind, config.clone()).await.fine();
            let planned = host.plan_action(kind, config, None).await;
            Findings::of(planned.diagnostics).fine();
            assert!(planned.deferred.is_none());
        }
        let found = host.validate_action(kind, json!({ "id": "ci" })).await;
        found.one_error(&["24"]).is_at("id");
        // With `-invoke`, a value that was unknown before is checked by nothing but the plan.
        for wrong in [json!("ci"), Value::Null] {
            let planned = host.plan_action(kind, json!({ "id": wrong }), None).await;
            let found = Findings::of(planned.diagnostics);
            let error = found.one_error(&["id"]);
            assert!(!error.to_string().contains("bug"), "{error}");
        }
    }
    assert_eq!(server.requests(), [""; 0], "a plan needs no server");
    host.shut_down().await;
}

#[tokio::test]
async fn a_key_is_disabled() {
    let (server, host) = configured().await;
    let key = server.create("ci").await;
    // The second time there is nothing to do, and that is fine too.
    for _ in 0..2 {
        let (progress, end) = host.invoke(DISABLE, json!({ "id": key["_id"] })).await;
        end.fine();
        assert!(end.0.is_empty(), "{end}");
        assert!(!progress.is_empty());
        assert!(progress.iter().all(|line| line.contains(id(&key))));
        assert_eq!(server.keys().await, json!({ "ci": "disabled" }));
    }
    let value = key["key"].as_str().expect("a value");
    assert!(!server.log_in_with(value).await.is_success());
    host.shut_down().await;
    assert_eq!(server.open_sessions(), 0);
}

#[tokio::test]
async fn a_key_is_deleted() {
    let (server, host) = configured().await;
    let key = server.create("ci").await;
    server.create("other").await;
    for said in ["is deleted", "is gone already"] {
        let (progress, end) = host.invoke(DELETE, json!({ "id": key["_id"] })).await;
        end.fine();
        let last = progress.last().expect("progress");
        assert!(last.contains(said), "{progress:?}");
        assert_eq!(server.keys().await, json!({ "other": "enabled" }));
    }
    host.shut_down().await;
}

#[tokio::test]
async fn a_key_that_is_gone_cannot_log_in_either() {
    let (_server, host) = configured().await;
    for kind in [DISABLE, DELETE] {
        let (progress, end) = host.invoke(kind, json!({ "id": MISSING })).await;
        end.fine();
        let last = progress.last().expect("progress");
        assert!(last.contains("gone"), "{progress:?}");
    }
    host.shut_down().await;
}

#[tokio::test]
async fn what_the_server_refuses_is_the_error_at_the_end() {
    let server = Server::start().await;
    let key = server.create("own").await;
    let host = Host::start().await;
    let config = json!({ "base_url": server.url(), "app_id": APP_ID, "api_key": key["key"] });
    host.configure(config).await.fine();
    let (progress, end) = host.invoke(DELETE, json!({ "id": key["_id"] })).await;
    end.one_error(&[id(&key)]);
    assert!(!progress.iter().any(|line| line.contains("is deleted")));
    assert_eq!(server.keys().await, json!({ "own": "enabled" }));
    host.shut_down().await;
}

#[tokio::test]
async fn trouble_is_never_taken_for_gone() {
    let server = Server::start().await;
    let detour = Detour::to(&server).await;
    let key = server.create("ci").await;
    let host = Host::start().await;
    host.configure(detour.config(&server)).await.fine();
    for (kind, method, path) in [
        (DISABLE, "PUT", format!("{}/disable", id(&key))),
        (DELETE, "DELETE", id(&key).to_owned()),
    ] {
        let refused = Deed::Refuse(400, r#"{"error":"no","error_code":"BadRequest"}"#);
        detour.next(method, &path, refused);
        let (_, end) = host.invoke(kind, json!({ "id": key["_id"] })).await;
        end.one_error(&[id(&key)]);
        assert_eq!(server.keys().await, json!({ "ci": "enabled" }));
    }
    host.shut_down().await;
}

#[tokio::test]
async fn a_login_that_is_refused_ends_it_too() {
    let server = Server::start().await;
    let host = Host::start().await;
    let mut config = server.config();
    config["password"] = json!("wrong");
    host.configure(config).await.fine();
    for kind in [DISABLE, DELETE] {
        let (_, end) = host.invoke(kind, json!({ "id": MISSING })).await;
        end.one_error(&["password"]);
    }
    host.shut_down().await;
}
