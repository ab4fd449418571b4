//! The emulator over HTTPS.

use std::io::ErrorKind;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use reqwest::{Certificate, Client};
use serde_json::Value;

use crate::emulator::{Emulator, Fault, FaultEffect, Options, Tls};

const LOCATION: &str = "/api/client/v2.0/app/myapp-abcde/location";

fn own() -> Tls {
    certificate_for("127.0.0.1")
}

fn certificate_for(name: &str) -> Tls {
    let own = rcgen::generate_simple_self_signed([name.to_owned()]).unwrap();
    let pem = |what: &str, der: &[u8]| {
        let text = BASE64_STANDARD.encode(der);
        format!("-----BEGIN {what}-----\n{text}\n-----END {what}-----\n")
    };
    Tls {
        cert_pem: pem("CERTIFICATE", own.cert.der()),
        key_pem: pem("PRIVATE KEY", &own.signing_key.serialize_der()).into(),
    }
}

/// An emulator, and a client that trusts its certificate and no other.
async fn start() -> (Emulator, Client) {
    let tls = own();
    let root = Certificate::from_pem(tls.cert_pem.as_bytes()).unwrap();
    let options = Options {
        tls: Some(tls),
        ..Options::default()
    };
    let emulator = Emulator::start(options).await.unwrap();
    let client = Client::builder().no_proxy().tls_certs_only([root]);
    (emulator, client.build().unwrap())
}

#[tokio::test]
async fn location_keeps_callers_on_https() {
    let (emulator, client) = start().await;
    let url = emulator.url();
    assert!(url.starts_with("https://127.0.0.1:"), "{url}");
    let answer = client.get(format!("{url}{LOCATION}")).send().await.unwrap();
    let answer: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
    assert_eq!(answer["hostname"], url);
    assert_eq!(answer["ws_hostname"], url.replace("https", "wss"));
}

#[tokio::test]
async fn the_address_is_one_that_the_certificate_is_for() {
    for (listen, name, host) in [
        ("127.0.0.1:0", "localhost", "localhost"),
        ("0.0.0.0:0", "localhost", "localhost"),
        ("0.0.0.0:0", "127.0.0.1", "127.0.0.1"),
        ("0.0.0.0:0", "emulator.test", "emulator.test"),
        ("127.0.0.1:0", "elsewhere.test", "127.0.0.1"),
    ] {
        let options = Options {
            listen: listen.parse().unwrap(),
            tls: Some(certificate_for(name)),
            allowed_hosts: vec!["emulator.test".to_owned()],
            ..Options::default()
        };
        let emulator = Emulator::start(options).await.unwrap();
        let url = emulator.url();
        assert!(
            url.starts_with(&format!("https://{host}:")),
            "{listen} {name}: {url}"
        );
    }
}

#[tokio::test]
async fn plain_http_and_strangers_get_no_answer() {
    let (emulator, client) = start().await;
    let url = format!("{}{LOCATION}", emulator.url());
    let plain = client.get(url.replace("https", "http")).send().await;
    assert!(plain.is_err());
    let stranger = Client::builder().no_proxy().build().unwrap();
    assert!(stranger.get(url).send().await.is_err());
    assert_eq!(emulator.requests(), []);
}

#[tokio::test]
async fn faults_reach_below_the_encryption() {
    let (emulator, client) = start().await;
    let url = format!("{}{LOCATION}", emulator.url());
    for effect in [FaultEffect::Reset, FaultEffect::Truncate] {
        let fault = Fault::after("GET", "/app/{id}/location", effect);
        emulator.inject(fault).unwrap();
    }
    assert!(client.get(&url).send().await.is_err());
    let cut = client.get(&url).send().await.unwrap();
    assert!(cut.text().await.is_err());
    assert!(client.get(&url).send().await.unwrap().text().await.is_ok());
    let statuses: Vec<_> = emulator
        .requests()
        .iter()
        .map(|one| one.status.clone())
        .collect();
    assert_eq!(statuses, ["reset", "truncated 200", "200"]);
}

#[tokio::test]
async fn a_start_fails_without_a_certificate_and_its_key() {
    let (one, other) = (own(), own());
    for (cert_pem, key_pem) in [
        (one.cert_pem.clone(), other.key_pem),
        (one.cert_pem.clone(), "".into()),
        (String::new(), one.key_pem.clone()),
        ("-----BEGIN CERTIFICATE-----\n!".to_owned(), one.key_pem),
    ] {
        let tls = Some(Tls { cert_pem, key_pem });
        let options = Options {
            tls,
            ..Options::default()
        };
        let error = Emulator::start(options).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
    }
}
