//! Whose key it is. As another user, or in another app, every key would seem to be gone.

use crate::appservices::Client;
use crate::tf_provider::{Context, Diagnostic, ErrorContext, Result};

use super::super::access::Access;
use super::private_state;
use super::state::State;

/// Keeps with the state which app the key is of.
pub(super) fn note<C>(cx: &Context<C>, app_id: &str) {
    private_state::change(cx, |kept| kept.app_id = Some(app_id.to_owned()));
}

/// The user of the session, who owns the key. What every operation on a key begins with.
///
/// # Errors
///
/// When there is no logging in, the provider is configured for another app, or the session is another user's.
pub(super) async fn user(
    cx: &Context<Access>,
    client: &Client,
    state: &State,
    doing: &str,
) -> Result<String> {
    let user_id = client.user_id().await.context(doing)?;
    check(cx, state, &user_id, cx.client().service()?.app_id())?;
    Ok(user_id)
}

/// Makes sure that the session can see the key at all.
fn check<C>(cx: &Context<C>, state: &State, user_id: &str, app_id: &str) -> Result<()> {
    let label = state.label();
    if let Some(of) = private_state::read(cx).app_id
        && of != app_id
    {
        return Err(Diagnostic::error("Another app")
            .at("user_id")
            .detail(format!(
                "The key {label} belongs to the app {of:?}, and the provider is configured for the app {app_id:?}, where \
                 the key cannot be seen.\n\nSet `app_id` (APPSERVICES_APP_ID) to {of:?}. To stop managing this key, \
                 remove it from the state with `terraform state rm`."
            ))
            .into());
    }
    match state.user_id.known() {
        Some(owner) if owner != user_id => Err(Diagnostic::error("Logged in as another user")
            .at("user_id")
            .detail(format!(
                "The key {label} belongs to the user {owner}, and the provider is logged in as {user_id}, who cannot see \
                 it.\n\nLog in as the owner. To stop managing this key, remove it from the state with `terraform state \
                 rm`."
            ))
            .into()),
        _ => Ok(()),
    }
}
