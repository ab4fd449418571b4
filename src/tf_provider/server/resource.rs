//! The RPCs of managed resources: decode, call, encode.

use tokio_util::sync::CancellationToken;

use super::super::block::known;
use super::super::context::Context;
use super::super::diagnostics::{Diagnostic, Partial, Result};
use super::super::plan;
use super::super::proto::tfplugin6::{
    apply_resource_change, generate_resource_config, import_resource_state, plan_resource_change,
    read_resource, upgrade_resource_identity, upgrade_resource_state, validate_resource_config,
};
use super::super::provider::Provider;
use super::super::resource::{AnyResource, Change, Stored, Target, stored};
use super::super::value::Object;
use super::answer::Answer;
use super::{Call, convert};

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
    let safe = read_resource::Response::keeping(&request);
    let resource = call.resource(&request.type_name)?;
    let state = convert::present(request.current_state, resource.schema(), "state")?;
    if let Some(deferred) = call.deferral(request.client_capabilities.as_ref()).await {
        return Ok(read_resource::Response {
            deferred: Some(deferred),
            ..safe
        });
    }
    let cx = call.context(request.private).await?;
    let found = resource.read(&cx, state).await;
    let (warnings, private) = cx.into_parts();
    let response = match found {
        Ok(found) => {
            let (state, identity) = parted(found);
            read_resource::Response {
                new_state: Some(convert::dynamic_or_null(state, resource.schema())),
                private,
                new_identity: convert::identity(identity, resource),
                ..safe
            }
        }
        Err(diagnostics) => safe.failed(diagnostics),
    };
    Ok(response.warned(warnings))
}

