use std::time::Duration;

use backon::ExponentialBackoff;
use tokio::time::Instant;

use super::error::AttemptStats;
use super::limits::Limits;
use super::retry::{self, Backoff, Idempotency, Outcome};
use super::{Error, Phase};

/// How often one request of an operation was sent, and may still be: once, and `max_retries` times
/// more, however each of them comes about.
#[derive(Debug)]
pub struct Attempts {
    pub(super) limits: Limits,
    pub(super) began: Instant,
    backoff: ExponentialBackoff,
    most: u32,
    kept: u32,
    sent: u32,
    may_have_been_handled: bool,
}

impl Attempts {
    pub(super) fn new(limits: &Limits, backoff: Backoff) -> Attempts {
        Attempts {
            limits: limits.clone(),
            began: Instant::now(),
            most: 1 + backoff.times,
            backoff: backoff.waits(),
            kept: 0,
            sent: 0,
            may_have_been_handled: false,
        }
    }

    /// Those of a request that is sent once.
    pub(super) fn once(limits: &Limits, backoff: Backoff) -> Attempts {
        Attempts::new(
            limits,
            Backoff {
                times: 0,
                ..backoff
            },
        )
    }

    /// The same, for a caller who sends the last ones not as retries: without the others, they count
    /// as used up.
    #[must_use]
    pub fn keeping(self, kept: u32) -> Attempts {
        Attempts { kept, ..self }
    }

    /// How often the request may still be sent.
    #[must_use]
    pub fn left(&self) -> u32 {
        self.most.saturating_sub(self.sent)
    }

    /// After how long the request that ended with `error` may be sent again, if at all.
    ///
    /// For a caller to whom a request that may have been handled does no harm when it is sent again:
    /// the names of keys are unique.
    pub fn next_wait(&mut self, error: &Error) -> Option<Duration> {
        let own = error.phase() == Phase::Call && !error.is_circuit_open();
        let outcome = error.kind().outcome().filter(|_| own)?;
        self.wait_after(Idempotency::Idempotent, outcome)
    }

    pub(super) fn wait_after(
        &mut self,
        idempotency: Idempotency,
        outcome: Outcome,
    ) -> Option<Duration> {
        let is_left = self.left() > 0;
        let backoff = || is_left.then(|| self.backoff.next()).flatten();
        retry::wait(idempotency, outcome, backoff)
    }

    pub(super) fn give_up(&mut self) {
        self.most = self.sent;
    }

    pub(super) fn are_used_up(&self) -> bool {
        self.left() <= self.kept
    }

    pub(super) fn count(&mut self) -> u32 {
        self.sent += 1;
        self.sent
    }

    /// Forgets what earlier attempts may have caused, for a caller who has been told.
    pub(super) fn begin_anew(&mut self) {
        self.may_have_been_handled = false;
    }

    /// Whether a first attempt is due that cannot come later.
    pub(super) fn is_due_now(&self) -> bool {
        self.limits.is_cleanup && self.sent == 0
    }

    /// What one attempt may have caused stays true, whatever the later ones say.
    pub(super) fn note(&mut self, idempotency: Idempotency, outcome: Outcome) {
        self.may_have_been_handled |=
            idempotency != Idempotency::Safe && retry::may_have_been_handled(outcome);
    }

    pub(super) fn stats(&self) -> AttemptStats {
        AttemptStats {
            attempts: self.sent,
            elapsed: self.began.elapsed(),
            may_have_been_handled: self.may_have_been_handled,
        }
    }
}
