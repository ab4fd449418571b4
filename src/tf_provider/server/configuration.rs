//! The provider's own configuration and life.

use std::sync::Arc;

use super::super::diagnostics::Result;
use super::super::proto::tfplugin6::{DynamicValue, configure_provider, validate_provider_config};
use super::super::provider::{Configure, Provider};
use super::super::resource::unexpected;
use super::super::value::Object;
use super::{Shared, convert};

pub(super) async fn validate<P: Provider>(
    shared: Arc<Shared<P>>,
    request: validate_provider_config::Request,
) -> Result<validate_provider_config::Response> {
    checked(&shared, request.config)?;
    Ok(validate_provider_config::Response::default())
}

/// Validates once more, because not every host does so before.
pub(super) async fn configure<P: Provider>(
    shared: Arc<Shared<P>>,
    request: configure_provider::Request,
) -> Result<configure_provider::Response> {
    let config = checked(&shared, request.config)?;
    let config = shared
        .fields
        .decode(config.0)
        .map_err(|mismatch| unexpected(&mismatch))?;
    let client = shared
        .provider
        .configure(Configure {
            config,
            terraform_version: request.terraform_version,
        })
        .await?;
    shared.clients.write().await.push(client);
    Ok(configure_provider::Response::default())
}

fn checked<P: Provider>(shared: &Shared<P>, config: Option<DynamicValue>) -> Result<Object> {
    let config = convert::object(config, &shared.schema)?.unwrap_or_default();
    shared.schema.validate(&config)?;
    shared.provider.validate(&config)?;
    Ok(config)
}
