//! What needs no token: location, registration, logins.

use serde_json::json;

use super::http::{
    ANONYMOUS_LOGIN, EMAIL, KEY_LOGIN, PASSWORD, PASSWORD_LOGIN, REGISTER, World, is_object_id,
    send,
};
use crate::emulator::{External, ExternalUser, Options};

#[tokio::test]
async fn location_sends_callers_back_to_where_they_came_from() {
    let world = World::start().await;
    let url = world.emulator.url();
    let answer = send(world.request("GET", "/app/myapp-abcde/location")).await;
    let expected = json!({
        "deployment_model": "LOCAL", "location": "US-VA",
        "hostname": url, "ws_hostname": url.replace("http://", "ws://"),
    });
    assert_eq!(answer.json(200), expected);
    assert!(is_object_id(&answer.request_id));

    let forwarded = world
        .request("GET", "/app/myapp-abcde/location")
        .header("Host", "localhost:1234");
    assert_eq!(
        send(forwarded).await.json(200)["hostname"],
        "http://localhost:1234"
    );
}

#[tokio::test]
async fn an_unknown_app_is_not_found_anywhere() {
    let world = World::start().await;
    let expected = json!({ "error": "cannot find app using Client App ID 'nope-zzzzz'" });
    send(world.request("GET", "/app/nope-zzzzz/location"))
        .await
        .refuses(&world, 404, &expected);
    for path in [REGISTER, PASSWORD_LOGIN, KEY_LOGIN, ANONYMOUS_LOGIN] {
        let path = path.replace("myapp-abcde", "nope-zzzzz");
        world
            .post(&path, &json!({}))
            .await
            .refuses(&world, 404, &expected);
    }
}

#[tokio::test]
async fn a_registered_user_can_log_in() {
    let world = World::start().await;
    let answer = world
        .post(
            REGISTER,
            &json!({ "email": "new@example.com", "password": "123456" }),
        )
        .await;
    assert_eq!(answer.json(201), json!({}));

    let login =
        json!({ "username": "new@example.com", "password": "123456", "options": { "device": {} } });
    let answer = world.post(PASSWORD_LOGIN, &login).await.json(200);
    assert_eq!(answer.as_object().unwrap().len(), 4, "{answer}");
    assert!(is_object_id(answer["user_id"].as_str().unwrap()));
    assert_eq!(answer["device_id"], "000000000000000000000000");
    for token in ["access_token", "refresh_token"] {
        assert_eq!(answer[token].as_str().unwrap().split('.').count(), 3);
    }
}

#[tokio::test]
async fn a_registration_is_refused_for_each_known_reason() {
    let world = World::start().await;
    let length = json!({ "error": "password must be between 6 and 128 characters", "error_code": "BadRequest" });
    let taken = json!({ "error": "name already in use", "error_code": "AccountNameInUse" });
    let address = json!({ "error": "email invalid", "error_code": "BadRequest" });
    for (email, password, status, expected) in [
        ("new@example.com", "12345", 400, &length),
        ("new@example.com", &"x".repeat(129), 400, &length),
        (EMAIL, "123456", 409, &taken),
        ("", "123456", 400, &address),
        (&"e".repeat(129), "123456", 400, &address),
    ] {
        let answer = world
            .post(REGISTER, &json!({ "email": email, "password": password }))
            .await;
        answer.refuses(&world, status, expected);
    }
    // Addresses are case-sensitive, and lengths count characters.
    let others = [
        ("CI@example.com", "x".repeat(128)),
        (&"ü".repeat(128), "ü".repeat(128)),
    ];
    for (email, password) in others {
        world
            .post(REGISTER, &json!({ "email": email, "password": password }))
            .await
            .json(201);
    }
}

#[tokio::test]
async fn concurrent_registrations_of_one_address_make_one_user() {
    let world = World::start().await;
    let body = json!({ "email": "new@example.com", "password": "123456" });
    let one = world.post(REGISTER, &body);
    let (one, two, three) = tokio::join!(
        one,
        world.post(REGISTER, &body),
        world.post(REGISTER, &body)
    );
    let mut statuses = [one.status, two.status, three.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 409, 409]);
}

#[tokio::test]
async fn a_failed_login_says_as_little_as_the_service() {
    let world = World::start().await;
    let expected = json!({ "error": "unauthorized", "error_code": "InvalidPassword" });
    for body in [
        json!({ "username": EMAIL, "password": "battery-staple" }),
        json!({ "username": "nobody@example.com", "password": PASSWORD }),
        json!({ "username": EMAIL.to_uppercase(), "password": PASSWORD }),
        json!({ "email": EMAIL, "password": PASSWORD }),
        json!({}),
    ] {
        world
            .post(PASSWORD_LOGIN, &body)
            .await
            .refuses(&world, 401, &expected);
    }
    let expected = json!({ "error": "unauthorized", "error_code": "AuthError" });
    for body in [
        json!({ "key": "x".repeat(64) }),
        json!({ "key": null }),
        json!({}),
    ] {
        world
            .post(KEY_LOGIN, &body)
            .await
            .refuses(&world, 401, &expected);
    }
    assert_eq!(world.emulator.open_sessions(), 0);
}

#[tokio::test]
async fn a_provider_that_is_off_says_so() {
    let google = ExternalUser {
        provider: External::Google,
        secret: "google".into(),
        user: EMAIL.to_owned(),
    };
    let world = World::with(Options {
        third_parties: vec![google],
        ..Options::default()
    })
    .await;
    for provider in [
        "custom-token",
        "custom-function",
        "oauth2-apple",
        "nonsense",
    ] {
        let path = format!("/app/myapp-abcde/auth/providers/{provider}/login");
        let expected =
            json!({ "error": format!("authentication via '{provider}' is unsupported") });
        world
            .post(&path, &json!({}))
            .await
            .refuses(&world, 401, &expected);
    }
}

#[tokio::test]
async fn the_header_habits_of_all_clients_are_accepted() {
    let world = World::start().await;
    let body = json!({ "username": EMAIL, "password": PASSWORD }).to_string();
    for content_type in [
        None,
        Some("application/json"),
        Some("application/json;charset=utf-8"),
        Some("text/plain"),
    ] {
        let mut login = world.request("POST", PASSWORD_LOGIN).body(body.clone());
        let mut location = world.request("GET", "/app/myapp-abcde/location");
        let mut anonymous = world.request("POST", ANONYMOUS_LOGIN);
        if let Some(content_type) = content_type {
            login = login.header("Content-Type", content_type);
            location = location.header("Content-Type", content_type);
            anonymous = anonymous.header("Content-Type", content_type);
        }
        for request in [login, location, anonymous] {
            send(request).await.json(200);
        }
    }
}

#[tokio::test]
async fn a_body_that_is_no_object_is_a_bad_request() {
    let world = World::start().await;
    let expected = json!({ "error": "emulator: the request body is not a JSON object", "error_code": "BadRequest" });
    for body in ["[]", "{", "username=ci"] {
        send(world.request("POST", PASSWORD_LOGIN).body(body))
            .await
            .refuses(&world, 400, &expected);
    }
}
