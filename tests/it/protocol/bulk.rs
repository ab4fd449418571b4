//! What many keys cost, in requests.

use std::time::{Duration, Instant};

use futures_util::{StreamExt as _, stream};
use serde_json::{Value, json};
use terraform_provider_appservices::emulator::Options;

use crate::support::host::{Host, configured};
use crate::support::server::Server;

const KEYS: &str = "/auth/api_keys";

/// How many resources Terraform walks at a time.
const PARALLELISM: usize = 10;

/// A server as far away as another continent's.
async fn far_away() -> Server {
    Server::with(Options {
        latency: Duration::from_millis(50),
        max_keys: 1000,
        ..Options::default()
    })
    .await
}

/// Makes so many keys, as one apply does.
async fn create(host: &Host, count: usize) -> Vec<Value> {
    let names = (0..count).map(|number| json!({ "name": format!("ci-{number}") }));
    let creates = names.map(|config| host.create(config));
    stream::iter(creates)
        .buffer_unordered(PARALLELISM)
        .collect()
        .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn creates_and_deletes_share_the_lists_in_which_they_look_for_themselves() {
    const COUNT: usize = 100;
    const LISTS: usize = COUNT * 3 / 10;
    let server = far_away().await;
    let host = configured(&server).await;
    let states = create(&host, COUNT).await;
    host.shut_down().await;
    let creating = server.requests();
    let lists = server.count("GET", KEYS);
    assert_eq!(server.count("POST", KEYS), COUNT, "each key is made once");
    // Location, login and logout are the rest.
    assert_eq!(creating.len(), COUNT + lists + 3);
    // A create waits for two round trips, its own and a list's, which it shares with those that wait at the same time.
    assert!(lists <= LISTS, "{lists} lists: {creating:#?}");

    let host = configured(&server).await;
    let deletes = states.iter().map(|state| host.delete(state));
    stream::iter(deletes)
        .buffer_unordered(PARALLELISM)
        .collect::<()>()
        .await;
    host.shut_down().await;
    let deleting = &server.requests()[creating.len()..];
    assert_eq!(server.emulator.keys(), []);
    assert!(deleting.len() <= COUNT + LISTS + 3, "{deleting:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refresh_costs_a_list_per_second_however_many_keys_there_are() {
    let server = far_away().await;
    let host = configured(&server).await;
    let states = create(&host, 20).await;
    host.shut_down().await;
    for reads in [20, 1000] {
        let before = server.requests().len();
        let began = Instant::now();
        let host = configured(&server).await;
        let reads = (0..reads).map(|number| host.read(&states[number % states.len()], b""));
        stream::iter(reads)
            .buffer_unordered(PARALLELISM)
            .for_each(async |read| {
                read.findings.fine();
            })
            .await;
        host.shut_down().await;
        let sent = &server.requests()[before..];
        // Location, login, logout, the first list, and one for each second from there on. More than these four
        // no operation has waited for.
        let seconds = usize::try_from(began.elapsed().as_secs()).expect("a number");
        assert!(sent.len() <= 4 + seconds, "{sent:#?} in {seconds} s");
    }
}
