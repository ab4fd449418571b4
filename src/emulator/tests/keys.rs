//! The whole life of user API keys.

use serde_json::{Value, json};

use super::http::{
    ANONYMOUS_LOGIN, KEY_LOGIN, Login, PASSWORD_LOGIN, REGISTER, World, is_object_id,
};
use crate::emulator::Options;

/// Creates a key, which must succeed, and gives its id and value.
async fn new_key(world: &World, token: &str, name: &str) -> (String, String) {
    let key = world
        .create_key(token, &json!({ "name": name }))
        .await
        .json(201);
    let member = |name: &str| key[name].as_str().unwrap().to_owned();
    (member("_id"), member("key"))
}

async fn list(world: &World, token: &str) -> Value {
    world.call("GET", "/auth/api_keys", token).await.json(200)
}

/// Registers a second user and logs in.
async fn other_user(world: &World) -> Login {
    let (email, password) = ("other@example.com", "123456");
    let registered = world
        .post(REGISTER, &json!({ "email": email, "password": password }))
        .await;
    registered.json(201);
    world
        .log_in(
            PASSWORD_LOGIN,
            &json!({ "username": email, "password": password }),
        )
        .await
}

fn not_found() -> Value {
    json!({ "error": "API key not found", "error_code": "APIKeyNotFound" })
}

#[tokio::test]
async fn only_the_answer_to_create_shows_the_value() {
    let world = World::start().await;
    let token = world.log_in_ci().await.refresh;
    let created = world
        .create_key(&token, &json!({ "name": "deploy-bot" }))
        .await
        .json(201);
    let (id, value) = (
        created["_id"].as_str().unwrap(),
        created["key"].as_str().unwrap(),
    );
    assert!(is_object_id(id));
    assert!(value.len() == 64 && value.bytes().all(|byte| byte.is_ascii_alphanumeric()));
    assert_eq!(
        created,
        json!({ "_id": id, "key": value, "name": "deploy-bot", "disabled": false })
    );

    let shown = json!({ "_id": id, "name": "deploy-bot", "disabled": false });
    assert_eq!(
        world
            .call("GET", &format!("/auth/api_keys/{id}"), &token)
            .await
            .json(200),
        shown
    );
    assert_eq!(list(&world, &token).await, json!([shown]));
}

#[tokio::test]
async fn keys_are_listed_in_the_order_of_their_creation() {
    let world = World::start().await;
    let token = world.log_in_ci().await.refresh;
    assert_eq!(list(&world, &token).await, json!([]));
    let mut ids = Vec::new();
    for name in ["zulu", "alpha", "mike"] {
        ids.push(new_key(&world, &token, name).await.0);
    }
    world
        .call("PUT", &format!("/auth/api_keys/{}/disable", ids[1]), &token)
        .await
        .is_empty();
    let expected = json!([
        { "_id": ids[0], "name": "zulu", "disabled": false },
        { "_id": ids[1], "name": "alpha", "disabled": true },
        { "_id": ids[2], "name": "mike", "disabled": false },
    ]);
    assert_eq!(list(&world, &token).await, expected);
}

#[tokio::test]
async fn a_key_logs_in_as_its_owner_unless_disabled_or_deleted() {
    let world = World::start().await;
    let login = world.log_in_ci().await;
    let (id, value) = new_key(&world, &login.refresh, "deploy-bot").await;
    let credentials = json!({ "key": value });
    let refused = json!({ "error": "unauthorized", "error_code": "AuthError" });
    assert_eq!(world.log_in(KEY_LOGIN, &credentials).await.user, login.user);

    // Twice each: switching to where a key stands already is a success.
    for _ in 0..2 {
        world
            .call(
                "PUT",
                &format!("/auth/api_keys/{id}/disable"),
                &login.refresh,
            )
            .await
            .is_empty();
        world
            .post(KEY_LOGIN, &credentials)
            .await
            .refuses(&world, 401, &refused);
    }
    for _ in 0..2 {
        world
            .call(
                "PUT",
                &format!("/auth/api_keys/{id}/enable"),
                &login.refresh,
            )
            .await
            .is_empty();
        assert_eq!(world.log_in(KEY_LOGIN, &credentials).await.user, login.user);
    }
    world
        .call("DELETE", &format!("/auth/api_keys/{id}"), &login.refresh)
        .await
        .is_empty();
    world
        .post(KEY_LOGIN, &credentials)
        .await
        .refuses(&world, 401, &refused);
}

#[tokio::test]
async fn names_are_checked() {
    let world = World::start().await;
    let token = world.log_in_ci().await.refresh;
    for name in ["my-api-key", "key_test", "userKey1", "-", &"x".repeat(200)] {
        new_key(&world, &token, name).await;
    }
    let character = json!({
        "error": "can only contain ASCII letters, numbers, underscores, and hyphens",
        "error_code": "InvalidParameter",
    });
    for name in ["%s", "Spaces are not allowed", "$()!$", "schlüssel", " "] {
        world
            .create_key(&token, &json!({ "name": name }))
            .await
            .refuses(&world, 400, &character);
    }
    let missing = json!({ "error": "'name' is a required string" });
    for body in [
        json!({ "name": "" }),
        json!({ "name": 7 }),
        json!({ "name": null }),
        json!({}),
    ] {
        world
            .create_key(&token, &body)
            .await
            .refuses(&world, 400, &missing);
    }
}

