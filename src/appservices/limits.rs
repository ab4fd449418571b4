use std::future::{Future, pending};
use std::time::Duration;

use tokio::time::{Instant, sleep_until, timeout_at};
use tokio_util::sync::CancellationToken;

/// What ends an operation: its caller says stop, or its deadline comes.
///
/// Both end waits and forbid new requests. The answer to a request on its way may hold a key's only
/// copy: the deadline shortens its timeout, `stop` does not touch it.
#[derive(Clone, Debug, Default)]
pub(super) struct Limits {
    pub(super) stop: CancellationToken,
    pub(super) deadline: Option<Instant>,
    /// Whether the operation cleans up: it is tried once, whatever is known about the server.
    pub(super) is_cleanup: bool,
}

/// Which limit was reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LimitReached {
    Stopped,
    DeadlinePassed,
}

impl Limits {
    /// Whether something new may begin.
    pub(super) fn check(&self) -> Result<(), LimitReached> {
        if self.stop.is_cancelled() {
            return Err(LimitReached::Stopped);
        }
        match self.deadline {
            Some(deadline) if deadline <= Instant::now() => Err(LimitReached::DeadlinePassed),
            _ => Ok(()),
        }
    }

    /// Waits for something that others bring about. What is there already is taken, whatever the
    /// limits say.
    pub(super) async fn wait<F: Future>(&self, future: F) -> Result<F::Output, LimitReached> {
        let deadline = async {
            match self.deadline {
                Some(deadline) => sleep_until(deadline).await,
                None => pending().await,
            }
        };
        tokio::select! {
            biased;
            output = future => Ok(output),
            () = self.stop.cancelled() => Err(LimitReached::Stopped),
            () = deadline => Err(LimitReached::DeadlinePassed),
        }
    }

    /// Waits for a time. A wait that the deadline would cut short is not begun.
    pub(super) async fn sleep(&self, duration: Duration) -> Result<(), LimitReached> {
        self.check()?;
        let end = Instant::now() + duration;
        if self.deadline.is_some_and(|deadline| deadline <= end) {
            return Err(LimitReached::DeadlinePassed);
        }
        match timeout_at(end, self.stop.cancelled()).await {
            Ok(()) => Err(LimitReached::Stopped),
            Err(_) => Ok(()),
        }
    }

    /// The time that a request may take: `limit`, or what is left until the deadline.
    pub(super) fn timeout(&self, limit: Duration) -> Duration {
        match self.deadline {
            Some(deadline) => limit.min(deadline.saturating_duration_since(Instant::now())),
            None => limit,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[tokio::test(start_paused = true)]
    async fn stop_ends_sleeps_and_waits() {
        let stop = CancellationToken::new();
        let limits = Limits {
            stop: stop.clone(),
            ..Limits::default()
        };
        assert_eq!(limits.sleep(SECOND).await, Ok(()));

        let began = Instant::now();
        let (slept, waited, ()) = tokio::join!(
            limits.sleep(60 * SECOND),
            limits.wait(pending::<()>()),
            async {
                tokio::time::sleep(SECOND).await;
                stop.cancel();
            }
        );
        assert_eq!(
            (slept, waited),
            (Err(LimitReached::Stopped), Err(LimitReached::Stopped))
        );
        assert_eq!(began.elapsed(), SECOND);
        assert_eq!(limits.check(), Err(LimitReached::Stopped));
        assert_eq!(limits.wait(async { 1 }).await, Ok(1));
    }

    #[tokio::test(start_paused = true)]
    async fn a_sleep_beyond_the_deadline_is_not_begun() {
        let began = Instant::now();
        let limits = Limits {
            deadline: Some(began + 5 * SECOND),
            ..Limits::default()
        };
        assert_eq!(limits.timeout(2 * SECOND), 2 * SECOND);
        assert_eq!(limits.timeout(30 * SECOND), 5 * SECOND);
        assert_eq!(
            limits.sleep(5 * SECOND).await,
            Err(LimitReached::DeadlinePassed)
        );
        assert_eq!(began.elapsed(), Duration::ZERO);
        assert_eq!(
            limits.wait(pending::<()>()).await,
            Err(LimitReached::DeadlinePassed)
        );
        assert_eq!(began.elapsed(), 5 * SECOND);
        assert_eq!(limits.check(), Err(LimitReached::DeadlinePassed));
        assert_eq!(limits.timeout(30 * SECOND), Duration::ZERO);
    }
}
