use std::sync::Arc;

use tokio::time::Instant;

use crate::appservices::{Client, Error, KeyId, UserApiKey};
use crate::tf_provider::{
    Change, Context, Diagnostic, Diagnostics, ErrorContext, Object, Partial, Plan, Resource,
    Result, Target, Value,
};

use super::super::access::Access;
use super::creation::{Creation, NotCreated};
use super::identity::Identity;
use super::lost::LostKey;
use super::names_in_walk::Validated;
use super::rotation::Clocks;
use super::state::State;
use super::writes::NotWritten;
use super::{
    find, find_by_name, is_gone, not_deleted, ownership, parse_id, planning, private_state,
    replace_existing, rotation, visibility, writes,
};

/// A key with which devices and services log in on the user's behalf.
#[derive(Debug)]
pub(in crate::provider) struct UserApiKeyResource {
    validated: Arc<Validated>,
}

impl UserApiKeyResource {
    /// Counts in `validated` which names it has seen in configurations.
    pub(in crate::provider) fn new(validated: Arc<Validated>) -> Self {
        Self { validated }
    }
}

impl Resource for UserApiKeyResource {
    const NAME: &'static str = "user_api_key";
    const DESCRIPTION: &'static str = "A user API key: lets a program log in to an app as the user that the provider is \
        logged in as.";
    type Client = Access;
    type Model = State;
    type Identity = Identity;

    fn validate(&self, config: &Object) -> Result<()> {
        self.validated.count(config);
        planning::one_name(config)?;
        planning::disabling_needs_a_prefix(config)
    }

    async fn modify_plan(&self, cx: &Context<Access>, plan: &mut Plan) -> Result<()> {
        planning::adjust(cx, plan);
        if planning::needs_the_server(plan) {
            cx.client().check_configured()?;
        }
        let Ok(service) = cx.client().service() else {
            return Ok(());
        };
        let replaced = private_state::read(cx).id;
        service.run().names.check(plan, replaced.as_deref())?;
        replace_existing::warn(cx, service, plan, replaced.as_deref()).await;
        Ok(())
    }

    fn plan_destroy(&self, cx: &Context<Access>, prior: &Object) {
        planning::destroy(cx, prior);
        if let (Ok(service), Value::String(id)) = (cx.client().service(), prior.value("id")) {
            service.run().names.destroys(id);
        }
    }

    async fn create(&self, cx: &Context<Access>, plan: State) -> Result<State, Partial<State>> {
        // What a replaced key left here is not about the new one.
        cx.clear_private();
        let service = cx.client().service()?;
        service.run().names.clear();
        let client = service.client(cx, plan.limit(|timeouts| &timeouts.create));
        let (name, unique) = plan.new_name()?;
        // Asked first, so that nothing can fail between the key's creation and its state.
        let doing = format!("create the user API key {name:?}");
        let user_id = client.user_id().await.context(&doing)?;
        ownership::note(cx, service.app_id());

        let mut made = service.names().lock(&name).await;
        let since = Instant::now();
        let creation = Creation {
            client: &client,
            name: &name,
            unique,
            replace_existing: plan.replace_existing,
        };
        let created = match creation.run_until_shutdown(cx, &mut made).await {
            Ok(created) => created,
            Err(NotCreated::Nothing(diagnostics)) => return Err(diagnostics.into()),
            Err(NotCreated::Lost(failed, lost)) => {
                lost.keep(cx);
                let failed = failed.and_detail(
                    "The state keeps note of it, without a value: the next apply looks for that key, deletes it, and makes \
                     a new one.",
                );
                return Err(Diagnostics::from(failed).leaving(plan.unmade(name, user_id)));
            }
        };
        drop(made);

        let disable = !plan.enabled;
        let id = created.api_key.id.clone();
        private_state::note_id(cx, &id);
        let state = State {
            key: created.value.into(),
            user_id: user_id.into(),
            ..plan
        };
        let state = state.seen(created.api_key);
        visibility::of_new(cx, &client, &state, &id, since).await;
        if disable {
            switched_off(cx, &client, state, &id).await
        } else {
            Ok(state)
        }
    }

