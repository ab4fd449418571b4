use secrecy::SecretString;

use crate::appservices::{Client, Error, KeyId, StatusCode, UserApiKey};
use crate::tf_provider::{
    Change, Context, Diagnostic, Diagnostics, Field, Fields, Model, Partial, Plan, Resource,
    Result, requires_replace, text, use_state_for_unknown,
};

use super::super::access::Access;
use super::super::diagnose::{During, diagnostic};
use super::{NAME_SENTENCE, created_at, find, find_by_name, is_name, parse_id};

/// A key with which devices and services log in on the user's behalf.
#[derive(Debug)]
pub(in crate::provider) struct UserApiKeyResource;

#[derive(Default)]
pub(in crate::provider) struct State {
    name: String,
    enabled: bool,
    id: Field<String>,
    key: Field<SecretString>,
    created_at: Field<String>,
    user_id: Field<String>,
}

impl Model for State {
    fn describe(fields: &mut Fields<Self>) {
        fields
            .required("name", |m| &mut m.name)
            .doc("Name of the key, unique among the user's keys: ASCII letters, digits, `_` and `-`.")
            .check(text(is_name, NAME_SENTENCE))
            .plan(requires_replace());
        fields
            .optional("enabled", |m| &mut m.enabled)
            .default_to(true)
            .doc("Whether the key can log in; default `true`. Changed in place.");
        fields
            .computed("id", |m| &mut m.id)
            .doc("Id of the key, 24 hexadecimal digits.")
            .plan(use_state_for_unknown());
        fields
            .computed("key", |m| &mut m.key)
            .sensitive()
            .doc("Value of the key: what one logs in with. The server shows it only once, so it is kept in the state and \
                  nowhere else; null after an import.")
            .plan(use_state_for_unknown());
        fields
            .computed("created_at", |m| &mut m.created_at)
            .doc("When the key was created, RFC 3339 in UTC.")
            .plan(use_state_for_unknown());
        fields
            .computed("user_id", |m| &mut m.user_id)
            .doc("Id of the user that owns the key.")
            .plan(use_state_for_unknown());
    }
}

impl State {
    /// A key as the server shows it. Its value is not part of that.
    fn of(key: UserApiKey, user_id: String) -> Self {
        Self {
            created_at: created_at(&key.id).into(),
            id: key.id.to_string().into(),
            name: key.name,
            enabled: !key.disabled,
            user_id: user_id.into(),
            key: Field::Null,
        }
    }

    fn key_id(&self) -> Result<KeyId> {
        parse_id(self.id.known().map_or("", String::as_str))
    }
}

impl Resource for UserApiKeyResource {
    const NAME: &'static str = "user_api_key";
    const DESCRIPTION: &'static str = "An API key of the user that the provider is logged in as. Devices and services \
        log in with it on the user's behalf.";
    type Client = Access;
    type Model = State;

    async fn modify_plan(&self, cx: &Context<Access>, plan: &mut Plan) -> Result<()> {
        if plan.changes_something() {
            cx.client().may_come()
        } else {
            Ok(())
        }
    }

    async fn create(&self, cx: &Context<Access>, plan: State) -> Result<State, Partial<State>> {
        let client = cx.client().client(cx)?;
        // Asked first, so that nothing can fail between the key's creation and its state.
        let user_id = client.user_id().await.during("create the user API key")?;
        let created = match client.create_user_api_key(&plan.name).await {
            Ok(created) => created,
            Err(error) => return Err(not_created(&client, &error, &plan.name).await.into()),
        };
        let id = created.api_key.id.clone();
        let mut state = State {
            key: created.value.into(),
            ..State::of(created.api_key, user_id)
        };
        if !plan.enabled {
            let disabled = client.disable_user_api_key(&id).await;
            disabled.during("disable the new user API key").map_err(|failure| {
                let kept = Diagnostic::warning("The new key exists and is enabled").detail(format!(
                    "The key {} ({id}) and its value are in the state. The next apply replaces it.",
                    state.name
                ));
                cx.warn(kept);
                failure.leaving(std::mem::take(&mut state))
            })?;
            state.enabled = false;
        }
        Ok(state)
    }

    async fn read(&self, cx: &Context<Access>, state: State) -> Result<Option<State>> {
        let id = state.key_id()?;
        let client = cx.client().client(cx)?;
        let doing = format!("read the user API key {id}");
        let user_id = client.user_id().await.during(&doing)?;
        owned_by(&user_id, &state, &id)?;
        let found = find(&client, &id).await.during(&doing)?;
        Ok(found.map(|key| State {
            key: state.key,
            ..State::of(key, user_id)
        }))
    }

    async fn update(
        &self,
        cx: &Context<Access>,
        change: Change<State>,
    ) -> Result<State, Partial<State>> {
        let Change { prior, plan } = change;
        let id = prior.key_id()?;
        if plan.enabled != prior.enabled {
            let client = cx.client().client(cx)?;
            let (switched, doing) = if plan.enabled {
                (
                    client.enable_user_api_key(&id).await,
                    format!("enable the user API key {id}"),
                )
            } else {
                (
                    client.disable_user_api_key(&id).await,
                    format!("disable the user API key {id}"),
                )
            };
            switched.map_err(|error| not_switched(&error, &doing))?;
        }
        Ok(State {
            name: plan.name,
            enabled: plan.enabled,
            ..prior
        })
    }

