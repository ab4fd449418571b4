//! The RPCs of actions: decode, call, and a stream of progress.

use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use tokio::sync::mpsc;
use tokio_stream::wrappers::UnboundedReceiverStream;
use tonic::Status;

use super::super::action::Progress;
use super::super::diagnostics::{Diagnostic, Result};
use super::super::proto::tfplugin6::invoke_action::event::{self, Completed, Type};
use super::super::proto::tfplugin6::{invoke_action, plan_action, validate_action_config};
use super::super::provider::Provider;
use super::answer::Answer;
use super::{Call, convert};

pub(super) type Events = BoxStream<'static, Result<invoke_action::Event, Status>>;

pub(super) async fn validate<P: Provider>(
    call: Call<P>,
    request: validate_action_config::Request,
) -> Result<validate_action_config::Response> {
    let action = call.action(&request.type_name)?;
    let config = convert::config(request.config, action.schema())?;
    action.validate(&config)?;
    Ok(validate_action_config::Response::default())
}

pub(super) async fn plan<P: Provider>(
    call: Call<P>,
    request: plan_action::Request,
) -> Result<plan_action::Response> {
    let fallback = plan_action::Response::unchanged(&request);
    let action = call.action(&request.action_type)?;
    let config = convert::config(request.config, action.schema())?;
    // With `-invoke`, the host asks for no other check of a value that was unknown in the first one.
    action.validate(&config)?;
    if let Some(deferred) = call.deferral(request.client_capabilities.as_ref()).await {
        return Ok(plan_action::Response {
            deferred: Some(deferred),
            ..fallback
        });
    }
    let cx = call.context(Vec::new()).await?;
    let planned = action.plan(&cx, &config).await;
    let (warnings, _) = cx.into_parts();
    let response = match planned {
        Ok(()) => fallback,
        Err(diagnostics) => fallback.failed(call.shorten(diagnostics)),
    };
    Ok(response.warned(call.shorten_warnings(warnings)))
}

/// Any number of events of progress, and exactly one at the end: a stream without it would pass for a success.
pub(super) fn invoke<P: Provider>(call: Call<P>, request: invoke_action::Request) -> Events {
    let (messages, said) = mpsc::unbounded_channel();
    let running = call.running.clone();
    let invoking = running.spawn(invocation(call, request, Progress::new(messages)));
    let progress = UnboundedReceiverStream::new(said)
        .map(|message| Type::Progress(event::Progress { message }));
    let completed = futures_util::stream::once(async move {
        let diagnostics = match invoking.await {
            Ok(Ok(messages)) => messages,
            Ok(Err(diagnostics)) => diagnostics.into_vec(),
            Err(_) => vec![super::panicked("InvokeAction")],
        };
        Type::Completed(Completed {
            diagnostics: diagnostics.into_iter().map(convert::diagnostic).collect(),
        })
    });
    progress
        .chain(completed)
        .map(|event| {
            Ok(invoke_action::Event {
                r#type: Some(event),
            })
        })
        .boxed()
}

/// Returns what is left to say at the end.
async fn invocation<P: Provider>(
    call: Call<P>,
    request: invoke_action::Request,
    progress: Progress,
) -> Result<Vec<Diagnostic>> {
    let _change = call.changes.token();
    let action = call.action(&request.action_type)?;
    let config = convert::config(request.config, action.schema())?;
    action.validate(&config)?;
    let cx = call.context(Vec::new()).await?;
    let invoked = action.invoke(&cx, config, &progress).await;
    let (mut last, _) = cx.into_parts();
    if let Err(diagnostics) = invoked {
        last.extend(call.shorten(diagnostics).into_vec());
    }
    Ok(last)
}
