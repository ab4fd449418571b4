use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use rand::RngExt;
use tokio::sync::OwnedMutexGuard;

use crate::appservices::KeyId;

/// The names that this process makes keys under, each by one create at a time.
///
/// Without it, a create that looks for its own lost key could take the key of another resource of the same name for it.
#[derive(Default)]
pub(in crate::provider) struct Names(Mutex<HashMap<String, Arc<tokio::sync::Mutex<Made>>>>);

/// The key that this process made last under a name.
pub(in crate::provider) type Made = Option<KeyId>;

impl Names {
    /// Waits until no other create of this process makes a key of this name.
    pub(in crate::provider) async fn lock(&self, name: &str) -> OwnedMutexGuard<Made> {
        let made = self
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .entry(name.to_owned())
            .or_default()
            .clone();
        made.lock_owned().await
    }
}

impl fmt::Debug for Names {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Names").finish_non_exhaustive()
    }
}

/// A name that no other key has: the prefix, the time to the millisecond, and chance. Names sort by age.
pub(in crate::provider) fn unique(prefix: &str) -> String {
    unique_at(prefix, Timestamp::now())
}

fn unique_at(prefix: &str, now: Timestamp) -> String {
    let now = now.to_zoned(TimeZone::UTC);
    let time = now.strftime("%Y%m%d%H%M%S");
    let milliseconds = now.millisecond();
    let chance: u32 = rand::rng().random();
    format!("{prefix}{time}{milliseconds:03}{chance:08x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unique_names_are_names_and_sort() {
        let at = |text: &str| unique_at("ci-", text.parse().unwrap());
        let first = at("2026-01-09T07:05:03.009Z");
        assert!(
            first
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        );
        assert!(
            first.starts_with("ci-20260109070503009") && first.len() == 28,
            "{first}"
        );
        assert_ne!(first, at("2026-01-09T07:05:03.009Z"));
        assert!(first < at("2026-01-09T07:05:03.010Z"));
    }

    #[tokio::test]
    async fn one_create_of_a_name_at_a_time() {
        let names = Names::default();
        let first = names.lock("a").await;
        let _other = names.lock("b").await;
        let mut waiting = Box::pin(names.lock("a"));
        assert!(futures_util::poll!(&mut waiting).is_pending());
        drop(first);
        assert_eq!(*waiting.await, None);
    }
}
