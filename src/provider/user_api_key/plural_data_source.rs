use crate::appservices::UserApiKey;
use crate::tf_provider::{Context, DataSource, ErrorContext, Field, Fields, Model, Result};

use super::super::access::{Access, DEFAULT_TIMEOUT};
use super::filter::{self, Filter};
use super::{Id, Time, created_at};

/// All keys of the user, or those that pass the filters.
#[derive(Debug)]
pub(in crate::provider) struct UserApiKeysDataSource;

#[derive(Default)]
pub(in crate::provider) struct KeysData {
    name_prefix: Option<String>,
    name_regex: Option<String>,
    enabled: Option<bool>,
    api_keys: Field<Vec<Summary>>,
    ids: Field<Vec<Id>>,
    user_id: Field<String>,
}

#[derive(Default)]
struct Summary {
    id: Field<Id>,
    name: String,
    enabled: bool,
    created_at: Field<Time>,
}

impl Model for KeysData {
    fn describe(fields: &mut Fields<Self>) {
        filter::describe(
            fields,
            |m| &mut m.name_prefix,
            |m| &mut m.name_regex,
            |m| &mut m.enabled,
        );
        fields
            .computed("api_keys", |m| &mut m.api_keys)
            .doc("The keys that pass all filters, oldest first.");
        fields
            .computed("ids", |m| &mut m.ids)
            .doc("The ids of the same keys, in the same order.");
        fields
            .computed("user_id", |m| &mut m.user_id)
            .doc("Id of the keys' user.");
    }
}

impl Model for Summary {
    fn describe(fields: &mut Fields<Self>) {
        fields
            .computed("id", |m| &mut m.id)
            .doc("Id of the key: 24 hexadecimal digits.");
        fields
            .computed("name", |m| &mut m.name)
            .doc("Name of the key.");
        fields
            .computed("enabled", |m| &mut m.enabled)
            .doc("Whether the key can log in.");
        fields
            .computed("created_at", |m| &mut m.created_at)
            .doc("When the key was created (RFC 3339, UTC).");
    }
}

impl DataSource for UserApiKeysDataSource {
    const NAME: &'static str = "user_api_keys";
    const DESCRIPTION: &'static str = "Lists the user API keys of the provider's user, with filters. Never their \
        values.";
    type Client = Access;
    type Model = KeysData;

    async fn read(&self, cx: &Context<Access>, config: KeysData) -> Result<KeysData> {
        let filter = Filter::new(
            config.name_prefix.as_deref(),
            config.name_regex.as_deref(),
            config.enabled,
        )?;
        let service = cx.client().service()?;
        let client = service.client(cx, DEFAULT_TIMEOUT);
        let mut keys = filter.keys(&client).await?;
        // They are gone by the end of this run.
        keys.retain(|key| !service.run().open.contains(&key.id));
        Ok(KeysData {
            ids: keys
                .iter()
                .map(|key| key.id.clone().into())
                .collect::<Vec<_>>()
                .into(),
            api_keys: keys.into_iter().map(summary).collect::<Vec<_>>().into(),
            user_id: client.user_id().await.context("log in")?.into(),
            ..config
        })
    }
}

fn summary(key: UserApiKey) -> Summary {
    Summary {
        created_at: created_at(&key.id).into(),
        id: Id::from(key.id).into(),
        name: key.name,
        enabled: !key.disabled,
    }
}
