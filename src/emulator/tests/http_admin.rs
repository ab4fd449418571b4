//! Faults over HTTP.

use serde_json::{Value, json};

use super::http::World;
use crate::emulator::{Fault, FaultEffect, Options};

async fn start() -> World {
    World::with(Options {
        fault_endpoint: true,
        ..Options::default()
    })
    .await
}

/// Status and body, null for none, of a request outside the API.
async fn call(world: &World, method: &str, path: &str, body: Option<&str>) -> (u16, Value) {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let method = reqwest::Method::from_bytes(method.as_bytes()).unwrap();
    let url = format!("{}{path}", world.emulator.url());
    let mut request = client.request(method, url);
    if let Some(body) = body {
        request = request
            .header("Content-Type", "application/json")
            .body(body.to_owned());
    }
    let response = request.send().await.unwrap();
    let status = response.status().as_u16();
    let text = response.text().await.unwrap();
    (status, serde_json::from_str(&text).unwrap_or_default())
}

async fn add(world: &World, fault: &Value) -> u64 {
    let (status, body) = call(world, "POST", "/emulator/faults", Some(&fault.to_string())).await;
    assert_eq!(status, 201, "{body}");
    body["id"].as_u64().unwrap()
}

#[tokio::test]
async fn a_fault_is_added_listed_met_and_removed() {
    let world = start().await;
    let answer = json!({ "status": 503, "headers": { "Retry-After": "1" }, "body": "later" });
    let id = add(
        &world,
        &json!({ "method": "get", "path": "/auth/profile", "skip": 1, "effect": { "answer": answer } }),
    )
    .await;
    let access = world.log_in_ci().await.access;
    for status in [200, 503, 200] {
        let answer = world.request("GET", "/auth/profile").bearer_auth(&access);
        let answer = answer.send().await.unwrap();
        assert_eq!(answer.status().as_u16(), status);
        let retry = answer.headers().get("retry-after").is_some();
        assert_eq!(retry, status == 503);
    }
    let listed = json!([{
        "id": id, "hits": 1, "method": "GET", "path": "/auth/profile", "skip": 1, "times": 1,
        "when": "before", "effect": { "answer": answer },
    }]);
    let list = || call(&world, "GET", "/emulator/faults", None);
    assert_eq!(list().await, (200, listed));
    let path = format!("/emulator/faults/{id}");
    assert_eq!(call(&world, "DELETE", &path, None).await.0, 204);
    assert_eq!(list().await, (200, json!([])));
    let (status, gone) = call(&world, "DELETE", &path, None).await;
    let error = format!("there is no fault '{id}'");
    assert_eq!((status, gone["error"].as_str()), (404, Some(&*error)));
}

#[tokio::test]
async fn every_effect_has_a_form() {
    let world = start().await;
    let effects = [
        json!({ "answer": { "status": 500, "headers": {}, "body": "" } }),
        json!("reset"),
        json!("truncate"),
        json!({ "garbage": "\u{0}" }),
        json!("hang"),
        json!({ "slow": "1m 30s" }),
    ];
    for effect in &effects {
        let fault =
            json!({ "times": null, "when": "after", "path": "/auth/profile", "effect": effect });
        add(&world, &fault).await;
    }
    let (_, listed) = call(&world, "GET", "/emulator/faults", None).await;
    let listed = listed.as_array().unwrap().clone();
    let seen: Vec<_> = listed.iter().map(|one| &one["effect"]).collect();
    assert_eq!(seen, effects.iter().collect::<Vec<_>>());
    for one in &listed {
        let rest = (&one["method"], &one["times"], &one["when"]);
        assert_eq!(rest, (&Value::Null, &Value::Null, &json!("after")));
    }
    assert_eq!(
        call(&world, "DELETE", "/emulator/faults", None).await.0,
        204
    );
    let listed = call(&world, "GET", "/emulator/faults", None).await;
    assert_eq!(listed, (200, json!([])));
}

#[tokio::test]
async fn what_makes_no_fault_is_refused() {
    let world = start().await;
    for (body, status, word) in [
        ("{", 400, "EOF"),
        ("{}", 422, "effect"),
        (r#"{"effect":"explode"}"#, 422, "explode"),
        (r#"{"effect":"reset","methods":"GET"}"#, 422, "methods"),
        (r#"{"effect":{"answer":{"status":99}}}"#, 400, "99"),
        (
            r#"{"effect":"reset","path":"/auth/apikeys"}"#,
            400,
            "path: ",
        ),
        (r#"{"effect":"reset","method":"GTE"}"#, 400, "method: "),
        (r#"{"effect":"reset","times":0}"#, 400, "times: "),
        (r#"{"effect":{"slow":"-2s"}}"#, 422, "slow"),
        (r#"{"effect":{"slow":"soon"}}"#, 422, "slow"),
    ] {
        let (refused, answer) = call(&world, "POST", "/emulator/faults", Some(body)).await;
        let text = answer["error"].as_str().unwrap();
        assert!(
            refused == status && text.contains(word),
            "{body}: {refused} {text}"
        );
    }
    let (unnamed, _) = call(&world, "POST", "/emulator/faults", None).await;
    assert_eq!(unnamed, 415);
    let (_, listed) = call(&world, "GET", "/emulator/faults", None).await;
    assert_eq!(listed, json!([]));
}

#[tokio::test]
async fn faults_do_not_meet_their_own_endpoint() {
    let world = start().await;
    let everything = Fault {
        method: None,
        path: None,
        ..Fault::before("GET", "/", FaultEffect::Reset).always()
    };
    world.emulator.inject(everything).unwrap();
    assert_eq!(
        call(&world, "DELETE", "/emulator/faults", None).await.0,
        204
    );
    world.log_in_ci().await;
    assert_eq!(world.emulator.requests().len(), 1);
}

#[tokio::test]
async fn the_endpoint_is_off_unless_asked_for() {
    let world = World::start().await;
    for method in ["GET", "POST", "DELETE"] {
        let (status, body) = call(&world, method, "/emulator/faults", Some("{}")).await;
        let expected = format!("emulator: it does not have {method} /emulator/faults");
        assert_eq!(
            (status, body["error"].as_str()),
            (404, Some(expected.as_str()))
        );
    }
}
