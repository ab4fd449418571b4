use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::future::join_all;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use super::*;

const SECOND: Duration = Duration::from_secs(1);

fn pace() -> Pace {
    Pace::new(10, Backoff::new(4))
}

fn busy() -> Error {
    Error::new(ErrorKind::InvalidSettings("429".to_owned()))
}

fn told(status: StatusCode, retry_after: Option<Duration>) -> Outcome {
    Outcome::Answered {
        status,
        retry_after,
    }
}

fn refused(turn: Turn<'_>, retry_after: Option<Duration>) {
    turn.ended(told(StatusCode::TOO_MANY_REQUESTS, retry_after), &busy());
}

/// As many turns as can be had right now.
async fn all_turns(pace: &Pace) -> Vec<Turn<'_>> {
    let mut turns = Vec::new();
    let now = Bounds::new(
        CancellationToken::new(),
        Some(Instant::now() + SECOND / 1000),
    );
    while let Ok(turn) = pace.turn(&now).await {
        turns.push(turn);
    }
    turns
}

/// Requests of a second each: how many were under way at once at most, and how long all took.
async fn run(pace: &Pace, requests: usize) -> (usize, Duration) {
    let (now, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let began = Instant::now();
    let one = async || {
        let turn = pace.turn(&Bounds::default()).await.ok().unwrap();
        most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
        sleep(SECOND).await;
        now.fetch_sub(1, Ordering::SeqCst);
        turn.ended_well();
    };
    join_all((0..requests).map(|_| one())).await;
    (most.into_inner(), began.elapsed())
}

#[tokio::test(start_paused = true)]
async fn ten_go_at_once_and_the_others_wait() {
    let pace = pace();
    assert_eq!(run(&pace, 50).await, (10, 5 * SECOND));
    // Good answers never make them more.
    assert_eq!(run(&pace, 50).await, (10, 5 * SECOND));
    // A request that is given up leaves its turn.
    drop(all_turns(&pace).await);
    assert_eq!(all_turns(&pace).await.len(), 10);
}

#[tokio::test(start_paused = true)]
async fn after_a_429_nothing_begins_before_its_time_and_then_half_as_many() {
    let pace = pace();
    let mut turns = all_turns(&pace).await;
    let began = Instant::now();
    // All of a burst are told, and that counts once.
    for turn in turns.drain(..) {
        refused(turn, Some(7 * SECOND));
    }
    let turn = pace.turn(&Bounds::default()).await.ok().unwrap();
    assert_eq!(began.elapsed(), 7 * SECOND);
    assert_eq!(all_turns(&pace).await.len(), 4);
    drop(turn);
    assert_eq!(run(&pace, 5).await, (5, SECOND));
}

#[tokio::test(start_paused = true)]
async fn one_429_leaves_the_others_under_way_and_takes_their_turns_when_they_end() {
    let pace = pace();
    let mut turns = all_turns(&pace).await;
    refused(turns.pop().unwrap(), Some(Duration::ZERO));
    sleep(SECOND).await;
    assert_eq!(all_turns(&pace).await.len(), 0);
    // What began before the 429 says nothing about the pace after it.
    while let Some(turn) = turns.pop() {
        turn.ended_well();
    }
    assert_eq!(all_turns(&pace).await.len(), 5);
}

#[tokio::test(start_paused = true)]
async fn it_grows_by_one_with_every_round() {
    let pace = pace();
    refused(all_turns(&pace).await.pop().unwrap(), None);
    sleep(SECOND).await;
    for allowed in [5, 6, 7, 8, 9, 10, 10] {
        let turns = all_turns(&pace).await;
        assert_eq!(turns.len(), allowed);
        for turn in turns {
            turn.ended(told(StatusCode::NOT_FOUND, None), &busy());
        }
    }
}

#[tokio::test(start_paused = true)]
async fn without_a_time_the_waits_double_and_one_request_goes_on() {
    let pace = pace();
    for (wait_ms, then) in [
        (200, 5),
        (400, 3),
        (800, 2),
        (1600, 1),
        (3200, 1),
        (4000, 1),
    ] {
        let began = Instant::now();
        refused(pace.turn(&Bounds::default()).await.ok().unwrap(), None);
        drop(pace.turn(&Bounds::default()).await);
        assert_eq!(began.elapsed(), Duration::from_millis(wait_ms));
        assert_eq!(all_turns(&pace).await.len(), then);
    }
}

#[tokio::test(start_paused = true)]
async fn a_queued_request_is_given_up_at_once_and_knows_why_it_waited() {
    let pace = pace();
    refused(
        pace.turn(&Bounds::default()).await.ok().unwrap(),
        Some(30 * SECOND),
    );
    let began = Instant::now();
    let stop = CancellationToken::new();
    let late = Bounds::new(CancellationToken::new(), Some(began + 20 * SECOND));
    let stopped = Bounds::new(stop.clone(), None);
    // The deadline is before the end of the wait, so there is no point in waiting.
    let error = pace.turn(&late).await.err().unwrap();
    assert!(matches!(
        error,
        ErrorKind::DeadlineExceeded { source: Some(_) }
    ));
    assert_eq!(began.elapsed(), Duration::ZERO);
    let (error, ()) = tokio::join!(pace.turn(&stopped), async {
        sleep(SECOND).await;
        stop.cancel();
    });
    let error = error.err().unwrap();
    assert!(matches!(error, ErrorKind::Interrupted { source: Some(_) }));
    assert_eq!(began.elapsed(), SECOND);
    // Neither has taken anything along.
    sleep(30 * SECOND).await;
    assert_eq!(all_turns(&pace).await.len(), 5);
}
