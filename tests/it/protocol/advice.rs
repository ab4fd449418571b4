//! What a failure is told as, and what it must not be told as.

use serde_json::json;
use terraform_provider_appservices::emulator::{Answer, Fault, FaultEffect};

use crate::support::host::Host;
use crate::support::rpc::Change;
use crate::support::server::{APP_ID, EMAIL, PASSWORD, Server};

const LOCATION: (&str, &str) = ("GET", "/app/{app_id}/location");
const LOGIN: (&str, &str) = ("POST", "/app/{app_id}/auth/providers/{provider}/login");
const CREATE: (&str, &str) = ("POST", "/auth/api_keys");

/// What a create says that meets these answers, one after the other and the last for ever. `{url}` stands for the server's.
async fn told(
    call: (&str, &str),
    answers: Vec<FaultEffect>,
    settings: serde_json::Value,
) -> String {
    let server = Server::start().await;
    let last = answers.len() - 1;
    for (at, answer) in answers.into_iter().enumerate() {
        let answer = match answer {
            FaultEffect::Answer(mut answer) => {
                for value in answer.headers.values_mut() {
                    *value = value.replace("{url}", &server.url());
                }
                FaultEffect::Answer(answer)
            }
            other => other,
        };
        let fault = Fault::before(call.0, call.1, answer);
        let fault = if at == last { fault.always() } else { fault };
        server.emulator.inject(fault).expect("a fault");
    }
    let mut config = json!({
        "app_id": APP_ID, "base_url": server.url(), "email": EMAIL, "password": PASSWORD, "max_retries": 0,
    });
    for (name, value) in settings.as_object().expect("settings") {
        config[name] = value.clone();
    }
    let host = Host::start().await;
    host.configure(config).await.fine();
    let change = Change::create(json!({ "name": "ci", "timeouts": { "create": "20s" } }));
    let planned = host.plan(change.clone()).await;
    let made = host.apply(&change, &planned).await;
    let error = made.findings.one_error(&[]).to_string();
    host.shut_down().await;
    error
}

#[tokio::test]
async fn a_failure_on_the_way_is_not_told_as_one_of_the_user() {
    let blocked = || Answer::new(403).body("text/html", "<html><title>Blocked</title></html>");
    let redirect = |to: &str| Answer::new(302).header("Location", to);
    for (call, answer, words, not) in [
        (
            LOCATION,
            blocked(),
            &["Blocked", "firewall"][..],
            "knows this user",
        ),
        (LOCATION, Answer::new(401), &["firewall"], "session"),
        (LOGIN, blocked(), &["Blocked", "firewall"], "not retried"),
        (
            LOCATION,
            redirect("https://elsewhere.test/x"),
            &[
                "127.0.0.1",
                "redirect to https://elsewhere.test",
                "Set `base_url`",
            ],
            "default address",
        ),
        (
            LOCATION,
            redirect("{url}/other"),
            &["its path too"],
            "Set `base_url` to the place",
        ),
        (
            LOCATION,
            Answer::new(302),
            &["its path too"],
            "the place that the server names",
        ),
    ] {
        let error = told(call, vec![answer.into()], json!({})).await;
        for phrase in words {
            assert!(error.contains(phrase), "{phrase}: {error}");
        }
        assert!(!error.contains(not), "{error}");
    }
}

#[tokio::test]
async fn an_ambiguous_create_tells_how_often_it_was_tried_in_all() {
    let answers = vec![
        Answer::new(408).header("Retry-After", "0").into(),
        Answer::new(413).header("Retry-After", "0").into(),
        Answer::new(503).header("Retry-After", "0").into(),
    ];
    let error = told(CREATE, answers, json!({ "max_retries": 3 })).await;
    assert!(error.contains("answered 408"), "{error}");
    assert!(error.contains("(4 attempts, "), "{error}");
}

#[tokio::test]
async fn a_wait_that_the_server_asks_for_and_no_time_is_left_for_is_told() {
    let limited = Answer::new(429).header("Retry-After", "30");
    let error = told(CREATE, vec![limited.into()], json!({ "max_retries": 1 })).await;
    assert!(error.contains("wants no request for 30 s"), "{error}");
    assert!(!error.contains("is only slow"), "{error}");
}

#[tokio::test]
async fn what_speaks_no_http_is_told_so() {
    let alert = FaultEffect::Garbage("\u{15}\u{3}\u{1}\u{0}\u{2}\u{2}\u{46}".to_owned());
    let error = told(LOCATION, vec![alert], json!({})).await;
    assert!(error.contains("does not speak HTTP"), "{error}");
}
