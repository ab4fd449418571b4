//! The RPCs of ephemeral resources: decode, call, encode.

use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

use super::super::diagnostics::Result;
use super::super::ephemeral_resource::{AnyEphemeralResource, Opened};
use super::super::plan;
use super::super::proto::tfplugin6::{
    close_ephemeral_resource, open_ephemeral_resource, renew_ephemeral_resource,
    validate_ephemeral_resource_config,
};
use super::super::provider::Provider;
use super::answer::Answer;
use super::{Call, convert};

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
    let safe = open_ephemeral_resource::Response::keeping(&request);
    let ephemeral = call.ephemeral_resource(&request.type_name)?;
    let config = convert::present(request.config, ephemeral.schema(), "configuration")?;
    if let Some(deferred) = call.deferral(request.client_capabilities.as_ref()).await {
        let expected = plan::plan(ephemeral.schema(), config.clone(), None, config).planned;
        return Ok(open_ephemeral_resource::Response {
            result: Some(convert::dynamic(expected, ephemeral.schema())),
            deferred: Some(deferred),
            ..safe
        });
    }
    let cx = call.context(Vec::new()).await?;
    let opened = ephemeral.open(&cx, config).await;
    let (warnings, private) = cx.into_parts();
    let response = match opened {
        Ok(Opened { result, renew_at }) => {
            if call.gone.is_cancelled() {
                // Whoever asked is gone, and nobody else would ever close it.
                close_again(&call, ephemeral, private.clone()).await?;
            }
            open_ephemeral_resource::Response {
                result: Some(convert::dynamic(result, ephemeral.schema())),
                renew_at: renew_at.map(timestamp),
                private: Some(private),
                ..Default::default()
            }
        }
        Err(diagnostics) => safe.failed(diagnostics),
    };
    Ok(response.warned(warnings))
}

async fn close_again<P: Provider>(
    call: &Call<P>,
    ephemeral: &dyn AnyEphemeralResource<P::Client>,
    private: Vec<u8>,
) -> Result<()> {
    tracing::warn!("the host went away while this was opened; closes it again");
    let cx = call
        .context_until(CancellationToken::new(), private)
        .await?;
    ephemeral.close(&cx).await
}

pub(super) async fn renew<P: Provider>(
    call: Call<P>,
    request: renew_ephemeral_resource::Request,
) -> Result<renew_ephemeral_resource::Response> {
    let safe = renew_ephemeral_resource::Response::keeping(&request);
    let ephemeral = call.ephemeral_resource(&request.type_name)?;
    let cx = call.context(request.private.unwrap_or_default()).await?;
    let renewed = ephemeral.renew(&cx).await;
    let (warnings, private) = cx.into_parts();
    let response = match renewed {
        Ok(renew_at) => renew_ephemeral_resource::Response {
            renew_at: renew_at.map(timestamp),
            private: Some(private),
            ..safe
        },
        Err(diagnostics) => safe.failed(diagnostics),
    };
    Ok(response.warned(warnings))
}

pub(super) async fn close<P: Provider>(
    call: Call<P>,
    request: close_ephemeral_resource::Request,
) -> Result<close_ephemeral_resource::Response> {
    let safe = close_ephemeral_resource::Response::keeping(&request);
    let ephemeral = call.ephemeral_resource(&request.type_name)?;
    // An interrupt ends what can be taken up again. This cannot: what stays open now stays open.
    let cx = call
        .context_until(
            CancellationToken::new(),
            request.private.unwrap_or_default(),
        )
        .await?;
    let closed = ephemeral.close(&cx).await;
    let (warnings, _) = cx.into_parts();
    let response = match closed {
        Ok(()) => safe,
        Err(diagnostics) => safe.failed(diagnostics),
    };
    Ok(response.warned(warnings))
}

fn timestamp(at: Timestamp) -> prost_types::Timestamp {
    prost_types::Timestamp {
        seconds: at.as_second(),
        nanos: at.subsec_nanosecond(),
    }
}
