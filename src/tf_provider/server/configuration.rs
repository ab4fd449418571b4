//! The provider's own configuration and life.

use super::super::diagnostics::{Diagnostics, Result};
use super::super::proto::tfplugin6::{DynamicValue, configure_provider, validate_provider_config};
use super::super::provider::{Configure, Provider};
use super::super::value::Object;
use super::{Call, convert};

pub(super) async fn validate<P: Provider>(
    call: Call<P>,
    request: validate_provider_config::Request,
) -> Result<validate_provider_config::Response> {
    checked(&call, request.config)?;
    Ok(validate_provider_config::Response::default())
}

/// Validates once more, because not every host does so before.
pub(super) async fn configure<P: Provider>(
    call: Call<P>,
    request: configure_provider::Request,
) -> Result<configure_provider::Response> {
    call.forget_shown_causes();
    let config = checked(&call, request.config)?;
    let config = call.config.configured(config)?;
    let client = call
        .provider
        .configure(Configure {
            config,
            terraform_version: request.terraform_version,
        })
        .await?;
    call.clients.write().await.push((call.connection, client));
    Ok(configure_provider::Response::default())
}

fn checked<P: Provider>(call: &Call<P>, config: Option<DynamicValue>) -> Result<Object> {
    let config = convert::config(config, &call.config.schema)?;
    Diagnostics::all([
        call.config.validate(&config),
        call.provider.validate(&config),
    ])?;
    Ok(config)
}
