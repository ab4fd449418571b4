//! What an incident calls for: a key must stop working now, and the configuration comes later.

use crate::appservices::{Client, KeyId};
use crate::tf_provider::{
    Action, Context, Diagnostic, ErrorContext, Fields, Model, Progress, Result,
};

use super::super::access::Access;
use super::deletion::{Deleted, Proof, delete_and_wait, is_gone};
use super::visibility::{NotWritten, set_enabled};
use super::{Id, required};

/// Disables a key by its id.
#[derive(Debug)]
pub(in crate::provider) struct DisableUserApiKey;

/// Deletes a key by its id.
#[derive(Debug)]
pub(in crate::provider) struct DeleteUserApiKey;

/// Which key is meant.
#[derive(Debug, Default)]
pub(in crate::provider) struct KeyRef {
    id: Option<Id>,
}

impl Model for KeyRef {
    fn describe(fields: &mut Fields<Self>) {
        fields
            .required("id", |m| &mut m.id)
            .doc("Id of the key: 24 hexadecimal digits.");
    }
}

impl Action for DisableUserApiKey {
    const NAME: &'static str = "user_api_key_disable";
    const DESCRIPTION: &'static str = "Disables a user API key now, whatever the configuration says: from then on it \
        cannot log in. A key that is gone already is success.";
    type Client = Access;
    type Model = KeyRef;

    async fn invoke(&self, cx: &Context<Access>, key: KeyRef, progress: &Progress) -> Result<()> {
        let (id, client) = (required(key.id)?, cx.client().client(cx)?);
        progress.say(format!("Disabling the user API key {id}"));
        let done = match set_enabled(cx, &client, &id, false, id.as_str()).await {
            Err(NotWritten::Failed(error)) if is_gone(&client, &error, &id).await => {
                Ok(Deleted::Already)
            }
            done => done.map(|()| Deleted::Now),
        };
        report(cx, &client, progress, &id, ("disable", done)).await
    }
}

impl Action for DeleteUserApiKey {
    const NAME: &'static str = "user_api_key_delete";
    const DESCRIPTION: &'static str = "Deletes a user API key now, whatever the configuration says. It cannot be \
        brought back. A key that is gone already is success.";
    type Client = Access;
    type Model = KeyRef;

    async fn invoke(&self, cx: &Context<Access>, key: KeyRef, progress: &Progress) -> Result<()> {
        let (id, client) = (required(key.id)?, cx.client().client(cx)?);
        progress.say(format!("Deleting the user API key {id}"));
        let done = delete_and_wait(cx, &client, &Proof::action(id.clone()), id.as_str()).await;
        report(cx, &client, progress, &id, ("delete", done)).await
    }
}

/// The last word on how it went. To a user, keys of others and keys that are gone look alike.
async fn report(
    cx: &Context<Access>,
    client: &Client,
    progress: &Progress,
    id: &KeyId,
    (verb, done): (&str, Result<Deleted, NotWritten>),
) -> Result<()> {
    match done {
        Ok(Deleted::Now) => progress.say(format!("The user API key {id} is {verb}d")),
        Ok(Deleted::Already) => {
            let user_id = client.user_id().await.context("log in")?;
            progress.say(format!("The user API key {id} is gone already"));
            cx.warn(Diagnostic::warning(format!("There was no user API key {id} to {verb}")).detail(format!(
                "The user {user_id}, as whom the provider is logged in, has no key of that id. Keys of other users cannot be \
                 seen: if the key is another user's, it still works."
            )));
        }
        Err(failure) => {
            return Err(failure
                .explain(&format!("{verb} the user API key {id}"))
                .into());
        }
    }
    Ok(())
}
