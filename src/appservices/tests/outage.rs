//! A server that cannot be reached: who finds that out, and who need not.

use tokio::net::TcpSocket;

use super::*;

fn nobody_answers() -> Error {
    Error::new(ErrorKind::InvalidSettings("test".to_owned()))
}

#[tokio::test]
async fn what_begins_after_all_attempts_to_connect_have_failed_makes_one() {
    // Bound and not listening: whoever connects is refused.
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let url = format!("http://{}", socket.local_addr().unwrap());
    let client = client_of(settings(&url));
    for attempts in [3, 1, 1] {
        let error = client.user_id().await.unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Unreachable { .. }));
        assert_eq!(error.attempts(), attempts);
    }
    let error = make(&client, "ci").await.unwrap_err();
    assert_eq!(
        (error.attempts(), error.may_have_been_handled()),
        (1, false)
    );
}

#[tokio::test]
async fn what_goes_on_makes_as_many_attempts_as_ever() {
    let server = stubborn(LIST, Reply::Close).await;
    let client = client(&server);
    client.user_id().await.unwrap();
    client
        .shared
        .outage
        .begins(Duration::ZERO, nobody_answers());
    client.user_api_key(&id()).await.unwrap();
    client.list_for_read().await.unwrap_err();
    assert_eq!(server.count(LIST), 3);
}

#[tokio::test]
async fn nothing_begins_where_connecting_hangs_before_somebody_was_answered() {
    let server = server(|_, _| None).await;
    let client = client(&server);
    client
        .shared
        .outage
        .begins(Duration::from_secs(10), nobody_answers());
    client.user_id().await.unwrap_err();
    client.list_for_read().await.unwrap_err();
    assert_eq!(server.seen().len(), 0);
    client.list_since(Instant::now()).await.unwrap();
    client.user_id().await.unwrap();
}
