//! The RPCs of ephemeral resources: decode, call, encode.

use futures_util::future::join_all;
use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

use super::super::context::Context;
use super::super::diagnostics::{Diagnostic, Result};
use super::super::ephemeral_resource::{AnyEphemeralResource, Opened};
use super::super::plan;
use super::super::proto::tfplugin6::{
    self as proto, close_ephemeral_resource, open_ephemeral_resource, renew_ephemeral_resource,
    validate_ephemeral_resource_config,
};
use super::super::provider::Provider;
use super::answer::Answer;
use super::open_ephemerals::OpenEphemeral;
use super::{Call, Shared, convert};

/// What stands in the place of private data where nothing was opened, because the provider's configuration has values
/// that are not known yet. There is nothing to renew then, and nothing to close.
const NOT_OPENED: &[u8] = br#"{".not_opened":true}"#;

pub(super) async fn validate<P: Provider>(
    call: Call<P>,
    request: validate_ephemeral_resource_config::Request,
) -> Result<validate_ephemeral_resource_config::Response> {
    let ephemeral = call.ephemeral_resource(&request.type_name)?;
    let config = convert::present(request.config, ephemeral.schema(), "configuration")?;
    ephemeral.validate(&config)?;
    Ok(validate_ephemeral_resource_config::Response::default())
}

pub(super) async fn open<P: Provider>(
    call: Call<P>,
    request: open_ephemeral_resource::Request,
) -> Result<open_ephemeral_resource::Response> {
    let _change = call.changes.token();
    let fallback = open_ephemeral_resource::Response::unchanged(&request);
    let ephemeral = call.ephemeral_resource(&request.type_name)?;
    let config = convert::present(request.config, ephemeral.schema(), "configuration")?;
    let capabilities = request.client_capabilities.as_ref();
    let deferred = call.deferral(capabilities).await;
    if deferred.is_some() || takes_unknowns(capabilities) && call.waits_for_configuration().await {
        let expected = plan::plan(ephemeral.schema(), config.clone(), None, config).planned;
        return Ok(open_ephemeral_resource::Response {
            result: Some(convert::dynamic(expected, ephemeral.schema())),
            private: Some(NOT_OPENED.to_vec()),
            deferred,
            ..fallback
        });
    }
    let cx = call.context(Vec::new()).await?;
    let opened = ephemeral.open(&cx, config).await;
    let client = cx.client().clone();
    let (warnings, private) = cx.into_parts();
    let response = match opened {
        Ok(Opened { result, renew_at }) => {
            if call.gone.is_cancelled() {
                // The host that asked is gone, so it will never close it.
                close_again(&call, ephemeral, private.clone()).await?;
            } else {
                call.open_ephemerals.push(OpenEphemeral {
                    type_name: request.type_name,
                    client,
                    private: private.clone(),
                });
            }
            open_ephemeral_resource::Response {
                result: Some(convert::dynamic(result, ephemeral.schema())),
                renew_at: renew_at.map(timestamp),
                private: Some(private),
                ..Default::default()
            }
        }
        Err(diagnostics) => fallback.failed(call.shorten(diagnostics)),
    };
    Ok(response.warned(call.shorten_warnings(warnings)))
}

/// Whether the host takes unknown values for the results, and opens once more when all is known. Terraform does. OpenTofu
/// calls them a bug of the provider; of the two only OpenTofu sets this capability here.
fn takes_unknowns(capabilities: Option<&proto::ClientCapabilities>) -> bool {
    !capabilities.is_some_and(|capabilities| capabilities.write_only_attributes_allowed)
}

async fn close_again<P: Provider>(
    call: &Call<P>,
    ephemeral: &dyn AnyEphemeralResource<P::Client>,
    private: Vec<u8>,
) -> Result<()> {
    tracing::warn!("the host disconnected while this was opened; closes it again");
    let cx = call
        .context_until(CancellationToken::new(), private)
        .await?;
    ephemeral.close(&cx).await
}

/// Closes what the host left open. Terraform does so whenever something fails that uses it.
pub(super) async fn close_the_rest<P: Provider>(shared: &Shared<P>) {
    let open = shared.open_ephemerals.take();
    join_all(open.into_iter().map(async |open| {
        let cx = Context::new(open.client, CancellationToken::new(), open.private)
            .reporting_to(shared.left_behind.clone());
        let closed = match shared.ephemeral_resource(&open.type_name) {
            Ok(ephemeral) => ephemeral.close(&cx).await,
            Err(unknown) => Err(unknown),
        };
        if let Err(diagnostics) = closed {
            for Diagnostic { summary, .. } in diagnostics.into_vec() {
                tracing::error!("{summary}");
                shared.left_behind.push(summary);
            }
        }
    }))
    .await;
}

pub(super) async fn renew<P: Provider>(
    call: Call<P>,
    request: renew_ephemeral_resource::Request,
) -> Result<renew_ephemeral_resource::Response> {
    let fallback = renew_ephemeral_resource::Response::unchanged(&request);
    let ephemeral = call.ephemeral_resource(&request.type_name)?;
    let private = request.private.unwrap_or_default();
    if private == NOT_OPENED {
        return Ok(fallback);
    }
    let cx = call.context(private).await?;
    let renewed = ephemeral.renew(&cx).await;
    let (warnings, private) = cx.into_parts();
    let response = match renewed {
        Ok(renew_at) => renew_ephemeral_resource::Response {
            renew_at: renew_at.map(timestamp),
            private: Some(private),
            ..fallback
        },
        Err(diagnostics) => fallback.failed(call.shorten(diagnostics)),
    };
    Ok(response.warned(call.shorten_warnings(warnings)))
}

pub(super) async fn close<P: Provider>(
    call: Call<P>,
    request: close_ephemeral_resource::Request,
) -> Result<close_ephemeral_resource::Response> {
    let _change = call.changes.token();
    let fallback = close_ephemeral_resource::Response::unchanged(&request);
    let ephemeral = call.ephemeral_resource(&request.type_name)?;
    let private = request.private.unwrap_or_default();
    if private == NOT_OPENED {
        return Ok(fallback);
    }
    // An interrupt ends what can be taken up again. This cannot: what stays open now stays open.
    let cx = call
        .context_until(CancellationToken::new(), private.clone())
        .await?;
    let closed = ephemeral.close(&cx).await;
    let (warnings, _) = cx.into_parts();
    let response = match closed {
        Ok(()) => {
            call.open_ephemerals.remove(&request.type_name, &private);
            fallback
        }
        Err(diagnostics) => fallback.failed(call.shorten(diagnostics)),
    };
    Ok(response.warned(call.shorten_warnings(warnings)))
}

fn timestamp(at: Timestamp) -> prost_types::Timestamp {
    prost_types::Timestamp {
        seconds: at.as_second(),
        nanos: at.subsec_nanosecond(),
    }
}
