use crate::appservices::Client;
use crate::tf_provider::{Context, Diagnostics};

use super::creation::unfinished;
use super::deletion::{Proof, delete_and_wait, not_deleted};
use super::state::State;

/// Deletes the key of a state that is destroyed, by its id, or by the random name of a create that was never answered.
///
/// # Errors
///
/// When it may still be there.
pub(super) async fn delete_kept<C>(
    cx: &Context<C>,
    client: &Client,
    key: &State,
) -> Result<(), Diagnostics> {
    let Some(id) = key.key_id() else {
        return unfinished::delete(cx, client, key).await;
    };
    let label = key.label();
    let deleted = delete_and_wait(cx, client, &Proof::id_kept(id), &label).await;
    deleted
        .map(drop)
        .map_err(|failure| not_deleted(&failure, &label).into())
}
