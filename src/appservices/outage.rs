use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;
use tracing::debug;

use super::Error;

/// For how long it counts that the service could not be reached.
const REMEMBERED_FOR: Duration = Duration::from_secs(5);

/// An attempt to connect that takes longer hangs: nobody says no.
const HANGING: Duration = Duration::from_secs(1);

/// Whether the service could be reached a moment ago.
///
/// A thousand operations may wait for their turn when a server goes away, and each would go through all its repetitions:
/// minutes, for what the first one has found out. So what begins shortly after tries once, since the server may be back;
/// and not at all if such an attempt hangs. What is under way goes on as before: it may have something to clean up.
#[derive(Default)]
pub(super) struct Outage(Mutex<Option<Last>>);

/// What was met last.
struct Last {
    at: Instant,
    hangs: bool,
    error: Error,
}

impl Outage {
    /// Nobody could be reached, with all the repetitions; the last attempt took so long.
    pub(super) fn begins(&self, took: Duration, error: Error) {
        let hangs = took > HANGING;
        debug!(
            hangs,
            "the server cannot be reached; what begins now does not insist"
        );
        *self.last() = Some(Last {
            at: Instant::now(),
            hangs,
            error,
        });
    }

    /// Somebody answered.
    pub(super) fn ends(&self) {
        *self.last() = None;
    }

    /// Whether one attempt has to do.
    pub(super) fn is_on(&self) -> bool {
        self.last().as_ref().is_some_and(Last::counts)
    }

    /// Whether an attempt may be made at all.
    ///
    /// # Errors
    ///
    /// What somebody else has met in the last seconds.
    pub(super) fn check(&self) -> Result<(), Error> {
        match &*self.last() {
            Some(last) if last.hangs && last.counts() => Err(last.error.clone()),
            _ => Ok(()),
        }
    }

    fn last(&self) -> MutexGuard<'_, Option<Last>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Last {
    fn counts(&self) -> bool {
        self.at.elapsed() <= REMEMBERED_FOR
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::advance;

    use super::*;
    use crate::appservices::ErrorKind;

    fn nobody_answers() -> Error {
        Error::new(ErrorKind::InvalidSettings("test".to_owned()))
    }

    #[tokio::test(start_paused = true)]
    async fn it_counts_for_five_seconds_or_until_somebody_answers() {
        let outage = Outage::default();
        assert!(!outage.is_on() && outage.check().is_ok());
        for took in [Duration::ZERO, HANGING * 2] {
            let hangs = took > HANGING;
            outage.begins(took, nobody_answers());
            advance(REMEMBERED_FOR).await;
            assert!(outage.is_on() && outage.check().is_err() == hangs);
            advance(Duration::from_millis(1)).await;
            assert!(!outage.is_on() && outage.check().is_ok());
            outage.begins(took, nobody_answers());
            outage.ends();
            assert!(!outage.is_on() && outage.check().is_ok());
        }
    }
}
