use super::*;

#[tokio::test]
async fn readers_share_a_list_until_a_write_ends() {
    let server = server(|_, _| None).await;
    let client = client(&server);
    let lists = join_all((0..100).map(|_| client.list_for_read())).await;
    assert!(lists.iter().all(|keys| keys.as_ref().unwrap().len() == 1));
    assert_eq!(server.count(LIST), 1);

    client.user_api_key(&id()).await.unwrap();
    client.list_for_read().await.unwrap();
    assert_eq!(server.count(LIST), 1);

    client.delete_user_api_key(&id()).await.unwrap();
    let lists = join_all((0..100).map(|_| client.list_for_read())).await;
    assert!(lists.iter().all(Result::is_ok));
    assert_eq!(server.count(LIST), 2);
}

#[tokio::test]
async fn readers_of_a_failing_server_fail_together() {
    let server = stubborn(LIST, Reply::empty(503)).await;
    let client = client(&server);
    let lists = join_all((0..100).map(|_| client.list_for_read())).await;
    assert!(
        lists
            .into_iter()
            .all(|keys| keys.unwrap_err().attempts() == 3)
    );
    assert_eq!(server.count(LIST), 3);
}

#[tokio::test]
async fn an_interrupted_reader_spoils_nothing_for_the_others() {
    let go = CancellationToken::new();
    let slow = Reply::Until(go.clone(), Box::new(Reply::empty(503)));
    let server = faulty(LIST, vec![slow]).await;
    let client = client(&server);
    let stop = CancellationToken::new();
    let leader = client.within(stop.clone(), None);
    let (led, followed, ()) = tokio::join!(leader.list_for_read(), client.list_for_read(), async {
        server.sees(LIST).await;
        stop.cancel();
        go.cancel();
    });
    assert!(led.unwrap_err().is_interrupted());
    assert_eq!(followed.unwrap().len(), 1);
}
