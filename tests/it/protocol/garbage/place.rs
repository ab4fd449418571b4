//! The places in a conversation where the host hands over a value.

use serde_json::json;
use tonic::Status;

use crate::support::host::Host;
use crate::support::proto::tfplugin6::{
    Diagnostic, DynamicValue, ResourceIdentityData, apply_resource_change, configure_provider,
    import_resource_state, plan_resource_change, read_data_source, read_resource,
    validate_data_resource_config, validate_provider_config, validate_resource_config,
};
use crate::support::value::dynamic;

/// Every place there is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Place {
    ValidateProvider,
    Configure,
    ValidateResource,
    Read,
    PlanPrior,
    PlanProposed,
    PlanConfig,
    ApplyPrior,
    ApplyPlanned,
    ImportIdentity,
    ValidateData,
    ReadData,
}

/// Those of a managed resource.
pub(super) const RESOURCE: [Place; 8] = [
    Place::ValidateResource,
    Place::Read,
    Place::PlanPrior,
    Place::PlanProposed,
    Place::PlanConfig,
    Place::ApplyPrior,
    Place::ApplyPlanned,
    Place::ImportIdentity,
];
/// The others.
pub(super) const ELSEWHERE: [Place; 4] = [
    Place::ValidateProvider,
    Place::Configure,
    Place::ValidateData,
    Place::ReadData,
];

/// Puts `value` into one place of a request that is fine otherwise.
pub(super) async fn put(
    host: &Host,
    place: Place,
    kind: &str,
    value: DynamicValue,
) -> Result<Vec<Diagnostic>, Status> {
    match place {
        Place::PlanPrior | Place::PlanProposed | Place::PlanConfig => {
            put_into_plan(host, place, kind, value).await
        }
        Place::ApplyPrior | Place::ApplyPlanned => put_into_apply(host, place, kind, value).await,
        Place::ValidateData | Place::ReadData => put_into_data(host, place, kind, value).await,
        _ => put_alone(host, place, kind, value).await,
    }
}

async fn put_alone(
    host: &Host,
    place: Place,
    kind: &str,
    value: DynamicValue,
) -> Result<Vec<Diagnostic>, Status> {
    let mut provider = host.provider();
    let (type_name, config) = (kind.to_owned(), Some(value));
    Ok(match place {
        Place::ValidateProvider => {
            let request = validate_provider_config::Request { config };
            provider
                .validate_provider_config(request)
                .await?
                .into_inner()
                .diagnostics
        }
        Place::Configure => {
            let request = configure_provider::Request {
                config,
                ..Default::default()
            };
            provider
                .configure_provider(request)
                .await?
                .into_inner()
                .diagnostics
        }
        Place::ValidateResource => {
            let request = validate_resource_config::Request {
                type_name,
                config,
                ..Default::default()
            };
            provider
                .validate_resource_config(request)
                .await?
                .into_inner()
                .diagnostics
        }
        Place::Read => {
            let request = read_resource::Request {
                type_name,
                current_state: config,
                ..Default::default()
            };
            provider
                .read_resource(request)
                .await?
                .into_inner()
                .diagnostics
        }
        Place::ImportIdentity => {
            let identity = Some(ResourceIdentityData {
                identity_data: config,
            });
            let request = import_resource_state::Request {
                type_name,
                identity,
                ..Default::default()
            };
            provider
                .import_resource_state(request)
                .await?
                .into_inner()
                .diagnostics
        }
        _ => unreachable!("{place:?} is not alone"),
    })
}

async fn put_into_data(
    host: &Host,
    place: Place,
    kind: &str,
    value: DynamicValue,
) -> Result<Vec<Diagnostic>, Status> {
    let mut provider = host.provider();
    let (type_name, config) = (kind.to_owned(), Some(value));
    Ok(if place == Place::ValidateData {
        let request = validate_data_resource_config::Request { type_name, config };
        provider
            .validate_data_resource_config(request)
            .await?
            .into_inner()
            .diagnostics
    } else {
        let request = read_data_source::Request {
            type_name,
            config,
            ..Default::default()
        };
        provider
            .read_data_source(request)
            .await?
            .into_inner()
            .diagnostics
    })
}

async fn put_into_plan(
    host: &Host,
    place: Place,
    kind: &str,
    value: DynamicValue,
) -> Result<Vec<Diagnostic>, Status> {
    let good = good(host).await;
    let either = |here: Place| {
        Some(if here == place {
            value.clone()
        } else {
            good.clone()
        })
    };
    let request = plan_resource_change::Request {
        type_name: kind.to_owned(),
        prior_state: either(Place::PlanPrior),
        proposed_new_state: either(Place::PlanProposed),
        config: either(Place::PlanConfig),
        ..Default::default()
    };
    Ok(host
        .provider()
        .plan_resource_change(request)
        .await?
        .into_inner()
        .diagnostics)
}

async fn put_into_apply(
    host: &Host,
    place: Place,
    kind: &str,
    value: DynamicValue,
) -> Result<Vec<Diagnostic>, Status> {
    let good = good(host).await;
    let either = |here: Place| {
        Some(if here == place {
            value.clone()
        } else {
            good.clone()
        })
    };
    let request = apply_resource_change::Request {
        type_name: kind.to_owned(),
        prior_state: either(Place::ApplyPrior),
        planned_state: either(Place::ApplyPlanned),
        // Without write-only arguments the plan holds everything, so nothing is taken from here.
        config: Some(good.clone()),
        ..Default::default()
    };
    Ok(host
        .provider()
        .apply_resource_change(request)
        .await?
        .into_inner()
        .diagnostics)
}

/// What no rule objects to.
async fn good(host: &Host) -> DynamicValue {
    dynamic(&host.key(json!({ "name": "ci", "enabled": true })).await)
}
