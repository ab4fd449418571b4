//! What a data file keeps.

use std::path::Path;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use tempfile::tempdir;

use super::http::{ANONYMOUS_LOGIN, EMAIL, KEY_LOGIN, PASSWORD, PASSWORD_LOGIN, REGISTER, World};
use crate::emulator::{Emulator, External, ExternalUser, Lag, Options, ServerKey, User};

fn at(path: &Path) -> Options {
    Options {
        data: Some(path.to_owned()),
        ..Options::default()
    }
}

async fn names(world: &World, refresh: &str) -> Vec<Value> {
    let listed = world.call("GET", "/auth/api_keys", refresh).await.json(200);
    let pair = |key: &Value| json!([key["name"], key["disabled"]]);
    listed.as_array().unwrap().iter().map(pair).collect()
}

#[tokio::test]
async fn everything_survives_a_restart() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("data");
    let world = World::with(at(&path)).await;
    let other = json!({ "email": "other@example.com", "password": "password" });
    world.post(REGISTER, &other).await.json(201);
    let login = world.log_in_ci().await;
    let ended = world.log_in_ci().await;
    let mut keys = Vec::new();
    for name in ["one", "two", "three"] {
        let body = json!({ "name": name });
        keys.push(world.create_key(&login.refresh, &body).await.json(201));
    }
    let id = |n: usize| keys[n]["_id"].as_str().unwrap();
    let disable = format!("/auth/api_keys/{}/disable", id(1));
    world.call("PUT", &disable, &login.refresh).await;
    let delete = format!("/auth/api_keys/{}", id(0));
    world.call("DELETE", &delete, &login.refresh).await;
    world.call("DELETE", "/auth/session", &ended.refresh).await;
    let profile = world.call("GET", "/auth/profile", &login.access).await;
    world.emulator.stop().await;

    let world = World::with(Options {
        // What is old shows whatever the lag.
        lag: Lag::Time(Duration::from_secs(3600)),
        ..at(&path)
    })
    .await;
    let expected = [json!(["two", true]), json!(["three", false])];
    assert_eq!(names(&world, &login.refresh).await, expected);
    let same = world.call("GET", "/auth/profile", &login.access).await;
    assert_eq!(same.json(200), profile.json(200));
    let dead = world.call("GET", "/auth/api_keys", &ended.refresh).await;
    assert_eq!(dead.status, 401);
    assert_eq!(world.emulator.open_sessions(), 1);
    let by_key = world
        .log_in(KEY_LOGIN, &json!({ "key": keys[2]["key"] }))
        .await;
    assert_eq!(by_key.user, login.user);
    for gone in [&keys[0], &keys[1]] {
        let body = json!({ "key": gone["key"] });
        assert_eq!(world.post(KEY_LOGIN, &body).await.status, 401);
    }
    let other = json!({ "username": "other@example.com", "password": "password" });
    world.log_in(PASSWORD_LOGIN, &other).await;
    world.emulator.stop().await;
}

#[tokio::test]
async fn a_deleted_user_stays_deleted() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("data");
    let world = World::with(at(&path)).await;
    let anonymous = world.log_in(ANONYMOUS_LOGIN, &json!({})).await;
    let deleted = world
        .call("DELETE", "/auth/delete", &anonymous.access)
        .await;
    assert_eq!(deleted.status, 204);
    world.emulator.stop().await;
    let world = World::with(at(&path)).await;
    let profile = world.call("GET", "/auth/profile", &anonymous.access).await;
    assert_eq!(profile.status, 401);
    assert_eq!(world.emulator.open_sessions(), 0);
}

