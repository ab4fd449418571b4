//! The server's clock, which may be wrong.

use std::time::{Duration, UNIX_EPOCH};

use axum::http::HeaderValue;
use httpdate::fmt_http_date;
use jiff::{SignedDuration, Timestamp};

use super::object_id::{ObjectId, seconds};

/// Tells the time that tokens, new ids and the header `Date` carry.
#[derive(Clone, Copy, Debug)]
pub(super) struct Clock {
    /// How far it is ahead of this machine's clock.
    pub(super) offset: SignedDuration,
}

impl Clock {
    pub(super) fn now(self) -> Timestamp {
        let now = Timestamp::now();
        now.saturating_add(self.offset).unwrap_or(now)
    }

    /// A new id, made now.
    pub(super) fn object_id(self) -> ObjectId {
        ObjectId::made_at(self.now())
    }

    /// The time for the header `Date`.
    pub(super) fn date(self) -> HeaderValue {
        let date = UNIX_EPOCH + Duration::from_secs(seconds(self.now()).into());
        HeaderValue::try_from(fmt_http_date(date)).expect("a date is ASCII")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_time_is_out_of_range() {
        for (offset, expected) in [
            (SignedDuration::MIN, "00000000"),
            (SignedDuration::MAX, "ffffffff"),
        ] {
            let clock = Clock { offset };
            assert!(clock.object_id().to_string().starts_with(expected));
            assert!(!clock.date().is_empty());
        }
    }
}
