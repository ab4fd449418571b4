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
    /// A time that had passed at the server, and when that was known here.
    passed: Mutex<Option<(Timestamp, Instant)>>,
}

/// How far a date may lie behind what earlier ones imply and still be of the same clock: the header
/// has whole seconds, and some answers travel longer than others.
const SAME_CLOCK: SignedDuration = SignedDuration::from_secs(5);

/// The part of the time here that may not have passed there: each clock may be slewed by 500 in a
/// million (RFC 5905, section 11.3).
const DRIFT: i32 = 1000;

impl ServerClock {
    /// Takes note of a `Date` header that just came in.
    ///
    /// Each date is a time that has passed, so the latest that they imply holds. One that is far
    /// behind comes from another clock, or the clock was set.
    pub(super) fn observe(&self, date: SystemTime) {
        let Ok(date) = Timestamp::try_from(date) else {
            return;
        };
        let mut passed = self.passed.lock().unwrap_or_else(PoisonError::into_inner);
        let implied = passed.and_then(implied);
        if implied.is_none_or(|implied| {
            let behind = implied.duration_since(date);
            behind <= SignedDuration::ZERO || behind > SAME_CLOCK
        }) {
            *passed = Some((date, Instant::now()));
        }
    }

    /// The server's time by now, in whole seconds and never ahead of it; some seconds behind at
    /// most, if the clocks run alike.
    pub(super) fn now(&self) -> Option<Timestamp> {
        let passed = *self.passed.lock().unwrap_or_else(PoisonError::into_inner);
        Timestamp::from_second(implied(passed?)?.as_second()).ok()
    }
}

fn implied((date, seen): (Timestamp, Instant)) -> Option<Timestamp> {
    let elapsed = SignedDuration::try_from(seen.elapsed()).ok()?;
    date.checked_add(elapsed - elapsed / DRIFT).ok()
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

    #[tokio::test(start_paused = true)]
    async fn it_keeps_the_latest_time_that_dates_imply() {
        let clock = ServerClock::default();
        for (after_ms, date, now) in [
            (0, "20:55:27", "20:55:27"),
            // The same second, seen a moment later: the first one says more.
            (900, "20:55:27", "20:55:27"),
            (200, "20:55:27", "20:55:28"),
            // Another answer that was long on its way.
            (3000, "20:55:27", "20:55:31"),
            // The server's second began just now.
            (100, "20:55:33", "20:55:33"),
            // A clock that was set back, or another one.
            (0, "20:55:26", "20:55:26"),
            (0, "23:00:00", "23:00:00"),
        ] {
            tokio::time::sleep(Duration::from_millis(after_ms)).await;
            let date = format!("Tue, 12 Mar 2024 {date} GMT");
            clock.observe(httpdate::parse_http_date(&date).unwrap());
            let expected = format!("2024-03-12T{now}Z");
            assert_eq!(clock.now().unwrap().to_string(), expected);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn it_is_not_ahead_of_a_slower_clock() {
        let clock = ServerClock::default();
        let begin = httpdate::parse_http_date("Tue, 12 Mar 2024 20:55:27 GMT").unwrap();
        clock.observe(begin);
        let hour = Duration::from_secs(3600);
        tokio::time::sleep(hour).await;
        let passed_there = hour.saturating_sub(hour / 2000);
        let now = SystemTime::from(clock.now().unwrap());
        assert!(now <= begin + passed_there && now > begin + passed_there - Duration::from_secs(5));
    }
}
