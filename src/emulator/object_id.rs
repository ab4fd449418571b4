//! The ids of everything that the service keeps.

use std::fmt;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// An id: 24 hexadecimal digits, of which the first eight are the seconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub(super) struct ObjectId([u8; 12]);

impl ObjectId {
    /// A new id, by this machine's clock.
    pub(super) fn new() -> Self {
        Self::made_at(Timestamp::now())
    }

    /// A new id that tells this time. Those of one second grow in the order in which a process makes them.
    pub(super) fn made_at(made_at: Timestamp) -> Self {
        // Half of it keeps processes apart, the other half counts.
        static NEXT: LazyLock<AtomicU64> =
            LazyLock::new(|| AtomicU64::new(u64::from(rand::random::<u32>()) << 32));
        let mut bytes = [0; 12];
        bytes[..4].copy_from_slice(&seconds(made_at).to_be_bytes());
        bytes[4..].copy_from_slice(&NEXT.fetch_add(1, Ordering::Relaxed).to_be_bytes());
        Self(bytes)
    }

    /// The id of a user whom the options name: the same at every start.
    pub(super) fn named(app_id: &str, provider: &str, name: &str) -> Self {
        let mut hash = Sha256::new();
        for part in [app_id, provider, name] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        let hash = hash.finalize();
        Self(std::array::from_fn(|at| hash[at]))
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.0
    }
}

/// Seconds since 1970 as far as an id can hold them, which is up to 2106.
pub(super) fn seconds(time: Timestamp) -> u32 {
    u32::try_from(time.as_second().max(0)).unwrap_or(u32::MAX)
}

impl fmt::Display for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl TryFrom<String> for ObjectId {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, &'static str> {
        let digits = text.len() == 24 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        let number = digits.then(|| u128::from_str_radix(&text, 16).ok());
        let number = number.flatten().ok_or("expected 24 hexadecimal digits")?;
        let bytes = number.to_be_bytes();
        Ok(Self(std::array::from_fn(|at| bytes[at + 4])))
    }
}

impl From<ObjectId> for String {
    fn from(id: ObjectId) -> Self {
        id.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_tells_when_it_was_made_and_the_next_is_greater() {
        let made_at = Timestamp::from_second(1_700_000_000).unwrap();
        let (one, other) = (ObjectId::made_at(made_at), ObjectId::made_at(made_at));
        assert!(
            one < other && one.to_string().starts_with("6553f100"),
            "{one}"
        );
        assert_eq!(one.to_string().try_into(), Ok(one));
        for (time, digits) in [(Timestamp::MIN, "00000000"), (Timestamp::MAX, "ffffffff")] {
            assert!(ObjectId::made_at(time).to_string().starts_with(digits));
        }
    }

    /// A state holds such ids, so they may never change.
    #[test]
    fn a_named_user_has_the_same_id_for_ever() {
        let id = ObjectId::named("myapp-abcde", "local-userpass", "ci@example.com");
        assert_eq!(id.to_string(), "e2e698a219868da1e3d9dd90");
    }

    #[test]
    fn only_24_digits_are_an_id() {
        for text in [
            "",
            "65f0",
            "+00000000000000000000001",
            "65f0c0ffee00000000000000g1",
        ] {
            assert!(ObjectId::try_from(text.to_owned()).is_err(), "{text:?}");
        }
    }
}
