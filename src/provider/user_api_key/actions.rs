//! What an incident calls for: a key must stop working now, and the configuration comes later.

use crate::appservices::{Client, Error, KeyId};
use crate::tf_provider::{Action, Context, Diagnostic, Fields, Model, Progress, Result, text};

use super::super::access::Access;
use super::super::diagnose::{During, sentence};
use super::{OBJECT_ID_SENTENCE, is_gone, is_id, not_deleted, parse_id};

/// Disables a key by its id.
#[derive(Debug)]
pub(in crate::provider) struct DisableUserApiKey;

/// Deletes a key by its id.
#[derive(Debug)]
pub(in crate::provider) struct DeleteUserApiKey;

/// Which key is meant.
#[derive(Debug, Default)]
pub(in crate::provider) struct Victim {
    id: String,
}

impl Model for Victim {
    fn describe(fields: &mut Fields<Self>) {
        fields
            .required("id", |m| &mut m.id)
            .doc("Id of the key, 24 hexadecimal digits.")
            .check(text(is_id, OBJECT_ID_SENTENCE));
    }
}

impl Action for DisableUserApiKey {
    const NAME: &'static str = "user_api_key_disable";
    const DESCRIPTION: &'static str = "Disables an API key now, whatever the configuration says: from then on it cannot \
        log in. A key that is gone already is success.";
    type Client = Access;
    type Model = Victim;

    async fn invoke(
        &self,
        cx: &Context<Access>,
        victim: Victim,
        progress: &Progress,
    ) -> Result<()> {
        let (id, client) = (parse_id(&victim.id)?, cx.client().client(cx)?);
        progress.say(format!("Disabling the user API key {id}"));
        match client.disable_user_api_key(&id).await {
            Ok(()) => {
                let shown = client
                    .until_listed(|keys| keys.iter().all(|key| key.id != id || key.disabled))
                    .await;
                finished(cx, progress, &id, "disabled", shown);
                Ok(())
            }
            Err(error) => gone(&client, progress, &id, &error)
                .await
                .then_some(())
                .ok_or(error)
                .during(&format!("disable the user API key {id}")),
        }
    }
}

impl Action for DeleteUserApiKey {
    const NAME: &'static str = "user_api_key_delete";
    const DESCRIPTION: &'static str = "Deletes an API key now, whatever the configuration says. It cannot be brought back. \
        A key that is gone already is success.";
    type Client = Access;
    type Model = Victim;

    async fn invoke(
        &self,
        cx: &Context<Access>,
        victim: Victim,
        progress: &Progress,
    ) -> Result<()> {
        let (id, client) = (parse_id(&victim.id)?, cx.client().client(cx)?);
        progress.say(format!("Deleting the user API key {id}"));
        match client.delete_user_api_key(&id).await {
            Ok(()) => {
                let shown = client
                    .until_listed(|keys| keys.iter().all(|key| key.id != id))
                    .await;
                finished(cx, progress, &id, "deleted", shown);
                Ok(())
            }
            Err(error) if gone(&client, progress, &id, &error).await => Ok(()),
            Err(error) => Err(not_deleted(&error, id.as_str()).into()),
        }
    }
}

/// The server has done it; it may take a moment until everybody sees it.
fn finished(
    cx: &Context<Access>,
    progress: &Progress,
    id: &KeyId,
    done: &str,
    shown: Result<(), Error>,
) {
    progress.say(format!("The user API key {id} is {done}"));
    if let Err(error) = shown {
        let detail = format!(
            "The server accepted it, but the list of keys did not show it yet. {}",
            sentence(&error, "see it")
        );
        cx.warn(
            Diagnostic::warning(format!("The user API key {id} may not show as {done} yet"))
                .detail(detail),
        );
    }
}

async fn gone(client: &Client, progress: &Progress, id: &KeyId, error: &Error) -> bool {
    let gone = is_gone(client, error, id).await;
    if gone {
        progress.say(format!("The user API key {id} is gone already"));
    }
    gone
}
