//! The RPCs by which objects that exist come under management: import, and configuration for it.

use super::super::block::well_typed;
use super::super::diagnostics::{Diagnostic, Result};
use super::super::plan;
use super::super::proto::tfplugin6::{
    generate_resource_config, import_resource_state, move_resource_state, upgrade_resource_identity,
};
use super::super::provider::Provider;
use super::super::resource::{Stored, Target, is_complete, stored};
use super::answer::Answer;
use super::{Call, convert};

pub(super) async fn import<P: Provider>(
    call: Call<P>,
    request: import_resource_state::Request,
) -> Result<import_resource_state::Response> {
    let fallback = import_resource_state::Response::unchanged(&request);
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
            ..fallback
        });
    }
    let named = request.identity.clone();
    let target = match convert::identity_object(request.identity, resource)? {
        Some(identity) if request.id.is_empty() => Target::Identity(identity),
        _ => Target::Id(request.id),
    };
    let cx = call.context(Vec::new()).await?;
    let imported = resource.import(&cx, target).await;
    let (warnings, private) = cx.into_parts();
    let response = match imported {
        Ok(Stored { state, identity }) => import_resource_state::Response {
            imported_resources: vec![import_resource_state::ImportedResource {
                type_name: request.type_name,
                state: Some(convert::dynamic(state, resource.schema())),
                private,
                identity: convert::identity(identity, resource).or(named),
            }],
            ..Default::default()
        },
        Err(diagnostics) => fallback.failed(call.shorten(diagnostics)),
    };
    Ok(response.warned(call.shorten_warnings(warnings)))
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
    if !is_complete(&identity, schema) {
        let detail = "It lacks an attribute that is required. The next refresh stores it again.";
        return Err(Diagnostic::error("The stored identity names no object")
            .detail(detail)
            .into());
    }
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
    if request.state.is_none() {
        return Err(without_state(&request.type_name).into());
    }
    let state = convert::object(request.state, schema)?.unwrap_or_default();
    let mut config = plan::configuration(&schema.attributes, state);
    resource.generate(&mut config);
    well_typed(&mut config, schema)?;
    Ok(generate_resource_config::Response {
        config: Some(convert::dynamic(config, schema)),
        ..Default::default()
    })
}

/// Not announced in the schema, and OpenTofu asks all the same.
pub(super) fn nothing_moves() -> move_resource_state::Response {
    let refusal = Diagnostic::error("The state of another type cannot be moved here").detail(
        "No resource of this provider takes over the state of another type. Take the `moved` block out of the configuration.",
    );
    move_resource_state::Response {
        diagnostics: vec![convert::diagnostic(refusal)],
        ..Default::default()
    }
}

/// What would be generated from nothing is a block that lacks all that it needs.
fn without_state(type_name: &str) -> Diagnostic {
    Diagnostic::error("No configuration can be generated").detail(format!(
        "Terraform asked for the configuration of a `{type_name}` and did not send its state. Only Terraform 1.14.0 leaves \
         it out. Use Terraform 1.14.1 or newer to generate configuration, or write the block by hand."
    ))
}
