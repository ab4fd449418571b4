//! The state of a create that was never answered: it has the full random name, and no key.

use std::time::Duration;

use tokio::time::Instant;

use crate::appservices::{Client, Error, UserApiKey};
use crate::tf_provider::{Context, Diagnostic, ErrorContext, Field, Result};

use super::super::deletion::{Proof, RandomName, delete_and_wait, not_deleted};
use super::super::state::State;
use super::super::{Id, label};

/// How often a list is to show the name before it counts as absent, and how far apart.
const LOOKS: u32 = 4;
const BETWEEN_LOOKS: Duration = Duration::from_millis(500);

/// Fills in the id, if a list shows the name. The rest stays empty, so that the next plan replaces it.
///
/// # Errors
///
/// When the keys could not be listed.
pub(in super::super) async fn refresh(client: &Client, state: State) -> Result<State, Error> {
    let name = state.name.known().map_or("", String::as_str);
    let keys = client.list_for_read().await?;
    let found = keys.iter().find(|key| key.name == name);
    let id = found.map_or(Field::Null, |key| Id::from(key.id.clone()).into());
    Ok(State { id, ..state })
}

/// Deletes the key that has the name by now. If no list shows it, says so: it may still appear.
///
/// # Errors
///
/// When the keys could not be listed, or the key not be deleted.
pub(in super::super) async fn delete<C>(
    cx: &Context<C>,
    client: &Client,
    state: &State,
) -> Result<()> {
    let doing = format!("delete the user API key {}", state.label());
    let name = RandomName::of(state);
    if let Some(name) = &name {
        let found = look_for(client, name.as_str()).await.context(&doing)?;
        if let Some((key, proof)) =
            found.and_then(|key| Proof::random_name(name, &key).map(|proof| (key, proof)))
        {
            let label = label(&key.name, &key.id);
            let deleted = delete_and_wait(cx, client, &proof, &label).await;
            return deleted
                .map(drop)
                .map_err(|failure| not_deleted(&failure, &label).into());
        }
    }
    let name = state.label();
    cx.warn(Diagnostic::warning(format!("No user API key {name} was found to delete")).detail(format!(
        "It is not known whether the server ever made the key {name}: the answer to its creation was lost. No list shows it \
         now. If it appears later, its value is lost; look for it with the data source `appservices_user_api_keys`, and \
         delete it by its id."
    )));
    Ok(())
}

async fn look_for(client: &Client, name: &str) -> Result<Option<UserApiKey>, Error> {
    for look in 1..=LOOKS {
        let keys = client.list_since(Instant::now()).await?;
        if let Some(key) = keys.iter().find(|key| key.name == name) {
            return Ok(Some(key.clone()));
        }
        if look < LOOKS {
            client.pause(BETWEEN_LOOKS).await?;
        }
    }
    Ok(None)
}