    async fn delete(&self, cx: &Context<Access>, state: State) -> Result<()> {
        let id = state.key_id()?;
        let client = cx.client().client(cx)?;
        match client.delete_user_api_key(&id).await {
            Ok(()) => Ok(()),
            Err(error) if error.is_not_found() => Ok(()),
            Err(error) if error.is_bare_not_found() && is_unlisted(&client, &id).await => Ok(()),
            Err(error) if error.status() == Some(StatusCode::FORBIDDEN) => {
                Err(in_use(&error, &state, &id).into())
            }
            Err(error) => {
                Err(error).during(&format!("delete the user API key {} ({id})", state.name))
            }
        }
    }

    async fn import(&self, cx: &Context<Access>, id: String) -> Result<State> {
        let client = cx.client().client(cx)?;
        let found = match id.strip_prefix("name:") {
            Some(name) => find_by_name(&client, name).await?,
            None => find(&client, &parse_id(&id)?)
                .await
                .during(&format!("import the user API key {id}"))?,
        };
        let user_id = client.user_id().await.during("import the user API key")?;
        let key = found.ok_or_else(|| {
            Diagnostic::error("No such user API key").detail(format!(
                "The user {user_id} has no API key {id:?}, so there is nothing to import.\n\nImport by the key's id (24 \
                 hexadecimal digits) or by `name:NAME`, and check that the provider is logged in as the key's owner: \
                 keys of other users cannot be seen. The data source `appservices_user_api_keys` lists what there is."
            ))
        })?;
        cx.warn(Diagnostic::warning("The value of an imported key stays unknown").detail(format!(
            "The server shows a key's value only once, when the key is created. So `key` of {} ({}) is null in the \
             state, and stays null. Whoever needs the value from Terraform needs a new key.",
            key.name, key.id
        )));
        Ok(State::of(key, user_id))
    }
}

/// # Errors
///
/// When the session is another user's. All keys would seem to be gone then.
fn owned_by(user_id: &str, state: &State, id: &KeyId) -> Result<()> {
    match state.user_id.known() {
        Some(owner) if owner != user_id => Err(Diagnostic::error("Logged in as another user")
            .at("user_id")
            .detail(format!(
                "The key {} ({id}) belongs to the user {owner}, and the provider is logged in as {user_id}, who cannot \
                 see it.\n\nLog in as the owner. If the key is to be given up, take it out of the state with \
                 `terraform state rm`.",
                state.name
            ))
            .into()),
        _ => Ok(()),
    }
}

async fn is_unlisted(client: &Client, id: &KeyId) -> bool {
    client
        .user_api_keys()
        .await
        .is_ok_and(|keys| keys.iter().all(|key| key.id != *id))
}

fn not_switched(error: &Error, doing: &str) -> Diagnostics {
    if error.is_not_found() {
        return Diagnostic::error(format!("Could not {doing}"))
            .detail("It was deleted meanwhile. Run Terraform again: the next plan creates it anew.")
            .into();
    }
    diagnostic(error, doing).into()
}

/// A key protects itself from a session that was opened with it.
fn in_use(error: &Error, state: &State, id: &KeyId) -> Diagnostic {
    let doing = format!("delete the user API key {} ({id})", state.name);
    diagnostic(error, &doing).and_detail(
        "If this is the key that the provider is logged in with (`api_key`), log in another way, by `email` and \
         `password` or with another key, and run Terraform again.",
    )
}

/// Why there is no new key, and what stands in its way.
async fn not_created(client: &Client, error: &Error, name: &str) -> Diagnostic {
    let doing = format!("create the user API key {name:?}");
    if error.is_already_exists() {
        let keys = client.user_api_keys().await.unwrap_or_default();
        if let Some(existing) = keys.into_iter().find(|key| key.name == name) {
            return taken(&existing);
        }
    }
    if error.may_have_been_handled() {
        let failed = diagnostic(error, &doing);
        let advice = format!(
            "It is not known whether the server made the key. If it did, its value is lost: look for {name:?} among the \
             user's keys and delete it before the next apply, which would otherwise find the name taken."
        );
        return failed.and_detail(&advice);
    }
    diagnostic(error, &doing)
}

fn taken(existing: &UserApiKey) -> Diagnostic {
    let UserApiKey { id, name, .. } = existing;
    Diagnostic::error(format!("A user API key named {name:?} already exists")).at("name").detail(format!(
        "The user already has a key of this name, with the id {id}, and names are unique among a user's keys.\n\nChoose \
         another name, delete that key, or adopt it. To adopt it, run this with the address of your resource in place of \
         RESOURCE:\n\n    terraform import appservices_user_api_key.RESOURCE {id}\n\nor add this block and apply:\n\n    \
         import {{\n      to = appservices_user_api_key.RESOURCE\n      id = \"{id}\"\n    }}\n\nThe value of an adopted \
         key cannot be recovered: the server shows it only at creation."
    ))
}
