//! The RPCs of data sources: decode, call, encode.

use super::super::diagnostics::Result;
use super::super::plan;
use super::super::proto::tfplugin6::{read_data_source, validate_data_resource_config};
use super::super::provider::Provider;
use super::answer::Answer;
use super::{Call, convert};

pub(super) async fn validate<P: Provider>(
    call: Call<P>,
    request: validate_data_resource_config::Request,
) -> Result<validate_data_resource_config::Response> {
    let source = call.data_source(&request.type_name)?;
    let config = convert::present(request.config, source.schema(), "configuration")?;
    source.validate(&config)?;
    Ok(validate_data_resource_config::Response::default())
}

pub(super) async fn read<P: Provider>(
    call: Call<P>,
    request: read_data_source::Request,
) -> Result<read_data_source::Response> {
    let fallback = read_data_source::Response::unchanged(&request);
    let source = call.data_source(&request.type_name)?;
    let config = convert::present(request.config, source.schema(), "configuration")?;
    if let Some(deferred) = call.deferral(request.client_capabilities.as_ref()).await {
        let expected = plan::plan(source.schema(), config.clone(), None, config).planned;
        return Ok(read_data_source::Response {
            state: Some(convert::dynamic(expected, source.schema())),
            deferred: Some(deferred),
            ..fallback
        });
    }
    let cx = call.context(Vec::new()).await?;
    let found = source.read(&cx, config).await;
    let (warnings, _) = cx.into_parts();
    let response = match found {
        Ok(state) => read_data_source::Response {
            state: Some(convert::dynamic(state, source.schema())),
            ..Default::default()
        },
        Err(diagnostics) => fallback.failed(call.shorten(diagnostics)),
    };
    Ok(response.warned(call.shorten_warnings(warnings)))
}
