use proptest::prelude::*;
use serde_json::{Value, json};
use terraform_provider_appservices::emulator::{Answer, Fault, FaultEffect, When};

/// What may happen next.
#[derive(Clone, Copy, Debug)]
pub(super) enum Step {
    /// Read, plan and apply one of the configurations.
    Apply(usize),
    /// Plan and apply without a read.
    ApplyBlindly(usize),
    Destroy,
    Refresh,
    /// The state goes through a state file.
    Upgrade,
    /// A new process, as far as the provider can tell.
    Restart,
    /// One of the faults, on the next so many requests that it is about.
    Trouble(usize, u32),
    Calm,
    /// `terraform taint`.
    Taint,
    /// Out of the state, and in again.
    Reimport(By),
    /// Lists with and without objects, a data source, and configuration made of the state.
    Look,
    /// An ephemeral key is opened and closed.
    Ephemeral,
    /// An action disables the key.
    Act,
    /// Another run imports, and asks for keys that are not there.
    Stranger,
    DisabledOutside,
    DeletedOutside,
    /// Another program has had a key of the name for long.
    Namesake,
    SessionsRevoked,
}

/// What a key is imported by.
#[derive(Clone, Copy, Debug)]
pub(super) enum By {
    Id,
    Name,
    Identity,
}

pub(super) fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (0..configs().len()).prop_map(Step::Apply),
        3 => (0..configs().len()).prop_map(Step::ApplyBlindly),
        2 => Just(Step::Destroy),
        2 => Just(Step::Refresh),
        1 => Just(Step::Upgrade),
        1 => Just(Step::Restart),
        8 => (0..faults().len(), 1_u32..4).prop_map(|(fault, times)| Step::Trouble(fault, times)),
        1 => Just(Step::Calm),
        2 => Just(Step::Taint),
        1 => Just(Step::Reimport(By::Id)),
        1 => Just(Step::Reimport(By::Name)),
        1 => Just(Step::Reimport(By::Identity)),
        2 => Just(Step::Look),
        1 => Just(Step::Ephemeral),
        1 => Just(Step::Act),
        1 => Just(Step::Stranger),
        1 => Just(Step::DisabledOutside),
        1 => Just(Step::DeletedOutside),
        1 => Just(Step::Namesake),
        1 => Just(Step::SessionsRevoked),
    ]
}

pub(super) fn configs() -> Vec<Value> {
    vec![
        json!({ "name": "ci" }),
        json!({ "name": "ci", "enabled": false }),
        json!({ "name": "ci", "keepers": { "a": "1" } }),
        json!({ "name": "ci", "rotate_after": "90d" }),
        json!({ "name": "ci", "replace_existing": true }),
        json!({ "name_prefix": "ci-", "on_destroy": "disable" }),
        json!({ "name": "deploy" }),
        json!({ "name_prefix": "ci-" }),
        json!({ "name_prefix": "ci-", "enabled": false, "keepers": { "a": "2" } }),
    ]
}

pub(super) fn faults() -> Vec<Fault> {
    const POST: (&str, &str) = ("POST", "/auth/api_keys");
    const LIST: (&str, &str) = ("GET", "/auth/api_keys");
    const DELETE: (&str, &str) = ("DELETE", "/auth/api_keys/{id}");
    const ENABLE: (&str, &str) = ("PUT", "/auth/api_keys/{id}/enable");
    const DISABLE: (&str, &str) = ("PUT", "/auth/api_keys/{id}/disable");
    let page = || FaultEffect::Answer(Answer::new(200).body("text/html", "<html></html>"));
    let answer = |status| FaultEffect::Answer(Answer::new(status));
    let fault = |when, (method, path): (&str, &str), effect: FaultEffect| match when {
        When::Before => Fault::before(method, path, effect),
        When::After => Fault::after(method, path, effect),
    };
    let mut faults = vec![
        fault(When::Before, POST, answer(429)),
        fault(When::Before, POST, answer(400)),
        fault(When::Before, POST, answer(403)),
        fault(When::Before, LIST, answer(404)),
        fault(
            When::Before,
            LIST,
            FaultEffect::Answer(Answer::new(200).body("application/json", "[]")),
        ),
        fault(When::Before, DELETE, answer(404)),
    ];
    for when in [When::Before, When::After] {
        for request in [POST, POST, DELETE, ENABLE, DISABLE] {
            faults.push(fault(when, request, FaultEffect::Reset));
            faults.push(fault(when, request, answer(502)));
        }
        faults.push(fault(when, POST, FaultEffect::Truncate));
        faults.push(fault(when, POST, page()));
        faults.push(fault(when, LIST, answer(503)));
        faults.push(fault(when, LIST, FaultEffect::Truncate));
    }
    faults
}
