//! The handle that a test holds, and what is outside the API.

use std::io::ErrorKind;
use std::net::SocketAddr;

use reqwest::StatusCode;
use serde_json::json;
use tokio::net::TcpStream;
use tokio::task::yield_now;

use super::http::{EMAIL, PASSWORD, PASSWORD_LOGIN, REGISTER, World, send};
use crate::emulator::{Emulator, Options, Request, User};

#[tokio::test]
async fn what_is_not_in_the_api_is_refused_as_json() {
    let world = World::start().await;
    let prefix = "/api/client/v2.0";
    for (method, path, status, reason) in [
        ("GET", "/nonsense", 404, "it does not have"),
        ("GET", "/auth/api_keys/", 404, "it does not have"),
        ("PATCH", "/auth/api_keys", 405, "Method Not Allowed:"),
        ("GET", "/app/%FF/location", 400, "Bad Request:"),
    ] {
        let expected = json!({ "error": format!("emulator: {reason} {method} {prefix}{path}") });
        send(world.request(method, path))
            .await
            .refuses(&world, status, &expected);
    }
    let endless = world.request("POST", REGISTER).body("x".repeat(3 << 20));
    assert_eq!(send(endless).await.status, StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test]
async fn what_the_emulator_does_not_have_is_said() {
    let world = World::start().await;
    let provider = "/app/myapp-abcde/auth/providers/local-userpass";
    for path in [
        "confirm",
        "confirm/send",
        "confirm/call",
        "reset",
        "reset/send",
        "reset/call",
    ] {
        let path = format!("{provider}/{path}");
        let text = format!("emulator: it does not have POST /api/client/v2.0{path}");
        let refused = world.post(&path, &json!({})).await;
        refused.refuses(&world, 404, &json!({ "error": text }));
    }
    let body = json!({ "username": "new@example.com", "password": PASSWORD });
    let refused = world
        .post(&format!("{PASSWORD_LOGIN}?link=true"), &body)
        .await;
    let text = "emulator: it does not have linking (`?link=true`)";
    refused.refuses(&world, 404, &json!({ "error": text }));
}

#[tokio::test]
async fn requests_are_on_record_in_the_order_of_their_answers() {
    let world = World::start().await;
    let login = world.log_in_ci().await;
    world
        .call("GET", "/auth/api_keys?secret=1", &login.refresh)
        .await
        .json(200);
    world
        .call("GET", "/auth/profile", &login.refresh)
        .await
        .json(401);
    let on_record = |method: &str, path: &str, status: u16| Request {
        method: method.to_owned(),
        path: format!("/api/client/v2.0{path}"),
        acted: Some(status),
        status: status.to_string(),
    };
    let expected = [
        on_record("POST", PASSWORD_LOGIN, 200),
        on_record("GET", "/auth/api_keys", 200),
        on_record("GET", "/auth/profile", 401),
    ];
    assert_eq!(world.emulator.requests(), expected);
}

#[tokio::test]
async fn a_start_fails_when_a_user_cannot_be_made() {
    let user = |email: &str, password: &str| User {
        email: email.to_owned(),
        password: password.into(),
    };
    for (users, expected) in [
        (
            vec![user(EMAIL, "12345")],
            "user ci@example.com: password must be between 6 and 128 characters",
        ),
        (
            vec![user(EMAIL, PASSWORD), user(EMAIL, PASSWORD)],
            "user ci@example.com: name already in use",
        ),
    ] {
        let error = Emulator::start(Options {
            users,
            ..Options::default()
        })
        .await
        .unwrap_err();
        assert_eq!(
            (error.kind(), error.to_string().as_str()),
            (ErrorKind::InvalidInput, expected)
        );
    }
}

#[tokio::test]
async fn a_stopped_or_dropped_emulator_frees_its_address() {
    let world = World::start().await;
    send(world.request("GET", "/app/myapp-abcde/location"))
        .await
        .json(200);
    let listen: SocketAddr = world.emulator.url()["http://".len()..].parse().unwrap();
    let on_it = || Options {
        listen,
        ..Options::default()
    };
    let refused = Emulator::start(on_it()).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::AddrInUse);
    world.emulator.stop().await;
    let again = Emulator::start(on_it()).await.unwrap();

    drop(again);
    // The listener closes in the background, as soon as the runtime gets to it.
    while TcpStream::connect(listen).await.is_ok() {
        yield_now().await;
    }
}
