//! A server whose clock is not this machine's, or that keeps it to itself.

use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use jiff::SignedDuration;
use serde_json::{Value, json};

use super::http::World;
use super::raw::Raw;
use crate::emulator::{Answer, Fault, FaultEffect, Options};

const LOCATION: &str = "/app/myapp-abcde/location";
const OFFSET: i64 = 1_000_000;

fn now() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    now.as_secs().try_into().unwrap()
}

/// The `Date` of an answer in seconds since 1970.
async fn date(world: &World) -> Option<i64> {
    let bytes = Raw::send(world, "GET", LOCATION, "").await.bytes().await;
    let (head, _) = bytes.parts();
    assert!(head.matches("\r\ndate: ").count() <= 1, "{head}");
    let date = bytes
        .text
        .lines()
        .find_map(|line| line.strip_prefix("date: "))?;
    let date = httpdate::parse_http_date(date).unwrap();
    let date = date.duration_since(UNIX_EPOCH).unwrap();
    Some(date.as_secs().try_into().unwrap())
}

/// Whether a time is now and `offset`, give or take what this test took so far.
fn is_about(time: i64, offset: i64, started: i64) -> bool {
    (started + offset..=now() + offset).contains(&time)
}

#[tokio::test]
async fn dates_ids_and_tokens_follow_the_servers_clock() {
    for offset in [0, OFFSET, -OFFSET] {
        let started = now();
        let world = World::with(Options {
            clock_offset: SignedDuration::from_secs(offset),
            ..Options::default()
        })
        .await;
        assert!(is_about(date(&world).await.unwrap(), offset, started));

        let login = world.log_in_ci().await;
        let claims = login.access.split('.').nth(1).unwrap();
        let claims = BASE64_URL_SAFE_NO_PAD.decode(claims).unwrap();
        let claims: Value = serde_json::from_slice(&claims).unwrap();
        let issued = claims["iat"].as_i64().unwrap();
        assert!(is_about(issued, offset, started));
        assert_eq!(claims["exp"].as_i64().unwrap(), issued + 1800);
        // The server takes its own tokens, whatever the time elsewhere.
        let profile = world.call("GET", "/auth/profile", &login.access).await;
        profile.json(200);

        let body = json!({ "name": "ci" });
        let key = world.create_key(&login.refresh, &body).await.json(201);
        let made = i64::from_str_radix(&key["_id"].as_str().unwrap()[..8], 16).unwrap();
        assert!(is_about(made, offset, started));
    }
}

#[tokio::test]
async fn the_date_can_be_left_out() {
    let world = World::with(Options {
        date_header: false,
        ..Options::default()
    })
    .await;
    assert_eq!(date(&world).await, None);
}

#[tokio::test]
async fn faults_are_dated_unless_they_say_another_date() {
    let started = now();
    let world = World::with(Options {
        clock_offset: SignedDuration::from_secs(OFFSET),
        ..Options::default()
    })
    .await;
    let dated = Answer::new(503).header("Date", "Tue, 14 Nov 2023 22:13:20 GMT");
    for effect in [Answer::new(503).into(), FaultEffect::Truncate] {
        world
            .emulator
            .inject(Fault::before("GET", LOCATION, effect))
            .unwrap();
    }
    world
        .emulator
        .inject(Fault::after("GET", LOCATION, dated))
        .unwrap();
    for _ in 0..2 {
        assert!(is_about(date(&world).await.unwrap(), OFFSET, started));
    }
    assert_eq!(date(&world).await, Some(1_700_000_000));
}