    async fn read(&self, cx: &Context<Access>, state: State) -> Result<Option<State>> {
        private_state::repair(cx, &state.label());
        let service = cx.client().service()?;
        let client = service.client(cx, state.limit(|timeouts| &timeouts.read));
        let doing = format!("read the user API key {}", state.label());
        let user_id = client.user_id().await.context(&doing)?;
        ownership::check(cx, &state, &user_id, service.app_id())?;
        let found = match state.key_id()? {
            Some(id) => find(&client, &id).await,
            None => lost(cx, &client).await,
        };
        let found = found.context(&doing)?;
        // The session may have been renewed meanwhile: as another user, every key would seem to be gone.
        let user_id = client.user_id().await.context(&doing)?;
        ownership::check(cx, &state, &user_id, service.app_id())?;
        let Some(key) = found else {
            visibility::may_be_gone(cx, &client, &state)?;
            return Ok(None);
        };
        visibility::seen(cx);
        private_state::note_id(cx, &key.id);
        let state = state.seen(key);
        let rotates_at = state.rotates_at.known().map(String::as_str);
        let (clocks, warning) = (Clocks::now(&client), &service.run().clock_warning);
        rotation::decide(cx, rotates_at, clocks, warning);
        Ok(Some(State {
            user_id: user_id.into(),
            ..state
        }))
    }

    async fn update(
        &self,
        cx: &Context<Access>,
        change: Change<State>,
    ) -> Result<State, Partial<State>> {
        let Change { prior, plan } = change;
        let Some(id) = prior.key_id()? else {
            let detail = "A key that was lost when it was made can only be replaced.";
            return Err(Diagnostic::bug("An update of a key without id", detail).into());
        };
        if plan.enabled != prior.enabled {
            let service = cx.client().service()?;
            let client = service.client(cx, plan.limit(|timeouts| &timeouts.update));
            let doing = if plan.enabled { "enable" } else { "disable" };
            let doing = format!("{doing} the user API key {}", prior.label());
            let user_id = client.user_id().await.context(&doing)?;
            ownership::check(cx, &prior, &user_id, service.app_id())?;
            let label = prior.label();
            writes::switch(cx, &client, &id, plan.enabled, &label)
                .await
                .map_err(|failure| not_switched(&failure, &doing))?;
        }
        planning::adopted(cx);
        rotation::undecide(cx);
        let name = prior.name.into_known().unwrap_or_default();
        let key = UserApiKey {
            id,
            name,
            disabled: !plan.enabled,
        };
        let state = State {
            key: prior.key,
            user_id: prior.user_id,
            ..plan
        };
        Ok(state.seen(key))
    }

    async fn delete(&self, cx: &Context<Access>, state: State) -> Result<()> {
        let service = cx.client().service()?;
        service.run().names.clear();
        let client = service.client(cx, state.limit(|timeouts| &timeouts.delete));
        // A key that was lost, or never became what it should be, is of no use, and its name is needed for the next one.
        let is_complete = LostKey::kept(cx).is_none() && !planning::is_unfinished(cx);
        let is_to_stay = state.is_to_stay() && is_complete;
        let verb = if is_to_stay { "disable" } else { "delete" };
        let doing = format!("{verb} the user API key {}", state.label());
        let user_id = client.user_id().await.context(&doing)?;
        ownership::check(cx, &state, &user_id, service.app_id())?;
        let id = match state.key_id()? {
            Some(id) => id,
            None => match lost(cx, &client).await.context(&doing)? {
                Some(key) => key.id,
                None => return Ok(()),
            },
        };
        // Nobody waits any longer for it to show.
        visibility::seen(cx);
        let done = if is_to_stay {
            writes::switch(cx, &client, &id, false, &state.label()).await
        } else {
            writes::delete(cx, &client, &id, &state.label()).await
        };
        match done {
            Ok(()) => Ok(()),
            Err(NotWritten::Failed(error)) if is_gone(&client, &error, &id).await => Ok(()),
            Err(NotWritten::Failed(error)) if !is_to_stay => {
                Err(not_deleted(&error, &state.label()).into())
            }
            Err(failure) => Err(failure.explain(&doing).into()),
        }
    }