pub(super) async fn plan<P: Provider>(
    call: Call<P>,
    request: plan_resource_change::Request,
) -> Result<plan_resource_change::Response> {
    let safe = plan_resource_change::Response::keeping(&request);
    let resource = call.resource(&request.type_name)?;
    let schema = resource.schema();
    let Some(proposed) = convert::object(request.proposed_new_state, schema)? else {
        let response = plan_resource_change::Response {
            planned_state: Some(convert::dynamic_or_null(None, schema)),
            ..safe
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
    resource.modify_plan(&cx, &mut plan).await?;
    let (warnings, planned_private) = cx.into_parts();
    let response = plan_resource_change::Response {
        planned_state: Some(convert::dynamic(plan.planned, schema)),
        requires_replace: plan.requires_replace.iter().map(convert::path).collect(),
        planned_private,
        deferred,
        // Wholly known or absent: cores write it as JSON when they show a plan.
        planned_identity: if creates {
            None
        } else {
            safe.planned_identity.clone()
        },
        ..safe
    };
    Ok(response.warned(warnings))
}

pub(super) async fn apply<P: Provider>(
    call: Call<P>,
    request: apply_resource_change::Request,
) -> Result<apply_resource_change::Response> {
    let safe = apply_resource_change::Response::keeping(&request);
    let resource = call.resource(&request.type_name)?;
    let prior = convert::object(request.prior_state, resource.schema())?;
    let planned = convert::object(request.planned_state, resource.schema())?;
    let creates = prior.is_none();
    let cx = call.context(request.planned_private).await?;
    let (new_state, failure) = match change(resource, &cx, prior, planned).await {
        Ok(new_state) => (new_state, None),
        Err(partial) => (partial.left.flatten(), Some(partial.diagnostics)),
    };
    let (mut new_state, identity) = parted(new_state);
    let leftover = new_state.as_mut().map(|state| known(state, "the change"));
    let (warnings, private) = cx.into_parts();
    if creates && call.gone.is_cancelled() {
        rollback_create(&call, resource, new_state.clone(), private.clone()).await?;
    }
    // Without a state of its own, a failure keeps the prior one.
    let mut response = if failure.is_some() && new_state.is_none() {
        apply_resource_change::Response { private, ..safe }
    } else {
        apply_resource_change::Response {
            new_state: Some(convert::dynamic_or_null(new_state, resource.schema())),
            private,
            new_identity: convert::identity(identity, resource),
            ..safe
        }
    };
    if let Some(diagnostics) = failure {
        response = response.failed(diagnostics);
    } else if let Some(Err(unknown)) = leftover {
        response = response.failed(unknown);
    }
    Ok(response.warned(warnings))
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
    outcome.map(Some).map_err(|partial| Partial {
        diagnostics: partial.diagnostics,
        left: partial.left.map(Some),
    })
}

fn parted(stored: Option<Stored>) -> (Option<Object>, Option<Object>) {
    match stored {
        Some(Stored { state, identity }) => (Some(state), identity),
        None => (None, None),
    }
}

/// Nobody hears of the object that was just made, and so no state will ever hold it.
async fn rollback_create<P: Provider>(
    call: &Call<P>,
    resource: &dyn AnyResource<P::Client>,
    made: Option<Object>,
    private: Vec<u8>,
) -> Result<()> {
    let Some(made) = made else {
        return Ok(());
    };
    tracing::warn!("the host went away during a create; takes back what was made");
    // By now an interrupt has most likely been told, and this must be done all the same.
    let cx = call
        .context_until(CancellationToken::new(), private)
        .await?;
    let taken_back = resource.rollback_create(&cx, made).await;
    if let Err(diagnostics) = &taken_back {
        for Diagnostic { summary, .. } in diagnostics.clone().into_vec() {
            tracing::error!("{summary}");
        }
    }
    taken_back
}

pub(super) async fn import<P: Provider>(
    call: Call<P>,
    request: import_resource_state::Request,
) -> Result<import_resource_state::Response> {
    let safe = import_resource_state::Response::keeping(&request);
    let resource = call.resource(&request.type_name)?;
    if let Some(deferred) = call.deferral(request.client_capabilities.as_ref()).await {
        let unknown = plan::unknown(resource.schema());
        return Ok(import_resource_state::Response {
            imported_resources: vec![import_resource_state::ImportedResource {
                type_name: request.type_name,
                state: Some(convert::dynamic(unknown, resource.schema())),
                identity: request.identity,
                ..Default::default()
            }],
            deferred: Some(deferred),
            ..safe
        });
    }
    let target = match convert::identity_object(request.identity, resource)? {
        Some(identity) if request.id.is_empty() => Target::Identity(identity),
        _ => Target::Id(request.id),
    };
    let cx = call.context(Vec::new()).await?;
    let imported = resource.import(&cx, target).await;
    let (warnings, private) = cx.into_parts();
    let response = match imported {
        Ok(Stored {
            mut state,
            identity,
        }) => {
            state.settle();
            import_resource_state::Response {
                imported_resources: vec![import_resource_state::ImportedResource {
                    type_name: request.type_name,
                    state: Some(convert::dynamic(state, resource.schema())),
                    private,
                    identity: convert::identity(identity, resource),
                }],
                ..Default::default()
            }
        }
        Err(diagnostics) => safe.failed(diagnostics),
    };
    Ok(response.warned(warnings))
}

/// Asked for when the version of the stored identity is not today's; there has been none but the first.
pub(super) async fn upgrade_identity<P: Provider>(
    call: Call<P>,
    request: upgrade_resource_identity::Request,
) -> Result<upgrade_resource_identity::Response> {
    let resource = call.resource(&request.type_name)?;
    let Some(schema) = resource.identity_schema() else {
        let detail = format!("Resources of the type `{}` have none.", request.type_name);
        return Err(Diagnostic::error("No identity to upgrade")
            .detail(detail)
            .into());
    };
    if request.version != schema.version {
        let detail = format!(
            "It has the version {}, and this release of the provider knows the version {}. Use the release that wrote it.",
            request.version, schema.version
        );
        return Err(Diagnostic::error("Unknown version of the stored identity")
            .detail(detail)
            .into());
    }
    let identity = stored(convert::raw_state(request.raw_identity)?, schema)?;
    Ok(upgrade_resource_identity::Response {
        upgraded_identity: convert::identity(Some(identity), resource),
        ..Default::default()
    })
}

/// What a configuration has to say to get this state: no computed values, and no defaults.
pub(super) async fn generate<P: Provider>(
    call: Call<P>,
    request: generate_resource_config::Request,
) -> Result<generate_resource_config::Response> {
    let resource = call.resource(&request.type_name)?;
    let schema = resource.schema();
    let state = convert::object(request.state, schema)?.unwrap_or_default();
    let mut config = plan::configuration(&schema.attributes, state);
    resource.generate(&mut config);
    Ok(generate_resource_config::Response {
        config: Some(convert::dynamic(config, schema)),
        ..Default::default()
    })
}
