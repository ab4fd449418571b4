//! Passwords and key values: made, hashed, compared; never kept as they are.

use std::sync::LazyLock;

use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use rand::distr::{Alphanumeric, SampleString};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

/// Argon2id, with a cost far below what a real service should take (1 MiB, one pass).
///
/// What it guards are made-up passwords on a developer's machine, and tests log in thousands of times. The hash
/// is there so that no memory dump or data file shows a password, not to hold off a cracker for years.
static ARGON2: LazyLock<Argon2<'static>> = LazyLock::new(|| {
    let params = Params::new(1024, 1, 1, None).expect("constant parameters within Argon2's limits");
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
});

/// A salted hash of a password, in the PHC string format.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct PasswordHash(String);

impl PasswordHash {
    /// Hashes on a thread for blocking work: it takes milliseconds in which others want answers.
    pub(super) async fn of(password: String) -> Self {
        let hash = off_thread(move || ARGON2.hash_password(password.as_bytes()));
        Self(
            hash.await
                .expect("128 characters fit into Argon2")
                .to_string(),
        )
    }

    pub(super) async fn matches(self, password: String) -> bool {
        off_thread(move || {
            ARGON2
                .verify_password(password.as_bytes(), self.0.as_str())
                .is_ok()
        })
        .await
    }
}

/// A fresh key value: 64 characters of `[A-Za-z0-9]`.
///
/// ASSUMED as the rule, because both published samples look like this.
pub(super) fn generate_key_value() -> String {
    Alphanumeric.sample_string(&mut rand::rng(), 64)
}

/// What is kept of a key value or another secret.
///
/// A plain hash is enough, and allows to look keys up by it: so many random bits cannot be guessed.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) struct KeyDigest([u8; 32]);

impl KeyDigest {
    pub(super) fn of(value: &str) -> Self {
        Self(Sha256::digest(value).into())
    }
}

/// As many at a time as there are cores: more would not be faster, and each takes its 1 MiB.
async fn off_thread<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    static TURNS: LazyLock<Semaphore> = LazyLock::new(|| {
        let cores = std::thread::available_parallelism();
        Semaphore::new(cores.map_or(1, std::num::NonZero::get))
    });
    let _turn = TURNS.acquire().await.expect("it is never closed");
    spawn_blocking(work)
        .await
        .expect("hashing neither panics nor is cancelled")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_hash_matches_its_password_only() {
        let hash = PasswordHash::of("correct-horse".to_owned()).await;
        assert!(hash.clone().matches("correct-horse".to_owned()).await);
        assert!(!hash.matches("battery-staple".to_owned()).await);
    }

    #[test]
    fn key_values_are_64_letters_and_digits_and_differ() {
        let (one, other) = (generate_key_value(), generate_key_value());
        assert_eq!(one.len(), 64);
        assert!(
            one.bytes().all(|byte| byte.is_ascii_alphanumeric()),
            "{one}"
        );
        assert_ne!(one, other);
    }
}
