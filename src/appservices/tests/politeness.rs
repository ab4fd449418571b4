//! What one client asks of a server at most, and what becomes of that when the server says 429.

use super::*;

#[tokio::test]
async fn no_more_than_ten_requests_are_under_way() {
    let go = CancellationToken::new();
    let slow = Reply::Until(go.clone(), Box::new(Reply::json(200, KEY)));
    let server = stubborn(GET, slow).await;
    let (client, id) = (client(&server), id());
    let reads = join_all((0..50).map(|_| client.user_api_key(&id)));
    let release = async {
        while server.count(GET) < 10 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        go.cancel();
    };
    let (reads, ()) = tokio::join!(reads, release);
    assert!(reads.iter().all(Result::is_ok));
    assert_eq!((server.busiest(), server.count(GET)), (10, 50));
}

/// Logins, refreshes and lists happen inside other calls; none of these may wait for its own turn.
#[tokio::test]
async fn one_request_at_once_is_enough_for_everything() {
    let server = server(|_, _| None).await;
    let mut settings = settings(&server.url);
    settings.max_concurrent_requests = 1;
    let client = client_of(settings);
    let (lists, creates) = tokio::join!(
        join_all((0..20).map(|_| client.list_for_read())),
        join_all((0..20).map(|_| make(&client, "deploy-bot"))),
    );
    assert!(lists.iter().all(Result::is_ok) && creates.iter().all(Result::is_ok));
    let shows = |keys: &super::super::UserApiKeyList| !keys.is_empty();
    client.until_listed(Instant::now(), shows).await.unwrap();
    client.access_token().await.unwrap();
    client.log_out(Duration::from_secs(60)).await;
    assert_eq!((server.busiest(), server.count(LOGOUT)), (1, 1));
}

#[tokio::test]
async fn a_429_keeps_back_what_has_not_begun() {
    let server = stubborn(GET, Reply::empty(429).with("retry-after: 30")).await;
    let client = client(&server);
    client.user_id().await.unwrap();
    // Too early for the end of the wait, so the client does not wait for it.
    let deadline = Instant::now() + Duration::from_secs(20);
    let (client, id) = (
        client.within(CancellationToken::new(), Some(deadline)),
        id(),
    );
    let reads = join_all((0..50).map(|_| client.user_api_key(&id))).await;
    for read in reads {
        let error = read.unwrap_err();
        assert!(error.is_deadline_exceeded(), "{error:?}");
        assert_eq!(error.status().unwrap(), 429);
    }
    assert!(server.count(GET) <= 10, "{}", server.count(GET));
    // Other calls wait as well.
    let error = client.list_since(Instant::now()).await.unwrap_err();
    assert_eq!((error.attempts(), server.count(LIST)), (0, 0));
}

#[tokio::test]
async fn a_429_for_ten_costs_the_others_nothing() {
    let server = faulty(GET, vec![Reply::empty(429); 10]).await;
    let (client, id) = (client(&server), id());
    let reads = join_all((0..50).map(|_| client.user_api_key(&id))).await;
    assert!(reads.iter().all(Result::is_ok), "{reads:?}");
    assert_eq!(server.count(GET), 60);
}

#[tokio::test]
async fn clean_up_is_tried_at_once_and_its_retries_wait() {
    let server = faulty(DELETE, vec![Reply::empty(429).with("retry-after: 1")]).await;
    let client = client(&server);
    let began = Instant::now();
    let cleanup = client.for_cleanup(Duration::from_secs(60));
    cleanup.delete_user_api_key(&id()).await.unwrap();
    assert!(began.elapsed() >= Duration::from_secs(1));
    assert_eq!(server.count(DELETE), 2);
}
