use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::Instant;
use tracing::debug;

use super::limits::{LimitReached, Limits};
use super::{Error, ErrorKind};

/// How many requests a client has under way at once, and when the next may begin.
///
/// A 429 is meant for the client, whichever request happened to get it: none begins until the pause
/// that it asks for is over. Only cleaning up does not wait for that, as it has no later.
pub(super) struct ConcurrencyLimiter {
    permits: Semaphore,
    pause: Mutex<Option<Pause>>,
}

/// Until when nothing begins, and why.
#[derive(Clone)]
struct Pause {
    until: Instant,
    reason: Error,
}

impl ConcurrencyLimiter {
    pub(super) fn new(most: usize) -> ConcurrencyLimiter {
        ConcurrencyLimiter {
            permits: Semaphore::new(most),
            pause: Mutex::default(),
        }
    }

    /// Waits until one more request may begin. The permit lasts for one exchange, and its holder
    /// waits for nothing else.
    ///
    /// # Errors
    ///
    /// The limit that ended the wait, with the 429 that caused it, if it was one.
    pub(super) async fn acquire(&self, limits: &Limits) -> Result<SemaphorePermit<'_>, ErrorKind> {
        let ended = |reached: LimitReached| {
            let reason = self.current().map(|pause| pause.reason);
            ErrorKind::limit(reached, reason)
        };
        loop {
            let permit = limits.wait(self.permits.acquire()).await.map_err(ended)?;
            let Some(pause) = self.current().filter(|_| !limits.is_cleanup) else {
                limits.check().map_err(ended)?;
                return Ok(permit.expect("the semaphore is never closed"));
            };
            drop(permit);
            let wait = pause.until.saturating_duration_since(Instant::now());
            limits.sleep(wait).await.map_err(ended)?;
        }
    }

    /// Lets nothing begin for a time, or for as long as an earlier pause still lasts.
    pub(super) fn pause(&self, wait: Duration, reason: &Error) {
        debug!(?wait, "rate limited");
        let until = Instant::now() + wait;
        let current = self.current();
        if current.is_none_or(|current| current.until < until) {
            let reason = reason.clone();
            *self.lock() = Some(Pause { until, reason });
        }
    }

    fn current(&self) -> Option<Pause> {
        let mut pause = self.lock();
        pause.take_if(|pause| pause.until <= Instant::now());
        pause.clone()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<Pause>> {
        self.pause.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use futures_util::future::join_all;
    use tokio::time::sleep;
    use tokio_util::sync::CancellationToken;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn rate_limited() -> Error {
        Error::new(ErrorKind::InvalidSettings("429".to_owned()))
    }

    #[tokio::test(start_paused = true)]
    async fn ten_at_once_and_the_others_in_turn() {
        let limiter = ConcurrencyLimiter::new(10);
        let began = Instant::now();
        let one = || async {
            let permit = limiter.acquire(&Limits::default()).await.ok().unwrap();
            sleep(SECOND).await;
            drop(permit);
        };
        join_all((0..25).map(|_| one())).await;
        assert_eq!(began.elapsed(), 3 * SECOND);
    }

    #[tokio::test(start_paused = true)]
    async fn all_wait_out_the_longest_pause_once_and_cleaning_up_does_not() {
        let limiter = ConcurrencyLimiter::new(10);
        let began = Instant::now();
        for wait in [2, 7, 1] {
            limiter.pause(wait * SECOND, &rate_limited());
        }
        let cleanup = Limits {
            is_cleanup: true,
            ..Limits::default()
        };
        let _permit = limiter.acquire(&cleanup).await.ok().unwrap();
        assert!(began.elapsed().is_zero());
        let free = Limits::default();
        let all = join_all((0..9).map(|_| limiter.acquire(&free))).await;
        assert!(all.iter().all(Result::is_ok));
        assert_eq!(began.elapsed(), 7 * SECOND);
    }

    #[tokio::test(start_paused = true)]
    async fn a_pause_beyond_the_deadline_or_an_interrupt_ends_the_wait_and_names_the_429() {
        let limiter = ConcurrencyLimiter::new(10);
        limiter.pause(7 * SECOND, &rate_limited());
        let began = Instant::now();
        let hasty = Limits {
            deadline: Some(began + 7 * SECOND),
            ..Limits::default()
        };
        let kind = limiter.acquire(&hasty).await.err().unwrap();
        assert!(matches!(
            kind,
            ErrorKind::DeadlineExceeded { source: Some(_) }
        ));
        assert!(began.elapsed().is_zero());
        let stop = CancellationToken::new();
        let stopped = Limits {
            stop: stop.clone(),
            ..Limits::default()
        };
        stop.cancel();
        let kind = limiter.acquire(&stopped).await.err().unwrap();
        assert!(matches!(kind, ErrorKind::Interrupted { source: Some(_) }));
    }
}