    async fn rollback_create(&self, cx: &Context<Access>, made: State) -> Result<()> {
        let Some(id) = made.key_id()? else {
            return Ok(());
        };
        match cx.client().client(cx)?.delete_user_api_key(&id).await {
            Err(error) if !error.is_not_found() => Err(error).context("take back the user API key"),
            _ => Ok(()),
        }
    }

    fn generate(&self, config: &mut Object) {
        // A state has both when the name came of the prefix.
        if !config.value("name_prefix").is_null() {
            config.set("name", Value::Null);
        }
    }

    fn identity(&self, cx: &Context<Access>, state: &State) -> Option<Identity> {
        Some(Identity {
            app_id: Some(cx.client().service().ok()?.app_id().to_owned()),
            user_id: Some(state.user_id.known()?.clone()),
            id: state.id.known()?.clone(),
        })
    }

    async fn import(&self, cx: &Context<Access>, target: Target<Identity>) -> Result<State> {
        let service = cx.client().service()?;
        let client = cx.client().client(cx)?;
        let user_id = client.user_id().await.context("import a user API key")?;
        let id = match target {
            Target::Id(id) => id,
            Target::Identity(identity) => {
                identity.check(service.app_id(), &user_id)?;
                // An id and nothing else: `name:` is a convenience of the command line's.
                parse_id(&identity.id)?;
                identity.id
            }
        };
        let found = match id.strip_prefix("name:") {
            Some(name) => find_by_name(&client, name).await?,
            None => find(&client, &parse_id(&id)?)
                .await
                .context(&format!("import the user API key {id}"))?,
        };
        let key = found.ok_or_else(|| {
            Diagnostic::error("No such user API key").detail(format!(
                "The user {user_id} has no API key {id:?}, so there is nothing to import.\n\nImport by the key's id (24 \
                 hexadecimal digits) or by `name:NAME`, and check that the provider is logged in as the key's owner: \
                 keys of other users cannot be seen. The data source `appservices_user_api_keys` lists what there is."
            ))
        })?;
        if service.run().import_warning.is_first() {
            cx.warn(without_value());
        }
        ownership::note(cx, service.app_id());
        planning::imported(cx);
        Ok(State::imported(key, user_id))
    }
}

fn without_value() -> Diagnostic {
    Diagnostic::warning("`key` of an imported user API key is null").detail(
        "The server shows the value of a key once, when the key is created. So `key` and `key_fingerprint` of an imported \
         key are null in the state, and stay null. To have the value in Terraform, create a new key: `terraform apply \
         -replace=ADDRESS`.",
    )
}

/// The key that an earlier create lost, if the server has it.
async fn lost(cx: &Context<Access>, client: &Client) -> Result<Option<UserApiKey>, Error> {
    let Some(lost) = LostKey::kept(cx) else {
        return Ok(None);
    };
    let keys = client.user_api_keys().await?;
    Ok(keys.into_iter().find(|key| lost.is(key)))
}

/// The second half of creating a disabled key. Whatever happens, the state has the key and its value.
async fn switched_off(
    cx: &Context<Access>,
    client: &Client,
    state: State,
    id: &KeyId,
) -> Result<State, Partial<State>> {
    let label = state.label();
    match writes::switch(cx, client, id, false, &label).await {
        Ok(()) => Ok(State {
            enabled: false,
            ..state
        }),
        Err(failure) => {
            let doing = format!("disable the new user API key {label}");
            let failed = failure.explain(&doing).and_detail(&format!(
                "The key {label} exists, is enabled, and is in the state with its value. Terraform marks what fails while \
                 it is created as tainted and replaces it with the next apply. To keep this key instead, run `terraform \
                 untaint` with the address of the resource: the next apply then disables it in place."
            ));
            planning::unfinished(cx);
            Err(Diagnostics::from(failed).leaving(state))
        }
    }
}

fn not_switched(failure: &NotWritten, doing: &str) -> Diagnostic {
    match failure {
        NotWritten::Failed(error) if error.is_not_found() => Diagnostic::error(format!(
            "Could not {doing}"
        ))
        .detail("It was deleted meanwhile. Run Terraform again: the next plan creates it anew."),
        failure => failure.explain(doing),
    }
}
