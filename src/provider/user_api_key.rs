//! The user API key: what its resource and its data sources share.

mod actions;
mod conflict;
mod creation;
mod data_source;
mod ephemeral_resource;
mod filter;
mod identity;
mod keepers;
mod list_resource;
mod lost;
mod names;
mod names_in_walk;
mod ownership;
mod planning;
mod plural_data_source;
mod private_state;
mod replace_existing;
mod resource;
mod rotation;
mod run;
mod state;
mod visibility;
mod writes;

use tokio::time::Instant;

use crate::appservices::{Client, Error, KeyId, StatusCode, UserApiKey};
use crate::tf_provider::{Diagnostic, ErrorContext, IntoDiagnostic, Result};

use super::diagnose::sentence;

pub(super) use actions::{DeleteUserApiKey, DisableUserApiKey};
pub(super) use data_source::UserApiKeyDataSource;
pub(super) use ephemeral_resource::UserApiKeyEphemeralResource;
pub(super) use list_resource::UserApiKeyListResource;
pub(super) use names::Names;
pub(super) use names_in_walk::Validated;
pub(super) use plural_data_source::UserApiKeysDataSource;
pub(super) use resource::UserApiKeyResource;
pub(super) use run::Run;

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

/// Reads an id that came from a configuration, an import or a state.
fn parse_id(text: &str) -> Result<KeyId> {
    Ok(KeyId::parse(text).map_err(|error| {
        Diagnostic::error("Invalid id of a user API key").at("id").detail(format!(
            "{text:?} is no such id: {error}. An id is 24 hexadecimal digits, such as `65f0c0ffee0000000000d001`. To \
             name a key by its name in an import, write `name:NAME`."
        ))
    })?)
}

/// The key of this id, or `None` when two looks agree that it is gone: the shared list does not hold it, and a request
/// for it alone is answered that there is none.
///
/// Readers that come together share one list, so a refresh of many keys costs one request.
async fn find(client: &Client, id: &KeyId) -> Result<Option<UserApiKey>, Error> {
    if let Some(key) = client.user_api_keys_shared().await?.get(id) {
        return Ok(Some(key.clone()));
    }
    match client.user_api_key(id).await {
        Ok(key) => Ok(Some(key)),
        // A 404 without a code may be anybody's; the list has confirmed it.
        Err(error) if error.is_not_found() || error.is_bare_not_found() => Ok(None),
        Err(error) => Err(error),
    }
}

/// Whether a write was refused because the key is gone: the server says so, or there is nothing under that path and the
/// list confirms it.
async fn is_gone(client: &Client, error: &Error, id: &KeyId) -> bool {
    if !error.is_bare_not_found() {
        return error.is_not_found();
    }
    let keys = client.user_api_keys().await;
    keys.is_ok_and(|keys| keys.iter().all(|key| key.id != *id))
}

/// Why a key could not be deleted. A key protects itself from a session that was opened with it.
fn not_deleted(error: &Error, label: &str) -> Diagnostic {
    let doing = format!("delete the user API key {label}");
    if error.status() != Some(StatusCode::FORBIDDEN) || error.is_login_refused() {
        return error.diagnostic(&doing);
    }
    Diagnostic::error(format!("Could not {doing}")).detail(format!(
        "{}\n\nServers refuse to delete the key that a session was opened with. If this is the key that the provider is \
         logged in with (`api_key`), log in another way, by `email` and `password` or with another key, and run Terraform \
         again.",
        sentence(error, "delete it")
    ))
}

/// How messages call a key.
fn label(name: &str, id: &KeyId) -> String {
    format!("{name} ({id})")
}

/// The key of this name, as the server has it by now.
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
