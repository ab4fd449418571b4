//! Requests that wait, and what can happen meanwhile.

use std::time::Duration;

use serde_json::json;
use tokio::net::TcpStream;
use tokio::task::yield_now;

use super::faults::{KEYS, LOCATION, create, outcome};
use super::http::{World, send};
use super::raw::Raw;
use crate::emulator::{Answer, Effect, Fault};

#[tokio::test]
async fn a_hanging_request_goes_on_when_it_is_released() {
    let world = World::start().await;
    let token = world.log_in_ci().await.refresh;
    let before = world
        .emulator
        .inject(Fault::before("POST", KEYS, Effect::Hang).always())
        .unwrap();
    let after = world
        .emulator
        .inject(Fault::after("POST", KEYS, Effect::Hang))
        .unwrap();
    let request = create(&world, &token, "ci").await;
    before.hit().await;
    assert_eq!((before.hits(), after.hits()), (1, 0));
    assert_eq!(outcome(&world, &token).await.0, json!([]));

    before.release();
    after.hit().await;
    assert_eq!(outcome(&world, &token).await.0, json!(["ci"]));

    after.release();
    let bytes = request.bytes().await;
    assert!(
        bytes.text.starts_with("HTTP/1.1 201 Created\r\n"),
        "{bytes:?}"
    );

    // A release is for those who wait, and a clear for all.
    let (one, two) = (
        create(&world, &token, "1").await,
        create(&world, &token, "2").await,
    );
    before.hit_times(3).await;
    world.emulator.clear_faults();
    for request in [one, two, create(&world, &token, "3").await] {
        let bytes = request.bytes().await;
        assert!(
            bytes.text.starts_with("HTTP/1.1 201 Created\r\n"),
            "{bytes:?}"
        );
    }
    assert_eq!(before.hits(), 3);
}

#[tokio::test]
async fn a_client_that_goes_while_it_hangs_is_on_record() {
    let world = World::start().await;
    let token = world.log_in_ci().await.refresh;
    for (name, fault) in [
        ("before", Fault::before("POST", KEYS, Effect::Hang)),
        ("after", Fault::after("POST", KEYS, Effect::Hang)),
    ] {
        let fault = world.emulator.inject(fault).unwrap();
        let request = create(&world, &token, name).await;
        fault.hit().await;
        let before = world.emulator.requests().len();
        drop(request);
        while world.emulator.requests().len() == before {
            yield_now().await;
        }
        fault.clear();
    }
    let (names, fates) = outcome(&world, &token).await;
    assert_eq!(names, json!(["after"]));
    assert_eq!(fates[1], "POST - gone");
    assert_eq!(fates.last().unwrap(), "POST 201 gone");
}

#[tokio::test]
async fn a_slow_request_is_answered_in_the_end() {
    let world = World::start().await;
    let slow = Effect::Slow(Duration::from_millis(1));
    let fault = Fault::before("GET", LOCATION, slow);
    let fault = world.emulator.inject(fault).unwrap();
    send(world.request("GET", LOCATION)).await.json(200);
    assert_eq!(fault.hits(), 1);

    // An early release is as good as the time.
    let slow = Effect::Slow(Duration::from_secs(3600));
    let fault = world
        .emulator
        .inject(Fault::after("GET", LOCATION, slow))
        .unwrap();
    let request = Raw::send(&world, "GET", LOCATION, "").await;
    fault.hit().await;
    fault.release();
    assert!(request.bytes().await.text.starts_with("HTTP/1.1 200 OK"));
}

#[tokio::test]
async fn a_delay_lets_the_faults_behind_it_have_their_turn() {
    let world = World::start().await;
    let hang = world
        .emulator
        .inject(Fault::before("GET", LOCATION, Effect::Hang))
        .unwrap();
    let refusal = world
        .emulator
        .inject(Fault::before("GET", LOCATION, Answer::new(502)))
        .unwrap();
    let request = Raw::send(&world, "GET", LOCATION, "").await;
    hang.hit().await;
    assert_eq!(refusal.hits(), 0);
    hang.release();
    assert!(request.bytes().await.text.starts_with("HTTP/1.1 502 "));
}

#[tokio::test]
async fn a_stop_ends_what_hangs() {
    let world = World::start().await;
    let fault = world
        .emulator
        .inject(Fault::before("GET", LOCATION, Effect::Hang))
        .unwrap();
    let address = world
        .emulator
        .url()
        .trim_start_matches("http://")
        .to_owned();
    let request = Raw::send(&world, "GET", LOCATION, "").await;
    fault.hit().await;
    world.emulator.stop().await;
    let bytes = request.bytes().await;
    assert_eq!((bytes.text.as_str(), bytes.error), ("", None));
    assert!(TcpStream::connect(address).await.is_err());
}
