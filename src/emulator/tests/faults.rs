//! Faults, down to the bytes on the wire.

use std::io::ErrorKind;

use serde_json::{Value, json};

use super::http::{PASSWORD_LOGIN, World, send};
use super::raw::Raw;
use crate::emulator::{Answer, Fault, FaultEffect};

pub(super) const KEYS: &str = "/auth/api_keys";
pub(super) const LOCATION: &str = "/app/myapp-abcde/location";

/// The names of the user's keys, and the fates of all requests before.
pub(super) async fn outcome(world: &World, token: &str) -> (Value, Vec<String>) {
    let fates = world.emulator.requests();
    let fates = fates.iter().map(|request| {
        let acted = request
            .acted
            .map_or_else(|| "-".to_owned(), |code| code.to_string());
        format!("{} {acted} {}", request.method, request.status)
    });
    let fates = fates.collect();
    let keys = world.call("GET", KEYS, token).await.json(200);
    let names = keys
        .as_array()
        .unwrap()
        .iter()
        .map(|key| key["name"].clone());
    (names.collect(), fates)
}

/// Sends a create with nothing between it and the wire.
pub(super) async fn create(world: &World, token: &str, name: &str) -> Raw {
    let body = json!({ "name": name });
    let rest = format!("Authorization: Bearer {token}\r\n\r\n{body}");
    Raw::send(world, "POST", KEYS, &rest).await
}

#[tokio::test]
async fn an_answer_comes_in_place_of_the_servers() {
    let world = World::start().await;
    let token = world.log_in_ci().await.refresh;
    let page = Answer::new(503)
        .header("Retry-After", "7")
        .header("X-More", "1")
        .body("text/html", "<h1>Sorry</h1>");
    for fault in [
        Fault::before("POST", KEYS, page.clone()),
        Fault::after("POST", KEYS, page),
    ] {
        world.emulator.inject(fault).unwrap();
    }
    for name in ["before", "after"] {
        let bytes = create(&world, &token, name).await.bytes().await;
        let (head, body) = bytes.parts();
        assert!(
            head.starts_with("http/1.1 503 service unavailable\r\n"),
            "{head}"
        );
        for header in [
            "retry-after: 7",
            "x-more: 1",
            "content-type: text/html",
            "content-length: 14",
        ] {
            assert!(head.lines().any(|line| line == header), "{header}: {head}");
        }
        assert_eq!((body, bytes.error), ("<h1>Sorry</h1>", None));
    }
    let (names, fates) = outcome(&world, &token).await;
    assert_eq!(names, json!(["after"]));
    assert_eq!(fates, ["POST 200 200", "POST - 503", "POST 201 503"]);
}

#[tokio::test]
async fn a_reset_leaves_no_byte() {
    let world = World::start().await;
    let token = world.log_in_ci().await.refresh;
    for (name, fault) in [
        ("before", Fault::before("POST", KEYS, FaultEffect::Reset)),
        ("after", Fault::after("POST", KEYS, FaultEffect::Reset)),
    ] {
        world.emulator.inject(fault).unwrap();
        let bytes = create(&world, &token, name).await.bytes().await;
        assert_eq!(bytes.text, "");
        assert_eq!(bytes.error, Some(ErrorKind::ConnectionReset));
    }
    let (names, fates) = outcome(&world, &token).await;
    assert_eq!(names, json!(["after"]));
    assert_eq!(fates, ["POST 200 200", "POST - reset", "POST 201 reset"]);
}

#[tokio::test]
async fn a_truncated_answer_announces_more_than_it_holds() {
    let world = World::start().await;
    let token = world.log_in_ci().await.refresh;
    world
        .emulator
        .inject(Fault::after("POST", KEYS, FaultEffect::Truncate))
        .unwrap();
    let bytes = create(&world, &token, "ci").await.bytes().await;
    let (head, body) = bytes.parts();
    assert!(head.starts_with("http/1.1 201 created\r\n"), "{head}");
    let length = head.split_once("content-length: ").unwrap().1;
    let length: usize = length.lines().next().unwrap().parse().unwrap();
    assert!(body.starts_with("{\"_id\":\""), "{body}");
    assert_eq!((body.len(), bytes.error), (length / 2, None));

    world
        .emulator
        .inject(Fault::before("GET", KEYS, FaultEffect::Truncate))
        .unwrap();
    let bytes = Raw::send(&world, "GET", KEYS, "").await.bytes().await;
    let (head, body) = bytes.parts();
    assert!(head.contains("content-length: 24"), "{head}");
    assert_eq!((body, bytes.error), ("{\"emulator\":", None));

    let (names, fates) = outcome(&world, &token).await;
    assert_eq!(names, json!(["ci"]));
    assert_eq!(
        fates[1..],
        ["POST 201 truncated 201", "GET - truncated 200"]
    );
}

