//! Requests that wait, and what can happen meanwhile.

use std::time::Duration;

use serde_json::json;
use tokio::net::TcpStream;
use tokio::task::yield_now;

use super::faults::{KEYS, LOCATION, create, outcome};
use super::http::{World, send};
use super::raw::Raw;
use crate::emulator::{Answer, Fault, FaultEffect};

#[tokio::test]
async fn a_hanging_request_goes_on_when_the_fault_is_cleared() {
    let world = World::start().await;
    let token = world.log_in_ci().await.refresh;
    let before = world
        .emulator
        .inject(Fault::before("POST", KEYS, FaultEffect::Hang).always())
        .unwrap();
    let after = world
        .emulator
        .inject(Fault::after("POST", KEYS, FaultEffect::Hang))
        .unwrap();
    let one = create(&world, &token, "1").await;
    let two = create(&world, &token, "2").await;
    before.hit_times(2).await;
    assert_eq!((before.hits(), after.hits()), (2, 0));
    assert_eq!(outcome(&world, &token).await.0, json!([]));

    // A clear is for all who wait, and for those who come.
    before.clear();
    after.hit_times(1).await;
    let three = create(&world, &token, "3").await.bytes().await;
    assert!(three.text.starts_with("HTTP/1.1 201 "), "{three:?}");
    let names = outcome(&world, &token).await.0;
    assert!(names.as_array().unwrap().len() >= 2, "{names}");

    world.emulator.clear_faults();
    for request in [one, two] {
        let bytes = request.bytes().await;
        assert!(bytes.text.starts_with("HTTP/1.1 201 "), "{bytes:?}");
    }
    assert_eq!((before.hits(), after.hits()), (2, 1));
}

#[tokio::test]
async fn a_client_that_goes_while_it_hangs_is_on_record() {
    let world = World::start().await;
    let token = world.log_in_ci().await.refresh;
    for (name, fault) in [
        ("before", Fault::before("POST", KEYS, FaultEffect::Hang)),
        ("after", Fault::after("POST", KEYS, FaultEffect::Hang)),
    ] {
        let fault = world.emulator.inject(fault).unwrap();
        let request = create(&world, &token, name).await;
        fault.hit_times(1).await;
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
    let slow = FaultEffect::Slow(Duration::from_millis(1));
    let fault = Fault::before("GET", LOCATION, slow);
    let fault = world.emulator.inject(fault).unwrap();
    send(world.request("GET", LOCATION)).await.json(200);
    assert_eq!(fault.hits(), 1);

    // An early end is as good as the time.
    let slow = FaultEffect::Slow(Duration::from_secs(3600));
    let fault = world
        .emulator
        .inject(Fault::after("GET", LOCATION, slow))
        .unwrap();
    let request = Raw::send(&world, "GET", LOCATION, "").await;
    fault.hit_times(1).await;
    fault.clear();
    assert!(request.bytes().await.text.starts_with("HTTP/1.1 200 OK"));
}

#[tokio::test]
async fn a_delay_lets_the_faults_behind_it_have_their_turn() {
    let world = World::start().await;
    let hang = world
        .emulator
        .inject(Fault::before("GET", LOCATION, FaultEffect::Hang))
        .unwrap();
    let refusal = world
        .emulator
        .inject(Fault::before("GET", LOCATION, Answer::new(502)))
        .unwrap();
    let request = Raw::send(&world, "GET", LOCATION, "").await;
    hang.hit_times(1).await;
    assert_eq!(refusal.hits(), 0);
    hang.clear();
    assert!(request.bytes().await.text.starts_with("HTTP/1.1 502 "));
}

#[tokio::test]
async fn a_stop_ends_what_hangs() {
    let world = World::start().await;
    let fault = world
        .emulator
        .inject(Fault::before("GET", LOCATION, FaultEffect::Hang))
        .unwrap();
    let address = world
        .emulator
        .url()
        .trim_start_matches("http://")
        .to_owned();
    let request = Raw::send(&world, "GET", LOCATION, "").await;
    fault.hit_times(1).await;
    world.emulator.stop().await;
    let bytes = request.bytes().await;
    assert_eq!((bytes.text.as_str(), bytes.error), ("", None));
    assert!(TcpStream::connect(address).await.is_err());
}
