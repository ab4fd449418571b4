//! Tokens, sessions, profiles, and the end of a user.

use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::http::{
    ANONYMOUS_LOGIN, EMAIL, PASSWORD, PASSWORD_LOGIN, REGISTER, World, is_object_id, send,
};
use crate::emulator::Options;
use crate::emulator::app::Provider;
use crate::emulator::records::{Login, Session};
use crate::emulator::state::Credentials;

#[tokio::test]
async fn a_refresh_gives_a_new_access_token_until_the_log_out() {
    let world = World::start().await;
    let login = world.log_in_ci().await;
    assert_eq!(world.emulator.open_sessions(), 1);
    let refreshed = world
        .call("POST", "/auth/session", &login.refresh)
        .await
        .json(201);
    assert_eq!(refreshed.as_object().unwrap().len(), 1, "{refreshed}");
    let access = refreshed["access_token"].as_str().unwrap();
    world.call("GET", "/auth/profile", access).await.json(200);

    world
        .call("DELETE", "/auth/session", &login.refresh)
        .await
        .is_empty();
    assert_eq!(world.emulator.open_sessions(), 0);
    let gone = json!({ "error": "invalid session: failed to find refresh token", "error_code": "InvalidSession" });
    for (method, path) in [
        ("POST", "/auth/session"),
        ("DELETE", "/auth/session"),
        ("GET", "/auth/api_keys"),
    ] {
        world
            .call(method, path, &login.refresh)
            .await
            .refuses(&world, 401, &gone);
    }
    // Access tokens already issued run on.
    world.call("GET", "/auth/profile", access).await.json(200);
}

#[tokio::test]
async fn logging_out_ends_one_session_of_several() {
    let world = World::start().await;
    let (one, other) = (world.log_in_ci().await, world.log_in_ci().await);
    assert_eq!(one.user, other.user);
    world
        .call("DELETE", "/auth/session", &one.refresh)
        .await
        .is_empty();
    world
        .call("POST", "/auth/session", &other.refresh)
        .await
        .json(201);
}

const REFRESH_TOKEN_CALLS: [(&str, &str); 8] = [
    ("POST", "/auth/session"),
    ("DELETE", "/auth/session"),
    ("POST", "/auth/api_keys"),
    ("GET", "/auth/api_keys"),
    ("GET", "/auth/api_keys/65f0c0ffee0000000000d001"),
    ("DELETE", "/auth/api_keys/65f0c0ffee0000000000d001"),
    ("PUT", "/auth/api_keys/65f0c0ffee0000000000d001/enable"),
    ("PUT", "/auth/api_keys/65f0c0ffee0000000000d001/disable"),
];
const ACCESS_TOKEN_CALLS: [(&str, &str); 2] =
    [("GET", "/auth/profile"), ("DELETE", "/auth/delete")];

#[tokio::test]
async fn every_signed_call_refuses_a_missing_empty_or_forged_token() {
    let world = World::start().await;
    let other = World::start().await;
    let foreign = other.log_in_ci().await;
    let empty = json!({ "error": "expected Authorization header with JWT (Bearer schema)" });
    for (method, path) in REFRESH_TOKEN_CALLS.into_iter().chain(ACCESS_TOKEN_CALLS) {
        let missing = send(world.request(method, path)).await;
        missing.refuses(&world, 401, &json!({ "error": "must authenticate first" }));
        for header in ["Bearer ", "Bearer", "Basic Y2k6Y2k="] {
            let answer = send(world.request(method, path).header("Authorization", header)).await;
            answer.refuses(&world, 401, &empty);
        }
        for token in ["garbage", "a.b.c", &foreign.refresh, &foreign.access] {
            let answer = world.call(method, path, token).await;
            answer.refuses(&world, 401, &json!({ "error": "unauthorized" }));
        }
    }
}

#[tokio::test]
async fn every_signed_call_refuses_the_other_kind_of_token() {
    let world = World::start().await;
    let login = world.log_in_ci().await;
    for (method, path) in REFRESH_TOKEN_CALLS {
        let expected = json!({ "error": "invalid refresh token: incorrect token type" });
        world
            .call(method, path, &login.access)
            .await
            .refuses(&world, 401, &expected);
    }
    for (method, path) in ACCESS_TOKEN_CALLS {
        let expected = json!({ "error": "emulator: invalid access token: incorrect token type" });
        world
            .call(method, path, &login.refresh)
            .await
            .refuses(&world, 401, &expected);
    }
}

