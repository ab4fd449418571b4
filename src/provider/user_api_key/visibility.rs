//! Waiting until a write shows. The service is eventually consistent, and whoever reads next should see what was written.

use std::time::Duration;

use tokio::time::Instant;

use crate::appservices::{Client, Error, KeyId, UserApiKeyList};
use crate::tf_provider::{self, Context, Diagnostic};

use super::super::diagnose::sentence;
use super::private_state;
use super::state::State;

/// For how long such a key is not given up, whatever lists say.
const PATIENCE: Duration = Duration::from_secs(10 * 60);

/// Waits until a new key shows, whose making began at `since`. That it does not is no failure: the key exists, and its value is in the state.
pub(super) async fn of_new<C>(
    cx: &Context<C>,
    client: &Client,
    state: &State,
    id: &KeyId,
    since: Instant,
) {
    let shows = |keys: &UserApiKeyList| keys.get(id).is_some();
    if let Err(error) = client.until_listed(since, shows).await {
        private_state::change(cx, |kept| kept.unseen = true);
        cx.warn(not_shown(
            &error,
            &format!("The new user API key {} does not show yet", state.label()),
        ));
    }
}

/// A write that could not be seen is no failure: the server said that it was done.
pub(super) fn not_seen<C>(cx: &Context<C>, error: &Error, label: &str, done: &str) {
    let summary = format!("The user API key {label} may not show as {done} yet");
    cx.warn(not_shown(error, &summary));
}

/// The key shows.
pub(super) fn seen<C>(cx: &Context<C>) {
    private_state::change(cx, |kept| kept.unseen = false);
}

/// Whether a key that is not there may be taken for deleted.
///
/// # Errors
///
/// When it was made moments ago and has never shown: dropping it would lose the only copy of its value.
pub(super) fn may_be_gone<C>(
    cx: &Context<C>,
    client: &Client,
    state: &State,
) -> tf_provider::Result<()> {
    let Some(id) = state.key_id()? else {
        return Ok(());
    };
    let now = client.server_time().unwrap_or_else(jiff::Timestamp::now);
    let age = Duration::try_from(now.duration_since(id.created_at())).unwrap_or_default();
    if !private_state::read(cx).unseen || age > PATIENCE {
        return Ok(());
    }
    Err(Diagnostic::error(format!("The user API key {} does not show yet", state.label()))
        .detail(format!(
            "The server made the key {} s ago and has not listed it since. Its value is in the state, and the server would \
             not show it again, so the key is not given up for {} minutes after its creation.\n\nRun Terraform again in a \
             moment. If you know that the key is gone, take it out of the state with `terraform state rm`.",
            age.as_secs(),
            PATIENCE.as_secs() / 60
        ))
        .into())
}

fn not_shown(error: &Error, summary: &str) -> Diagnostic {
    let reason = if error.is_interrupted() {
        "Terraform was interrupted.".to_owned()
    } else if error.is_deadline_exceeded() {
        "The time for the operation was up; `timeouts` says how much it has.".to_owned()
    } else {
        sentence(error, "list the keys")
    };
    Diagnostic::warning(summary).detail(format!(
        "The server accepted the change, but it could not be seen in the list of keys before this operation ended. A plan \
         that runs right now may show a difference that goes away by itself.\n\n{reason}"
    ))
}
