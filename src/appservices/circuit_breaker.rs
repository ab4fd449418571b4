//! Whether a server that is down is asked at all. Knows errors and limits; sends nothing.

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
mod tests;
