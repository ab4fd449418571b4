use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use reqwest::StatusCode;
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::Instant;
use tracing::debug;

use super::bounds::{Bound, Bounds};
use super::retry::{Backoff, Outcome};
use super::{Error, ErrorKind};

/// How many requests a client has under way at once, and when it may begin one.
///
/// 429 is meant for the client, whichever request happened to get it: none begins until the wait
/// that it asks for is over, and from then on half as many go at once. Each round of answers
/// without a 429 allows one more.
///
/// A turn lasts for one exchange. Whoever has one waits for nobody else: logins and shared lists
/// are fetched before the turn of the call that needs them.
pub(super) struct Pace {
    turns: Semaphore,
    backoff: Backoff,
    most: usize,
    speed: Mutex<Speed>,
}

/// One of the requests under way.
pub(super) struct Turn<'a> {
    pace: &'a Pace,
    permit: Option<SemaphorePermit<'a>>,
    /// How often the client had been slowed down when the request began.
    slowdowns: u32,
}

struct Speed {
    /// How many may be under way.
    allowed: usize,
    /// How many turns there are, taken or to be had: more than allowed until enough come back.
    turns: usize,
    /// Answers without a 429 since `allowed` last changed.
    good: usize,
    /// How often `allowed` was lowered, ever and since it last grew.
    slowdowns: u32,
    in_a_row: u32,
    closed: Option<Closed>,
}

/// Until when nothing begins, and why.
#[derive(Clone)]
struct Closed {
    until: Instant,
    reason: Error,
}

impl Pace {
    pub(super) fn new(most: usize, backoff: Backoff) -> Pace {
        Pace {
            turns: Semaphore::new(most),
            backoff,
            most,
            speed: Mutex::new(Speed {
                allowed: most,
                turns: most,
                good: 0,
                slowdowns: 0,
                in_a_row: 0,
                closed: None,
            }),
        }
    }

    /// Waits until one more request may begin.
    ///
    /// # Errors
    ///
    /// The bound that ended the wait, with the 429 that caused it, if it was one.
    pub(super) async fn turn(&self, bounds: &Bounds) -> Result<Turn<'_>, ErrorKind> {
        let mut turn = self.last_turn(bounds).await?;
        while let Some(closed) = self.join(&mut turn) {
            let wait = closed.until.saturating_duration_since(Instant::now());
            bounds
                .sleep(wait)
                .await
                .map_err(|bound| self.ended(bound))?;
        }
        Ok(turn)
    }

    /// The same for a request that has no later: it waits for one of the others to end, and no more.
    ///
    /// # Errors
    ///
    /// As [`turn`](Pace::turn).
    pub(super) async fn last_turn(&self, bounds: &Bounds) -> Result<Turn<'_>, ErrorKind> {
        let permit = bounds.wait(self.turns.acquire()).await;
        let permit = permit.map_err(|bound| self.ended(bound))?;
        let mut turn = Turn {
            pace: self,
            permit: Some(permit.expect("the semaphore is never closed")),
            slowdowns: 0,
        };
        self.join(&mut turn);
        bounds.check().map_err(|bound| self.ended(bound))?;
        Ok(turn)
    }

    fn ended(&self, bound: Bound) -> ErrorKind {
        let closed = self.speed().closed();
        ErrorKind::bound(bound, closed.map(|closed| closed.reason))
    }

    /// Lets a request begin, or says why it may not yet.
    fn join(&self, turn: &mut Turn<'_>) -> Option<Closed> {
        let mut speed = self.speed();
        turn.slowdowns = speed.slowdowns;
        speed.closed()
    }

    fn speed(&self) -> MutexGuard<'_, Speed> {
        self.speed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// As many turns as are allowed, as far as they are not taken.
    fn settle(&self, speed: &mut Speed) {
        if speed.turns < speed.allowed {
            self.turns.add_permits(speed.allowed - speed.turns);
            speed.turns = speed.allowed;
        } else {
            speed.turns -= self.turns.forget_permits(speed.turns - speed.allowed);
        }
    }
}

impl Turn<'_> {
    /// The request was answered well.
    pub(super) fn ended_well(self) {
        let mut speed = self.pace.speed();
        if speed.slowdowns == self.slowdowns {
            speed.grow(self.pace.most);
            self.pace.settle(&mut speed);
        }
    }

    /// The request ended with `error`.
    pub(super) fn ended(self, outcome: Outcome, error: &Error) {
        match outcome {
            Outcome::Answered {
                status: StatusCode::TOO_MANY_REQUESTS,
                retry_after,
            } => {
                let mut speed = self.pace.speed();
                if speed.slowdowns == self.slowdowns {
                    speed.shrink();
                    self.pace.settle(&mut speed);
                }
                let own = self.pace.backoff.after(speed.in_a_row);
                let wait = retry_after.unwrap_or_default().max(own);
                debug!(
                    at_once = speed.allowed,
                    ?wait,
                    "the server asks for patience"
                );
                speed.close(wait, error.clone());
            }
            Outcome::Answered { .. } => self.ended_well(),
            // Nobody answered, so nothing is known about how busy the server is.
            Outcome::Unsent | Outcome::NoResponse | Outcome::Undecodable | Outcome::Permanent => {}
        }
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        let mut speed = self.pace.speed();
        if speed.turns > speed.allowed
            && let Some(permit) = self.permit.take()
        {
            permit.forget();
            speed.turns -= 1;
        }
    }
}

impl Speed {
    /// One good answer more. A round of them allows one request more.
    fn grow(&mut self, most: usize) {
        self.good += 1;
        if self.good >= self.allowed && self.allowed < most {
            (self.allowed, self.good, self.in_a_row) = (self.allowed + 1, 0, 0);
        }
    }

    /// Once for all requests that were under way together.
    fn shrink(&mut self) {
        (self.allowed, self.good) = (self.allowed.div_ceil(2), 0);
        self.slowdowns += 1;
        self.in_a_row += 1;
    }

    fn close(&mut self, wait: Duration, reason: Error) {
        let until = Instant::now() + wait;
        if self.closed().is_none_or(|closed| closed.until < until) {
            self.closed = Some(Closed { until, reason });
        }
    }

    fn closed(&mut self) -> Option<Closed> {
        self.closed.take_if(|closed| closed.until <= Instant::now());
        self.closed.clone()
    }
}

#[cfg(test)]
mod tests;
