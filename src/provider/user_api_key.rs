//! The user API key: what its resource and its data sources share.
//!
//! `state` is the model, `resource` and its neighbours decode, call and encode. A rule has a file of its own: `creation`,
//! `deletion` (the only way to DELETE), `rotation`, `visibility`, `lookup`, `ownership`. A new attribute is a field and a line in the
//! model: `State` in `state`, `KeyData` and `KeysData` in the data sources. The pages follow with
//! `UPDATE=1 cargo test --test it docs`.

mod actions;
mod creation;
mod data_source;
mod deletion;
mod destroy;
mod encryption;
mod ephemeral_resource;
mod filter;
mod identity;
mod keepers;
mod list_resource;
mod lookup;
mod ownership;
mod planning;
mod plural_data_source;
mod private_state;
mod replace_existing;
mod resource;
mod rotating;
mod rotation;
mod state;
mod visibility;

use jiff::Timestamp;
use tokio::time::Instant;

use crate::appservices::{Client, KeyId, UserApiKey};
use crate::tf_provider::{Diagnostic, ErrorContext, FromText, Parsed, Result};

pub(super) use actions::{DeleteUserApiKey, DisableUserApiKey};
pub(super) use data_source::UserApiKeyDataSource;
pub(super) use ephemeral_resource::UserApiKeyEphemeralResource;
pub(super) use list_resource::UserApiKeyListResource;
pub(super) use plural_data_source::UserApiKeysDataSource;
pub(super) use resource::UserApiKeyResource;
pub(super) use rotating::RotatingUserApiKeyResource;

/// What the service accepts as a name.
// Source: S20
fn is_name(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
}

const NAME_SENTENCE: &str =
    "must hold only ASCII letters, digits, `_` and `-`, and at least one of them";

/// The id of a key, as an attribute has it.
type Id = Parsed<KeyId>;

impl FromText for KeyId {
    const SENTENCE: &'static str =
        "must be 24 hexadecimal digits, such as `65f0c0ffee0000000000d001`";

    fn from_text(text: &str) -> Option<Self> {
        Self::parse(text).ok()
    }
}

/// A time in RFC 3339, as an attribute has it.
type Time = Parsed<Timestamp>;

impl FromText for Timestamp {
    const SENTENCE: &'static str = "must be a time in RFC 3339, such as `2024-03-12T20:54:23Z`";

    fn from_text(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}

/// In whole seconds: all that an id knows.
fn created_at(id: &KeyId) -> Time {
    id.created_at().into()
}

/// The id that a configuration has to set.
fn required(id: Option<Id>) -> Result<KeyId> {
    let missing = || {
        Diagnostic::bug(
            "No id of a user API key",
            "`id` is required, and it is null.",
        )
    };
    Ok(id.ok_or_else(missing)?.into_value())
}

/// How messages call a key.
fn label(name: &str, id: &KeyId) -> String {
    format!("{name} ({id})")
}

/// The key of this name, by a list that began after the caller asked.
async fn find_by_name(client: &Client, name: &str) -> Result<Option<UserApiKey>> {
    let keys = client
        .list_since(Instant::now())
        .await
        .context("list the user API keys")?;
    Ok(keys.iter().find(|key| key.name == name).cloned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_what_the_service_accepts() {
        for name in ["my-api-key", "key_test", "userKey1", "-", "0"] {
            assert!(is_name(name), "{name}");
        }
        for name in ["", "%s", "Spaces are not allowed", "$()!$", "schlüssel"] {
            assert!(!is_name(name), "{name}");
        }
    }

    #[test]
    fn creation_time_is_read_from_the_id() {
        assert_eq!(
            created_at(&KeyId::parse("65f0c0ffee0000000000d001").unwrap()).to_string(),
            "2024-03-12T20:54:23Z"
        );
    }
}
