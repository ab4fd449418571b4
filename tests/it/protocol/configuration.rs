//! The provider block beyond logins: numbers, durations, files.

use serde_json::{Value, json};
use terraform_provider_appservices::emulator::{Answer, Fault, FaultEffect, Options, Tls};

use crate::support::authority::Authority;
use crate::support::host::{Host, Launch};
use crate::support::instance::Instance;
use crate::support::rpc::Change;
use crate::support::server::Server;

fn with(mut config: Value, attribute: &str, value: impl Into<Value>) -> Value {
    config[attribute] = value.into();
    config
}

/// What a create with this configuration comes to.
async fn tries_to_create(host: &Host) -> crate::support::rpc::Findings {
    let change = Change::create(json!({ "name": "ci", "timeouts": { "create": "20s" } }));
    let planned = host.plan(change.clone()).await;
    host.apply(&change, &planned).await.findings
}

#[tokio::test]
async fn the_number_of_retries_is_heeded_from_both_places() {
    let server = Server::start().await;
    let fault = Fault::before("GET", "/app/{app_id}/location", Answer::new(503));
    server.emulator.inject(fault.always()).expect("a fault");
    for (block, environment, attempts) in [
        (json!(0), None, 1),
        (json!(1), None, 2),
        (json!(null), Some("1"), 2),
        (json!(null), Some(" 0 "), 1),
        (json!(0), Some("7"), 1),
    ] {
        let launch = environment
            .into_iter()
            .fold(Launch::like_terraform(), |launch, text| {
                launch.with("APPSERVICES_MAX_RETRIES", text)
            });
        let host = Host::launch(launch).await;
        host.configure(with(server.config(), "max_retries", block))
            .await
            .fine();
        let before = server.requests().len();
        tries_to_create(&host).await.one_error(&["503"]);
        assert_eq!(server.requests().len() - before, attempts);
        host.shut_down().await;
    }
}

#[tokio::test]
async fn a_number_of_retries_outside_its_range_is_refused() {
    let host = Host::start().await;
    let server = Server::start().await;
    for number in [-1, 11, 1_000_000] {
        let config = with(server.config(), "max_retries", number);
        host.validate_provider(config)
            .await
            .one_error(&["0 to 10"])
            .is_at("max_retries");
    }
    for number in [0, 10] {
        let config = with(server.config(), "max_retries", number);
        host.validate_provider(config).await.fine();
    }
    for text in ["-1", "11", "many", "1.5"] {
        let launch = Launch::like_terraform().with("APPSERVICES_MAX_RETRIES", text);
        let findings = Host::launch(launch).await.configure(server.config()).await;
        findings.one_error(&["APPSERVICES_MAX_RETRIES", "0 to 10", text]);
    }
}

#[tokio::test]
async fn a_request_that_hangs_ends_with_its_timeout() {
    for from_block in [true, false] {
        let server = Server::start().await;
        let fault = Fault::before("GET", "/app/{app_id}/location", FaultEffect::Hang);
        server.emulator.inject(fault.always()).expect("a fault");
        let mut config = with(server.config(), "max_retries", 0);
        let mut launch = Launch::like_terraform();
        if from_block {
            config["request_timeout"] = "250ms".into();
            launch = launch.with("APPSERVICES_REQUEST_TIMEOUT", "1h");
        } else {
            launch = launch.with("APPSERVICES_REQUEST_TIMEOUT", "250ms");
        }
        let host = Host::launch(launch).await;
        host.configure(config).await.fine();
        tries_to_create(&host)
            .await
            .one_error(&["did not answer within 0.25 s"]);
        host.shut_down().await;
    }
}

#[tokio::test]
async fn a_request_timeout_is_a_duration() {
    let host = Host::start().await;
    let server = Server::start().await;
    for text in ["", "30", "soon", "-1s", "0s"] {
        host.validate_provider(with(server.config(), "request_timeout", text))
            .await
            .one_error(&["30s"])
            .is_at("request_timeout");
    }
    for text in ["30s", "1m30s", "500ms"] {
        host.validate_provider(with(server.config(), "request_timeout", text))
            .await
            .fine();
    }
    let launch = Launch::like_terraform().with("APPSERVICES_REQUEST_TIMEOUT", "soon");
    let findings = Host::launch(launch).await.configure(server.config()).await;
    findings.one_error(&["APPSERVICES_REQUEST_TIMEOUT", "soon"]);
}

/// A server whose certificate only this authority vouches for.
async fn behind_tls(authority: &Authority, names: &[&str]) -> Server {
    let leaf = authority.vouch_for(names);
    Server::with(Options {
        tls: Some(Tls {
            cert_pem: leaf.certificate_pem,
            key_pem: leaf.key_pem.into(),
        }),
        ..Default::default()
    })
    .await
}

