//! Enables and disables keys, and waits until a write shows: the service is eventually consistent, and the next reader should
//! see what was written.

use std::sync::atomic::{AtomicBool, Ordering};

use tokio::time::Instant;

use crate::appservices::{Client, Error, KeyId, UserApiKey, UserApiKeyList};
use crate::tf_provider::{Context, Diagnostic, IntoDiagnostic};

use super::super::diagnose::sentence;
use super::label;
use super::lookup::{Grace, Visible};

/// Why a write is not done.
#[derive(Debug)]
pub(super) enum NotWritten {
    /// The server refused it, or did not answer.
    Failed(Error),
    /// The server acknowledged it, and its lists showed the opposite until the time was up.
    NotVisible,
}

impl From<Error> for NotWritten {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

impl NotWritten {
    /// In the words of a practitioner.
    pub(super) fn explain(&self, doing: &str) -> Diagnostic {
        match self {
            Self::Failed(error) => error.diagnostic(doing),
            Self::NotVisible => Diagnostic::error(format!("Could not {doing}")).detail(
                "The server answered that it was done, and its list of keys showed the opposite until the time for the \
                 operation was up.\n\nIf the server is only slow, run Terraform again; a resource gets more time with \
                 `timeouts`. Otherwise something else may be answering in its place: check `base_url`, and any proxy on \
                 the way.",
            ),
        }
    }
}

/// Enables or disables a key, and waits until lists show it so, or without the key.
///
/// # Errors
///
/// When it was refused, or never showed.
pub(super) async fn set_enabled<C>(
    cx: &Context<C>,
    client: &Client,
    id: &KeyId,
    enabled: bool,
    label: &str,
) -> Result<(), NotWritten> {
    let write = Write::begin(client, id, label);
    put_enabled(client, id, enabled).await?;
    let done = if enabled { "enabled" } else { "disabled" };
    let is_so = |key: Option<&UserApiKey>| key.is_none_or(|key| key.disabled != enabled);
    write.until_visible(cx, done, is_so).await
}

/// Enables or disables a key.
///
/// # Errors
///
/// When it was refused.
pub(super) async fn put_enabled(client: &Client, id: &KeyId, enabled: bool) -> Result<(), Error> {
    let grace = Grace::begin(client, id);
    loop {
        let done = if enabled {
            client.enable_user_api_key(id).await
        } else {
            client.disable_user_api_key(id).await
        };
        match done {
            Err(error) if error.is_not_found() && grace.looks_again().await? => {}
            done => return done,
        }
    }
}

/// A write to a key.
pub(super) struct Write<'a> {
    client: &'a Client,
    id: &'a KeyId,
    label: &'a str,
    began: Instant,
}

impl<'a> Write<'a> {
    /// One that begins now.
    pub(super) fn begin(client: &'a Client, id: &'a KeyId, label: &'a str) -> Self {
        Self {
            client,
            id,
            label,
            began: Instant::now(),
        }
    }

    /// Waits, once the server has acknowledged the write, until lists show what it did. A list that cannot be had is only a warning: the server said that it was
    /// done.
    ///
    /// # Errors
    ///
    /// When it did not show in time.
    pub(super) async fn until_visible<C>(
        &self,
        cx: &Context<C>,
        done: &str,
        is_so: impl Fn(Option<&UserApiKey>) -> bool + Send + Sync,
    ) -> Result<(), NotWritten> {
        let shows = |keys: &UserApiKeyList| is_so(keys.get(self.id));
        match self.client.until_listed(self.began, shows).await {
            Ok(()) => Ok(()),
            Err(error) if error.is_deadline_exceeded() => Err(NotWritten::NotVisible),
            Err(error) => {
                let summary = format!("The user API key {} may not show as {done} yet", self.label);
                cx.warn(not_visible(&error, &summary));
                Ok(())
            }
        }
    }
}

/// Waits until a key just made, by a creation that began at `began`, shows, enabled or not as it is. That it does not is no failure: the key
/// exists, and its value is in the state.
pub(super) async fn until_new_is_visible<C>(
    cx: &Context<C>,
    client: &Client,
    key: &UserApiKey,
    began: Instant,
) -> Visible {
    let label = label(&key.name, &key.id);
    let is_listed = AtomicBool::new(false);
    let shows = |keys: &UserApiKeyList| {
        let listed = keys.get(&key.id);
        is_listed.fetch_or(listed.is_some(), Ordering::Relaxed);
        listed.is_some_and(|listed| listed.disabled == key.disabled)
    };
    let Err(error) = client.until_listed(began, shows).await else {
        return Visible::Yes;
    };
    let (visible, what) = if is_listed.into_inner() {
        (Visible::Yes, "as disabled ")
    } else {
        (Visible::NotYet, "")
    };
    let summary = format!("The new user API key {label} does not show {what}yet");
    cx.warn(not_visible(&error, &summary));
    visible
}

fn not_visible(error: &Error, summary: &str) -> Diagnostic {
    let reason = if error.is_interrupted() {
        "Terraform was interrupted.".to_owned()
    } else if error.is_deadline_exceeded() {
        "The time for the operation was up; `timeouts` says how much it has.".to_owned()
    } else {
        sentence(error, "list the keys")
    };
    Diagnostic::warning(summary)
        .detail(
            "The server accepted the change, but it could not be seen in the list of keys before this operation ended. A \
             plan that runs right now may show a difference that the next one no longer shows.",
        )
        .of_shared_cause("a write does not show", "The server accepted the change.")
        .and_detail(&reason)
}
