//! Creates whose outcome nobody knows: the lost key is found by the server's clock, and nobody else's is touched.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use terraform_provider_appservices::emulator::{Answer, Effect, Fault, Options};

use crate::support::host::Host;
use crate::support::instance::Instance;
use crate::support::rpc::Findings;
use crate::support::server::{EMAIL, Server};

const POST: &str = "/auth/api_keys";

/// The server's clock is this many seconds ahead of ours.
async fn ahead_by(offset_s: i64) -> (Server, Host) {
    started(Options {
        clock_offset: SignedDuration::from_secs(offset_s),
        ..Default::default()
    })
    .await
}

async fn started(options: Options) -> (Server, Host) {
    let server = Server::with(options).await;
    let host = Host::start().await;
    host.configure(server.config()).await.fine();
    (server, host)
}

/// How many keys the server was asked to delete.
fn deletes(server: &Server) -> usize {
    server.count("DELETE", "") - server.count("DELETE", "/auth/session")
}

/// One key, its value in the state.
async fn is_whole(server: &Server, key: &Instance) {
    let keys = server.emulator.keys();
    let [there] = &keys[..] else {
        panic!("one key, not {keys:?}")
    };
    assert_eq!(key.state["id"], there.id.as_str());
    let value = key.state["key"].as_str().expect("a value");
    assert!(server.log_in_with(value).await.is_success());
}

#[tokio::test]
async fn a_lost_key_is_found_by_the_clock_of_the_server_whatever_ours_says() {
    for offset_s in [0, 5 * 3600, -5 * 3600, 400 * 86_400] {
        let (server, host) = ahead_by(offset_s).await;
        let lost = Fault::after("POST", POST, Effect::Reset);
        let lost = server.emulator.inject(lost).expect("a fault");
        let key = Instance::create(&host, json!({ "name": "ci" })).await;
        assert_eq!((lost.hits(), deletes(&server)), (1, 1), "{offset_s}");
        is_whole(&server, &key).await;
        host.shut_down().await;
    }
}

#[tokio::test]
async fn several_lost_keys_are_each_taken_back() {
    let (server, host) = ahead_by(0).await;
    for effect in [Effect::Truncate, Effect::Answer(Answer::new(502))] {
        let fault = Fault::after("POST", POST, effect);
        server.emulator.inject(fault).expect("a fault");
    }
    let key = Instance::create(&host, json!({ "name": "ci" })).await;
    assert_eq!(deletes(&server), 2);
    is_whole(&server, &key).await;
    host.shut_down().await;
}

#[tokio::test]
async fn a_key_of_somebody_else_is_named_and_never_deleted() {
    for offset_s in [0, 5 * 3600, -5 * 3600] {
        for age_s in [10, 3600, 90 * 86_400] {
            let (server, host) = ahead_by(offset_s).await;
            let made_at = Timestamp::now() + SignedDuration::from_secs(offset_s - age_s);
            let stranger = server.emulator.insert_key(EMAIL, "ci", made_at);
            let stranger = stranger.expect("a key");
            // The server never acted, and the answer does not tell.
            let fault = Fault::before("POST", POST, Answer::new(502)).always();
            server.emulator.inject(fault).expect("a fault");
            let mut key = Instance::default();
            let told = key.run(&host, &json!({ "name": "ci" })).await;
            told.one_error(&["502", &stranger.id]);
            assert_eq!(server.emulator.keys(), [stranger], "{offset_s} {age_s}");
            assert_eq!((deletes(&server), &key.state), (0, &Value::Null));
            host.shut_down().await;
        }
    }
}

#[tokio::test]
async fn a_key_left_behind_a_moment_ago_is_not_taken_for_a_lost_one() {
    let (server, host) = ahead_by(0).await;
    let config = json!({ "name": "ci", "on_destroy": "disable" });
    let mut key = Instance::create(&host, config).await;
    key.run(&host, &Value::Null).await.fine();
    let left = server.emulator.keys();
    // Another process, in the same second: the server never acts, and the answer does not tell.
    host.shut_down().await;
    let host = Host::start().await;
    host.configure(server.config()).await.fine();
    let fault = Fault::before("POST", POST, Answer::new(502)).always();
    server.emulator.inject(fault).expect("a fault");
    let told = key.run(&host, &json!({ "name": "ci" })).await;
    assert_eq!(server.emulator.keys(), left, "{told}");
    told.one_error(&["502", &left[0].id]);
    host.shut_down().await;
}

