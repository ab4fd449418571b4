use tokio::time::Instant;

use crate::appservices::{Client, Error, KeyId, UserApiKey};
use crate::tf_provider::{
    Context, DataSource, Diagnostic, ErrorContext, Field, Fields, Model, Object, Result, text,
};

use super::super::access::Access;
use super::{Id, NAME_SENTENCE, Time, created_at, find_by_name, is_name};

/// One key, by id or by name.
#[derive(Debug)]
pub(in crate::provider) struct UserApiKeyDataSource;

#[derive(Default)]
pub(in crate::provider) struct KeyData {
    id: Field<Id>,
    name: Field<String>,
    enabled: Field<bool>,
    created_at: Field<Time>,
    user_id: Field<String>,
}

impl Model for KeyData {
    fn describe(fields: &mut Fields<Self>) {
        fields
            .optional("id", |m| &mut m.id)
            .computed()
            .doc("Id of the key: 24 hexadecimal digits. Give exactly one of `id` and `name`.");
        fields
            .optional("name", |m| &mut m.name)
            .computed()
            .doc("Name of the key.")
            .check(text(is_name, NAME_SENTENCE));
        fields
            .computed("enabled", |m| &mut m.enabled)
            .doc("Whether the key can log in.");
        fields
            .computed("created_at", |m| &mut m.created_at)
            .doc("When the key was created (RFC 3339, UTC).");
        fields
            .computed("user_id", |m| &mut m.user_id)
            .doc("Id of the key's user.");
    }
}

impl DataSource for UserApiKeyDataSource {
    const NAME: &'static str = "user_api_key";
    const DESCRIPTION: &'static str = "Reads one user API key of the provider's user, by id or by name. Never its \
        value.";
    type Client = Access;
    type Model = KeyData;

    fn validate(&self, config: &Object) -> Result<()> {
        let (id, name) = (config.value("id"), config.value("name"));
        if !id.is_null() && !name.is_null() && !id.is_unknown() && !name.is_unknown() {
            return Err(Diagnostic::error("Both `id` and `name`")
                .at("name")
                .detail("A key is looked up by its `id` or by its `name`. Keep one of the two.")
                .into());
        }
        if id.is_null() && name.is_null() {
            return Err(Diagnostic::error("Neither `id` nor `name`")
                .detail("Say which key is meant: set its `id` or its `name`.")
                .into());
        }
        Ok(())
    }

    async fn read(&self, cx: &Context<Access>, config: KeyData) -> Result<KeyData> {
        let client = cx.client().client(cx)?;
        let (found, by) = match (config.id.known(), config.name.known()) {
            (Some(id), _) => {
                let found = find_by_id(&client, id)
                    .await
                    .context("look up the user API key")?;
                (found, ("id", id.to_string()))
            }
            (None, name) => {
                let name = name.map_or("", String::as_str);
                (
                    find_by_name(&client, name).await?,
                    ("name", name.to_owned()),
                )
            }
        };
        let user_id = client.user_id().await.context("log in")?;
        let key = found.ok_or_else(|| {
            Diagnostic::error("No such user API key").at(by.0).detail(format!(
                "The user {user_id} has no API key of the {} {:?}.\n\nCheck it, and that the provider is logged in as \
                 the key's owner: keys of other users cannot be seen.",
                by.0, by.1
            ))
        })?;
        Ok(KeyData {
            created_at: created_at(&key.id).into(),
            // As it is written: an id in capitals is the same id, and has to come back in capitals.
            id: config
                .id
                .into_known()
                .unwrap_or_else(|| key.id.into())
                .into(),
            name: key.name.into(),
            enabled: (!key.disabled).into(),
            user_id: user_id.into(),
        })
    }
}

/// The key of this id, as the server has it by now. A list may come from a replica that trails.
async fn find_by_id(client: &Client, id: &KeyId) -> Result<Option<UserApiKey>, Error> {
    if let Some(key) = client.list_since(Instant::now()).await?.get(id) {
        return Ok(Some(key.clone()));
    }
    match client.user_api_key(id).await {
        Ok(key) => Ok(Some(key)),
        Err(error) if error.is_not_found() || error.is_bare_not_found() => Ok(None),
        Err(error) => Err(error),
    }
}