#[tokio::test]
async fn an_answer_without_a_body_ends_in_its_head() {
    let world = World::start().await;
    let token = world.log_in_ci().await.refresh;
    world
        .emulator
        .inject(Fault::after(
            "DELETE",
            "/auth/session",
            FaultEffect::Truncate,
        ))
        .unwrap();
    let rest = format!("Authorization: Bearer {token}");
    let bytes = Raw::send(&world, "DELETE", "/auth/session", &rest)
        .await
        .bytes()
        .await;
    assert!(
        bytes.text.starts_with("HTTP/1.1 204 No Content\r\n"),
        "{bytes:?}"
    );
    assert!(!bytes.text.contains("\r\n\r\n"), "{bytes:?}");
    assert_eq!(bytes.error, None);
    assert_eq!(world.emulator.open_sessions(), 0);
}

#[tokio::test]
async fn garbage_is_sent_as_it_is() {
    let world = World::start().await;
    for text in ["SSH-2.0-OpenSSH\r\n", ""] {
        let fault = Fault::before("GET", LOCATION, FaultEffect::Garbage(text.to_owned()));
        world.emulator.inject(fault).unwrap();
        let bytes = Raw::send(&world, "GET", LOCATION, "").await.bytes().await;
        assert_eq!((bytes.text.as_str(), bytes.error), (text, None));
    }
    assert_eq!(world.emulator.requests()[1].status, "garbage");
}

#[tokio::test]
async fn a_fault_counts_what_it_lets_pass_and_what_it_meets() {
    let world = World::start().await;
    let fault = Fault {
        skip: 2,
        times: Some(3),
        ..Fault::before("GET", "/app/{id}/location", Answer::new(500))
    };
    let fault = world.emulator.inject(fault).unwrap();
    let late = Fault {
        skip: 3,
        ..Fault::before("GET", LOCATION, Answer::new(504))
    };
    let late = world.emulator.inject(late).unwrap();
    for _ in 0..8 {
        Raw::send(&world, "GET", LOCATION, "").await.bytes().await;
        Raw::send(&world, "GET", "/auth/profile", "")
            .await
            .bytes()
            .await;
    }
    let statuses = world.emulator.requests();
    let statuses = statuses
        .iter()
        .filter(|request| request.path.ends_with("location"));
    let statuses: Vec<_> = statuses.map(|request| request.status.clone()).collect();
    // The second fault sees the five that the first one let pass.
    assert_eq!(
        statuses,
        ["200", "200", "500", "500", "500", "200", "504", "200"]
    );
    assert_eq!((fault.hits(), late.hits()), (3, 1));
}

#[tokio::test]
async fn a_fault_without_method_and_path_meets_all() {
    let world = World::start().await;
    let fault = Fault {
        method: None,
        path: None,
        ..Fault::before("", "/", Answer::new(500)).always()
    };
    let fault = world.emulator.inject(fault).unwrap();
    for (method, path) in [
        ("GET", LOCATION),
        ("POST", PASSWORD_LOGIN),
        ("POST", "/auth/session"),
        ("DELETE", "/auth/session"),
        ("GET", "/auth/profile"),
        ("GET", KEYS),
        ("PUT", "/auth/api_keys/1/disable"),
        ("GET", "/nonsense"),
    ] {
        let bytes = Raw::send(&world, method, path, "").await.bytes().await;
        assert!(
            bytes.text.starts_with("HTTP/1.1 500 "),
            "{method} {path}: {bytes:?}"
        );
    }
    assert_eq!(fault.hits(), 8);
    fault.clear();
    send(world.request("GET", LOCATION)).await.json(200);
    assert_eq!(fault.hits(), 8);
}
