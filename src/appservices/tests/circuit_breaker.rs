//! A server that is down: which operation finds that out, and which need not.

use tokio::net::TcpSocket;

use super::*;

#[tokio::test]
async fn after_an_operation_has_used_up_its_retries_one_tries_once_and_others_not_at_all() {
    // Bound and not listening: connections are refused.
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let url = format!("http://{}", socket.local_addr().unwrap());
    let client = client_of(settings(&url));
    for (attempts, is_circuit_open) in [(3, false), (1, false), (1, true), (1, true)] {
        let error = client.user_id().await.unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Unreachable { .. }));
        assert_eq!(error.attempts(), attempts);
        assert_eq!(error.is_circuit_open(), is_circuit_open);
    }
    let error = make(&client, "ci").await.unwrap_err();
    assert!(error.is_circuit_open() && !error.may_have_been_handled());
    assert_eq!(client.attempts().next_wait(&error), None);
}

/// Everything but location and login is answered 503.
async fn down() -> Server {
    down_with(Reply::empty(503)).await
}

async fn down_with(reply: Reply) -> Server {
    server(move |line, _| (!matches!(line, LOCATION | LOGIN)).then(|| reply.clone())).await
}

#[tokio::test]
async fn answers_without_sense_are_no_answers_of_use() {
    for reply in [
        Reply::json(200, "<html>Sign in to the network</html>"),
        Reply::json(200, r#"{"error":"busy"}"#),
    ] {
        let server = down_with(reply).await;
        let client = client(&server);
        client.user_id().await.unwrap();
        for attempts in [3, 1] {
            let error = client.list_since(Instant::now()).await.unwrap_err();
            assert_eq!(
                (error.attempts(), error.is_circuit_open()),
                (attempts, false)
            );
        }
        let error = client.list_since(Instant::now()).await.unwrap_err();
        assert!(error.is_circuit_open());
        assert_eq!(server.count(LIST), 4);
    }
}

#[tokio::test]
async fn cleaning_up_is_tried_once_all_the_same() {
    let server = down().await;
    let client = client(&server);
    client.user_id().await.unwrap();
    client.list_for_read().await.unwrap_err();
    client.list_since(Instant::now()).await.unwrap_err();
    let error = client.delete_user_api_key(&id()).await.unwrap_err();
    assert!(error.is_circuit_open() && server.count(DELETE) == 0);
    let cleanup = client.for_cleanup(Duration::from_secs(10));
    let error = cleanup.delete_user_api_key(&id()).await.unwrap_err();
    assert_eq!((error.attempts(), server.count(DELETE)), (1, 1));
    client.log_out(Duration::from_secs(10)).await;
    assert_eq!(server.count(LOGOUT), 1);
}

#[tokio::test]
async fn one_key_that_always_fails_says_nothing_about_the_server() {
    let server = stubborn(DISABLE, Reply::empty(500)).await;
    let client = client(&server);
    client.user_id().await.unwrap();
    for _ in 0..3 {
        let error = client.disable_user_api_key(&id()).await.unwrap_err();
        assert_eq!((error.attempts(), error.is_circuit_open()), (3, false));
    }
    client.enable_user_api_key(&id()).await.unwrap();
}

#[tokio::test]
async fn a_key_that_fails_and_then_something_else_open_the_circuit() {
    let server = down().await;
    let client = client(&server);
    client.user_id().await.unwrap();
    for attempts in [3, 3] {
        let error = client.disable_user_api_key(&id()).await.unwrap_err();
        assert_eq!(error.attempts(), attempts);
    }
    assert_eq!(client.list_for_read().await.unwrap_err().attempts(), 3);
    for (attempts, is_circuit_open) in [(1, false), (1, true)] {
        let error = client.disable_user_api_key(&id()).await.unwrap_err();
        assert_eq!(error.attempts(), attempts);
        assert_eq!(error.is_circuit_open(), is_circuit_open);
    }
    assert_eq!(server.count(DISABLE), 7);
}

#[tokio::test]
async fn operations_under_way_end_their_retries_when_the_circuit_opens() {
    let go = CancellationToken::new();
    let slow = Reply::Until(go.clone(), Box::new(Reply::empty(503)));
    let server = server(move |line, _| match line {
        DISABLE => Some(slow.clone()),
        LIST => Some(Reply::empty(503)),
        _ => None,
    })
    .await;
    let client = client(&server);
    client.user_id().await.unwrap();
    let id = id();
    let (disabled, ()) = tokio::join!(client.disable_user_api_key(&id), async {
        server.sees(DISABLE).await;
        client.list_for_read().await.unwrap_err();
        go.cancel();
    });
    assert_eq!(disabled.unwrap_err().attempts(), 1);
}
