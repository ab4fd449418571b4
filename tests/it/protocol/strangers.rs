//! Other processes of the machine at the plugin's socket. All are refused, and the host notices nothing.

use crate::support::host::{Host, Identity, Presented, Versions, raw_stream, silent_stream};

/// Terraform's connection works as before, a new one of its works too, and the process ends cleanly.
async fn goes_on(host: Host) {
    host.schema().await;
    let ours = Presented::Certificate(&host.identity);
    host.knock(ours, Versions::Any)
        .await
        .expect("the host may still connect");
    host.shut_down().await;
}

async fn refuses(host: Host, presented: Presented<'_>, versions: Versions) {
    let answer = host.knock(presented, versions).await;
    assert!(answer.is_err(), "a stranger got an answer");
    goes_on(host).await;
}

#[tokio::test]
async fn no_certificate_is_refused() {
    refuses(Host::start().await, Presented::Nothing, Versions::Any).await;
}

#[tokio::test]
async fn no_certificate_is_refused_over_tls_1_2() {
    refuses(Host::start().await, Presented::Nothing, Versions::Only12).await;
}

#[tokio::test]
async fn a_certificate_like_terraforms_with_another_key_is_refused() {
    let stranger = Identity::like_terraforms();
    refuses(
        Host::start().await,
        Presented::Certificate(&stranger),
        Versions::Any,
    )
    .await;
}

#[tokio::test]
async fn a_certificate_like_terraforms_with_another_key_is_refused_over_tls_1_2() {
    let stranger = Identity::like_terraforms();
    refuses(
        Host::start().await,
        Presented::Certificate(&stranger),
        Versions::Only12,
    )
    .await;
}

/// The environment of a process can be read by others, so the certificate alone proves nothing.
async fn refuses_a_copy(versions: Versions) {
    let (host, stranger) = (Host::start().await, Identity::like_terraforms());
    let copied = Presented::Copied {
        certificate: &host.identity,
        key: &stranger,
    };
    let answer = host.knock(copied, versions).await;
    assert!(answer.is_err(), "a stranger got an answer");
    goes_on(host).await;
}

#[tokio::test]
async fn terraforms_own_certificate_without_its_key_is_refused() {
    refuses_a_copy(Versions::Any).await;
}

#[tokio::test]
async fn terraforms_own_certificate_without_its_key_is_refused_over_tls_1_2() {
    refuses_a_copy(Versions::Only12).await;
}

#[tokio::test]
async fn plain_http2_is_refused() {
    refuses(Host::start().await, Presented::Plain, Versions::Any).await;
}

/// What a stranger may write to any socket to see what happens.
async fn hangs_up_on(bytes: &[u8]) {
    let host = Host::start().await;
    let answer = raw_stream(&host.handshake.address(), bytes).await;
    assert!(!answer.starts_with(b"HTTP"), "{answer:?}");
    goes_on(host).await;
}

#[tokio::test]
async fn plain_http1_is_refused() {
    hangs_up_on(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n").await;
}

#[tokio::test]
async fn noise_is_refused() {
    hangs_up_on(&(0..=255).cycle().take(70_000).collect::<Vec<u8>>()).await;
}

#[tokio::test]
async fn half_a_tls_hello_is_refused() {
    hangs_up_on(&[0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00]).await;
}

#[tokio::test]
async fn a_connection_that_is_dropped_at_once_does_no_harm() {
    hangs_up_on(&[]).await;
}

#[tokio::test]
async fn connections_that_say_nothing_hold_up_no_other() {
    let host = Host::start().await;
    let mut silent = Vec::new();
    for _ in 0..20 {
        silent.push(silent_stream(&host.handshake.address()).await);
    }
    goes_on(host).await;
}

#[tokio::test]
async fn the_host_may_speak_tls_1_2() {
    let host = Host::start().await;
    let ours = Presented::Certificate(&host.identity);
    host.knock(ours, Versions::Only12)
        .await
        .expect("TLS 1.2 is the least that Go asks for");
    goes_on(host).await;
}
