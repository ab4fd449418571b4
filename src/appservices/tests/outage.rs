//! A server that cannot be reached: who finds that out, and who need not.

use tokio::net::TcpSocket;

use super::*;

#[tokio::test]
async fn what_begins_after_a_failed_connection_fails_at_once_and_what_goes_on_tries_again() {
    // Bound and not listening: whoever connects is refused.
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let url = format!("http://{}", socket.local_addr().unwrap());
    let client = client_of(settings(&url));
    let first = client.user_id().await.unwrap_err();
    assert!(matches!(first.kind(), ErrorKind::Unreachable { .. }));
    assert_eq!(first.attempts(), 3);

    let listener = socket.listen(1024).unwrap();
    for _ in 0..100 {
        assert_eq!(told(&client.user_id().await.unwrap_err()), told(&first));
        let list = client.user_api_keys_shared().await;
        assert_eq!(told(&list.unwrap_err()), told(&first));
    }
    // A list that is not shared is what a clean-up looks at.
    let mut connections = 0;
    let hang_up = async {
        loop {
            drop(listener.accept().await);
            connections += 1;
        }
    };
    tokio::select! {
        list = client.user_api_keys() => assert_eq!(list.unwrap_err().attempts(), 3),
        () = hang_up => unreachable!(),
    }
    assert_eq!(connections, 3);
}

#[tokio::test]
async fn an_answer_ends_the_outage() {
    let server = server(|_, _| None).await;
    let client = client(&server);
    client
        .shared
        .outage
        .begins(Error::new(ErrorKind::InvalidSettings("test".to_owned())));
    client.user_id().await.unwrap_err();
    client.user_api_keys().await.unwrap();
    client.user_id().await.unwrap();
}
