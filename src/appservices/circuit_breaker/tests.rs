use tokio::time::{advance, sleep};

use super::*;
use crate::appservices::ErrorKind;

const SECOND: Duration = Duration::from_secs(1);

fn down() -> Error {
    Error::new(ErrorKind::InvalidSettings("down".to_owned()))
}

async fn is_open(breaker: &CircuitBreaker) -> bool {
    let admitted = breaker.admit(&Limits::default()).await;
    admitted.is_err_and(|error| error.is_circuit_open())
}

/// One that is open, and whose first trial has failed.
async fn open() -> CircuitBreaker {
    let breaker = CircuitBreaker::new();
    for is_trial in [false, true] {
        let mut admission = breaker.admit(&Limits::default()).await.unwrap();
        assert_eq!(admission.is_trial, is_trial);
        admission.failed(Instant::now(), None, &down());
    }
    breaker
}

#[tokio::test(start_paused = true)]
async fn it_opens_only_if_nothing_was_answered_during_the_operation() {
    for (answered_after_s, opens) in [(None, true), (Some(0), true), (Some(2), false)] {
        let breaker = CircuitBreaker::new();
        if answered_after_s == Some(0) {
            breaker.answered();
        }
        advance(SECOND).await;
        let began = Instant::now();
        let mut admission = breaker.admit(&Limits::default()).await.unwrap();
        advance(SECOND).await;
        if answered_after_s == Some(2) {
            breaker.answered();
        }
        admission.failed(began, None, &down());
        assert_eq!(breaker.is_open(), opens);
        let next = breaker.admit(&Limits::default()).await.unwrap();
        assert_eq!(next.is_trial, opens, "{answered_after_s:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn one_key_that_always_fails_does_not_open_it_and_another_does() {
    for (second, answered, opens) in [
        (Some("a"), false, false),
        (Some("b"), false, true),
        (None, false, true),
        (Some("b"), true, false),
    ] {
        let breaker = CircuitBreaker::new();
        let began = Instant::now();
        let mut first = breaker.admit(&Limits::default()).await.unwrap();
        let mut other = breaker.admit(&Limits::default()).await.unwrap();
        advance(SECOND).await;
        first.failed(began, Some("a"), &down());
        assert!(!breaker.is_open());
        if answered {
            breaker.answered();
            advance(SECOND).await;
        }
        let began = if answered { Instant::now() } else { began };
        other.failed(began, second, &down());
        assert_eq!(breaker.is_open(), opens, "{second:?} {answered}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_the_operation_of_a_failed_trial_sends_next_is_not_the_next_trial() {
    let breaker = open().await;
    advance(TRIAL_EVERY).await;
    let mut trial = breaker.admit(&Limits::default()).await.unwrap();
    advance(TRIAL_EVERY).await;
    trial.failed(Instant::now(), None, &down());
    assert!(is_open(&breaker).await);
    advance(TRIAL_GAP).await;
    assert!(breaker.admit(&Limits::default()).await.unwrap().is_trial);
}

#[tokio::test(start_paused = true)]
async fn one_operation_in_five_seconds_is_the_trial_and_others_fail_at_once() {
    let breaker = open().await;
    for _ in 0..3 {
        advance(Duration::from_millis(4999)).await;
        let asked = Instant::now();
        assert!(is_open(&breaker).await && asked.elapsed().is_zero());
        advance(Duration::from_millis(1)).await;
        let mut trial = breaker.admit(&Limits::default()).await.unwrap();
        assert!(trial.is_trial);
        trial.failed(Instant::now(), None, &down());
    }
    breaker.answered();
    assert!(!breaker.admit(&Limits::default()).await.unwrap().is_trial);
}

#[tokio::test(start_paused = true)]
async fn who_comes_during_a_trial_learns_its_result_or_fails_within_a_second() {
    for (trial_takes, answers, fails_after) in [
        (SECOND / 2, true, None),
        (SECOND / 2, false, Some(SECOND / 2)),
        (3 * SECOND, true, Some(SECOND)),
    ] {
        let breaker = open().await;
        advance(TRIAL_EVERY).await;
        let trial = async {
            let mut trial = breaker.admit(&Limits::default()).await.unwrap();
            sleep(trial_takes).await;
            if answers {
                breaker.answered();
            } else {
                trial.failed(Instant::now(), None, &down());
            }
        };
        let other = async {
            let asked = Instant::now();
            is_open(&breaker).await.then(|| asked.elapsed())
        };
        let ((), failed_after) = tokio::join!(trial, other);
        assert_eq!(failed_after, fails_after, "{trial_takes:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_trial_that_hangs_does_not_delay_the_next_and_one_that_is_dropped_passes_on() {
    let breaker = open().await;
    advance(TRIAL_EVERY).await;
    let hangs = breaker.admit(&Limits::default()).await.unwrap();
    advance(TRIAL_EVERY).await;
    let next = breaker.admit(&Limits::default()).await.unwrap();
    assert!(hangs.is_trial && next.is_trial);
    drop(next);
    assert!(breaker.admit(&Limits::default()).await.unwrap().is_trial);
}

#[tokio::test(start_paused = true)]
async fn cleaning_up_is_tried_once_even_so() {
    let breaker = open().await;
    let cleanup = Limits {
        is_cleanup: true,
        ..Limits::default()
    };
    assert!(breaker.admit(&cleanup).await.unwrap().is_trial);
    assert!(is_open(&breaker).await);
}
