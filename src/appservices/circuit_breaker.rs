use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, timeout};
use tracing::debug;

use super::Error;
use super::limits::Limits;

/// How far apart the trials of an open circuit begin.
const TRIAL_EVERY: Duration = Duration::from_secs(5);

/// How long after a failed trial the next may begin at the earliest: what the same operation sends
/// next is none.
const TRIAL_GAP: Duration = Duration::from_millis(500);

/// How long an operation waits for the trial of another that is under way.
const TRIAL_WAIT: Duration = Duration::from_secs(1);

/// Whether the server can be asked at all, so that a thousand operations do not each find out for
/// themselves that it is down.
///
/// Closed: each operation makes its own attempts. It opens when an operation has used up its retries
/// and the server gave no useful answer to anything in that time. One that is about one key only
/// makes the server suspect, since that key may always fail; the next that ends alike, of another key
/// or of none, opens it. Open: operations fail at once, with the error that was met, and retries end.
/// Half-open: the first operation after that, and then one every five seconds, makes one attempt. A
/// useful answer to anything closes it.
pub(super) struct CircuitBreaker(watch::Sender<State>);

/// An operation that may begin. Dropped without a result, it leaves the trial to the next.
pub(super) struct Admission<'a> {
    breaker: &'a CircuitBreaker,
    /// Whether one attempt has to do.
    pub(super) is_trial: bool,
}

/// The rule, without waits.
#[derive(Debug, Default)]
struct State {
    last_answer: Option<Instant>,
    /// The key of an operation that used up its retries, with no useful answer to anything since.
    suspect: Option<String>,
    open: Option<Open>,
}

#[derive(Debug)]
struct Open {
    error: Error,
    next_trial: Instant,
    trial_under_way: bool,
}

/// What an operation may do.
#[derive(Debug)]
enum Gate {
    Closed,
    Trial,
    /// Another operation is about to find out.
    Wait,
    Open(Error),
}

impl State {
    fn gate(&mut self, now: Instant) -> Gate {
        match &mut self.open {
            None => Gate::Closed,
            Some(open) if open.next_trial <= now => {
                open.next_trial = now + TRIAL_EVERY;
                open.trial_under_way = true;
                Gate::Trial
            }
            Some(open) if open.trial_under_way => Gate::Wait,
            Some(open) => Gate::Open(open.error.clone()),
        }
    }

    /// The server gave a useful answer; tells whether that closes the circuit.
    fn answered(&mut self, now: Instant) -> bool {
        self.last_answer = Some(now);
        self.suspect = None;
        self.open.take().is_some()
    }

    /// An operation that `began` then, perhaps about one key, has used up its retries.
    fn failed(&mut self, began: Instant, now: Instant, key: Option<&str>, error: &Error) {
        if self.open.is_some() || self.last_answer.is_some_and(|answer| answer >= began) {
            return;
        }
        match (key, self.suspect.as_deref()) {
            (Some(key), None) => self.suspect = Some(key.to_owned()),
            (Some(key), Some(suspect)) if key == suspect => {}
            _ => {
                self.open = Some(Open {
                    error: error.clone(),
                    next_trial: now,
                    trial_under_way: false,
                });
            }
        }
    }

    /// The trial has ended with `error`.
    fn trial_failed(&mut self, now: Instant, error: &Error) {
        if let Some(open) = &mut self.open {
            open.error = error.clone();
            open.next_trial = open.next_trial.max(now + TRIAL_GAP);
            open.trial_under_way = false;
        }
    }

    /// The trial ended without a result.
    fn abandoned(&mut self, now: Instant) {
        if let Some(open) = self.open.as_mut().filter(|open| open.trial_under_way) {
            (open.next_trial, open.trial_under_way) = (now, false);
        }
    }

    fn is_trial_under_way(&self) -> bool {
        self.open.as_ref().is_some_and(|open| open.trial_under_way)
    }
}

impl CircuitBreaker {
    pub(super) fn new() -> CircuitBreaker {
        CircuitBreaker(watch::Sender::new(State::default()))
    }

    /// Lets an operation begin. One that cleans up always may, with one attempt while the circuit is
    /// open.
    ///
    /// # Errors
    ///
    /// What another operation has met, or the limit reached while waiting for a trial.
    pub(super) async fn admit(&self, limits: &Limits) -> Result<Admission<'_>, Error> {
        let admission = |is_trial| Admission {
            breaker: self,
            is_trial,
        };
        if limits.is_cleanup {
            return Ok(admission(self.0.borrow().open.is_some()));
        }
        let until = Instant::now() + TRIAL_WAIT;
        loop {
            match self.change(|state| state.gate(Instant::now())) {
                Gate::Closed => return Ok(admission(false)),
                Gate::Trial => return Ok(admission(true)),
                Gate::Open(error) => return Err(error.with_circuit_open()),
                Gate::Wait => {}
            }
            let mut changes = self.0.subscribe();
            let ended = changes.wait_for(|state| !state.is_trial_under_way());
            let wait = until.saturating_duration_since(Instant::now());
            let waited = limits.wait(timeout(wait, ended)).await;
            if waited.map_err(Error::limit)?.is_err() {
                let open = self.0.borrow().open.as_ref().map(|open| open.error.clone());
                return open.map_or(Ok(admission(false)), |error| Err(error.with_circuit_open()));
            }
        }
    }

    /// The server gave a useful answer.
    pub(super) fn answered(&self) {
        if self.change(|state| state.answered(Instant::now())) {
            debug!("circuit closed: the server answers");
        }
    }

    /// Whether operations fail at once.
    pub(super) fn is_open(&self) -> bool {
        self.0.borrow().open.is_some()
    }

    fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let mut result = None;
        self.0.send_if_modified(|state| {
            let before = state.is_trial_under_way();
            result = Some(change(state));
            before && !state.is_trial_under_way()
        });
        result.expect("the change is made")
    }
}

impl Admission<'_> {
    /// The operation, perhaps about one key, has used up its retries, with `error`.
    pub(super) fn failed(&mut self, began: Instant, key: Option<&str>, error: &Error) {
        debug!(%error, "no useful answer with all retries");
        let (is_trial, now) = (std::mem::take(&mut self.is_trial), Instant::now());
        self.breaker.change(|state| {
            if is_trial {
                state.trial_failed(now, error);
            } else {
                state.failed(began, now, key, error);
            }
        });
    }
}

impl Drop for Admission<'_> {
    fn drop(&mut self) {
        if self.is_trial {
            self.breaker.change(|state| state.abandoned(Instant::now()));
        }
    }
}

#[cfg(test)]
mod tests {
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
}
