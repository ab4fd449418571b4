use std::sync::Arc;

use tokio::time::Instant;

use crate::appservices::{Client, Error, UserApiKey};
use crate::tf_provider::{
    Change, Context, Diagnostic, Diagnostics, ErrorContext, IntoDiagnostic, Object, Partial, Plan,
    Resource, Result, Target, Value,
};

use super::super::access::{Access, DEFAULT_TIMEOUT};
use super::super::run::Validated;
use super::creation::{CLEAN_UP, Creation, NewName, NotCreated, unfinished};
use super::deletion::{self, Proof, is_gone};
use super::identity::{Identity, ImportId};
use super::lookup::{self, Lookup, Refreshed, Visible, find};
use super::rotation::Clocks;
use super::state::State;
use super::visibility::{self, NotWritten};
use super::{
    destroy, encryption, find_by_name, ownership, planning, private_state, replace_existing,
    rotation,
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
    const DESCRIPTION: &'static str =
        "A user API key: lets a program log in to an app as the provider's user.";
    type Client = Access;
    type Model = State;
    type Identity = Identity;

    fn validate(&self, config: &Object) -> Result<()> {
        self.validated.count(config);
        planning::one_name(config)?;
        planning::disabling_needs_a_prefix(config)?;
        encryption::validate(config)
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
        create(cx, plan).await
    }

    async fn read(&self, cx: &Context<Access>, state: State) -> Result<Option<State>> {
        private_state::repair(cx, &state.label());
        let service = cx.client().service()?;
        let client = service.client(cx, state.limit(|timeouts| &timeouts.read));
        let doing = format!("read the user API key {}", state.label());
        let user_id = ownership::user(cx, &client, &state, &doing).await?;
        let Some(id) = state.key_id().filter(|_| !state.is_unfinished()) else {
            return unfinished::refresh(&client, state)
                .await
                .map(Some)
                .context(&doing);
        };
        let refreshed = lookup::refresh(cx, &client, &state, &id).await;
        let key = match refreshed.context(&doing)? {
            Refreshed::Found(key) => key,
            Refreshed::Gone => return Ok(None),
            Refreshed::Stays => return Ok(Some(state)),
        };
        let state = state.seen(key);
        let rotates_at = state.rotates_at.known().map(|at| **at);
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
        let Some(id) = prior.key_id() else {
            let detail = "An entry whose create was never answered can only be replaced.";
            return Err(Diagnostic::bug("An update of a key without id", detail).into());
        };
        if plan.enabled != prior.enabled {
            let service = cx.client().service()?;
            let client = service.client(cx, plan.limit(|timeouts| &timeouts.update));
            let doing = if plan.enabled { "enable" } else { "disable" };
            let doing = format!("{doing} the user API key {}", prior.label());
            ownership::user(cx, &client, &prior, &doing).await?;
            let label = prior.label();
            visibility::set_enabled(cx, &client, &id, plan.enabled, &label)
                .await
                .map_err(|failure| not_switched(&failure, &doing))?;
        }
        planning::clear_import_markers(cx);
        rotation::clear_due(cx);
        let name = prior.name.into_known().unwrap_or_default();
        let key = UserApiKey {
            id,
            name,
            disabled: !plan.enabled,
        };
        let state = State {
            key: prior.key,
            encrypted_key: prior.encrypted_key,
            key_fingerprint: prior.key_fingerprint,
            user_id: prior.user_id,
            ..plan
        };
        Ok(state.seen(key))
    }

    async fn delete(&self, cx: &Context<Access>, state: State) -> Result<()> {
        let service = cx.client().service()?;
        service.run().names.clear();
        let client = service.client(cx, state.limit(|timeouts| &timeouts.delete));
        let stays = state.is_to_stay() && !state.is_unfinished();
        let (verb, label) = (if stays { "disable" } else { "delete" }, state.label());
        let doing = format!("{verb} the user API key {label}");
        ownership::user(cx, &client, &state, &doing).await?;
        // From now on, a key that is not found is gone.
        lookup::note(cx, Visible::Yes);
        let Some(id) = state.key_id().filter(|_| stays) else {
            return destroy::delete_kept(cx, &client, &state).await;
        };
        match visibility::set_enabled(cx, &client, &id, false, &label).await {
            Ok(()) => cx.warn(left_disabled(&label)),
            Err(NotWritten::Failed(error)) if is_gone(&client, &error, &id).await => {}
            Err(failure) => return Err(failure.explain(&doing).into()),
        }
        Ok(())
    }

    async fn rollback_create(&self, cx: &Context<Access>, made: State) -> Result<()> {
        rollback(cx, &made).await
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
            id: Some(state.id.known()?.clone()),
        })
    }

    async fn import(&self, cx: &Context<Access>, target: Target<Identity>) -> Result<State> {
        let service = cx.client().service()?;
        let client = cx.client().client(cx)?;
        let wanted = ImportId::of(&target)?;
        let user_id = client.user_id().await.context("import a user API key")?;
        if let Target::Identity(identity) = &target {
            identity.check(service.app_id(), &user_id)?;
        }
        let found = match &wanted {
            ImportId::Name(name) => find_by_name(&client, name).await?,
            ImportId::Id(id) => {
                let doing = format!("import the user API key {id}");
                match find(&client, id).await.context(&doing)? {
                    Lookup::Found(key) => Some(key),
                    Lookup::Gone | Lookup::CutShort => None,
                }
            }
        };
        let key = found.ok_or_else(|| wanted.not_found(&user_id))?;
        if service.run().import_warning.is_first() {
            cx.warn(without_value(
                "To have the value in Terraform, create a new key: `terraform apply -replace=ADDRESS`.",
            ));
        }
        ownership::note(cx, service.app_id());
        planning::imported(cx);
        Ok(State::imported(key, user_id))
    }
}

