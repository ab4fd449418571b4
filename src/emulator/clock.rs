//! The server's clock, which may be wrong.

use std::time::{Duration, UNIX_EPOCH};

use axum::http::HeaderValue;
use bson::oid::ObjectId;
use httpdate::fmt_http_date;
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};

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
        object_id(self.now())
    }

    /// The time for the header `Date`.
    pub(super) fn date(self) -> HeaderValue {
        let date = UNIX_EPOCH + Duration::from_secs(seconds(self.now()).into());
        HeaderValue::try_from(fmt_http_date(date)).expect("a date is ASCII")
    }
}

/// A new id that tells another time of its making.
pub(super) fn object_id(made_at: Timestamp) -> ObjectId {
    let mut bytes = ObjectId::new().bytes();
    bytes[..4].copy_from_slice(&seconds(made_at).to_be_bytes());
    ObjectId::from_bytes(bytes)
}

/// The id of a user whom the options name: the same at every start.
pub(super) fn named_id(app_id: &str, provider: &str, name: &str) -> ObjectId {
    let mut hash = Sha256::new();
    for part in [app_id, provider, name] {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    let mut id = [0; 12];
    id.copy_from_slice(&hash.finalize()[..12]);
    ObjectId::from_bytes(id)
}

/// Seconds since 1970 as far as an id can hold them, which is up to 2106.
fn seconds(time: Timestamp) -> u32 {
    u32::try_from(time.as_second().max(0)).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_tells_when_it_was_made() {
        let made_at = Timestamp::from_second(1_700_000_000).unwrap();
        let (one, other) = (object_id(made_at), object_id(made_at));
        assert_ne!(one, other);
        assert!(one.to_hex().starts_with("6553f100"), "{one}");
    }

    #[test]
    fn no_time_is_out_of_range() {
        for (offset, expected) in [
            (SignedDuration::MIN, "00000000"),
            (SignedDuration::MAX, "ffffffff"),
        ] {
            let clock = Clock { offset };
            assert!(clock.object_id().to_hex().starts_with(expected));
            assert!(!clock.date().is_empty());
        }
    }
}
