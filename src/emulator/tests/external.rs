//! Logins by tokens of other systems, and by server keys.

use std::collections::{HashMap, HashSet};

use serde_json::{Value, json};

use super::http::{EMAIL, KEY_LOGIN, World, is_object_id};
use crate::emulator::{Emulator, External, ExternalUser, Options, ServerKey};

fn user(provider: External, secret: &str, user: &str) -> ExternalUser {
    ExternalUser {
        provider,
        secret: secret.into(),
        user: user.to_owned(),
    }
}

fn login(provider: &str) -> String {
    format!("/app/myapp-abcde/auth/providers/{provider}/login")
}

async fn start() -> World {
    let third_parties = vec![
        user(External::CustomToken, "a.b.c", EMAIL),
        user(External::CustomToken, "d.e.f", "other"),
        user(
            External::CustomFunction,
            r#"{"id":7,"who":{"b":2,"a":1}}"#,
            EMAIL,
        ),
        user(External::Google, "google", EMAIL),
        user(External::Facebook, "facebook", EMAIL),
        user(External::Apple, "apple", EMAIL),
    ];
    let server_keys = vec![ServerKey {
        name: "backend".to_owned(),
        value: Some("s".repeat(64).into()),
    }];
    World::with(Options {
        server_keys,
        third_parties,
        ..Options::default()
    })
    .await
}

#[tokio::test]
async fn each_provider_takes_its_own_credential() {
    let world = start().await;
    let mut users = HashMap::from([("local-userpass", world.log_in_ci().await.user)]);
    for (provider, body) in [
        ("custom-token", json!({ "token": "a.b.c" })),
        (
            "custom-function",
            json!({ "who": { "a": 1, "b": 2 }, "id": 7 }),
        ),
        (
            "custom-function",
            json!({ "id": 7, "who": { "b": 2, "a": 1 }, "options": { "device": {} } }),
        ),
        ("oauth2-google", json!({ "id_token": "google" })),
        (
            "oauth2-google",
            json!({ "authCode": "google", "provider": "oauth2-google" }),
        ),
        ("oauth2-facebook", json!({ "accessToken": "facebook" })),
        ("oauth2-apple", json!({ "id_token": "apple" })),
    ] {
        let login = world.log_in(&login(provider), &body).await;
        // The same name under another provider is another user.
        let user = users.entry(provider).or_insert(login.user.clone());
        assert_eq!(*user, login.user, "{provider}");
        let name = format!("by-{}-{}", provider, world.emulator.keys().len());
        let body = json!({ "name": name });
        world.create_key(&login.refresh, &body).await.json(201);
    }
    let body = json!({ "token": "d.e.f" });
    let other = world.log_in(&login("custom-token"), &body).await;
    users.insert("other", other.user);
    assert_eq!(users.values().collect::<HashSet<_>>().len(), 7);
}

#[tokio::test]
async fn a_credential_that_is_not_accepted_is_refused() {
    let world = start().await;
    let token = json!({ "error": "unauthorized", "error_code": "InvalidSession" });
    let payload = json!({
        "error": "emulator: the function accepts no such payload", "error_code": "AuthError",
    });
    for (provider, body, expected) in [
        ("custom-token", json!({ "token": "google" }), &token),
        ("custom-token", json!({}), &token),
        ("oauth2-google", json!({ "accessToken": "google" }), &token),
        ("oauth2-facebook", json!({ "accessToken": "apple" }), &token),
        ("oauth2-apple", json!({ "id_token": "" }), &token),
        ("custom-function", json!({ "id": 7 }), &payload),
        (
            "custom-function",
            json!({ "id": 7, "who": { "a": 1, "b": 3 } }),
            &payload,
        ),
        ("custom-function", json!({}), &payload),
    ] {
        let answer = world.post(&login(provider), &body).await;
        answer.refuses(&world, 401, expected);
    }
    assert_eq!(world.emulator.open_sessions(), 0);
}

#[tokio::test]
async fn a_profile_shows_the_identity_of_the_login() {
    let world = start().await;
    let body = json!({ "token": "a.b.c" });
    let login = world.log_in(&login("custom-token"), &body).await;
    let profile = world.call("GET", "/auth/profile", &login.access).await;
    let profile = profile.json(200);
    let identities = profile["identities"].as_array().unwrap();
    assert_eq!(identities.len(), 1);
    assert_eq!(identities[0]["provider_type"], "custom-token");
    assert_eq!(identities[0]["provider_data"], json!({}));
    assert_ne!(identities[0]["id"], login.user);
    assert_eq!(
        (&profile["type"], &profile["data"]),
        (&json!("normal"), &json!({}))
    );
}

#[tokio::test]
async fn a_user_who_was_deleted_comes_back_as_another_one() {
    let world = start().await;
    let body = json!({ "id": 7, "who": { "a": 1, "b": 2 } });
    let before = world.log_in(&login("custom-function"), &body).await;
    let deleted = world.call("DELETE", "/auth/delete", &before.access).await;
    assert_eq!(deleted.status, 204);
    let after = world.log_in(&login("custom-function"), &body).await;
    assert_ne!(after.user, before.user);
}

#[tokio::test]
async fn a_server_key_is_a_user_without_keys() {
    let world = start().await;
    let body = json!({ "key": "s".repeat(64) });
    let login = world.log_in(KEY_LOGIN, &body).await;
    assert_eq!(world.log_in(KEY_LOGIN, &body).await.user, login.user);
    let created = world
        .create_key(&login.refresh, &json!({ "name": "ci" }))
        .await;
    let refused = json!({ "error": "emulator: this user may not create API keys" });
    created.refuses(&world, 403, &refused);
    let listed = world.call("GET", "/auth/api_keys", &login.refresh).await;
    assert_eq!(listed.json(200), json!([]));

    let mut profile = world
        .call("GET", "/auth/profile", &login.access)
        .await
        .json(200);
    let identities = profile["identities"].take();
    assert_eq!(identities.as_array().unwrap().len(), 1);
    assert_eq!(identities[0]["provider_type"], "api-key");
    assert!(is_object_id(identities[0]["id"].as_str().unwrap()));
    let expected = json!({
        "user_id": login.user, "domain_id": profile["domain_id"], "identities": Value::Null,
        "data": { "name": "backend" }, "type": "server",
    });
    assert_eq!(profile, expected);
}

#[tokio::test]
async fn a_start_fails_when_a_payload_is_no_object() {
    let options = Options {
        custom_functions: vec![user(External::CustomFunction, "[]", "x")],
        ..Options::default()
    };
    let error = Emulator::start(options).await.unwrap_err();
    let expected = "custom-function, user x: the payload is not a JSON object";
    assert_eq!(error.to_string(), expected);
}

#[test]
fn debug_shows_no_secret() {
    let options = Options {
        third_parties: vec![user(External::Apple, "hush", "x")],
        server_keys: vec![ServerKey {
            name: "backend".to_owned(),
            value: Some("hush".into()),
        }],
        ..Options::default()
    };
    let shown = format!("{options:?}");
    assert!(
        shown.contains("backend") && !shown.contains("hush"),
        "{shown}"
    );
}
