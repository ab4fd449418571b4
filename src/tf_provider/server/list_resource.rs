//! The RPCs of list resources: decode, call, and a stream of events.

use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::Status;

use super::super::context::Context;
use super::super::diagnostics::{Diagnostic, Result};
use super::super::list_resource::{AnyListResource, Listed};
use super::super::proto::tfplugin6::{list_resource, validate_list_resource_config};
use super::super::provider::Provider;
use super::super::resource::AnyResource;
use super::super::value::Object;
use super::{Call, convert};

pub(super) type Events = BoxStream<'static, Result<list_resource::Event, Status>>;

pub(super) async fn validate<P: Provider>(
    call: Call<P>,
    request: validate_list_resource_config::Request,
) -> Result<validate_list_resource_config::Response> {
    let list = call.list_resource(&request.type_name)?;
    let config = convert::config(request.config, list.schema())?;
    list.validate(&config)?;
    Ok(validate_list_resource_config::Response::default())
}

/// Finds at the pace at which the host takes, and ends when it takes no more.
pub(super) fn list<P: Provider>(call: Call<P>, request: list_resource::Request) -> Events {
    let (events, receiver) = mpsc::channel(1);
    let running = call.running.clone();
    let searching = running.spawn(search(call, request, events.clone()));
    running.spawn(async move {
        let last = match searching.await {
            Ok(Ok(warnings)) => warnings,
            Ok(Err(diagnostics)) => diagnostics.into_vec(),
            Err(_) => vec![super::panicked("ListResource")],
        };
        if !last.is_empty() {
            let diagnostic = last.into_iter().map(convert::diagnostic).collect();
            let event = list_resource::Event {
                diagnostic,
                ..Default::default()
            };
            // The host may have stopped receiving.
            let _ = events.send(event).await;
        }
    });
    ReceiverStream::new(receiver).map(Ok).boxed()
}

/// Returns what is left to say at the end.
async fn search<P: Provider>(
    call: Call<P>,
    request: list_resource::Request,
    events: mpsc::Sender<list_resource::Event>,
) -> Result<Vec<Diagnostic>> {
    let list = call.list_resource(&request.type_name)?;
    let resource = call.resource(&request.type_name)?;
    let filters = convert::config(request.config, list.schema())?;
    let limit = usize::try_from(request.limit)
        .ok()
        .filter(|limit| *limit > 0);
    let cx = call.context(Vec::new()).await?;
    let searched = {
        let (listed, mut received) = mpsc::channel(1);
        let searching = run(list, &cx, filters, limit.unwrap_or(usize::MAX), listed);
        let sending = async {
            while let Some(listed) = received.recv().await {
                let event = event(listed, request.include_resource_object, resource);
                if events.send(event).await.is_err() {
                    received.close();
                }
            }
        };
        tokio::join!(searching, sending).0
    };
    let (mut messages, _) = cx.into_parts();
    if let Err(diagnostics) = searched {
        messages.extend(call.shorten(diagnostics).into_vec());
    }
    Ok(messages)
}

async fn run<C>(
    list: &dyn AnyListResource<C>,
    cx: &Context<C>,
    filters: Object,
    limit: usize,
    listed: mpsc::Sender<Listed>,
) -> Result<()> {
    list.list(cx, filters, limit, listed).await
}

fn event<C>(
    listed: Listed,
    with_object: bool,
    resource: &dyn AnyResource<C>,
) -> list_resource::Event {
    let Listed {
        display_name,
        stored,
    } = listed;
    list_resource::Event {
        identity: convert::identity(stored.identity, resource),
        display_name,
        resource_object: with_object.then(|| convert::dynamic(stored.state, resource.schema())),
        diagnostic: Vec::new(),
    }
}