#[tokio::test]
async fn a_name_is_unique_per_user_and_free_after_a_delete() {
    let world = World::start().await;
    let token = world.log_in_ci().await.refresh;
    let (id, _) = new_key(&world, &token, "deploy-bot").await;
    let duplicate =
        json!({ "error": "API key with name already exists", "error_code": "APIKeyAlreadyExists" });
    world
        .create_key(&token, &json!({ "name": "deploy-bot" }))
        .await
        .refuses(&world, 409, &duplicate);
    new_key(&world, &token, "Deploy-Bot").await;

    let other = other_user(&world).await;
    new_key(&world, &other.refresh, "deploy-bot").await;

    world
        .call("DELETE", &format!("/auth/api_keys/{id}"), &token)
        .await
        .is_empty();
    new_key(&world, &token, "deploy-bot").await;
}

#[tokio::test]
async fn the_number_of_keys_is_limited() {
    let world = World::with(Options {
        max_keys: 2,
        ..Options::default()
    })
    .await;
    let token = world.log_in_ci().await.refresh;
    let (id, _) = new_key(&world, &token, "one").await;
    new_key(&world, &token, "two").await;
    let limit = json!({ "error": "emulator: API key limit reached" });
    world
        .create_key(&token, &json!({ "name": "three" }))
        .await
        .refuses(&world, 400, &limit);
    world
        .call("DELETE", &format!("/auth/api_keys/{id}"), &token)
        .await
        .is_empty();
    new_key(&world, &token, "three").await;
}

#[tokio::test]
async fn unknown_foreign_and_malformed_ids_are_not_found() {
    let world = World::start().await;
    let token = world.log_in_ci().await.refresh;
    let other = other_user(&world).await;
    let (foreign, _) = new_key(&world, &other.refresh, "deploy-bot").await;
    let (deleted, _) = new_key(&world, &token, "deploy-bot").await;
    world
        .call("DELETE", &format!("/auth/api_keys/{deleted}"), &token)
        .await
        .is_empty();

    for id in [
        "65f0c0ffee0000000000d001",
        &foreign,
        &deleted,
        "1",
        "not-an-id",
    ] {
        for (method, action) in [
            ("GET", ""),
            ("DELETE", ""),
            ("PUT", "/enable"),
            ("PUT", "/disable"),
        ] {
            let answer = world
                .call(method, &format!("/auth/api_keys/{id}{action}"), &token)
                .await;
            answer.refuses(&world, 404, &not_found());
        }
    }
    let theirs = world
        .call("GET", &format!("/auth/api_keys/{foreign}"), &other.refresh)
        .await
        .json(200);
    assert_eq!(theirs["disabled"], false);
}

#[tokio::test]
async fn anonymous_users_own_no_keys() {
    let world = World::start().await;
    let token = world.log_in(ANONYMOUS_LOGIN, &json!({})).await.refresh;
    let forbidden = json!({ "error": "emulator: this user may not create API keys" });
    world
        .create_key(&token, &json!({ "name": "deploy-bot" }))
        .await
        .refuses(&world, 403, &forbidden);
    assert_eq!(list(&world, &token).await, json!([]));
}

#[tokio::test]
async fn a_session_cannot_delete_the_key_that_opened_it() {
    let world = World::start().await;
    let owner = world.log_in_ci().await;
    let (id, value) = new_key(&world, &owner.refresh, "deploy-bot").await;
    let (spare, _) = new_key(&world, &owner.refresh, "spare").await;
    let session = world.log_in(KEY_LOGIN, &json!({ "key": value })).await;

    let in_use = json!({ "error": "emulator: API key in use by this session" });
    world
        .call("DELETE", &format!("/auth/api_keys/{id}"), &session.refresh)
        .await
        .refuses(&world, 403, &in_use);
    world
        .call(
            "DELETE",
            &format!("/auth/api_keys/{spare}"),
            &session.refresh,
        )
        .await
        .is_empty();
    new_key(&world, &session.refresh, "spare").await;

    let profile = world
        .call("GET", "/auth/profile", &session.access)
        .await
        .json(200);
    assert_eq!(profile["identities"][1]["provider_type"], "api-key");
    assert_eq!(profile["data"]["name"], "deploy-bot");
    assert_eq!(profile["type"], "normal");

    // The owner may delete it, and the session lives on.
    world
        .call("DELETE", &format!("/auth/api_keys/{id}"), &owner.refresh)
        .await
        .is_empty();
    world
        .call("POST", "/auth/session", &session.refresh)
        .await
        .json(201);
}

#[tokio::test]
async fn a_deleted_user_takes_the_keys_along() {
    let world = World::start().await;
    let owner = world.log_in_ci().await;
    let (_, value) = new_key(&world, &owner.refresh, "deploy-bot").await;
    world
        .call("DELETE", "/auth/delete", &owner.access)
        .await
        .is_empty();
    let refused = json!({ "error": "unauthorized", "error_code": "AuthError" });
    world
        .post(KEY_LOGIN, &json!({ "key": value }))
        .await
        .refuses(&world, 401, &refused);
}
