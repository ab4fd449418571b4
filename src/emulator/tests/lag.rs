//! A server whose reads trail behind its writes, or whose answers take their time.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::http::{KEY_LOGIN, World, send};
use crate::emulator::{Lag, Options};

async fn lagging(lag: Lag) -> (World, String) {
    let world = World::with(Options {
        lag,
        ..Options::default()
    })
    .await;
    let token = world.log_in_ci().await.refresh;
    (world, token)
}

async fn list(world: &World, token: &str) -> Vec<Value> {
    let keys = world.call("GET", "/auth/api_keys", token).await.json(200);
    keys.as_array().unwrap().clone()
}

#[tokio::test]
async fn reads_trail_by_reads_and_writes_do_not() {
    let (world, token) = lagging(Lag::Reads(2)).await;
    let create = json!({ "name": "ci" });
    let key = world.create_key(&token, &create).await.json(201);
    let path = format!("/auth/api_keys/{}", key["_id"].as_str().unwrap());
    assert_eq!(world.create_key(&token, &create).await.status, 409);

    assert_eq!(world.call("GET", &path, &token).await.status, 404);
    assert!(list(&world, &token).await.is_empty());
    assert_eq!(
        world.call("GET", &path, &token).await.json(200)["name"],
        "ci"
    );

    let disable = format!("{path}/disable");
    world.call("PUT", &disable, &token).await.is_empty();
    let credentials = json!({ "key": key["key"] });
    assert_eq!(world.post(KEY_LOGIN, &credentials).await.status, 401);
    assert_eq!(list(&world, &token).await[0]["disabled"], false);
    assert_eq!(list(&world, &token).await[0]["disabled"], false);
    assert_eq!(list(&world, &token).await[0]["disabled"], true);

    world.call("DELETE", &path, &token).await.is_empty();
    for method in ["DELETE", "PUT"] {
        let path = if method == "PUT" { &disable } else { &path };
        assert_eq!(world.call(method, path, &token).await.status, 404);
    }
    assert_eq!(list(&world, &token).await.len(), 1);
    assert_eq!(world.call("GET", &path, &token).await.status, 200);
    assert_eq!(world.call("GET", &path, &token).await.status, 404);
}

#[tokio::test]
async fn reads_trail_by_time() {
    let (world, token) = lagging(Lag::Time(Duration::from_secs(3600))).await;
    let create = json!({ "name": "ci" });
    world.create_key(&token, &create).await.json(201);
    assert!(list(&world, &token).await.is_empty());

    let (world, token) = lagging(Lag::Time(Duration::from_millis(1))).await;
    world.create_key(&token, &create).await.json(201);
    while list(&world, &token).await.is_empty() {}
}

#[tokio::test]
async fn every_answer_waits_for_the_latency() {
    let latency = Duration::from_millis(20);
    let world = World::with(Options {
        latency,
        ..Options::default()
    })
    .await;
    let asked = Instant::now();
    send(world.request("GET", "/nonsense")).await.json(404);
    assert!(asked.elapsed() >= latency);
}
