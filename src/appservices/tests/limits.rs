use super::*;

#[tokio::test]
async fn stop_ends_a_backoff_and_begins_nothing() {
    let server = stubborn(LIST, Reply::empty(503).with("retry-after: 30")).await;
    let client = client(&server);
    let stop = CancellationToken::new();
    let stoppable = client.within(stop.clone(), None);
    let (list, ()) = tokio::join!(stoppable.user_api_keys(), async {
        server.sees(LIST).await;
        stop.cancel();
    });
    let error = list.unwrap_err();
    assert!(error.is_interrupted());
    assert_eq!(
        (error.status().unwrap().as_u16(), error.attempts()),
        (503, 1)
    );

    let before = server.seen().len();
    let error = make(&stoppable, "deploy-bot").await.unwrap_err();
    assert!(error.is_interrupted() && !error.may_have_been_handled());
    assert_eq!((server.seen().len(), error.attempts()), (before, 0));
    assert!(client.user_api_key(&id()).await.is_ok());
}

#[tokio::test]
async fn stop_never_gives_up_a_create_on_its_way() {
    let go = CancellationToken::new();
    let server = stubborn(
        CREATE,
        Reply::Until(go.clone(), Box::new(Reply::json(201, CREATED))),
    )
    .await;
    let stop = CancellationToken::new();
    let client = client(&server).within(stop.clone(), None);
    let (created, ()) = tokio::join!(make(&client, "deploy-bot"), async {
        server.sees(CREATE).await;
        stop.cancel();
        tokio::time::sleep(Duration::from_millis(20)).await;
        go.cancel();
    });
    assert_eq!(created.unwrap().value.expose_secret(), "canary-key");
}

#[tokio::test]
async fn the_deadline_bounds_requests_and_waits() {
    let server = server(|line, _| match line {
        CREATE => Some(Reply::Hang),
        LIST => Some(Reply::empty(429).with("retry-after: 30")),
        _ => None,
    })
    .await;
    let client = client(&server);
    client.user_id().await.unwrap();
    let soon = || {
        client.within(
            CancellationToken::new(),
            Some(Instant::now() + Duration::from_millis(300)),
        )
    };

    let error = make(&soon(), "deploy-bot").await.unwrap_err();
    assert!(
        error.is_deadline_exceeded() && error.may_have_been_handled(),
        "{error:?}"
    );
    let error = soon().list_since(Instant::now()).await.unwrap_err();
    assert!(error.is_deadline_exceeded(), "{error:?}");
    assert_eq!(
        (error.status().unwrap().as_u16(), error.attempts()),
        (429, 1)
    );

    let late = client.within(CancellationToken::new(), Some(Instant::now()));
    let error = late.user_api_key(&id()).await.unwrap_err();
    assert!(error.is_deadline_exceeded());
    assert_eq!((error.attempts(), server.count(GET)), (0, 0));
}