/// A file with this text, and its path.
fn file(text: &str) -> (tempfile::NamedTempFile, String) {
    let file = tempfile::NamedTempFile::new().expect("a temporary file");
    std::fs::write(file.path(), text).expect("it is writable");
    let path = file.path().to_str().expect("UTF-8").to_owned();
    (file, path)
}

#[tokio::test]
async fn an_authority_of_ones_own_is_trusted_when_it_is_named() {
    let authority = Authority::new();
    let server = behind_tls(&authority, &["127.0.0.1"]).await;
    // Others in the same file, before and after, do no harm.
    let others = [Authority::new().pem, Authority::new().pem];
    let [before, after] = &others;
    let (_file, path) = file(&format!("{before}\n# ours\n{}{after}", authority.pem));
    for launch in [
        Launch::like_terraform(),
        Launch::like_terraform().with("APPSERVICES_CA_CERTIFICATE_FILE", &path),
    ] {
        let host = Host::launch(launch).await;
        let config = with(server.config(), "ca_certificate_file", path.as_str());
        host.configure(config).await.fine();
        let mut key = Instance::create(&host, json!({ "name": "ci" })).await;
        key.run(&host, &Value::Null).await.fine();
        host.shut_down().await;
        assert_eq!(server.open_sessions(), 0);
    }
    let launch = Launch::like_terraform().with("APPSERVICES_CA_CERTIFICATE_FILE", &path);
    let host = Host::launch(launch).await;
    host.configure(server.config()).await.fine();
    Instance::create(&host, json!({ "name": "ci" })).await;
    host.shut_down().await;
}

#[tokio::test]
async fn an_authority_that_is_not_named_is_not_trusted() {
    let authority = Authority::new();
    let stranger = Authority::new();
    let (_file, wrong) = file(&stranger.pem);
    let server = behind_tls(&authority, &["127.0.0.1"]).await;
    for config in [
        server.config(),
        with(server.config(), "ca_certificate_file", wrong.as_str()),
    ] {
        let host = Host::start().await;
        host.configure(config).await.fine();
        tries_to_create(&host)
            .await
            .one_error(&["certificate", "trusted", "ca_certificate_file"]);
        host.shut_down().await;
    }
    assert_eq!(server.requests(), [""; 0]);
}

#[tokio::test]
async fn a_certificate_for_another_name_is_not_trusted() {
    let authority = Authority::new();
    let (_file, path) = file(&authority.pem);
    let server = behind_tls(&authority, &["appservices.test"]).await;
    let host = Host::start().await;
    let config = with(server.config(), "ca_certificate_file", path);
    host.configure(config).await.fine();
    tries_to_create(&host).await.one_error(&["certificate"]);
    host.shut_down().await;
    assert_eq!(server.requests(), [""; 0]);
}

#[tokio::test]
async fn a_file_that_is_no_use_is_named_with_its_attribute() {
    let server = Server::start().await;
    let (_empty, empty) = file("");
    let (_garbage, garbage) =
        file("-----BEGIN CERTIFICATE-----\nnot base64!\n-----END CERTIFICATE-----\n");
    let (_text, text) = file("hello");
    let directory = tempfile::tempdir().expect("a temporary directory");
    let directory = directory.path().to_str().expect("UTF-8").to_owned();
    let missing = format!("{directory}/missing.pem");
    for path in [&empty, &garbage, &text, &directory, &missing] {
        let host = Host::start().await;
        let config = with(server.config(), "ca_certificate_file", path.as_str());
        let findings = host.configure(config).await;
        findings
            .one_error(&["certificate"])
            .is_at("ca_certificate_file");
        let launch = Launch::like_terraform().with("APPSERVICES_CA_CERTIFICATE_FILE", path);
        let findings = Host::launch(launch).await.configure(server.config()).await;
        findings.one_error(&["APPSERVICES_CA_CERTIFICATE_FILE"]);
    }
}

#[tokio::test]
async fn http_is_for_loopback_only_and_the_error_says_why() {
    let host = Host::start().await;
    let server = Server::start().await;
    for url in ["http://appservices.test", "http://192.0.2.1:8080"] {
        host.validate_provider(with(server.config(), "base_url", url))
            .await
            .one_error(&["clear"])
            .is_at("base_url");
    }
    for url in [
        "http://127.0.0.1:9090",
        "http://[::1]:9090",
        "http://localhost",
    ] {
        host.validate_provider(with(server.config(), "base_url", url))
            .await
            .fine();
    }
}

#[tokio::test]
async fn a_word_of_ones_own_is_appended_to_the_user_agent() {
    let server = Server::start().await;
    let detour = crate::support::detour::Detour::to(&server).await;
    let launch = Launch::like_terraform().with("TF_APPEND_USER_AGENT", "ci/7 (run 42)");
    let host = Host::launch(launch).await;
    host.configure(detour.config(&server)).await.fine();
    host.create(json!({ "name": "ci" })).await;
    host.shut_down().await;
    for seen in detour.seen() {
        assert!(seen.user_agent.ends_with(") ci/7 (run 42)"), "{seen:?}");
    }
}
