//! Does what a plan says: enables the current key, deletes the previous one, makes a new one.
//!
//! What is to be done follows from the two states alone. Whatever fails, the state tells what was done by then, and keeps
//! every id and every value.

use tokio::time::Instant;

use crate::appservices::{Client, CreatedUserApiKey, UserApiKey};
use crate::tf_provider::{Change, Context, Diagnostic, Field, Partial, Result};

use super::super::super::access::{Access, Service};
use super::super::super::duration::after;
use super::super::super::recipients::Recipients;
use super::super::Time;
use super::super::creation::{Creation, NewName, NotCreated};
use super::super::deletion::RandomName;
use super::super::destroy::delete_kept;
use super::super::state::State;
use super::super::{
    encryption, lookup, ownership, planning, private_state, resource, rotation, visibility,
};
use super::explain;
use super::state::{Previous, RotatingState};

/// Changes the keys in place.
///
/// # Errors
///
/// With the state that was reached.
pub(super) async fn run(
    cx: &Context<Access>,
    Change { mut prior, plan }: Change<RotatingState>,
) -> Result<RotatingState, Partial<RotatingState>> {
    let steps = Steps::of(&prior, &plan);
    match steps.carry_out(cx, &mut prior, &plan).await {
        Ok(made) => {
            planning::clear_import_markers(cx);
            rotation::clear_due(cx);
            Ok(reached(prior, plan, made))
        }
        Err(failed) => Err(failed.leaving(prior)),
    }
}

/// A new key, and its value as the state is to hold it.
struct Made {
    api_key: UserApiKey,
    value: State,
}

/// The state after an update in which all went well.
fn reached(prior: RotatingState, plan: RotatingState, made: Option<Made>) -> RotatingState {
    let user_id = prior.current.user_id.clone();
    let (api_key, value) = match made {
        Some(Made { api_key, value }) => (Some(api_key), value),
        None => (None, prior.current),
    };
    let current = State {
        key: value.key,
        encrypted_key: value.encrypted_key,
        key_fingerprint: value.key_fingerprint,
        user_id,
        ..plan.current
    };
    let Some(api_key) = api_key else {
        return RotatingState { current, ..plan };
    };
    let mut previous = plan.previous;
    if previous.retires_at.is_unknown() {
        let at = after(api_key.id.created_at(), plan.overlap.as_deref());
        previous.retires_at = at.map_or(Field::Null, |at| Time::from(at).into());
    }
    let state = RotatingState {
        overlap: plan.overlap,
        previous,
        ..RotatingState::default()
    };
    state.with_current(current, api_key)
}

/// What a plan asks for.
#[derive(Debug)]
struct Steps {
    enable: bool,
    retire: bool,
    rotate: bool,
}

impl Steps {
    fn of(prior: &RotatingState, plan: &RotatingState) -> Self {
        let rotate = plan.current.id.is_unknown();
        let before = &prior.previous.name;
        Self {
            enable: !rotate && prior.enabled != plan.enabled,
            retire: before.known().is_some() && *before != plan.previous.name,
            rotate,
        }
    }

    /// Takes the steps, and tells with each in `state` what is true from then on.
    async fn carry_out(
        &self,
        cx: &Context<Access>,
        state: &mut RotatingState,
        plan: &RotatingState,
    ) -> Result<Option<Made>> {
        if !(self.enable || self.retire || self.rotate) {
            return Ok(None);
        }
        let service = cx.client().service()?;
        service.run().names.clear();
        let limit = plan.current.limit(|timeouts| &timeouts.update);
        let (client, deadline) = (service.client(cx, limit), Instant::now() + limit);
        // Asked first, so that nothing is deleted for a new key that can't be kept.
        let recipients = encryption::recipients(&plan.current)?;
        let doing = format!("change the user API key {}", state.current.label());
        ownership::user(cx, &client, &state.current, &doing).await?;

        if self.enable {
            enable(cx, &client, state).await?;
        }
        let retired = state.previous().filter(|_| self.retire);
        if let Some(previous) = &retired {
            delete_kept(cx, &client, previous).await?;
            state.previous = Previous::default();
            private_state::change(cx, |kept| kept.retirement_due = false);
        }
        if !self.rotate {
            return Ok(None);
        }
        if state.current.is_unfinished() {
            delete_kept(cx, &client, &state.current).await?;
        }
        let rotation = Rotation {
            service,
            client: &client,
            began: Instant::now(),
            deadline,
            retired: retired.map(|previous| previous.label()),
        };
        let created = rotation.create(cx, state, plan).await?;
        rotation
            .keep(cx, recipients.as_ref(), created)
            .await
            .map(Some)
    }
}

