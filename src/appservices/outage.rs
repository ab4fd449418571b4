use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::Error;

/// For how long nobody new tries, after somebody has tried as often as the settings allow.
const REMEMBERED_FOR: Duration = Duration::from_secs(5);

/// Whether the service could be reached a moment ago.
///
/// A thousand operations may wait for their turn when a server goes away, and each would go through all its repetitions:
/// minutes, for what the first one has found out. So what begins shortly after fails at once, with the error of the one
/// that tried. What is under way goes on trying: it may have something to clean up.
#[derive(Default)]
pub(super) struct Outage(Mutex<Option<(Instant, Error)>>);

impl Outage {
    /// Nobody answered, for all the repetitions.
    pub(super) fn begins(&self, error: Error) {
        *self.last() = Some((Instant::now(), error));
    }

    /// Somebody answered.
    pub(super) fn ends(&self) {
        *self.last() = None;
    }

    /// Whether something new may begin.
    ///
    /// # Errors
    ///
    /// What somebody else has met in the last seconds.
    pub(super) fn check(&self) -> Result<(), Error> {
        match &*self.last() {
            Some((at, error)) if at.elapsed() <= REMEMBERED_FOR => Err(error.clone()),
            _ => Ok(()),
        }
    }

    fn last(&self) -> MutexGuard<'_, Option<(Instant, Error)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
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
    async fn it_is_remembered_for_five_seconds_or_until_somebody_answers() {
        let outage = Outage::default();
        assert!(outage.check().is_ok());
        outage.begins(nobody_answers());
        assert!(outage.check().is_err());
        advance(REMEMBERED_FOR).await;
        assert!(outage.check().is_err());
        advance(Duration::from_millis(1)).await;
        assert!(outage.check().is_ok());
        outage.begins(nobody_answers());
        outage.ends();
        assert!(outage.check().is_ok());
    }
}
