//! A user's ways in become more.

use jsonwebtoken::{EncodingKey, Header};
use serde_json::{Value, json};
use tempfile::tempdir;

use super::http::{
    ANONYMOUS_LOGIN, Answer, EMAIL, KEY_LOGIN, Login, PASSWORD, PASSWORD_LOGIN, REGISTER, World,
    send,
};
use crate::emulator::{CustomJwt, External, ExternalUser, JwtKey, Options, ServerKey};

const NEW: &str = "new@example.com";
const CUSTOM_TOKEN: &str = "/app/myapp-abcde/auth/providers/custom-token/login";
const FUNCTION: &str = "/app/myapp-abcde/auth/providers/custom-function/login";
const GOOGLE: &str = "/app/myapp-abcde/auth/providers/oauth2-google/login";
const SECRET: &str = "a secret that two systems share";

fn options() -> Options {
    let user = |provider, secret: &str, user: &str| ExternalUser {
        provider,
        secret: secret.to_owned(),
        user: user.to_owned(),
    };
    Options {
        external_users: vec![
            user(External::Google, "google", "bob"),
            user(External::Google, "google of ci", EMAIL),
            user(External::CustomFunction, r#"{"id":7}"#, "alice"),
        ],
        server_keys: vec![ServerKey {
            name: "backend".to_owned(),
            value: "server key".to_owned(),
        }],
        custom_jwt: Some(CustomJwt {
            key: JwtKey::Secret(SECRET.to_owned()),
            audience: None,
        }),
        ..Options::default()
    }
}

fn jwt(sub: &str) -> Value {
    let claims = json!({ "sub": sub, "aud": "myapp-abcde", "exp": 4_000_000_000_u64 });
    let key = EncodingKey::from_secret(SECRET.as_bytes());
    json!({ "token": jsonwebtoken::encode(&Header::default(), &claims, &key).unwrap() })
}

fn by_password(email: &str) -> Value {
    json!({ "username": email, "password": PASSWORD })
}

async fn register(world: &World, email: &str) {
    let body = json!({ "email": email, "password": PASSWORD });
    world.post(REGISTER, &body).await.json(201);
}

async fn link(world: &World, login: &str, token: &str, body: &Value) -> Answer {
    let request = world.request("POST", &format!("{login}?link=true"));
    send(request.bearer_auth(token).body(body.to_string())).await
}

/// Links, which must succeed.
async fn links(world: &World, login: &str, user: &Login, body: &Value) {
    let linked = link(world, login, &user.access, body).await.json(200);
    let access = linked["access_token"].as_str().unwrap();
    let expected = json!({
        "access_token": access, "user_id": user.user, "device_id": "000000000000000000000000",
    });
    assert_eq!(linked, expected);
    world.call("GET", "/auth/profile", access).await.json(200);
}

async fn providers(world: &World, user: &Login) -> Vec<String> {
    let profile = world.call("GET", "/auth/profile", &user.access).await;
    let identities = profile.json(200)["identities"].take();
    let identities = identities.as_array().unwrap().iter();
    let provider = |one: &Value| one["provider_type"].as_str().unwrap().to_owned();
    identities.map(provider).collect()
}

#[tokio::test]
async fn an_anonymous_user_becomes_one_like_any_other() {
    let folder = tempdir().unwrap();
    let at = || Options {
        data: Some(folder.path().join("data")),
        ..options()
    };
    let world = World::with(at()).await;
    let user = world.log_in(ANONYMOUS_LOGIN, &json!({})).await;
    register(&world, NEW).await;
    links(&world, PASSWORD_LOGIN, &user, &by_password(NEW)).await;
    links(&world, GOOGLE, &user, &json!({ "id_token": "google" })).await;
    links(&world, FUNCTION, &user, &json!({ "id": 7 })).await;
    links(&world, CUSTOM_TOKEN, &user, &jwt("carol")).await;
    let expected = [
        "anon-user",
        "local-userpass",
        "oauth2-google",
        "custom-function",
        "custom-token",
    ];
    assert_eq!(providers(&world, &user).await, expected);
    let profile = world.call("GET", "/auth/profile", &user.access).await;
    let email = json!({ "email": NEW });
    let profile = profile.json(200);
    assert_eq!(profile["data"], email);
    assert_eq!(profile["identities"][1]["provider_data"], email);
    let body = json!({ "name": "mine" });
    let key = world.create_key(&user.refresh, &body).await.json(201);
    assert_eq!(world.emulator.keys()[0].owner, NEW);

    let ways = [
        (PASSWORD_LOGIN, by_password(NEW)),
        (GOOGLE, json!({ "id_token": "google" })),
        (FUNCTION, json!({ "id": 7 })),
        (CUSTOM_TOKEN, jwt("carol")),
        (KEY_LOGIN, json!({ "key": key["key"] })),
    ];
    for (path, body) in &ways {
        assert_eq!(world.log_in(path, body).await.user, user.user, "{path}");
    }
    world.emulator.stop().await;
    let world = World::with(at()).await;
    for (path, body) in &ways {
        assert_eq!(world.log_in(path, body).await.user, user.user, "{path}");
    }
    assert_eq!(providers(&world, &user).await, expected);
}

#[tokio::test]
async fn a_link_that_is_there_is_no_news() {
    let world = World::with(options()).await;
    let user = world.log_in(ANONYMOUS_LOGIN, &json!({})).await;
    for _ in 0..2 {
        links(&world, FUNCTION, &user, &json!({ "id": 7 })).await;
        links(&world, CUSTOM_TOKEN, &user, &jwt("carol")).await;
        // The custom function and this token are of the same name, so they are of the same user already.
        links(&world, CUSTOM_TOKEN, &user, &jwt("alice")).await;
    }
    let expected = ["anon-user", "custom-function", "custom-token"];
    assert_eq!(providers(&world, &user).await, expected);
}

#[tokio::test]
async fn an_identity_in_use_is_not_linked() {
    let world = World::with(options()).await;
    let ci = world.log_in_ci().await;
    let user = world.log_in(ANONYMOUS_LOGIN, &json!({})).await;
    let in_use = json!({ "error": "unauthorized", "error_code": "InvalidSession" });
    for (path, body) in [
        (PASSWORD_LOGIN, by_password(EMAIL)),
        (GOOGLE, json!({ "id_token": "google of ci" })),
        (CUSTOM_TOKEN, jwt(EMAIL)),
    ] {
        let refused = link(&world, path, &user.access, &body).await;
        refused.refuses(&world, 401, &in_use);
        assert_eq!(world.log_in(path, &body).await.user, ci.user);
    }
    assert_eq!(providers(&world, &user).await, ["anon-user"]);
    let linked = json!({ "id_token": "google" });
    links(&world, GOOGLE, &user, &linked).await;
    let other = world.log_in(ANONYMOUS_LOGIN, &json!({})).await;
    let refused = link(&world, GOOGLE, &other.access, &linked).await;
    refused.refuses(&world, 401, &in_use);
}

#[tokio::test]
async fn what_cannot_be_linked_is_refused_for_each_known_reason() {
    let world = World::with(options()).await;
    let ci = world.log_in_ci().await;
    let name = json!({ "name": "ci" });
    let key = world.create_key(&ci.refresh, &name).await.json(201);
    let key = json!({ "key": key["key"] });
    register(&world, NEW).await;
    let forbidden = json!({ "error": "unauthorized" });
    let invalid = json!({ "error": "invalid user link request", "error_code": "InvalidParameter" });
    let password = json!({ "error": "unauthorized", "error_code": "InvalidPassword" });
    let token = json!({ "error": "unauthorized", "error_code": "InvalidSession" });
    let unknown = json!({ "error": "authentication via 'nonsense' is unsupported" });
    for (path, body, status, expected) in [
        (PASSWORD_LOGIN, by_password(NEW), 500, &forbidden),
        (PASSWORD_LOGIN, by_password(EMAIL), 500, &forbidden),
        (ANONYMOUS_LOGIN, json!({}), 500, &forbidden),
        (KEY_LOGIN, key.clone(), 400, &invalid),
        (PASSWORD_LOGIN, by_password("x"), 401, &password),
        (GOOGLE, json!({ "id_token": "x" }), 401, &token),
        (CUSTOM_TOKEN, json!({ "token": "x" }), 401, &token),
        (
            "/app/myapp-abcde/auth/providers/nonsense/login",
            json!({}),
            401,
            &unknown,
        ),
    ] {
        let refused = link(&world, path, &ci.access, &body).await;
        refused.refuses(&world, status, expected);
    }
    assert_eq!(
        providers(&world, &ci).await,
        ["local-userpass", "oauth2-google"]
    );
    // The user of a server key is that key and nothing else.
    let server = world
        .log_in(KEY_LOGIN, &json!({ "key": "server key" }))
        .await;
    let google = json!({ "id_token": "google" });
    let refused = link(&world, GOOGLE, &server.access, &google).await;
    refused.refuses(&world, 400, &invalid);
}

#[tokio::test]
async fn a_link_takes_the_access_token_of_an_open_session() {
    let world = World::with(options()).await;
    let user = world.log_in(ANONYMOUS_LOGIN, &json!({})).await;
    let body = json!({ "id_token": "google" });
    let unsigned = world.post(&format!("{GOOGLE}?link=true"), &body).await;
    unsigned.refuses(&world, 401, &json!({ "error": "must authenticate first" }));
    for (token, expected) in [
        ("a.b.c", json!({ "error": "unauthorized" })),
        (
            user.refresh.as_str(),
            json!({ "error": "emulator: invalid access token: incorrect token type" }),
        ),
    ] {
        let refused = link(&world, GOOGLE, token, &body).await;
        refused.refuses(&world, 401, &expected);
    }
    world.call("DELETE", "/auth/session", &user.refresh).await;
    let gone = json!({ "error": "invalid session: failed to find refresh token", "error_code": "InvalidSession" });
    let refused = link(&world, GOOGLE, &user.access, &body).await;
    refused.refuses(&world, 401, &gone);
}

#[tokio::test]
async fn a_disabled_user_neither_links_nor_is_linked() {
    let world = World::with(options()).await;
    let anonymous = world.log_in(ANONYMOUS_LOGIN, &json!({})).await;
    let disabled = json!({ "error": "unauthorized", "error_code": "UserDisabled" });
    assert!(world.emulator.disable_user("bob"));
    let google = json!({ "id_token": "google" });
    let refused = link(&world, GOOGLE, &anonymous.access, &google).await;
    refused.refuses(&world, 401, &disabled);
}

#[tokio::test]
async fn of_two_who_link_one_identity_at_once_one_gets_it() {
    let world = World::with(options()).await;
    register(&world, NEW).await;
    let (one, two) = (
        world.log_in(ANONYMOUS_LOGIN, &json!({})).await,
        world.log_in(ANONYMOUS_LOGIN, &json!({})).await,
    );
    let body = by_password(NEW);
    let (first, second) = tokio::join!(
        link(&world, PASSWORD_LOGIN, &one.access, &body),
        link(&world, PASSWORD_LOGIN, &two.access, &body),
    );
    let mut statuses = [first.status, second.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 401]);
}
