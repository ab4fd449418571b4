//! What an incident calls for: a key must stop working now, and the configuration comes later.

use crate::appservices::{Client, KeyId};
use crate::tf_provider::{Action, Context, Fields, Model, Progress, Result, text};

use super::super::access::Access;
use super::writes::{self, NotWritten};
use super::{OBJECT_ID_SENTENCE, is_gone, is_id, parse_id};

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
        let done = writes::switch(cx, &client, &id, false, id.as_str()).await;
        told(&client, progress, &id, "disable", done).await
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
        let done = writes::delete(cx, &client, &id, id.as_str()).await;
        told(&client, progress, &id, "delete", done).await
    }
}

/// The last word on how it went.
async fn told(
    client: &Client,
    progress: &Progress,
    id: &KeyId,
    verb: &str,
    done: Result<(), NotWritten>,
) -> Result<()> {
    match done {
        Ok(()) => progress.say(format!("The user API key {id} is {verb}d")),
        Err(NotWritten::Failed(error)) if is_gone(client, &error, id).await => {
            progress.say(format!("The user API key {id} is gone already"));
        }
        Err(failure) => {
            return Err(failure
                .explain(&format!("{verb} the user API key {id}"))
                .into());
        }
    }
    Ok(())
}
