//! The RPCs of managed resources: decode, call, encode.

use std::panic::AssertUnwindSafe;

use futures_util::FutureExt;
use futures_util::future::join_all;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::super::block::{sound, well_typed};
use super::super::context::Context;
use super::super::diagnostics::{Diagnostic, Diagnostics, Partial, Result};
use super::super::plan;
use super::super::proto::tfplugin6::{
    apply_resource_change, plan_resource_change, read_resource, upgrade_resource_state,
    validate_resource_config,
};
use super::super::provider::Provider;
use super::super::resource::{AnyResource, Change, Stored};
use super::super::value::Object;
use super::answer::Answer;
use super::{Call, Shared, convert};

pub(super) async fn validate<P: Provider>(
    call: Call<P>,
    request: validate_resource_config::Request,
) -> Result<validate_resource_config::Response> {
    let resource = call.resource(&request.type_name)?;
    let config = convert::present(request.config, resource.schema(), "configuration")?;
    resource.validate(&config)?;
    Ok(validate_resource_config::Response::default())
}

/// Asked for every stored object on every plan, also when the version is today's.
pub(super) async fn upgrade<P: Provider>(
    call: Call<P>,
    request: upgrade_resource_state::Request,
) -> Result<upgrade_resource_state::Response> {
    let resource = call.resource(&request.type_name)?;
    let state = resource.upgrade(request.version, convert::raw_state(request.raw_state)?)?;
    Ok(upgrade_resource_state::Response {
        upgraded_state: Some(convert::dynamic(state, resource.schema())),
        ..Default::default()
    })
}

pub(super) async fn read<P: Provider>(
    call: Call<P>,
    request: read_resource::Request,
) -> Result<read_resource::Response> {
    let fallback = read_resource::Response::unchanged(&request);
    let resource = call.resource(&request.type_name)?;
    let state = convert::present(request.current_state, resource.schema(), "state")?;
    if let Some(deferred) = call.deferral(request.client_capabilities.as_ref()).await {
        return Ok(read_resource::Response {
            deferred: Some(deferred),
            ..fallback
        });
    }
    let cx = call.context(request.private).await?;
    let found = resource.read(&cx, state).await;
    let (warnings, private) = cx.into_parts();
    let response = match found {
        Ok(found) => {
            let (state, identity) = split(found);
            let kept_identity = fallback.new_identity.clone().filter(|_| state.is_some());
            read_resource::Response {
                new_state: Some(convert::dynamic_or_null(state, resource.schema())),
                private,
                new_identity: convert::identity(identity, resource).or(kept_identity),
                ..fallback
            }
        }
        Err(diagnostics) => fallback.failed(call.shorten(diagnostics)),
    };
    Ok(response.warned(call.shorten_warnings(warnings)))
}

pub(super) async fn plan<P: Provider>(
    call: Call<P>,
    request: plan_resource_change::Request,
) -> Result<plan_resource_change::Response> {
    let fallback = plan_resource_change::Response::unchanged(&request);
    let resource = call.resource(&request.type_name)?;
    let schema = resource.schema();
    let Some(proposed) = convert::object(request.proposed_new_state, schema)? else {
        let response = plan_resource_change::Response {
            planned_state: Some(convert::dynamic_or_null(None, schema)),
            ..fallback
        };
        // Nothing stands in the way of a destroy, so what cannot be read is left to it.
        let prior = convert::object(request.prior_state, schema);
        let cx = call.context(request.prior_private).await;
        let (Ok(Some(prior)), Ok(cx)) = (prior, cx) else {
            return Ok(response);
        };
        resource.plan_destroy(&cx, &prior);
        return Ok(response.warned(cx.into_parts().0));
    };
    let prior = convert::object(request.prior_state, schema)?;
    let creates = prior.is_none();
    let config = convert::present(request.config, schema, "configuration")?;
    let mut plan = plan::plan(schema, config, prior, proposed);
    let deferred = call.deferral(request.client_capabilities.as_ref()).await;
    let cx = call.context(request.prior_private).await?;
    let modified = resource.modify_plan(&cx, &mut plan).await;
    let (warnings, planned_private) = cx.into_parts();
    if let Err(diagnostics) = modified
        .and_then(|()| plan::merges_nothing(&plan))
        .and_then(|()| well_typed(&mut plan.planned, schema))
    {
        return Ok(fallback
            .failed(call.shorten(diagnostics))
            .warned(call.shorten_warnings(warnings)));
    }
    let response = plan_resource_change::Response {
        planned_state: Some(convert::dynamic(plan.planned, schema)),
        requires_replace: plan.requires_replace.iter().map(convert::path).collect(),
        planned_private,
        deferred,
        // Wholly known or absent: cores write it as JSON when they show a plan.
        planned_identity: if creates {
            None
        } else {
            fallback.planned_identity.clone()
        },
        ..fallback
    };
    Ok(response.warned(call.shorten_warnings(warnings)))
}

