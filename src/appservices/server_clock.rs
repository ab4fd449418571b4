use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;

/// The server's clock, as its `Date` headers tell it.
///
/// An `ObjectId` carries the time of the server that made it. To compare, the time of a request has
/// to be read from that clock too; the one of this machine may be minutes off.
#[derive(Debug, Default)]
pub(super) struct ServerClock {
    last: Mutex<Option<(Timestamp, Instant)>>,
}

impl ServerClock {
    /// Takes note of a `Date` header that just came in.
    pub(super) fn observe(&self, date: SystemTime) {
        if let Ok(date) = Timestamp::try_from(date) {
            *self.last.lock().unwrap_or_else(PoisonError::into_inner) =
                Some((date, Instant::now()));
        }
    }

    /// The server's time by now, or up to two seconds before: the header has whole seconds, and
    /// travelled.
    pub(super) fn now(&self) -> Option<Timestamp> {
        let (date, seen) = (*self.last.lock().unwrap_or_else(PoisonError::into_inner))?;
        let elapsed_s = i64::try_from(seen.elapsed().as_secs()).ok()?;
        date.checked_add(SignedDuration::from_secs(elapsed_s)).ok()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn it_goes_on_from_the_last_date() {
        let clock = ServerClock::default();
        assert_eq!(clock.now(), None);
        clock.observe(httpdate::parse_http_date("Tue, 12 Mar 2024 20:55:27 GMT").unwrap());
        tokio::time::sleep(Duration::from_millis(2500)).await;
        assert_eq!(clock.now().unwrap().to_string(), "2024-03-12T20:55:29Z");
    }
}