async fn enable(cx: &Context<Access>, client: &Client, state: &mut RotatingState) -> Result<()> {
    let Some(id) = state.current.key_id() else {
        return Ok(());
    };
    let label = state.current.label();
    let enabled = visibility::set_enabled(cx, client, &id, true, &label).await;
    enabled.map_err(|failure| failure.explain(&format!("enable the user API key {label}")))?;
    state.enabled = true.into();
    Ok(())
}

/// The making of a new current key.
struct Rotation<'a> {
    service: &'a Service,
    client: &'a Client,
    began: Instant,
    deadline: Instant,
    /// The previous key that was deleted just before.
    retired: Option<String>,
}

impl Rotation<'_> {
    /// Makes the key. One that may have been made all the same leaves its name in the state, which is proof that it may be
    /// deleted: the next apply does that first.
    async fn create(
        &self,
        cx: &Context<Access>,
        state: &mut RotatingState,
        plan: &RotatingState,
    ) -> Result<CreatedUserApiKey> {
        let prefix = plan.current.name_prefix.as_deref().unwrap_or_default();
        let name = NewName::Random(RandomName::new(prefix));
        let creation = Creation {
            client: self.client,
            name: &name,
            replace_existing: false,
            deadline: self.deadline,
            is_resource: true,
        };
        let facts = explain::NotRotated {
            current: state.current.label(),
            works: state.current.id.known().is_some() && plan.previous.id == state.current.id,
            previous: state.previous().map(|previous| previous.label()),
            retired: self.retired.clone(),
        };
        let failed = match creation.run(cx, self.service.names()).await {
            Ok(created) => return Ok(created),
            Err(NotCreated::Failed(failed)) => failed,
            Err(NotCreated::Unfinished(failed)) => {
                keep_name(cx, state, name.as_str().to_owned());
                failed
            }
        };
        Err(explain::not_rotated(failed, &facts).into())
    }

    /// Waits until the key shows, and gives its value the form in which the state holds it.
    async fn keep(
        &self,
        cx: &Context<Access>,
        recipients: Option<&Recipients>,
        created: CreatedUserApiKey,
    ) -> Result<Made> {
        let CreatedUserApiKey { api_key, value } = created;
        let value = match encryption::keep_value(State::default(), recipients, value) {
            Ok(value) => value,
            Err(failed) => return Err(undo(cx, failed.0, api_key).await.into()),
        };
        private_state::note_id(cx, &api_key.id);
        private_state::change(cx, |kept| kept.current_gone = false);
        let visible = visibility::until_new_is_visible(cx, self.client, &api_key, self.began).await;
        lookup::note(cx, visible);
        Ok(Made { api_key, value })
    }
}

/// Deletes a new key that is of no use, so that the current one stays what it was.
async fn undo(cx: &Context<Access>, failed: Diagnostic, key: UserApiKey) -> Diagnostic {
    let made = State::default().seen(key);
    let what = match resource::rollback(cx, &made).await {
        Ok(()) => "was deleted again",
        Err(_) => "could not be deleted again: delete it by its id",
    };
    failed.and_detail(&format!("The new key {} {what}.", made.label()))
}

/// Keeps the name of a key that may have been made, where the plan after this one finds it.
fn keep_name(cx: &Context<Access>, state: &mut RotatingState, name: String) {
    if state.previous.name.known().is_none() {
        state.previous.name = name.into();
        return;
    }
    // The current key is gone, and the previous one keeps its time.
    let user_id = state.current.user_id.known().cloned().unwrap_or_default();
    let current = std::mem::take(&mut state.current);
    state.current = current.without_key(name, user_id);
    private_state::change(cx, |kept| kept.current_gone = false);
}
