//! The user API key: what its resource and its data sources share.

mod actions;
mod creation;
mod data_source;
mod deletion;
mod encryption;
mod ephemeral_resource;
mod filter;
mod identity;
mod keepers;
mod list_resource;
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

use tokio::time::Instant;

use crate::appservices::{Client, KeyId, UserApiKey};
use crate::tf_provider::{Diagnostic, ErrorContext, Result};

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

/// Whether it is the id of a key.
fn is_id(text: &str) -> bool {
    KeyId::parse(text).is_ok()
}

const OBJECT_ID_SENTENCE: &str = "must be 24 hexadecimal digits";

/// RFC 3339, in UTC and whole seconds: all that an id knows.
fn created_at(id: &KeyId) -> String {
    id.created_at().to_string()
}

/// Reads an id that came from a configuration, an identity or a state.
fn parse_id(text: &str) -> Result<KeyId> {
    Ok(KeyId::parse(text).map_err(|error| {
        Diagnostic::error("Invalid id of a user API key")
            .at("id")
            .detail(format!(
                "Got {text:?}; {error}, such as 65f0c0ffee0000000000d001."
            ))
    })?)
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
            created_at(&KeyId::parse("65f0c0ffee0000000000d001").unwrap()),
            "2024-03-12T20:54:23Z"
        );
    }
}