/// Makes a key, and gives its state with all that can be known of it.
///
/// # Errors
///
/// From the moment the key exists, with its state.
pub(super) async fn create(cx: &Context<Access>, plan: State) -> Result<State, Partial<State>> {
    // What a replaced key left here is not about the new one.
    cx.clear_private();
    let service = cx.client().service()?;
    service.run().names.clear();
    let limit = plan.limit(|timeouts| &timeouts.create);
    let (client, deadline) = (service.client(cx, limit), Instant::now() + limit);
    let name = NewName::planned(&plan)?;
    let recipients = encryption::recipients(&plan)?;
    // Asked first, so that nothing can fail between the key's creation and its state.
    let doing = format!("create the user API key {:?}", name.as_str());
    let user_id = client.user_id().await.context(&doing)?;
    ownership::note(cx, service.app_id());

    let creation = Creation {
        client: &client,
        name: &name,
        replace_existing: plan.replace_existing,
        deadline,
        is_resource: true,
    };
    let began = Instant::now();
    let created = match creation.run(cx, service.names()).await {
        Ok(created) => created,
        Err(NotCreated::Failed(failed)) => return Err(failed.into()),
        Err(NotCreated::Unfinished(failed)) => {
            let entry = plan.without_key(name.as_str().to_owned(), user_id);
            return Err(Diagnostics::from(failed).leaving(entry));
        }
    };
    private_state::note_id(cx, &created.api_key.id);
    let state = State {
        user_id: user_id.into(),
        ..plan
    };
    match encryption::keep_value(state, recipients.as_ref(), created.value) {
        Ok(state) => complete(cx, &client, state, created.api_key, began).await,
        Err(failed) => {
            let (failed, state) = *failed;
            let failed = failed.and_detail(
                "The key exists, and no one has its value. Terraform marks it as tainted: the next apply replaces it.",
            );
            Err(Diagnostics::from(failed).leaving(state.seen(created.api_key)))
        }
    }
}

/// Deletes a key that this process just made, and that no state will ever hold.
///
/// # Errors
///
/// When it may still be there.
pub(super) async fn rollback(cx: &Context<Access>, made: &State) -> Result<()> {
    let _at_risk = cx.at_risk(format!("the user API key {}", made.label()));
    let client = cx.client().client(cx)?.for_cleanup(DEFAULT_TIMEOUT);
    match Proof::answered_here(made) {
        Some(proof) => deletion::delete(&client, &proof)
            .await
            .map(drop)
            .context("roll back the user API key"),
        None if made.is_unfinished() => unfinished::delete(cx, &client, made).await,
        None => Ok(()),
    }
}

/// That an imported key has no value in the state; how to get a key with one.
pub(super) fn without_value(way_on: &str) -> Diagnostic {
    Diagnostic::warning("`key` of an imported user API key is null").detail(format!(
        "The server shows the value of a key once, when the key is created. So `key` and `key_fingerprint` of an imported \
         key are null in the state, and stay null. {way_on}"
    ))
}

/// The second half of a create. Whatever happens, the state has the key and its value.
async fn complete(
    cx: &Context<Access>,
    client: &Client,
    state: State,
    mut key: UserApiKey,
    began: Instant,
) -> Result<State, Partial<State>> {
    let label = super::label(&key.name, &key.id);
    // Also after an interrupt: until then, a key that is to be disabled can log in.
    if !state.enabled {
        let bound = client.pause(std::time::Duration::ZERO).await;
        let client = bound.map_or_else(|_| client.for_cleanup(CLEAN_UP), |()| client.clone());
        if let Err(error) = visibility::put_enabled(&client, &key.id, false).await {
            lookup::note(cx, Visible::NotYet);
            let failed = not_disabled(&error, &label);
            return Err(Diagnostics::from(failed).leaving(state.seen(key)));
        }
        key.disabled = true;
    }
    let visible = visibility::until_new_is_visible(cx, client, &key, began).await;
    lookup::note(cx, visible);
    Ok(state.seen(key))
}

fn not_disabled(error: &Error, label: &str) -> Diagnostic {
    error
        .diagnostic(&format!("disable the new user API key {label}"))
        .and_detail(&format!(
            "The key {label} exists, is enabled, and is in the state with its value. Terraform marks what fails while it is \
             created as tainted and replaces it with the next apply. To keep this key instead, run `terraform untaint` with \
             the address of the resource: the next apply then disables it in place."
        ))
}

fn left_disabled(label: &str) -> Diagnostic {
    Diagnostic::warning(format!("The user API key {label} stays on the server, disabled")).detail(
        "`on_destroy` = \"disable\" leaves the key there: it can no longer log in, keeps its name, and counts against the \
         user's quota. Terraform no longer manages it. To delete it, import it into a resource with `on_destroy` = \
         \"delete\" and destroy that, or use the action `appservices_user_api_key_delete` (Terraform 1.14).",
    )
}

fn not_switched(failure: &NotWritten, doing: &str) -> Diagnostic {
    match failure {
        NotWritten::Failed(error) if error.is_not_found() => Diagnostic::error(format!(
            "Could not {doing}"
        ))
        .detail(
            "It was deleted in the meantime. Run Terraform again: the next plan will recreate it.",
        ),
        failure => failure.explain(doing),
    }
}