#[tokio::test]
async fn a_server_that_does_not_tell_its_time_has_nothing_deleted() {
    let (server, host) = started(Options {
        date_header: false,
        ..Default::default()
    })
    .await;
    let lost = Fault::after("POST", POST, Effect::Reset);
    server.emulator.inject(lost).expect("a fault");
    let mut key = Instance::default();
    let told = key.run(&host, &json!({ "name": "ci" })).await;
    let keys = server.emulator.keys();
    assert_eq!((keys.len(), deletes(&server)), (1, 0));
    told.one_error(&[&keys[0].id, "replace_existing", "terraform import"]);
    host.shut_down().await;
    // The way that the error tells works.
    let host = Host::start().await;
    host.configure(server.config()).await.fine();
    let config = json!({ "name": "ci", "replace_existing": true });
    key.run(&host, &config).await.fine();
    is_whole(&server, &key).await;
    host.shut_down().await;
}

#[tokio::test]
async fn a_name_that_nobody_else_can_have_needs_no_clock() {
    let (server, host) = started(Options {
        date_header: false,
        ..Default::default()
    })
    .await;
    let lost = Fault::after("POST", POST, Effect::Reset);
    server.emulator.inject(lost).expect("a fault");
    let key = Instance::create(&host, json!({ "name_prefix": "ci-" })).await;
    is_whole(&server, &key).await;
    host.shut_down().await;
}

#[tokio::test]
async fn a_lost_key_that_cannot_be_deleted_is_remembered_and_deleted_by_the_next_run() {
    let (server, host) = ahead_by(0).await;
    let lost = Fault::after("POST", POST, Effect::Reset);
    server.emulator.inject(lost).expect("a fault");
    let stuck = Fault::before("DELETE", "/auth/api_keys/{id}", Answer::new(403)).always();
    server.emulator.inject(stuck).expect("a fault");
    let mut key = Instance::default();
    let config = json!({ "name": "ci" });
    key.run(&host, &config).await.one_error(&["ci", "value"]);
    assert_eq!(server.emulator.keys().len(), 1);
    assert!(key.state.is_object() && key.state["key"].is_null());
    server.emulator.clear_faults();
    host.shut_down().await;
    let host = Host::start().await;
    host.configure(server.config()).await.fine();
    key.run(&host, &config).await.fine();
    is_whole(&server, &key).await;
    host.shut_down().await;
}

#[tokio::test]
async fn a_lost_key_that_is_destroyed_before_it_was_found_is_deleted_too() {
    let (server, host) = ahead_by(0).await;
    let lost = Fault::after("POST", POST, Effect::Reset);
    server.emulator.inject(lost).expect("a fault");
    let blind = Fault::before("GET", POST, Answer::new(403)).always();
    server.emulator.inject(blind).expect("a fault");
    let mut key = Instance::default();
    key.run(&host, &json!({ "name": "ci" }))
        .await
        .one_error(&["ci"]);
    assert!(key.state.is_object(), "an entry that leads to the key");
    server.emulator.clear_faults();
    // As with `-refresh=false`.
    key.apply(&host, &Value::Null).await.fine();
    assert_eq!((server.emulator.keys(), &key.state), (vec![], &Value::Null));
    host.shut_down().await;
}

#[tokio::test]
async fn two_resources_of_one_name_leave_one_key_and_one_error() {
    let (server, host) = ahead_by(0).await;
    let (mut one, mut two) = (Instance::default(), Instance::default());
    for config in [
        json!({ "name": "ci" }),
        json!({ "name": "ci", "replace_existing": true }),
    ] {
        let told = tokio::join!(one.apply(&host, &config), two.apply(&host, &config));
        let errors = [&told.0, &told.1].map(Findings::has_error);
        assert_eq!(errors.iter().filter(|error| **error).count(), 1, "{told:?}");
        let winner = if errors[0] { &mut two } else { &mut one };
        is_whole(&server, winner).await;
        winner.apply(&host, &Value::Null).await.fine();
    }
    host.shut_down().await;
}
