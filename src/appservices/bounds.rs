use std::future::{Future, pending};
use std::time::Duration;

use tokio::time::{Instant, sleep_until, timeout_at};
use tokio_util::sync::CancellationToken;

/// How long one caller is willing to go on: until it says stop, or until a deadline.
///
/// Bounds end waits and forbid new requests. A request on its way is nobody's to abandon, since its
/// answer may hold a key's only copy; the deadline shortens its timeout, `stop` does not touch it.
#[derive(Clone, Debug, Default)]
pub(super) struct Bounds {
    stop: CancellationToken,
    deadline: Option<Instant>,
}

/// Which bound was met.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bound {
    Stopped,
    DeadlinePassed,
}

impl Bounds {
    pub(super) fn new(stop: CancellationToken, deadline: Option<Instant>) -> Bounds {
        Bounds { stop, deadline }
    }

    /// The same, and a deadline more.
    pub(super) fn no_later_than(&self, deadline: Instant) -> Bounds {
        let deadline = self.deadline.map_or(deadline, |own| own.min(deadline));
        Bounds::new(self.stop.clone(), Some(deadline))
    }

    /// Whether something new may begin.
    pub(super) fn check(&self) -> Result<(), Bound> {
        if self.stop.is_cancelled() {
            return Err(Bound::Stopped);
        }
        match self.deadline {
            Some(deadline) if deadline <= Instant::now() => Err(Bound::DeadlinePassed),
            _ => Ok(()),
        }
    }

    /// Waits for something that others bring about. What is there already is taken, whatever the
    /// bounds say.
    pub(super) async fn wait<F: Future>(&self, future: F) -> Result<F::Output, Bound> {
        tokio::select! {
            biased;
            output = future => Ok(output),
            () = self.stop.cancelled() => Err(Bound::Stopped),
            () = until(self.deadline) => Err(Bound::DeadlinePassed),
        }
    }

    /// Waits for a time. A wait that the deadline would cut short is not begun.
    pub(super) async fn sleep(&self, duration: Duration) -> Result<(), Bound> {
        self.check()?;
        let end = Instant::now() + duration;
        if self.deadline.is_some_and(|deadline| deadline <= end) {
            return Err(Bound::DeadlinePassed);
        }
        match timeout_at(end, self.stop.cancelled()).await {
            Ok(()) => Err(Bound::Stopped),
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

async fn until(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => sleep_until(deadline).await,
        None => pending().await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[tokio::test(start_paused = true)]
    async fn stop_ends_sleeps_and_waits() {
        let stop = CancellationToken::new();
        let bounds = Bounds::new(stop.clone(), None);
        assert_eq!(bounds.sleep(SECOND).await, Ok(()));

        let began = Instant::now();
        let (slept, waited, ()) = tokio::join!(
            bounds.sleep(60 * SECOND),
            bounds.wait(pending::<()>()),
            async {
                tokio::time::sleep(SECOND).await;
                stop.cancel();
            }
        );
        assert_eq!((slept, waited), (Err(Bound::Stopped), Err(Bound::Stopped)));
        assert_eq!(began.elapsed(), SECOND);
        assert_eq!(bounds.check(), Err(Bound::Stopped));
        assert_eq!(bounds.wait(async { 1 }).await, Ok(1));
    }

    #[tokio::test(start_paused = true)]
    async fn a_sleep_beyond_the_deadline_is_not_begun() {
        let began = Instant::now();
        let bounds = Bounds::new(CancellationToken::new(), Some(began + 5 * SECOND));
        assert_eq!(bounds.timeout(2 * SECOND), 2 * SECOND);
        assert_eq!(bounds.timeout(30 * SECOND), 5 * SECOND);
        assert_eq!(bounds.sleep(5 * SECOND).await, Err(Bound::DeadlinePassed));
        assert_eq!(began.elapsed(), Duration::ZERO);
        assert_eq!(
            bounds.wait(pending::<()>()).await,
            Err(Bound::DeadlinePassed)
        );
        assert_eq!(began.elapsed(), 5 * SECOND);
        assert_eq!(bounds.check(), Err(Bound::DeadlinePassed));
        assert_eq!(bounds.timeout(30 * SECOND), Duration::ZERO);
    }
}
