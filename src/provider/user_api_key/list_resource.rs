use crate::tf_provider::{Context, ErrorContext, Fields, ListResource, ListSink, Model, Result};

use super::super::access::Access;
use super::filter::{self, Filter};
use super::resource::UserApiKeyResource;
use super::state::State;

/// The keys of the user, for `terraform query`.
#[derive(Debug)]
pub(in crate::provider) struct UserApiKeyListResource;

#[derive(Default)]
pub(in crate::provider) struct Filters {
    name_prefix: Option<String>,
    name_regex: Option<String>,
    enabled: Option<bool>,
}

impl Model for Filters {
    fn describe(fields: &mut Fields<Self>) {
        filter::describe(
            fields,
            |m| &mut m.name_prefix,
            |m| &mut m.name_regex,
            |m| &mut m.enabled,
        );
    }
}

impl ListResource for UserApiKeyListResource {
    const DESCRIPTION: &'static str = "Finds the user API keys of the provider's user, oldest first, to import \
        them. Never their values.";
    type Resource = UserApiKeyResource;
    type Model = Filters;

    async fn list(
        &self,
        cx: &Context<Access>,
        filters: Filters,
        found: &mut ListSink<UserApiKeyResource>,
    ) -> Result<()> {
        let filter = Filter::new(
            filters.name_prefix.as_deref(),
            filters.name_regex.as_deref(),
            filters.enabled,
        )?;
        let client = cx.client().client(cx)?;
        let keys = filter.keys(&client).await?;
        let user_id = client.user_id().await.context("log in")?;
        for key in keys {
            let name = key.name.clone();
            if !found
                .send(name, State::imported(key, user_id.clone()))
                .await
            {
                break;
            }
        }
        Ok(())
    }
}
