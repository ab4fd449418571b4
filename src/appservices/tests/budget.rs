//! However retries come about, an operation sends a request once and `max_retries` times more.

use super::*;

/// What may happen to an attempt, and whether that is a reason to send the request again.
fn reply(roll: u64) -> Reply {
    match roll % 9 {
        0 => Reply::empty(401),
        1 => refusal(403, "InvalidSession", "no"),
        2 => Reply::empty(408),
        3 => Reply::empty(429),
        4 => Reply::empty(500),
        5 => Reply::empty(503).with("retry-after: 0"),
        6 => Reply::Close,
        7 => Reply::json(200, HTML),
        _ => Reply::json(200, r#"{"error":"no luck"}"#),
    }
}

const QUICK: Backoff = Backoff {
    first: Duration::from_millis(1),
    longest: Duration::from_millis(1),
    times: 0,
};

/// A stream of numbers that looks random: splitmix64.
fn roll(seed: u64) -> u64 {
    let mut z = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[tokio::test]
async fn no_mixture_of_trouble_sends_a_request_more_often_than_allowed() {
    for seed in 0..150_u64 {
        for max_retries in [0, 1, 3] {
            let line = [LIST, GET, DISABLE, DELETE, CREATE][usize::try_from(seed % 5).unwrap()];
            let server = server(move |asked, n| {
                let nth = u64::try_from(n).unwrap();
                (asked == line).then(|| reply(roll(seed << 8 | nth)))
            })
            .await;
            let backoff = Backoff {
                times: max_retries,
                ..QUICK
            };
            let client = Client::with_backoff(settings(&server.url), backoff).unwrap();
            let sent = || u32::try_from(server.count(line)).unwrap();
            let failed = match line {
                LIST => client.list_for_read().await.map(drop),
                GET => client.user_api_key(&id()).await.map(drop),
                DISABLE => client.disable_user_api_key(&id()).await,
                DELETE => client.delete_user_api_key(&id()).await,
                _ => create(&client).await,
            };
            let error = failed.unwrap_err();
            assert!(
                (1..=1 + max_retries).contains(&sent()),
                "{seed} {line} {error:?}"
            );
            assert_eq!(error.attempts(), sent(), "{seed} {line} {error:?}");
        }
    }
}

/// As a caller does it to whom a create that may have been handled does no harm.
async fn create(client: &Client) -> Result<(), Error> {
    let mut attempts = client.attempts();
    loop {
        match client.create_user_api_key("ci", &mut attempts).await {
            Ok(_) => return Ok(()),
            Err(error) => match attempts.next_wait(&error) {
                Some(wait) => client.pause(wait).await?,
                None => return Err(error),
            },
        }
    }
}

#[tokio::test]
async fn a_session_that_ended_costs_one_operation_without_retries_and_not_the_next() {
    let server = server(|line, n| (line == GET && n == 1).then(|| Reply::empty(401))).await;
    let backoff = Backoff { times: 0, ..QUICK };
    let client = Client::with_backoff(settings(&server.url), backoff).unwrap();
    let error = client.user_api_key(&id()).await.unwrap_err();
    assert_eq!(error.status().unwrap(), 401);
    client.user_api_key(&id()).await.unwrap();
    assert_eq!((server.count(GET), server.count(LOGIN)), (2, 2));
}
