//! What a provider writes to stderr: lines that Terraform can read, when somebody wants them, and never a secret.

use regex::Regex;
use serde_json::{Value, json};

use crate::support::detour::Detour;
use crate::support::host::{Host, Launch};
use crate::support::rpc::{Change, KEY, KEYS};
use crate::support::server::{PASSWORD, Server};

/// A key's whole life and some mistakes, at the log level that the environment asks for. Gives stderr, and every secret
/// that went over the wire.
async fn a_life(launch: Launch) -> (String, Vec<String>) {
    let server = Server::start().await;
    let detour = Detour::to(&server).await;
    let host = Host::launch(launch).await;
    host.validate_provider(detour.config(&server)).await.fine();
    host.configure(detour.config(&server)).await.fine();
    let mut made = host.create(json!({ "name": "ci" })).await;
    host.read(&made, b"").await.findings.fine();
    made = host
        .update(&made, json!({ "name": "ci", "enabled": false }))
        .await;
    host.upgrade(&made.to_string()).await.1.fine();
    host.import("name:ci").await.1.fine();
    host.import("name:nobody").await;
    host.read_data(KEYS, json!({})).await.1.fine();
    host.read_data(KEY, json!({ "name": "nobody" })).await;
    let twice = Change::create(json!({ "name": "ci" }));
    let planned = host.plan(twice.clone()).await;
    assert!(host.apply(&twice, &planned).await.findings.has_error());
    host.delete(&made).await;
    let stderr = host.shut_down().await.stderr;

    let mut secrets = vec![PASSWORD.to_owned()];
    for seen in detour.seen() {
        for name in ["access_token", "refresh_token", "key"] {
            secrets.extend(seen.answer[name].as_str().map(str::to_owned));
        }
    }
    assert!(
        secrets.len() > 3,
        "a password, two tokens and a value went over the wire: {}",
        secrets.len()
    );
    (stderr, secrets)
}

/// One line as Terraform's host takes it. A wrong type of `@level` or `@message` would make Terraform panic.
fn assert_readable(line: &str) {
    let time =
        Regex::new(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}(Z|[+-]\d\d:\d\d)$").expect("a pattern");
    assert!(line.len() < 64 << 10, "Terraform cuts it");
    let entry: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
    for name in ["@level", "@message", "@module", "@timestamp"] {
        assert!(entry[name].is_string(), "{name} in {line}");
    }
    let level = entry["@level"].as_str().unwrap_or_default();
    assert!(
        ["trace", "debug", "info", "warn", "error"].contains(&level),
        "{line}"
    );
    assert!(
        time.is_match(entry["@timestamp"].as_str().unwrap_or_default()),
        "{line}"
    );
}

#[tokio::test]
async fn everything_is_logged_in_lines_that_terraform_reads_and_without_secrets() {
    let (stderr, secrets) = a_life(Launch::like_terraform().with("TF_LOG", "TRACE")).await;
    assert!(
        stderr.lines().count() > 10,
        "a trace tells more than this: {stderr}"
    );
    stderr.lines().for_each(assert_readable);
    for secret in secrets {
        assert!(
            !stderr.contains(&secret),
            "a secret is in the log: {secret}"
        );
    }
}

#[tokio::test]
async fn the_log_follows_terraforms_variables() {
    for (variable, level) in [
        ("TF_LOG_PROVIDER", "TRACE"),
        ("TF_LOG", "debug"),
        ("TF_LOG", "JSON"),
    ] {
        let (stderr, _) = a_life(Launch::like_terraform().with(variable, level)).await;
        assert!(!stderr.is_empty(), "{variable}={level}");
        stderr.lines().for_each(assert_readable);
    }
}

#[tokio::test]
async fn the_providers_variable_wins_over_the_general_one() {
    let launch = Launch::like_terraform()
        .with("TF_LOG", "TRACE")
        .with("TF_LOG_PROVIDER", "OFF");
    assert_eq!(a_life(launch).await.0, "");
}

#[tokio::test]
async fn nothing_is_logged_unless_somebody_asks() {
    assert_eq!(a_life(Launch::like_terraform()).await.0, "");
    assert_eq!(
        a_life(Launch::like_terraform().with("TF_LOG", "OFF"))
            .await
            .0,
        ""
    );
    assert_eq!(
        a_life(Launch::like_terraform().with("TF_LOG_CORE", "TRACE"))
            .await
            .0,
        ""
    );
}
