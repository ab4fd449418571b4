//! Creates whose answer is lost: nothing is deleted without proof, nothing is forgotten, and whatever has a random name is
//! cleaned up.

mod unfinished;

use futures_util::future::join_all;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use terraform_provider_appservices::emulator::{Answer, Fault, FaultEffect, Options};

use crate::support::host::Host;
use crate::support::instance::{Action, Instance};
use crate::support::rpc::{Findings, KEY};
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
    let host = next_run(&server).await;
    (server, host)
}

/// A new process, as Terraform starts one for each run.
async fn next_run(server: &Server) -> Host {
    let host = Host::start().await;
    host.configure(server.config()).await.fine();
    host
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

fn inject(server: &Server, fault: Fault) {
    server.emulator.inject(fault).expect("a fault");
}

/// Every way in which the answer to a create that took effect is lost.
fn losses() -> Vec<FaultEffect> {
    vec![
        FaultEffect::Reset,
        FaultEffect::Truncate,
        Answer::new(500).into(),
        Answer::new(502).into(),
        Answer::new(503).into(),
        Answer::new(504).into(),
        Answer::new(200)
            .body("text/html", "<html>log in first</html>")
            .into(),
    ]
}

#[tokio::test]
async fn a_random_name_heals_in_the_same_apply_whatever_the_clocks_say() {
    for offset_s in [0, 5 * 3600, -5 * 3600, 400 * 86_400] {
        let (server, host) = ahead_by(offset_s).await;
        inject(&server, Fault::after("POST", POST, FaultEffect::Reset));
        let key = Instance::create(&host, json!({ "name_prefix": "ci-" })).await;
        assert_eq!(deletes(&server), 1, "{offset_s}");
        is_whole(&server, &key).await;
        host.shut_down().await;
    }
}

#[tokio::test]
async fn a_random_name_heals_after_every_kind_of_loss() {
    let date_header = false;
    for effect in losses() {
        let (server, host) = started(Options {
            date_header,
            ..Default::default()
        })
        .await;
        for _ in 0..2 {
            inject(&server, Fault::after("POST", POST, effect.clone()));
        }
        let key = Instance::create(&host, json!({ "name_prefix": "ci-" })).await;
        assert_eq!(deletes(&server), 1, "{effect:?}");
        is_whole(&server, &key).await;
        host.shut_down().await;
    }
}

#[tokio::test]
async fn a_create_that_the_server_never_saw_is_sent_again_and_nothing_is_deleted() {
    let (server, host) = ahead_by(0).await;
    for status in [502, 503] {
        inject(&server, Fault::before("POST", POST, Answer::new(status)));
    }
    let key = Instance::create(&host, json!({ "name": "ci" })).await;
    assert_eq!(deletes(&server), 0);
    is_whole(&server, &key).await;
    host.shut_down().await;
}

/// Another run may have made the key that has the name, so nothing is deleted, and nothing enters the state.
#[tokio::test]
async fn a_fixed_name_is_left_alone_and_the_error_says_what_is_known() {
    for effect in losses() {
        let (server, host) = ahead_by(0).await;
        inject(&server, Fault::after("POST", POST, effect.clone()));
        let mut key = Instance::default();
        let findings = key.run(&host, &json!({ "name": "ci" })).await;
        let left = server.emulator.keys();
        let [there] = &left[..] else {
            panic!("one key: {left:?}")
        };
        findings.one_error(&[
            &there.id,
            " s after this apply first asked",
            "by another run",
            "replace_existing = true",
            &format!(
                "terraform import appservices_user_api_key.RESOURCE {}",
                there.id
            ),
            "terraform apply -replace=appservices_user_api_key.RESOURCE",
            "terraform apply -invoke=action.appservices_user_api_key_delete.lost",
            "name_prefix",
        ]);
        assert_eq!((deletes(&server), &key.state), (0, &Value::Null));
        host.shut_down().await;
        // The next apply meets it again, and the way that the error tells works.
        let host = next_run(&server).await;
        let findings = key.run(&host, &json!({ "name": "ci" })).await;
        findings.one_error(&["already exists", &there.id]);
        let config = json!({ "name": "ci", "replace_existing": true });
        key.run(&host, &config).await.fine();
        is_whole(&server, &key).await;
        host.shut_down().await;
    }
}

/// No list shows the key, so no message may say that there is none.
#[tokio::test]
async fn no_message_says_that_nothing_was_left_behind() {
    for fault in [
        Fault::before("POST", POST, Answer::new(502)).always(),
        Fault::after("POST", POST, FaultEffect::Reset).always(),
    ] {
        let (server, host) = ahead_by(0).await;
        inject(&server, fault);
        for blind in [false, true] {
            if blind {
                inject(
                    &server,
                    Fault::before("GET", POST, Answer::new(403)).always(),
                );
            }
            let mut key = Instance::default();
            let findings = key.run(&host, &json!({ "name": "ci" })).await;
            let error = findings.one_error(&["It is not known whether the server made the key"]);
            for lie in [
                "no key",
                "none is left",
                "nothing was left",
                "was not created",
            ] {
                assert!(!error.detail.contains(lie), "{lie:?}: {error}");
            }
        }
        assert_eq!(deletes(&server), 0);
        host.shut_down().await;
    }
}

#[tokio::test]
async fn a_key_of_another_run_is_named_and_never_deleted() {
    let case = async |offset_s: i64, age_s: i64| {
        let (server, host) = ahead_by(offset_s).await;
        let made_at = Timestamp::now() + SignedDuration::from_secs(offset_s - age_s);
        let stranger = server.emulator.insert_key(EMAIL, "ci", made_at);
        let stranger = stranger.expect("a key");
        // The server never acted, and the answer does not tell.
        inject(
            &server,
            Fault::before("POST", POST, Answer::new(502)).always(),
        );
        let mut key = Instance::default();
        let findings = key.run(&host, &json!({ "name": "ci" })).await;
        findings.one_error(&["502", &stranger.id]);
        assert_eq!(server.emulator.keys(), [stranger], "{offset_s} {age_s}");
        assert_eq!((deletes(&server), &key.state), (0, &Value::Null));
        host.shut_down().await;
    };
    // Each waits for its retries; all do so at the same time.
    let offsets = [0, 5 * 3600, -5 * 3600].into_iter();
    let ages = [-1, 0, 10, 3600, 90 * 86_400];
    let cases = offsets.flat_map(|offset_s| ages.map(|age_s| (offset_s, age_s)));
    join_all(cases.map(|(offset_s, age_s)| case(offset_s, age_s))).await;
}

#[tokio::test]
async fn replace_existing_heals_in_the_same_apply_and_says_what_it_deleted() {
    for effect in losses() {
        let (server, host) = ahead_by(0).await;
        inject(&server, Fault::after("POST", POST, effect.clone()));
        let mut key = Instance::default();
        let config = json!({ "name": "ci", "replace_existing": true });
        let findings = key.run(&host, &config).await;
        findings.fine();
        assert!(
            findings
                .to_string()
                .contains("Deleted the existing user API key ci"),
            "{findings}"
        );
        assert_eq!(deletes(&server), 1, "{effect:?}");
        is_whole(&server, &key).await;
        host.shut_down().await;
    }
}

/// A name that the server refuses, or a full quota, must not cost the key that has it.
#[tokio::test]
async fn replace_existing_deletes_nothing_before_the_server_says_that_the_name_is_taken() {
    let (server, host) = ahead_by(0).await;
    let existing = server.emulator.insert_key(EMAIL, "ci", Timestamp::now());
    let existing = existing.expect("a key");
    let config = json!({ "name": "ci", "replace_existing": true });
    for answer in [
        Answer::new(400).body("application/json", r#"{"error":"no more keys"}"#),
        Answer::new(403).body("application/json", r#"{"error":"not today"}"#),
        Answer::new(502),
    ] {
        inject(&server, Fault::before("POST", POST, answer).always());
        let mut key = Instance::default();
        assert!(key.run(&host, &config).await.has_error());
        assert_eq!(server.emulator.keys(), std::slice::from_ref(&existing));
        server.emulator.clear_faults();
    }
    assert_eq!(deletes(&server), 0);
    let key = Instance::create(&host, config).await;
    is_whole(&server, &key).await;
    host.shut_down().await;
}

#[tokio::test]
async fn two_resources_of_one_name_leave_one_key_and_one_error() {
    let (server, host) = ahead_by(0).await;
    let (mut one, mut two) = (Instance::default(), Instance::default());
    for (applied, config) in [
        json!({ "name": "ci" }),
        json!({ "name": "ci", "replace_existing": true }),
    ]
    .into_iter()
    .enumerate()
    {
        let findings = tokio::join!(one.apply(&host, &config), two.apply(&host, &config));
        let errors = [&findings.0, &findings.1].map(Findings::has_error);
        assert_eq!(
            errors.iter().filter(|error| **error).count(),
            1,
            "{findings:?}"
        );
        let winner = if errors[0] { &mut two } else { &mut one };
        is_whole(&server, winner).await;
        assert_eq!(deletes(&server), applied, "a key that this process made");
        winner.apply(&host, &Value::Null).await.fine();
    }
    host.shut_down().await;
}

/// Another resource of this run makes a key of the name, and the server takes its time.
#[tokio::test]
async fn waiting_for_a_name_counts_against_the_timeouts() {
    let (server, host) = ahead_by(0).await;
    let hang = Fault::after("POST", POST, FaultEffect::Hang);
    let hang = server.emulator.inject(hang).expect("a fault");
    let (mut one, mut two) = (Instance::default(), Instance::default());
    let config = json!({ "name": "ci" });
    let short = json!({ "name": "ci", "timeouts": { "create": "1s" } });
    let (first, ()) = tokio::join!(one.apply(&host, &config), async {
        crate::support::patient("the create", hang.hit_times(1)).await;
        let findings = two.apply(&host, &short).await;
        findings.one_error(&["another resource of this run", "timeouts"]);
        hang.clear();
    });
    first.fine();
    assert_eq!(two.state, Value::Null);
    is_whole(&server, &one).await;
    host.shut_down().await;
}

#[tokio::test]
async fn a_taken_name_is_told_with_the_import_first_and_replace_existing_last() {
    let (server, host) = ahead_by(0).await;
    let existing = server.create("ci").await;
    let id = existing["_id"].as_str().expect("an id");
    server.disable(id).await;
    let mut key = Instance::default();
    let findings = key.run(&host, &json!({ "name": "ci" })).await;
    let import = format!("terraform import appservices_user_api_key.RESOURCE {id}");
    let error = findings.one_error(&[id, "made at", "disabled"]);
    error.is_at("name");
    let order = [
        &*import,
        "import {",
        "cannot be recovered",
        "replace_existing",
    ];
    let places = order.map(|phrase| error.detail.find(phrase).expect(phrase));
    assert!(places.is_sorted(), "{error}");
    // An ephemeral key can neither be imported nor replace another.
    let findings = host.fail_to_open(KEY, json!({ "name": "ci" })).await;
    let error = findings.one_error(&[id, "disabled", "name_prefix"]);
    for resource_only in ["replace_existing", "terraform import"] {
        assert!(!error.detail.contains(resource_only), "{error}");
    }
    host.shut_down().await;
}
