//! Waiting for a write to show on a server whose reads trail its writes.

use super::*;

fn shows_it(keys: &super::super::UserApiKeyList) -> bool {
    keys.get(&id()).is_some()
}

/// A server whose list is empty for the first `behind` times.
async fn lagging(behind: usize) -> Server {
    server(move |line, n| (line == LIST && n <= behind).then(|| Reply::json(200, "[]"))).await
}

#[tokio::test]
async fn it_looks_until_the_write_shows_and_leaves_that_list_to_all() {
    for behind in [0, 1, 5] {
        let server = lagging(behind).await;
        let client = client(&server);
        client.until_listed(Instant::now(), shows_it).await.unwrap();
        assert_eq!(server.count(LIST), behind + 1);
        let keys = client.list_for_read().await.unwrap();
        assert!(shows_it(&keys) && server.count(LIST) == behind + 1);
    }
}

#[tokio::test]
async fn many_writers_share_their_looks() {
    let server = lagging(2).await;
    let client = client(&server);
    let waits = join_all((0..100).map(|_| client.until_listed(Instant::now(), shows_it))).await;
    assert!(waits.iter().all(Result::is_ok));
    // Three, or some more on a machine that takes long between two looks.
    assert!((3..30).contains(&server.count(LIST)));
}

#[tokio::test]
async fn the_first_look_is_from_after_the_last_write() {
    let server = lagging(1).await;
    let client = client(&server);
    client.list_for_read().await.unwrap();
    client.until_listed(Instant::now(), shows_it).await.unwrap();
    assert_eq!(server.count(LIST), 2);
    client.enable_user_api_key(&id()).await.unwrap();
    client.until_listed(Instant::now(), shows_it).await.unwrap();
    assert_eq!(server.count(LIST), 3);
}

#[tokio::test]
async fn the_caller_s_bounds_end_it_and_so_does_a_refused_list() {
    let server = lagging(usize::MAX).await;
    let stop = CancellationToken::new();
    let stoppable = client(&server).within(stop.clone(), None);
    let (waited, ()) = tokio::join!(stoppable.until_listed(Instant::now(), shows_it), async {
        server.sees(LIST).await;
        stop.cancel();
    });
    assert!(waited.unwrap_err().is_interrupted());
    let deadline = Instant::now() + Duration::from_millis(200);
    let hasty = client(&server).within(CancellationToken::new(), Some(deadline));
    let error = hasty
        .until_listed(Instant::now(), shows_it)
        .await
        .unwrap_err();
    assert!(error.is_deadline_exceeded(), "{error:?}");

    let server = faulty(LIST, vec![Reply::json(200, "[]"), Reply::empty(403)]).await;
    let error = client(&server)
        .until_listed(Instant::now(), shows_it)
        .await
        .unwrap_err();
    assert_eq!(error.status().unwrap(), 403);
    assert_eq!(server.count(LIST), 2);
}

#[tokio::test]
async fn a_caller_waits_within_the_limits() {
    let server = server(|_, _| None).await;
    let stop = CancellationToken::new();
    let client =
        client(&server).within(stop.clone(), Some(Instant::now() + Duration::from_secs(60)));
    client.pause(Duration::from_millis(1)).await.unwrap();
    let error = client.pause(Duration::from_secs(3600)).await.unwrap_err();
    assert!(error.is_deadline_exceeded());
    stop.cancel();
    let error = client.pause(Duration::ZERO).await.unwrap_err();
    assert!(error.is_interrupted());
}

/// Writes that end one after the other, while the list of the first is under way.
#[tokio::test]
async fn writers_that_end_during_a_list_share_it_if_it_shows_their_keys() {
    let hold = CancellationToken::new();
    let server = server({
        let hold = hold.clone();
        move |line, n| {
            let list = Reply::json(200, format!("[{KEY}]"));
            (line == LIST && n == 1).then(|| Reply::Until(hold.clone(), Box::new(list)))
        }
    })
    .await;
    let client = client(&server);
    let began = Instant::now();
    let first = client.until_listed(began, shows_it);
    let others = async {
        server.sees(LIST).await;
        let others = join_all((0..9).map(|_| client.until_listed(began, shows_it)));
        let release = async { hold.cancel() };
        tokio::join!(others, release).0
    };
    let (first, others) = tokio::join!(first, others);
    assert!(first.is_ok() && others.iter().all(Result::is_ok));
    assert_eq!(server.count(LIST), 1);
}

#[tokio::test]
async fn a_list_from_before_the_end_that_does_not_show_it_is_followed_by_another_at_once() {
    let server = lagging(1).await;
    let client = client(&server);
    let began = Instant::now();
    client.list_for_read().await.unwrap();
    client.until_listed(began, shows_it).await.unwrap();
    assert_eq!(server.count(LIST), 2);
    // What a list showed before the write began is no proof.
    client.until_listed(Instant::now(), shows_it).await.unwrap();
    assert_eq!(server.count(LIST), 3);
}
