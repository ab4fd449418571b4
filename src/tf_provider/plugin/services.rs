//! The services that go-plugin expects beside the provider's own. Health comes from a crate.

use futures_util::StreamExt;
use futures_util::stream::{self, BoxStream};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tonic::{Request, Response, Status, Streaming};

use super::super::proto::plugin::{
    self, grpc_broker_server, grpc_controller_server, grpc_stdio_server,
};
use super::super::provider::Provider;
use super::super::server::Server;
use super::shutdown::SHUTDOWN_TIMEOUT;

type Answers<T> = BoxStream<'static, Result<T, Status>>;

/// Lets the process end. The two seconds until it is killed begin with the answer, so what is under way is undone before,
/// and what the host left open is closed.
#[derive(Debug)]
pub(super) struct Controller<P: Provider> {
    pub(super) server: Server<P>,
    pub(super) shutdown: CancellationToken,
}

#[tonic::async_trait]
impl<P: Provider> grpc_controller_server::GrpcController for Controller<P> {
    async fn shutdown(&self, _: Request<plugin::Empty>) -> Result<Response<plugin::Empty>, Status> {
        let _ = timeout(SHUTDOWN_TIMEOUT, self.server.abandoned()).await;
        self.shutdown.cancel();
        Ok(Response::new(plugin::Empty {}))
    }
}

/// A stream of output that stays silent: Terraform logs as unexpected whatever comes through it.
#[derive(Debug)]
pub(super) struct Stdio;

#[tonic::async_trait]
impl grpc_stdio_server::GrpcStdio for Stdio {
    type StreamStdioStream = Answers<plugin::StdioData>;

    async fn stream_stdio(
        &self,
        _: Request<()>,
    ) -> Result<Response<Self::StreamStdioStream>, Status> {
        Ok(Response::new(stream::pending().boxed()))
    }
}

/// A broker of side channels that no host asks for: held open, never used.
#[derive(Debug)]
pub(super) struct Broker;

#[tonic::async_trait]
impl grpc_broker_server::GrpcBroker for Broker {
    type StartStreamStream = Answers<plugin::ConnInfo>;

    async fn start_stream(
        &self,
        request: Request<Streaming<plugin::ConnInfo>>,
    ) -> Result<Response<Self::StartStreamStream>, Status> {
        // Ends when the host ends its side.
        let wishes = request
            .into_inner()
            .filter_map(|_| std::future::ready(None));
        Ok(Response::new(wishes.boxed()))
    }
}