#[tokio::test]
async fn the_options_of_a_later_start_count() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("data");
    let google = |secret: &str| ExternalUser {
        provider: External::Google,
        secret: secret.into(),
        user: EMAIL.to_owned(),
    };
    let start = async |password: &str, secret: &str, key: Option<&str>| {
        Emulator::start(Options {
            users: vec![User {
                email: EMAIL.to_owned(),
                password: password.into(),
            }],
            third_parties: vec![google(secret)],
            server_keys: vec![ServerKey {
                name: "backend".to_owned(),
                value: key.map(SecretString::from),
            }],
            ..at(&path)
        })
        .await
        .unwrap()
    };
    let first = start("battery-staple", "old", None).await;
    let (name, made) = first.made_server_keys()[0].clone();
    let made = made.expose_secret();
    assert_eq!((name.as_str(), made.len()), ("backend", 64));
    first.stop().await;
    let second = start(PASSWORD, "new", None).await;
    assert!(second.made_server_keys().is_empty());
    second.stop().await;

    let backend = |value: Option<&str>| {
        vec![ServerKey {
            name: "backend".to_owned(),
            value: value.map(SecretString::from),
        }]
    };
    let world = World::with(Options {
        third_parties: vec![google("new")],
        server_keys: backend(None),
        ..at(&path)
    })
    .await;
    let login = world.log_in_ci().await;
    let google = "/app/myapp-abcde/auth/providers/oauth2-google/login";
    let by_google = world.log_in(google, &json!({ "id_token": "new" })).await;
    assert_ne!(by_google.user, login.user);
    let old = world.post(google, &json!({ "id_token": "old" })).await;
    assert_eq!(old.status, 401);
    let server = world.log_in(KEY_LOGIN, &json!({ "key": made })).await;
    assert_ne!(server.user, login.user);
    world.emulator.stop().await;

    let value = "s".repeat(64);
    let third = Options {
        server_keys: backend(Some(&value)),
        ..at(&path)
    };
    let world = World::with(third).await;
    let old = world.post(KEY_LOGIN, &json!({ "key": made })).await;
    assert_eq!(old.status, 401);
    let ended = world.call("POST", "/auth/session", &server.refresh).await;
    assert_eq!(ended.status, 401);
    let new = world.log_in(KEY_LOGIN, &json!({ "key": value })).await;
    assert_eq!(new.user, server.user);
    world.emulator.stop().await;

    // A start without it revokes it, and its sessions.
    let world = World::with(at(&path)).await;
    let revoked = world.post(KEY_LOGIN, &json!({ "key": value })).await;
    assert_eq!(revoked.status, 401);
    let session = world.call("POST", "/auth/session", &new.refresh).await;
    assert_eq!(session.status, 401);
    world.emulator.stop().await;
}

#[tokio::test]
async fn a_value_under_another_name_is_another_server_keys() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("data");
    let start = async |name: &str| {
        World::with(Options {
            server_keys: vec![ServerKey {
                name: name.to_owned(),
                value: Some("s".repeat(64).into()),
            }],
            ..at(&path)
        })
        .await
    };
    let body = json!({ "key": "s".repeat(64) });
    let world = start("backend").await;
    let before = world.log_in(KEY_LOGIN, &body).await;
    world.emulator.stop().await;
    let world = start("renamed").await;
    assert_ne!(world.log_in(KEY_LOGIN, &body).await.user, before.user);
    world.emulator.stop().await;
}

#[tokio::test]
async fn no_secret_is_in_the_file() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("data");
    let world = World::with(at(&path)).await;
    let login = world.log_in_ci().await;
    let body = json!({ "name": "ci" });
    let key = world.create_key(&login.refresh, &body).await.json(201);
    world.emulator.stop().await;
    let file = std::fs::read(&path).unwrap();
    let holds = |text: &str| file.windows(text.len()).any(|part| part == text.as_bytes());
    assert!(holds(EMAIL) && holds("argon2id"));
    for secret in [PASSWORD, key["key"].as_str().unwrap(), &login.refresh] {
        assert!(!holds(secret), "{secret}");
    }
}

#[tokio::test]
async fn a_server_key_stands_once() {
    let key = ServerKey {
        name: "backend".to_owned(),
        value: None,
    };
    let options = Options {
        server_keys: vec![key.clone(), key],
        ..Options::default()
    };
    let error = Emulator::start(options).await.unwrap_err();
    assert_eq!(error.to_string(), "server key backend: it stands twice");
}