#[tokio::test]
async fn tokens_are_valid_as_long_as_they_are_told_to_be() {
    let world = World::with(Options {
        access_token_ttl: Duration::from_secs(7),
        refresh_token_ttl: Duration::from_secs(90),
        ..Options::default()
    })
    .await;
    let login = world.log_in_ci().await;
    let refreshed = world.call("POST", "/auth/session", &login.refresh).await;
    let refreshed = refreshed.json(201)["access_token"].take();
    let anonymous = world.log_in(ANONYMOUS_LOGIN, &json!({})).await;
    for (token, seconds) in [
        (login.access.as_str(), 7),
        (refreshed.as_str().unwrap(), 7),
        (login.refresh.as_str(), 90),
        (anonymous.access.as_str(), 7),
        (anonymous.refresh.as_str(), 50 * 365 * 24 * 60 * 60),
    ] {
        let claims = BASE64_URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap());
        let claims: Value = serde_json::from_slice(&claims.unwrap()).unwrap();
        let time = |name: &str| claims[name].as_i64().unwrap();
        // The session may have begun in the second before.
        assert!((seconds - 1..=seconds).contains(&(time("exp") - time("iat"))));
    }
}

#[tokio::test]
async fn expired_tokens_end_what_they_stand_for() {
    let world = World::start().await;
    let shared = &world.emulator.shared;
    let session = shared
        .state()
        .log_in(Credentials::User(Provider::AnonUser, Login::Anonymous))
        .unwrap();
    let access = shared.tokens.access(&session, Timestamp::UNIX_EPOCH);
    let expired =
        json!({ "error": "invalid session: access token expired", "error_code": "InvalidSession" });
    world
        .call("GET", "/auth/profile", &access)
        .await
        .refuses(&world, 401, &expired);
    let over = Session {
        expires_at: Timestamp::UNIX_EPOCH,
        ..session
    };
    let refresh = shared.tokens.refresh(&over, Timestamp::UNIX_EPOCH);
    let gone = json!({ "error": "invalid session: failed to find refresh token", "error_code": "InvalidSession" });
    world
        .call("GET", "/auth/api_keys", &refresh)
        .await
        .refuses(&world, 401, &gone);
}

#[tokio::test]
async fn a_profile_shows_the_user() {
    let world = World::start().await;
    let login = world.log_in_ci().await;
    let profile = world
        .call("GET", "/auth/profile", &login.access)
        .await
        .json(200);
    let identity = &profile["identities"][0];
    assert!(
        [&identity["id"], &profile["domain_id"]]
            .into_iter()
            .all(|id| is_object_id(id.as_str().unwrap()))
    );
    let expected = json!({
        "user_id": login.user,
        "domain_id": profile["domain_id"],
        "identities": [{
            "id": identity["id"],
            "provider_type": "local-userpass",
            "provider_id": identity["provider_id"],
            "provider_data": { "email": EMAIL },
        }],
        "data": { "email": EMAIL },
        "type": "normal",
    });
    assert_eq!(profile, expected);
}

#[tokio::test]
async fn every_anonymous_login_is_a_user_of_its_own() {
    let world = World::start().await;
    let one = world.log_in(ANONYMOUS_LOGIN, &json!({})).await;
    let other = world
        .log_in(ANONYMOUS_LOGIN, &json!({ "provider": "anon-user" }))
        .await;
    assert_ne!(one.user, other.user);
    let profile = world
        .call("GET", "/auth/profile", &one.access)
        .await
        .json(200);
    assert_eq!(profile["identities"][0]["provider_type"], "anon-user");
    assert_eq!(profile["data"], json!({}));
}

#[tokio::test]
async fn an_anonymous_user_is_gone_with_the_session() {
    let world = World::start().await;
    let user = world.log_in(ANONYMOUS_LOGIN, &json!({})).await;
    let other = world.log_in(ANONYMOUS_LOGIN, &json!({})).await;
    world
        .call("DELETE", "/auth/session", &user.refresh)
        .await
        .is_empty();
    for (login, status) in [(user, 401), (other, 200)] {
        let profile = world.call("GET", "/auth/profile", &login.access).await;
        assert_eq!(profile.status, status);
    }
}

#[tokio::test]
async fn a_deleted_user_is_gone_with_all_sessions() {
    let world = World::start().await;
    let (login, other) = (world.log_in_ci().await, world.log_in_ci().await);
    world
        .call("DELETE", "/auth/delete", &login.access)
        .await
        .is_empty();
    assert_eq!(world.emulator.open_sessions(), 0);

    let gone = json!({ "error": "invalid session: failed to find refresh token", "error_code": "InvalidSession" });
    world
        .call("POST", "/auth/session", &other.refresh)
        .await
        .refuses(&world, 401, &gone);
    for (method, path) in ACCESS_TOKEN_CALLS {
        let answer = world.call(method, path, &other.access).await.json(401);
        assert_eq!(answer["error_code"], "InvalidSession");
    }
    let answer = world
        .post(
            PASSWORD_LOGIN,
            &json!({ "username": EMAIL, "password": PASSWORD }),
        )
        .await;
    answer.refuses(
        &world,
        401,
        &json!({ "error": "unauthorized", "error_code": "InvalidPassword" }),
    );
    world
        .post(REGISTER, &json!({ "email": EMAIL, "password": PASSWORD }))
        .await
        .json(201);
}
