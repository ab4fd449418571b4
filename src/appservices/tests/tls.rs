use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use tokio_rustls::TlsAcceptor;

use super::*;

/// A server with a certificate of its own for 127.0.0.1, and that certificate as PEM.
async fn tls_server() -> (Server, String) {
    let own = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    let key = own.signing_key.serialize_der().try_into().unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![own.cert.der().clone()], key)
        .unwrap();
    let tls = TlsAcceptor::from(Arc::new(config));
    (Server::start_tls(tls, healthy).await, pem(own.cert.der()))
}

fn pem(der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    format!("-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----\n")
}

#[tokio::test]
async fn a_certificate_is_trusted_if_its_root_is_named() {
    let (server, pem) = tls_server().await;
    let mut settings = settings(&server.url);
    settings.ca_certificates = Some(pem.into_bytes());
    assert_eq!(
        client_of(settings)
            .list_since(Instant::now())
            .await
            .unwrap()
            .len(),
        1
    );
}

#[tokio::test]
async fn a_certificate_that_is_not_trusted_is_not_tried_again() {
    let (server, _) = tls_server().await;
    let error = make(&client(&server), "deploy-bot").await.unwrap_err();
    assert!(
        matches!(error.kind(), ErrorKind::Untrusted { .. }),
        "{error:?}"
    );
    assert_eq!((error.phase(), error.attempts()), (Phase::Location, 1));
    assert!(server.seen().is_empty());
}

#[tokio::test]
async fn plain_words_on_a_tls_port_are_no_trust_matter() {
    let (server, _) = tls_server().await;
    let plain = server.url.replace("https", "http");
    let error = client_of(settings(&plain)).user_id().await.unwrap_err();
    assert!(
        matches!(error.kind(), ErrorKind::Disconnected { .. }),
        "{error:?}"
    );
}
