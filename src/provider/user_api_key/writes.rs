//! Writes that do not return before they can be seen, or have failed.

use std::time::Duration;

use tokio::time::Instant;

use crate::appservices::{Client, Error, KeyId, UserApiKeyList};
use crate::tf_provider::{Context, Diagnostic, IntoDiagnostic};

use super::visibility;

/// How long a write may take to show before it is sent once more. It has the same effect however often it is sent, and
/// what answered in the server's place may not have passed the first one on.
const AGAIN: Duration = Duration::from_secs(5);

/// How long to wait before that.
const BREATH: Duration = Duration::from_secs(1);

/// Why a write is not done.
#[derive(Debug)]
pub(super) enum NotWritten {
    /// The server said no, or could not be asked.
    Failed(Error),
    /// The server said yes, and its list showed the opposite until the time was up.
    NotShown,
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
            Self::NotShown => Diagnostic::error(format!("Could not {doing}")).detail(
                "The server answered that it was done, several times over, and its list of keys showed the opposite until \
                 the time for the operation was up.\n\nIf the server is only slow, run Terraform again; a resource gets more time \
                 with `timeouts`. Otherwise something else may be answering in its place: check `base_url`, and any proxy on the \
                 way.",
            ),
        }
    }
}

/// Enables or disables a key, and waits until that shows or the key is gone.
///
/// # Errors
///
/// When it was refused, or never showed.
pub(super) async fn switch<C>(
    cx: &Context<C>,
    client: &Client,
    id: &KeyId,
    enabled: bool,
    label: &str,
) -> Result<(), NotWritten> {
    let shows = |keys: &UserApiKeyList| keys.get(id).is_none_or(|key| key.disabled != enabled);
    loop {
        let since = Instant::now();
        if enabled {
            client.enable_user_api_key(id).await?;
        } else {
            client.disable_user_api_key(id).await?;
        }
        match shown(client, since, shows).await? {
            Shown::NotYet => {}
            Shown::Yes => return Ok(()),
            Shown::WhoKnows(error) => {
                visibility::not_seen(
                    cx,
                    &error,
                    label,
                    if enabled { "enabled" } else { "disabled" },
                );
                return Ok(());
            }
        }
    }
}

/// Deletes a key, and waits until it is gone.
///
/// # Errors
///
/// When it was refused, also because the key was gone already, or it never went from the list.
pub(super) async fn delete<C>(
    cx: &Context<C>,
    client: &Client,
    id: &KeyId,
    label: &str,
) -> Result<(), NotWritten> {
    let gone = |keys: &UserApiKeyList| keys.get(id).is_none();
    loop {
        let since = Instant::now();
        client.delete_user_api_key(id).await?;
        match shown(client, since, gone).await? {
            Shown::NotYet => {}
            Shown::Yes => return Ok(()),
            Shown::WhoKnows(error) => {
                visibility::not_seen(cx, &error, label, "deleted");
                return Ok(());
            }
        }
    }
}

/// Whether a write showed.
enum Shown {
    Yes,
    /// Time to send it once more.
    NotYet,
    /// The list could not be had, or the run was interrupted. The server said that it was done.
    WhoKnows(Error),
}

async fn shown(
    client: &Client,
    since: Instant,
    shows: impl Fn(&UserApiKeyList) -> bool + Send,
) -> Result<Shown, NotWritten> {
    let again = Instant::now() + AGAIN;
    match client.no_later_than(again).until_listed(since, shows).await {
        Ok(()) => Ok(Shown::Yes),
        Err(error) if error.is_deadline_exceeded() => match client.pause(BREATH).await {
            Ok(()) => Ok(Shown::NotYet),
            Err(bound) if bound.is_deadline_exceeded() => Err(NotWritten::NotShown),
            Err(bound) => Ok(Shown::WhoKnows(bound)),
        },
        Err(error) => Ok(Shown::WhoKnows(error)),
    }
}
