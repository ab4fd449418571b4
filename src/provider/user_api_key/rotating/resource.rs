use crate::appservices::{Error, KeyId};
use crate::tf_provider::{
    Change, Context, Diagnostic, Diagnostics, ErrorContext, Object, Partial, Plan, Resource,
    Result, Target,
};

use super::super::super::access::{Access, Service};
use super::super::creation::unfinished;
use super::super::destroy::delete_kept;
use super::super::identity::no_such_key;
use super::super::lookup::{self, Lookup, Refreshed, Visible};
use super::super::resource::{self, without_value};
use super::super::rotation::Clocks;
use super::super::state::State;
use super::super::{encryption, ownership, planning, private_state, rotation};
use super::state::{Previous, RotatingState, overlap_is_shorter};
use super::{plan, update};

/// A key that is replaced by age, and goes on working for a while beside its successor.
#[derive(Debug)]
pub(in crate::provider) struct RotatingUserApiKeyResource;

impl Resource for RotatingUserApiKeyResource {
    const NAME: &'static str = "rotating_user_api_key";
    const DESCRIPTION: &'static str = "A user API key that is rotated by age, in place: the previous key goes on working for a \
        while.";
    type Client = Access;
    type Model = RotatingState;
    /// None: the id changes in place.
    type Identity = ();

    fn validate(&self, config: &Object) -> Result<()> {
        Diagnostics::all([overlap_is_shorter(config), encryption::validate(config)])
    }

    async fn modify_plan(&self, cx: &Context<Access>, plan: &mut Plan) -> Result<()> {
        // Once more: a value that was not known when it was validated may be by now.
        overlap_is_shorter(&plan.config)?;
        plan::adjust(cx, plan);
        if plan::needs_the_server(plan) {
            cx.client().check_configured()?;
        }
        Ok(())
    }

    async fn create(
        &self,
        cx: &Context<Access>,
        plan: RotatingState,
    ) -> Result<RotatingState, Partial<RotatingState>> {
        let enabled = true;
        let planned = State {
            enabled,
            ..plan.current
        };
        let with = |current| RotatingState {
            current,
            enabled: enabled.into(),
            overlap: plan.overlap,
            previous: Previous::default(),
        };
        match resource::create(cx, planned).await {
            Ok(current) => Ok(with(current)),
            Err(partial) => Err(partial.map(with)),
        }
    }

    async fn read(
        &self,
        cx: &Context<Access>,
        mut state: RotatingState,
    ) -> Result<Option<RotatingState>> {
        let label = state.current.label();
        private_state::repair(cx, &label);
        let service = cx.client().service()?;
        let client = service.client(cx, state.current.limit(|timeouts| &timeouts.read));
        let doing = format!("read the user API key {label}");
        let user_id = ownership::user(cx, &client, &state.current, &doing).await?;
        state.current.user_id = user_id.into();

        let previous = state.previous();
        let previous_id = previous.as_ref().and_then(State::key_id);
        let id = state.current.key_id();
        let id = id.filter(|_| !state.current.is_unfinished());
        // Together: two young keys that are gone are looked for at the same time.
        let (found, refreshed) = tokio::join!(
            look(previous_id, async |id| lookup::find(&client, &id).await),
            look(id, async |id| {
                lookup::refresh(cx, &client, &state.current, &id).await
            }),
        );
        match found.context(&doing)? {
            None => {}
            Some(Lookup::Found(key)) => state.previous.name = key.name.into(),
            Some(Lookup::Gone) => state.previous = Previous::default(),
            Some(Lookup::CutShort) => {
                let label = previous.map(|previous| previous.label());
                lookup::cut_short(cx, &label.unwrap_or_default());
            }
        }
        let is_gone = match refreshed.context(&doing)? {
            None => {
                let refreshed = unfinished::refresh(&client, state.current).await;
                state.current = refreshed.context(&doing)?;
                false
            }
            Some(Refreshed::Found(key)) => {
                let current = std::mem::take(&mut state.current);
                state = state.with_current(current, key);
                false
            }
            Some(Refreshed::Gone) if state.previous().is_none() => return Ok(None),
            Some(Refreshed::Gone) => true,
            Some(Refreshed::Stays) => false,
        };
        private_state::change(cx, |kept| kept.current_gone = is_gone);
        Ok(Some(decided(cx, state, Clocks::now(&client), service)))
    }

