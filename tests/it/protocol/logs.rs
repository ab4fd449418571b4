//! What a provider writes to stderr: lines that Terraform can read, when the practitioner wants them, and never a secret.

use regex::Regex;
use serde_json::{Value, json};

use crate::support::detour::Detour;
use crate::support::host::{Host, Launch};
use crate::support::rpc::{Change, KEY, KEYS};
use crate::support::server::{PASSWORD, Server};

/// What a provider said during [`a_life`], and what it must not have said.
struct Life {
    stderr: String,
    /// Every diagnostic.
    findings: String,
    /// The password, and every token and value that went over the wire.
    secrets: Vec<String>,
    /// How many requests there were.
    requests: usize,
}

/// A key's whole life and some mistakes, at the log level that the environment asks for.
async fn a_life(launch: Launch) -> Life {
    let server = Server::start().await;
    let detour = Detour::to(&server).await;
    let host = Host::launch(launch).await;
    let config = detour.config(&server);
    host.validate_provider(config.clone()).await.fine();
    host.configure(config).await.fine();
    let made = host.create(json!({ "name": "ci" })).await;
    host.read(&made, b"").await.findings.fine();
    let made = host
        .update(&made, json!({ "name": "ci", "enabled": false }))
        .await;
    host.upgrade(&made.to_string()).await.1.fine();
    host.read_data(KEYS, json!({})).await.1.fine();
    let twice = Change::create(json!({ "name": "ci" }));
    let planned = host.plan(twice.clone()).await;
    let findings = [
        host.import("name:ci").await.1,
        host.import("name:nobody").await.1,
        host.read_data(KEY, json!({ "name": "nobody" })).await.1,
        host.apply(&twice, &planned).await.findings,
    ];
    host.delete(&made).await;
    let stderr = host.shut_down().await.stderr;

    let mut secrets = vec![PASSWORD.to_owned()];
    for seen in detour.seen() {
        for name in ["access_token", "refresh_token", "key"] {
            secrets.extend(seen.answer[name].as_str().map(str::to_owned));
        }
    }
    assert!(secrets.len() > 3, "a password, two tokens and a value");
    Life {
        stderr,
        findings: findings.map(|findings| findings.to_string()).concat(),
        secrets,
        requests: detour.seen().len(),
    }
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
async fn every_request_is_logged_in_a_line_that_terraform_reads() {
    let life = a_life(Launch::like_terraform().with("TF_LOG", "TRACE")).await;
    life.stderr.lines().for_each(assert_readable);
    assert!(
        life.stderr.lines().count() >= life.requests,
        "{}",
        life.stderr
    );
}

#[tokio::test]
async fn no_secret_is_logged_or_told() {
    let life = a_life(Launch::like_terraform().with("TF_LOG", "TRACE")).await;
    assert!(!life.stderr.is_empty() && !life.findings.is_empty());
    for secret in life.secrets {
        assert!(!life.stderr.contains(&secret), "{secret} is in the log");
        assert!(
            !life.findings.contains(&secret),
            "{secret} is in a diagnostic"
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
        let life = a_life(Launch::like_terraform().with(variable, level)).await;
        assert!(!life.stderr.is_empty(), "{variable}={level}");
        life.stderr.lines().for_each(assert_readable);
    }
}

#[tokio::test]
async fn nothing_is_logged_unless_it_is_asked_for() {
    let usual = Launch::like_terraform;
    for launch in [
        usual(),
        usual().with("TF_LOG", "OFF"),
        usual().with("TF_LOG_CORE", "TRACE"),
        usual()
            .with("TF_LOG", "TRACE")
            .with("TF_LOG_PROVIDER", "OFF"),
    ] {
        assert_eq!(a_life(launch).await.stderr, "");
    }
}

#[tokio::test]
async fn a_password_in_the_address_is_refused_and_not_repeated() {
    let host = Host::launch(Launch::like_terraform().with("TF_LOG", "TRACE")).await;
    let url = "https://me:hunter-2@services.example.com";
    let found = host.validate_provider(json!({ "base_url": url })).await;
    found.one_error(&["base_url", "password"]).is_at("base_url");
    let configured = host.configure(json!({ "base_url": url })).await;
    let stderr = host.shut_down().await.stderr;
    for text in [found.to_string(), configured.to_string(), stderr] {
        assert!(!text.contains("hunter-2"), "{text}");
    }
}
