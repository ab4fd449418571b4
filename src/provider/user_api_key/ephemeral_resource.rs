use secrecy::SecretString;
use serde_json::Value as Json;
use tokio::time::Instant;

use crate::appservices::KeyId;
use crate::tf_provider::{
    Context, Diagnostic, EphemeralResource, ErrorContext, Field, Fields, Model, Object, Opened,
    Result, text,
};

use super::super::access::{Access, DEFAULT_TIMEOUT};
use super::creation::{Creation, NewName, NotCreated};
use super::deletion::{Proof, RandomName, delete_and_wait};
use super::{Id, NAME_SENTENCE, Time, created_at, is_name, planning, visibility};

/// Kept between opening and closing: which key it is.
const ID: &str = "id";

/// What names begin with when the configuration says nothing, so that keys left by a crash can be told.
const PREFIX: &str = "terraform-ephemeral-";

/// A key that lives as long as Terraform runs.
#[derive(Debug)]
pub(in crate::provider) struct UserApiKeyEphemeralResource;

#[derive(Default)]
pub(in crate::provider) struct EphemeralKey {
    name: Field<String>,
    name_prefix: Option<String>,
    id: Field<Id>,
    key: Field<SecretString>,
    created_at: Field<Time>,
    user_id: Field<String>,
}

impl Model for EphemeralKey {
    fn describe(fields: &mut Fields<Self>) {
        fields
            .optional("name", |m| &mut m.name)
            .computed()
            .doc(
                "Name of the key: ASCII letters, digits, `_` and `-`, unique among the keys of its user. So prefer \
                 `name_prefix`: with a name, one of two runs at the same time fails. Give at most one of them.",
            )
            .check(text(is_name, NAME_SENTENCE));
        fields
            .optional("name_prefix", |m| &mut m.name_prefix)
            .doc(
                "What the name begins with. The provider adds 25 characters: the time to the millisecond, and eight \
                 at random. Default: `terraform-ephemeral-`.",
            )
            .check(text(is_name, NAME_SENTENCE));
        fields
            .computed("id", |m| &mut m.id)
            .doc("Id of the key: 24 hexadecimal digits.");
        fields
            .computed("key", |m| &mut m.key)
            .sensitive()
            .doc("The value to log in with, until Terraform closes the key.");
        fields
            .computed("created_at", |m| &mut m.created_at)
            .doc("When the key was created (RFC 3339, UTC).");
        fields
            .computed("user_id", |m| &mut m.user_id)
            .doc("Id of the key's user.");
    }
}

impl EphemeralResource for UserApiKeyEphemeralResource {
    const NAME: &'static str = "user_api_key";
    const DESCRIPTION: &'static str = "A user API key that exists only while Terraform runs. Neither the state nor a \
        plan holds its value.";
    type Client = Access;
    type Model = EphemeralKey;

    fn validate(&self, config: &Object) -> Result<()> {
        planning::not_two_names(config)
    }

    async fn open(
        &self,
        cx: &Context<Access>,
        config: EphemeralKey,
    ) -> Result<Opened<EphemeralKey>> {
        let service = cx.client().service()?;
        let client = service.client(cx, DEFAULT_TIMEOUT);
        let deadline = Instant::now() + DEFAULT_TIMEOUT;
        let name = match (&config.name, &config.name_prefix) {
            (Field::Known(name), _) => NewName::Fixed(name.clone()),
            (_, prefix) => NewName::Random(RandomName::new(prefix.as_deref().unwrap_or(PREFIX))),
        };
        let doing = format!("create the user API key {:?}", name.as_str());
        let user_id = client.user_id().await.context(&doing)?;
        let creation = Creation {
            client: &client,
            name: &name,
            replace_existing: false,
            deadline,
            is_resource: false,
        };
        let began = Instant::now();
        let created = match creation.run(cx, service.names()).await {
            Ok(created) => created,
            Err(NotCreated::Failed(failed) | NotCreated::Unfinished(failed)) => {
                return Err(failed.into());
            }
        };
        let key = created.api_key;
        service.run().open.opened(key.id.clone());
        cx.set_private(ID, Json::from(key.id.as_str()));
        visibility::until_new_is_visible(cx, &client, &key, began).await;
        let (id, name) = (key.id, key.name);
        Ok(EphemeralKey {
            created_at: created_at(&id).into(),
            name: name.into(),
            id: Id::from(id).into(),
            key: created.value.into(),
            user_id: user_id.into(),
            ..config
        }
        .into())
    }

    async fn close(&self, cx: &Context<Access>) -> Result<()> {
        let id = match cx.private(ID) {
            Some(Json::String(id)) => KeyId::parse(&id).ok(),
            _ => None,
        };
        let Some(id) = id else {
            let detail = "Terraform did not hand back what was kept while the key was opened.";
            return Err(Diagnostic::bug("Nothing to close", detail).into());
        };
        let _at_risk = cx.at_risk(format!("the ephemeral user API key {id}"));
        let client = cx.client().client(cx)?.for_cleanup(DEFAULT_TIMEOUT);
        let label = id.to_string();
        let deleted = delete_and_wait(cx, &client, &Proof::id_kept(id.clone()), &label).await;
        cx.client().service()?.run().open.closed(&id);
        match deleted {
            Ok(_) => Ok(()),
            Err(failure) => Err(failure
                .explain(&format!("delete the ephemeral user API key {label}"))
                .and_detail(
                    "The key is still on the server and may be able to log in. Delete it there; its name begins with \
                     `terraform-ephemeral-`, or with the configured prefix.",
                )
                .into()),
        }
    }
}