    async fn update(
        &self,
        cx: &Context<Access>,
        change: Change<RotatingState>,
    ) -> Result<RotatingState, Partial<RotatingState>> {
        update::run(cx, change).await
    }

    async fn delete(&self, cx: &Context<Access>, state: RotatingState) -> Result<()> {
        let service = cx.client().service()?;
        service.run().names.clear();
        let client = service.client(cx, state.current.limit(|timeouts| &timeouts.delete));
        let doing = format!("delete the user API key {}", state.current.label());
        ownership::user(cx, &client, &state.current, &doing).await?;
        // From now on, a key that is not found is gone.
        lookup::note(cx, Visible::Yes);
        if let Some(previous) = state.previous() {
            delete_kept(cx, &client, &previous).await?;
        }
        delete_kept(cx, &client, &state.current).await
    }

    async fn rollback_create(&self, cx: &Context<Access>, made: RotatingState) -> Result<()> {
        resource::rollback(cx, &made.current).await
    }

    async fn rollback_update(
        &self,
        cx: &Context<Access>,
        change: Change<RotatingState>,
    ) -> Result<()> {
        let Change { prior, plan: made } = change;
        if made.current.name != prior.current.name {
            resource::rollback(cx, &made.current).await?;
        }
        match made.previous() {
            Some(unfinished) if unfinished.id.known().is_none() => {
                resource::rollback(cx, &unfinished).await
            }
            _ => Ok(()),
        }
    }

    async fn import(&self, cx: &Context<Access>, target: Target<()>) -> Result<RotatingState> {
        let Target::Id(text) = target else {
            let detail = "Rotating keys have no identity: their ids change.";
            return Err(Diagnostic::bug("An import by identity", detail).into());
        };
        let id = KeyId::parse(&text).map_err(|_| not_an_id(&text))?;
        let service = cx.client().service()?;
        let client = cx.client().client(cx)?;
        let doing = format!("import the user API key {id}");
        let user_id = client.user_id().await.context(&doing)?;
        let Lookup::Found(key) = lookup::find(&client, &id).await.context(&doing)? else {
            return Err(no_such_key(&format!("with the id {id}"), &user_id).into());
        };
        if service.run().import_warning.is_first() {
            cx.warn(without_value(
                "The next rotation makes a key whose value Terraform has; a change of `keepers` rotates at once.",
            ));
        }
        ownership::note(cx, service.app_id());
        planning::imported(cx);
        let current = State {
            user_id: user_id.into(),
            ..State::default()
        };
        Ok(RotatingState::of(current, key))
    }
}

/// Looks for a key, if there is one to look for.
async fn look<T>(
    id: Option<KeyId>,
    with: impl AsyncFnOnce(KeyId) -> Result<T, Error>,
) -> Result<Option<T>, Error> {
    match id {
        Some(id) => with(id).await.map(Some),
        None => Ok(None),
    }
}

/// The state, beside which is kept what is due by now.
fn decided(
    cx: &Context<Access>,
    state: RotatingState,
    clocks: Clocks,
    service: &Service,
) -> RotatingState {
    let rotates_at = state.current.rotates_at.known().map(|at| **at);
    rotation::decide(cx, rotates_at, clocks, &service.run().clock_warning);
    let retires_at = state.previous.retires_at.known().map(|at| **at);
    rotation::decide_retirement(cx, retires_at, clocks);
    state
}

fn not_an_id(text: &str) -> Diagnostic {
    Diagnostic::error("Invalid import ID").detail(format!(
        "{text:?} is not the id of a user API key, which has 24 hexadecimal digits, such as 65f0c0ffee0000000000d001. A \
         rotating key is imported by the id of its current key; the data source `appservices_user_api_keys` lists all."
    ))
}
