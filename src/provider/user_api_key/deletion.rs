//! The only way to delete a key, and the five reasons for which one may be deleted.

use tokio::time::Instant;

use crate::appservices::{Client, Error, KeyId, StatusCode, UserApiKey};
use crate::tf_provider::{Context, Diagnostic, IntoDiagnostic};

use super::super::diagnose::sentence;
use super::super::run;
use super::state::State;
use super::visibility::{NotWritten, Write};

/// Why a key may be deleted. A name and a time are no reason: another run may have made a key of that name in the same
/// second.
#[derive(Debug)]
pub(super) struct Proof {
    id: KeyId,
    reason: Reason,
}

/// The five reasons.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reason {
    /// (a) Its id stands in the state that is destroyed or replaced, or was kept for closing an ephemeral resource.
    IdKept,
    /// (b) This process received its id in the answer to its own POST.
    AnsweredHere,
    /// (c) Its name has a random suffix that this process made up, or that a state without an id carries.
    RandomName,
    /// (d) `replace_existing` says so, and the server said that the name is taken.
    ReplaceExisting,
    /// (e) A practitioner's action names its id.
    Action,
}

impl Proof {
    /// (a) The id is in the state that is destroyed or replaced, or in the private data of what is closed.
    pub(super) fn id_kept(id: KeyId) -> Self {
        Self::new(id, Reason::IdKept)
    }

    /// (b) This process made it, and no host will ever hold its state.
    pub(super) fn answered_here(made: &State) -> Option<Self> {
        let id = made.key_id()?;
        Some(Self::new(id, Reason::AnsweredHere))
    }

    /// (c) The key has the random name.
    pub(super) fn random_name(name: &RandomName, key: &UserApiKey) -> Option<Self> {
        (key.name == name.0).then(|| Self::new(key.id.clone(), Reason::RandomName))
    }

    /// (d) The key has the name that the server said is taken, and `replace_existing` is set.
    pub(super) fn replace_existing(
        is_set: bool,
        taken: &str,
        existing: &UserApiKey,
    ) -> Option<Self> {
        let is_allowed = is_set && existing.name == taken;
        is_allowed.then(|| Self::new(existing.id.clone(), Reason::ReplaceExisting))
    }

    /// (e) The configuration of an action names the id.
    pub(super) fn action(id: KeyId) -> Self {
        Self::new(id, Reason::Action)
    }

    fn new(id: KeyId, reason: Reason) -> Self {
        Self { id, reason }
    }
}

/// A name with a random suffix: no other run makes a key of that name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct RandomName(String);

impl RandomName {
    /// Makes one up.
    pub(super) fn new(prefix: &str) -> Self {
        Self(run::unique(prefix))
    }

    /// The one that a state carries whose create was never answered: with a prefix, and without an id.
    pub(super) fn of(state: &State) -> Option<Self> {
        let is_open = state.name_prefix.is_some() && state.id.known().is_none();
        is_open.then(|| state.name.known().cloned().map(Self))?
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

/// Deletes a key. That it is gone already is success.
///
/// # Errors
///
/// When it may still be there.
pub(super) async fn delete(client: &Client, proof: &Proof) -> Result<Deleted, Error> {
    tracing::debug!(id = %proof.id, reason = ?proof.reason, "deletes a key");
    match client.delete_user_api_key(&proof.id).await {
        Ok(()) => Ok(Deleted::Now),
        Err(error) if is_gone(client, &error, &proof.id).await => Ok(Deleted::Already),
        Err(error) => Err(error),
    }
}

/// Who deleted it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Deleted {
    Now,
    Already,
}

/// Deletes a key, and waits until no list shows it.
///
/// # Errors
///
/// When it was refused, or lists went on showing the key.
pub(super) async fn delete_and_wait<C>(
    cx: &Context<C>,
    client: &Client,
    proof: &Proof,
    label: &str,
) -> Result<Deleted, NotWritten> {
    let write = Write::begin(client, &proof.id, label);
    let deleted = delete(client, proof).await?;
    if deleted == Deleted::Now {
        write
            .until_visible(cx, "deleted", |key| key.is_none())
            .await?;
    }
    Ok(deleted)
}

/// Whether a write was refused because the key is gone: the server says so, or there is nothing under that path and the
/// list confirms it.
pub(super) async fn is_gone(client: &Client, error: &Error, id: &KeyId) -> bool {
    if !error.is_bare_not_found() {
        return error.is_not_found();
    }
    let keys = client.list_since(Instant::now()).await;
    keys.is_ok_and(|keys| keys.get(id).is_none())
}

/// Why a key could not be deleted. A key protects itself from a session that was opened with it.
pub(super) fn not_deleted(failure: &NotWritten, label: &str) -> Diagnostic {
    let doing = format!("delete the user API key {label}");
    let NotWritten::Failed(error) = failure else {
        return failure.explain(&doing);
    };
    if error.status() != Some(StatusCode::FORBIDDEN) || error.is_login_refused() {
        return error.diagnostic(&doing);
    }
    Diagnostic::error(format!("Could not {doing}")).detail(format!(
        "{}\n\nServers refuse to delete the key that a session was opened with. If this is the key that the provider is \
         logged in with (`api_key`), log in by another method, such as `email` and `password`, or with another key, and run \
         Terraform again.",
        sentence(error, "delete it")
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tf_provider::{Field, Parsed};

    fn key(name: &str) -> UserApiKey {
        UserApiKey {
            id: KeyId::parse("65f0c0ffee0000000000d001").unwrap(),
            name: name.to_owned(),
            disabled: false,
        }
    }

    #[test]
    fn a_random_name_proves_nothing_about_other_names() {
        let name = RandomName::new("ci-");
        assert!(Proof::random_name(&name, &key(name.as_str())).is_some());
        for other in ["ci-", "ci", RandomName::new("ci-").as_str()] {
            assert!(Proof::random_name(&name, &key(other)).is_none(), "{other}");
        }
    }

    #[test]
    fn replace_existing_proves_nothing_unless_it_is_set() {
        assert!(Proof::replace_existing(true, "ci", &key("ci")).is_some());
        assert!(Proof::replace_existing(false, "ci", &key("ci")).is_none());
        assert!(Proof::replace_existing(true, "ci", &key("other")).is_none());
    }

    #[test]
    fn a_state_carries_a_random_name_only_with_a_prefix_and_without_an_id() {
        let state = |prefix: Option<&str>, id: Option<&str>| State {
            name: "ci-2026".to_owned().into(),
            name_prefix: prefix.map(str::to_owned),
            id: id.and_then(Parsed::parse).map_or(Field::Null, Field::from),
            ..State::default()
        };
        assert!(RandomName::of(&state(Some("ci-"), None)).is_some());
        assert!(RandomName::of(&state(None, None)).is_none());
        let id = Some("65f0c0ffee0000000000d001");
        assert!(RandomName::of(&state(Some("ci-"), id)).is_none());
    }
}
