//! Keys that are open when the process ends.

use super::*;

/// Terraform closes nothing when something fails that uses what is open.
#[tokio::test]
async fn what_the_host_leaves_open_is_closed_at_the_end() {
    let server = Server::start().await;
    let detour = Detour::to(&server).await;
    let host = Host::start().await;
    host.configure(detour.config(&server)).await.fine();
    for _ in 0..3 {
        host.open(KEY, json!({})).await;
    }
    host.open(TOKEN, json!({})).await;
    let closed = host.open(KEY, json!({})).await;
    let id = text(&closed.result, "id");
    host.close(KEY, closed.private).await.fine();
    // A close that failed is tried once more.
    let failed = host.open(KEY, json!({})).await;
    let refused = Deed::Refuse(400, r#"{"error":"no"}"#);
    detour.next("DELETE", text(&failed.result, "id"), refused);
    assert!(host.close(KEY, failed.private).await.has_error());
    host.shut_down().await;
    assert_eq!(server.keys().await, json!({}));
    assert_eq!(server.open_sessions(), 0);
    assert_eq!(server.count("DELETE", id), 1, "closed is closed");
}

/// Terraform kills the process two seconds after that answer, and waits for the answer itself as long as it takes.
#[tokio::test]
async fn shutdown_is_answered_when_what_was_left_open_is_closed() {
    let server = Server::start().await;
    let detour = Detour::to(&server).await;
    let host = Host::start().await;
    host.configure(detour.config(&server)).await.fine();
    let open = host.open(KEY, json!({})).await;
    let held = Held::new();
    detour.next("DELETE", text(&open.result, "id"), Deed::Hold(held.clone()));
    let mut end = pin!(host.shut_down());
    tokio::select! {
        _ = &mut end => panic!("ended before the key was deleted"),
        () = held.arrives() => held.let_go(),
    }
    end.await;
    assert_eq!(server.keys().await, json!({}));
    assert_eq!(server.open_sessions(), 0);
}

#[tokio::test]
async fn an_open_during_an_interrupt_can_still_be_closed() {
    let server = Server::start().await;
    let detour = Detour::to(&server).await;
    let host = Host::start().await;
    host.configure(detour.config(&server)).await.fine();
    let held = Held::new();
    detour.next("POST", "/auth/api_keys", Deed::Hold(held.clone()));
    let (open, ()) = tokio::join!(host.open(KEY, json!({})), async {
        held.arrives().await;
        interrupt(&host).await;
        held.let_go();
    });
    host.close(KEY, open.private).await.fine();
    assert_eq!(server.keys().await, json!({}));
    host.shut_down().await;
}

/// The host has no private data then, so it could never close it.
#[tokio::test]
async fn a_host_that_goes_away_while_a_key_is_opened_leaves_none() {
    let server = Server::start().await;
    let detour = Detour::to(&server).await;
    let host = Host::start().await;
    host.configure(detour.config(&server)).await.fine();
    let held = Held::new();
    detour.next("POST", "/auth/api_keys", Deed::Hold(held.clone()));
    let request = host.open_request(KEY, json!({})).await;
    let mut provider = host.provider();
    let opening = tokio::spawn(async move { provider.open_ephemeral_resource(request).await });
    held.arrives().await;
    only_key(&server).await;
    opening.abort();
    assert!(opening.await.expect_err("an abort").is_cancelled());
    // The provider hears of it before it hears of this.
    host.validate_ephemeral(KEY, json!({})).await.fine();
    held.let_go();
    host.shut_down().await;
    assert_eq!(server.keys().await, json!({}));
    assert_eq!(server.open_sessions(), 0);
}