pub(super) async fn apply<P: Provider>(
    call: Call<P>,
    request: apply_resource_change::Request,
) -> Result<apply_resource_change::Response> {
    let _change = call.changes.token();
    let fallback = apply_resource_change::Response::unchanged(&request);
    let resource = call.resource(&request.type_name)?;
    let schema = resource.schema();
    let prior = convert::object(request.prior_state, schema)?;
    let planned = convert::object(request.planned_state, schema)?;
    let cx = call.context(request.planned_private).await?;
    let (stored, mut failure) = outcome(resource, &cx, prior.clone(), planned).await;
    // The host does not send the identity of what it deletes, and drops what an answer does not hold.
    let kept_identity = || {
        let made = || convert::identity(resource.identity(&cx, prior.clone()?), resource);
        fallback.new_identity.clone().or_else(made)
    };
    let made = stored.as_ref().map(|stored| stored.state.clone());
    let (new_state, new_identity) = match stored {
        Some(Stored { state, identity }) => (
            Some(convert::dynamic(state, schema)),
            convert::identity(identity, resource).or_else(kept_identity),
        ),
        // Without a state of its own, a failure keeps the prior one.
        None if failure.is_some() => (fallback.new_state.clone(), kept_identity()),
        None => (Some(convert::dynamic_or_null(None, schema)), None),
    };
    let (warnings, mut private) = cx.into_parts();
    if failure.is_some() && made.is_none() {
        // What stays as it was, stays so in all its parts.
        private.clone_from(&fallback.private);
    }
    if let Some(made) = made {
        // By now an interrupt has most likely been told, and a rollback must be done all the same.
        let cx = call.context_until(CancellationToken::new(), private.clone());
        let change = (prior, made);
        if call.gone.is_cancelled() {
            match rollback(&call, &request.type_name, &cx.await?, change).await {
                // A host that lives may still write what it is answered into a state.
                Ok(()) => return Ok(fallback.failed(rolled_back().into())),
                Err(left) => {
                    failure = Some(match failure {
                        Some(failure) => failure.and(left),
                        None => left,
                    });
                }
            }
        } else {
            call.recent_changes
                .push(request.type_name, cx.await?, change);
        }
    }
    let response = apply_resource_change::Response {
        new_state,
        private,
        new_identity,
        ..fallback
    };
    let response = match failure {
        Some(diagnostics) => response.failed(call.shorten(diagnostics)),
        None => response,
    };
    Ok(response.warned(call.shorten_warnings(warnings)))
}

fn rolled_back() -> Diagnostic {
    Diagnostic::error("Terraform ended during the change").detail(
        "What the change had made was taken back, since no state would have held it. Apply again.",
    )
}

/// What a change came to: the object that is there now, and why that is not what was planned.
async fn outcome<C>(
    resource: &dyn AnyResource<C>,
    cx: &Context<C>,
    prior: Option<Object>,
    planned: Option<Object>,
) -> (Option<Stored>, Option<Diagnostics>) {
    let creates = prior.is_none();
    let changed = AssertUnwindSafe(change(resource, cx, prior, planned)).catch_unwind();
    let changed = changed
        .await
        .unwrap_or_else(|_| Err(super::panicked("ApplyResourceChange").into()));
    let (mut stored, failure) = match changed {
        Ok(stored) => (stored, None),
        Err(partial) => (partial.left.flatten(), Some(partial.diagnostics)),
    };
    let Some(Stored { state, .. }) = &mut stored else {
        return (None, failure);
    };
    let typed = well_typed(state, resource.schema());
    // Of what was just made, all that can be kept is. What was there before stays what it was.
    let is_kept = creates || typed.is_ok();
    let unsound = typed.and(sound(state, resource.schema(), "the change"));
    let failure = match (failure, unsound) {
        (Some(failure), Err(unsound)) => Some(failure.and(unsound)),
        (failure, unsound) => failure.or(unsound.err()),
    };
    (stored.filter(|_| is_kept), failure)
}

/// Creates, updates or deletes, by which of the two sides is there.
async fn change<C>(
    resource: &dyn AnyResource<C>,
    cx: &Context<C>,
    prior: Option<Object>,
    planned: Option<Object>,
) -> Result<Option<Stored>, Partial<Option<Stored>>> {
    let outcome = match (prior, planned) {
        (None, Some(plan)) => resource.create(cx, plan).await,
        (Some(prior), Some(plan)) => resource.update(cx, Change { prior, plan }).await,
        (Some(prior), None) => {
            resource.delete(cx, prior).await?;
            return Ok(None);
        }
        (None, None) => {
            let detail = "Terraform sent neither a prior nor a planned state.";
            return Err(Diagnostic::bug("Nothing to apply", detail).into());
        }
    };
    outcome.map(Some).map_err(|partial| partial.map(Some))
}

fn split(stored: Option<Stored>) -> (Option<Object>, Option<Object>) {
    match stored {
        Some(Stored { state, identity }) => (Some(state), identity),
        None => (None, None),
    }
}

/// Rolls back what a host that vanished then had only just heard of.
pub(super) async fn rollback_unused<P: Provider>(shared: &Shared<P>, vanished: Instant) {
    let unused = shared.recent_changes.take_unused(vanished);
    join_all(unused.into_iter().map(async |recent| {
        // What fails is noted.
        let _ = rollback(shared, &recent.type_name, &recent.cx, recent.change).await;
    }))
    .await;
}

/// Takes back what was just made: no state will ever hold it. An update goes back to what it began with.
async fn rollback<P: Provider>(
    shared: &Shared<P>,
    type_name: &str,
    cx: &Context<P::Client>,
    (prior, made): (Option<Object>, Object),
) -> Result<()> {
    tracing::warn!("the host disconnected during a change; rolls back what was made");
    let rolled_back = shared.resource(type_name)?.rollback(cx, prior, made).await;
    if let Err(diagnostics) = &rolled_back {
        for Diagnostic { summary, .. } in diagnostics.clone().into_vec() {
            tracing::error!("{summary}");
            shared.left_behind.push(summary);
        }
    }
    rolled_back
}
