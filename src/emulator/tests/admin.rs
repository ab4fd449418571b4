//! What tests do behind a client's back.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::http::{EMAIL, World};
use crate::emulator::{Lag, Options, StoredKey};

async fn names(world: &World, token: &str) -> Value {
    let keys = world.call("GET", "/auth/api_keys", token).await.json(200);
    keys.as_array()
        .unwrap()
        .iter()
        .map(|key| key["name"].clone())
        .collect()
}

#[tokio::test]
async fn keys_come_and_go_behind_a_clients_back() {
    let world = World::start().await;
    let token = world.log_in_ci().await.refresh;
    let made_at = Timestamp::from_second(1_700_000_000).unwrap();
    let key = world.emulator.insert_key(EMAIL, "theirs", made_at).unwrap();
    assert!(key.id.starts_with("6553f100"), "{key:?}");
    assert_eq!(names(&world, &token).await, json!(["theirs"]));
    for (owner, name) in [(EMAIL, "theirs"), ("other", "mine")] {
        assert_eq!(world.emulator.insert_key(owner, name, made_at), None);
    }

    assert!(world.emulator.delete_key(&key.id));
    assert!(!world.emulator.delete_key(&key.id));
    assert!(!world.emulator.delete_key("1"));
    assert_eq!(names(&world, &token).await, json!([]));
}

#[tokio::test]
async fn all_keys_show_as_they_are() {
    let world = World::with(Options {
        lag: Lag::Reads(100),
        ..Options::default()
    })
    .await;
    let login = world.log_in_ci().await;
    let body = json!({ "name": "ours" });
    let ours = world.create_key(&login.refresh, &body).await.json(201);
    let id = ours["_id"].as_str().unwrap();
    let disable = format!("/auth/api_keys/{id}/disable");
    world.call("PUT", &disable, &login.refresh).await.is_empty();
    let early = world
        .emulator
        .insert_key(EMAIL, "early", Timestamp::UNIX_EPOCH)
        .unwrap();
    let expected = [
        early,
        StoredKey {
            id: id.to_owned(),
            name: "ours".to_owned(),
            disabled: true,
            owner: EMAIL.to_owned(),
        },
    ];
    assert_eq!(world.emulator.keys(), expected);
    assert_eq!(names(&world, &login.refresh).await, json!([]));
}

#[tokio::test]
async fn revoked_sessions_are_dead_and_new_ones_are_not() {
    let world = World::start().await;
    let (one, two) = (world.log_in_ci().await, world.log_in_ci().await);
    assert_eq!(world.emulator.revoke_sessions(), 2);
    assert_eq!(world.emulator.open_sessions(), 0);
    let gone = json!({ "error": "invalid session: failed to find refresh token", "error_code": "InvalidSession" });
    for token in [&one.refresh, &two.refresh] {
        let answer = world.call("GET", "/auth/api_keys", token).await;
        answer.refuses(&world, 401, &gone);
    }
    let profile = world.call("GET", "/auth/profile", &one.access).await;
    assert_eq!(profile.status, 200);
    let token = world.log_in_ci().await.refresh;
    assert_eq!(names(&world, &token).await, json!([]));
    assert_eq!(world.emulator.revoke_sessions(), 1);
    assert_eq!(world.emulator.revoke_sessions(), 0);
}
