use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rcgen::{BasicConstraints, CertificateParams, IsCa, KeyPair};
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use super::*;
use crate::appservices::{RootCertificates, TlsProblem};

/// A server with a certificate of its own for 127.0.0.1, and that certificate as PEM.
async fn tls_server() -> (Server, String) {
    tls_server_with(IsCa::NoCa).await
}

/// The same with a certificate that is an authority's, or says that it is none.
async fn tls_server_with(is_ca: IsCa) -> (Server, String) {
    let mut params = CertificateParams::new(["127.0.0.1".to_owned()]).unwrap();
    params.is_ca = is_ca;
    let key = KeyPair::generate().unwrap();
    let cert = params.self_signed(&key).unwrap();
    let key = key.serialize_der().try_into().unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![cert.der().clone()], key)
        .unwrap();
    let tls = TlsAcceptor::from(Arc::new(config));
    (Server::start_tls(tls, healthy).await, pem(cert.der()))
}

fn pem(der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    format!("-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----\n")
}

#[tokio::test]
async fn a_certificate_is_trusted_if_its_root_is_named() {
    let (server, pem) = tls_server().await;
    let mut settings = settings(&server.url);
    settings.root_certificates = Some(RootCertificates::parse(pem.as_bytes()).unwrap());
    let client = client_of(settings);
    assert_eq!(client.list_since(Instant::now()).await.unwrap().len(), 1);
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

fn problem(error: &Error) -> TlsProblem {
    match error.kind() {
        ErrorKind::Untrusted { problem, .. } => *problem,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn an_authority_s_certificate_on_a_server_is_told_as_such_and_the_advised_one_works() {
    let authority = IsCa::Ca(BasicConstraints::Unconstrained);
    let (server, pem) = tls_server_with(authority).await;
    let mut of_authority = settings(&server.url);
    of_authority.root_certificates = Some(RootCertificates::parse(pem.as_bytes()).unwrap());
    let error = client_of(of_authority).user_id().await.unwrap_err();
    assert_eq!(problem(&error), TlsProblem::AuthorityAsServer);
    assert!(message(&error).contains("CA:TRUE"), "{}", message(&error));

    let (server, pem) = tls_server_with(IsCa::ExplicitNoCa).await;
    let mut advised = settings(&server.url);
    advised.root_certificates = Some(RootCertificates::parse(pem.as_bytes()).unwrap());
    client_of(advised).user_id().await.unwrap();
}

#[tokio::test]
async fn https_to_an_http_port_is_told_as_such_and_not_tried_again() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    let answering = tokio::spawn(async move {
        let (mut connection, _) = listener.accept().await.unwrap();
        let _ = connection.read(&mut [0; 1024]).await;
        let answer = b"HTTP/1.1 400 Bad Request\r\n\r\n";
        connection.write_all(answer).await.unwrap();
    });
    let error = client_of(settings(&url)).user_id().await.unwrap_err();
    answering.await.unwrap();
    assert_eq!(problem(&error), TlsProblem::NoTls);
    assert_eq!(error.attempts(), 1);
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
