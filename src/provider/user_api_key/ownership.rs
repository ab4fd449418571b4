//! Whose key it is. As another user, or in another app, every key would seem to be gone.

use crate::tf_provider::{Context, Diagnostic, Result};

use super::private_state;
use super::state::State;

/// Keeps with the state which app the key is of.
pub(super) fn note<C>(cx: &Context<C>, app_id: &str) {
    private_state::change(cx, |kept| kept.app_id = Some(app_id.to_owned()));
}

/// Makes sure that the session can see the key at all.
///
/// # Errors
///
/// When the provider is configured for another app, or logged in as another user.
pub(super) fn check<C>(cx: &Context<C>, state: &State, user_id: &str, app_id: &str) -> Result<()> {
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
