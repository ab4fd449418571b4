use serde_json::Value;
use terraform_provider_appservices::emulator::StoredKey;
use tokio::time::{Duration, sleep};

use super::bench::{Bench, OWNER};
use super::operation::Operation;
use super::trouble::{Kind, Often, Trouble};
use crate::support::instance::{Action, Instance};
use crate::support::patient;
use crate::support::rpc::{Findings, KEY};

/// One cell: the operation meets the trouble, then the trouble is over.
pub(super) async fn run(bench: &Bench, operation: &Operation, trouble: &Trouble, often: Often) {
    bench.configure(operation, None).await;
    let calls = bench.host.of(operation.kind);
    let mut key = Instance::default();
    for before in &operation.before {
        key.apply(&calls, before).await.fine();
    }
    if operation.config["replace_existing"] == true {
        let now = jiff::Timestamp::now();
        let made = bench.server.emulator.insert_key(OWNER, "ci", now);
        assert!(made.is_some(), "a key that is to make way");
    }
    let value = key.state["key"].clone();

    bench.configure(operation, Some(trouble)).await;
    let injected = bench.make(trouble, often, operation).await;
    let findings = patient(
        "the end of an operation in trouble",
        Box::pin(async {
            let work = async {
                if operation.reads {
                    key.run(&calls, &operation.config).await
                } else {
                    key.apply(&calls, &operation.config).await
                }
            };
            let helper = async {
                if matches!(trouble.kind, Kind::Refused) && often == Often::Once {
                    // Somewhere between the attempts, or before the first: both have to end well.
                    sleep(Duration::from_millis(150)).await;
                    bench.gate.open();
                }
            };
            tokio::join!(work, helper).0
        }),
    )
    .await;
    if let Some(injected) = &injected {
        assert!(
            injected.hits() > 0,
            "the trouble was never met:\n{findings}"
        );
    }
    explains(operation, trouble, often, &findings);
    bench.make_good();
    stands(bench, operation, &key, &findings).await;
    if value.is_string() && key.state.is_object() && key.state["id"].is_string() {
        let lost = key.state["key"].is_null();
        assert!(!lost, "the value is gone from the state: {:?}", key.state);
    }

    if operation.keys == 2 {
        fetched_before(bench, &value).await;
    }

    // The next run, as Terraform does it: a provider that knows nothing, and the stored state.
    bench.configure(operation, None).await;
    let mut config = operation.config.clone();
    if key.state.is_null() && !bench.keys().is_empty() && operation.kind == KEY {
        // What the error says to do about a key of a fixed name.
        config["replace_existing"] = true.into();
    }
    let findings = key.run(&calls, &config).await;
    assert!(!findings.has_error(), "the next run: {findings}");
    let (action, _) = key.refreshed_plan(&calls, &config).await;
    assert_eq!(action, Action::Nothing, "after the next run");
    stands(bench, operation, &key, &findings).await;
    assert_eq!(bench.keys().len(), operation.keys, "keys in the end");
    if operation.keys == 2 {
        fetched_before(bench, &value).await;
    }
    let heard = bench.canary.heard();
    assert_eq!(heard, "", "another host was spoken to");
    bench.clear();
}

/// A client with the value from before a rotation is not locked out by it.
async fn fetched_before(bench: &Bench, value: &Value) {
    let value = value.as_str().expect("a value");
    let login = bench.server.log_in_with(value).await;
    assert!(login.is_success(), "the value from before: {login}");
}

/// It heals, or one error says what failed.
fn explains(operation: &Operation, trouble: &Trouble, often: Often, findings: &Findings) {
    if findings.has_error() {
        match trouble.kind {
            // No attempt gets as far as the request itself.
            Kind::Refused => findings.one_error(&["could not", "connect"]),
            _ => findings.one_error(operation.speaks_of),
        };
        return;
    }
    // A success that came of nothing would be a lie, where the server never acted. Looking is not acting.
    let looks = operation.request == ("GET", "/auth/api_keys") && !operation.reads;
    let must_fail = often == Often::Always && !trouble.may_heal() && !looks;
    // The create is complete all the same: the server said that the key is disabled.
    let is_said = findings
        .to_string()
        .contains("does not show as disabled yet");
    assert!(
        !must_fail || is_said,
        "success although nothing was done:\n{findings}"
    );
}

/// What holds at any time between the server and the state.
async fn stands(bench: &Bench, operation: &Operation, key: &Instance, findings: &Findings) {
    let keys = bench.keys();
    let held = key.state["id"].as_str();
    let previous = key.state["previous_id"].as_str();
    let is_stray = |key: &&StoredKey| ![held, previous].contains(&Some(&key.id));
    let strays = keys.iter().filter(is_stray);
    let strays = strays.collect::<Vec<_>>();
    let is_named = |stray: &StoredKey| {
        let by_state = key.state["name"] == stray.name.as_str();
        let by_error =
            findings.has_error() && findings.to_string().contains(&format!("{:?}", stray.name));
        let by_previous = key.state["previous_name"] == stray.name.as_str() && previous.is_none();
        let is_asked_for = operation.config["replace_existing"] == true;
        by_previous || held.is_none() && (by_state || by_error || is_asked_for)
    };
    assert!(
        strays.is_empty() || (strays.len() == 1 && is_named(strays[0])),
        "keys that neither state nor error names: {strays:?}; state: {:?}\n{findings}",
        key.state
    );
    let Some(there) = keys.iter().find(|key| Some(key.id.as_str()) == held) else {
        return;
    };
    let Value::String(value) = &key.state["key"] else {
        panic!(
            "a key whose value no state holds: {there:?}; state: {:?}",
            key.state
        )
    };
    let login = bench.server.log_in_with(value).await;
    assert_eq!(
        login.is_success(),
        !there.disabled,
        "the value that is held: {login}, {there:?}"
    );
}
