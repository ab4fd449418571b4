//! The provider service as a table: one line for each RPC.
//!
//! A file for each family (`resource`, `action`, ...) decodes, calls and encodes; `convert` is protobuf to our types and back,
//! `answer` says what a response holds when the call fails, `call` is one RPC under way and what all of them share. The only
//! place that knows protobuf. A failure is never a gRPC status: the host would drop state and private data with it. An RPC
//! of a new protocol version is a line here and a function in its family, or a refusal like that of `move_resource_state`.

mod action;
mod answer;
mod call;
mod configuration;
mod convert;
mod data_source;
mod end;
mod ephemeral_resource;
mod function;
mod import;
mod list_resource;
mod metadata;
mod open_ephemerals;
mod recent_changes;
mod resource;

use std::fmt;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use tonic::{Request, Response, Status};
use tracing::Instrument;

use super::diagnostics::{Diagnostic, Result};
use super::panics;
use super::proto::tfplugin6::{self as proto, provider_server};
use super::provider::Provider;
pub(crate) use call::ConnectionId;

use answer::Answer;
use call::{Call, Shared};

/// Answers Terraform for a [`Provider`].
pub(crate) struct Server<P: Provider>(Arc<Shared<P>>);

impl<P: Provider> Server<P> {
    pub(crate) fn new(provider: P) -> Self {
        Self(Arc::new(Shared::new(provider)))
    }

    /// Runs a call in a task of its own and turns whatever goes wrong in it, a panic too, into the answer's messages.
    async fn run<Req, Res, Called>(
        &self,
        rpc: &'static str,
        request: Request<Req>,
        handler: impl FnOnce(Call<P>, Req) -> Called,
    ) -> Result<Response<Res>, Status>
    where
        Res: Answer<Req>,
        Called: Future<Output = Result<Res>> + Send + 'static,
    {
        let call = Call::new(&self.0, &request);
        let request = request.into_inner();
        let fallback = Res::unchanged(&request);
        let span = tracing::info_span!("rpc", tf_rpc = rpc, tf_provider_addr = P::ADDRESS);
        // Dropped with this future, which the connection drops when the host goes away.
        let _listening = call.gone.clone().drop_guard();
        let call = handler(call, request);
        let call = async move {
            tracing::trace!("received");
            let answer = call.await;
            tracing::trace!(failed = answer.is_err(), "answered");
            answer
        }
        .instrument(span);
        let answer = match self.0.running.spawn(call).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(diagnostics)) => fallback.failed(diagnostics),
            Err(_) => fallback.failed(panicked(rpc).into()),
        };
        Ok(Response::new(answer))
    }
}

impl<P: Provider> Clone for Server<P> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<P: Provider> fmt::Debug for Server<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server")
            .field("running", &self.0.running.len())
            .finish_non_exhaustive()
    }
}

fn panicked(rpc: &str) -> Diagnostic {
    let place = panics::last_place();
    Diagnostic::bug("The provider panicked", format!("{rpc} ended at {place}."))
}

/// An RPC: its request, and what it answers.
macro_rules! rpc {
    ($name:ident) => { Result<Response<proto::$name::Response>, Status> };
}

#[tonic::async_trait]
impl<P: Provider> provider_server::Provider for Server<P> {
    async fn get_metadata(&self, _: Request<proto::get_metadata::Request>) -> rpc!(get_metadata) {
        Ok(Response::new(metadata::metadata(&self.0)))
    }

    async fn get_provider_schema(
        &self,
        _: Request<proto::get_provider_schema::Request>,
    ) -> rpc!(get_provider_schema) {
        Ok(Response::new(metadata::schema(&self.0)))
    }

    async fn get_resource_identity_schemas(
        &self,
        _: Request<proto::get_resource_identity_schemas::Request>,
    ) -> rpc!(get_resource_identity_schemas) {
        Ok(Response::new(metadata::identities(&self.0)))
    }

    async fn validate_provider_config(
        &self,
        request: Request<proto::validate_provider_config::Request>,
    ) -> rpc!(validate_provider_config) {
        self.run("ValidateProviderConfig", request, configuration::validate)
            .await
    }

    async fn configure_provider(
        &self,
        request: Request<proto::configure_provider::Request>,
    ) -> rpc!(configure_provider) {
        self.run("ConfigureProvider", request, configuration::configure)
            .await
    }

    async fn stop_provider(
        &self,
        request: Request<proto::stop_provider::Request>,
    ) -> rpc!(stop_provider) {
        Call::new(&self.0, &request).interrupt();
        self.0.interrupted.cancel();
        Ok(Response::new(proto::stop_provider::Response::default()))
    }

    async fn validate_resource_config(
        &self,
        request: Request<proto::validate_resource_config::Request>,
    ) -> rpc!(validate_resource_config) {
        self.run("ValidateResourceConfig", request, resource::validate)
            .await
    }

    async fn upgrade_resource_state(
        &self,
        request: Request<proto::upgrade_resource_state::Request>,
    ) -> rpc!(upgrade_resource_state) {
        self.run("UpgradeResourceState", request, resource::upgrade)
            .await
    }

    async fn upgrade_resource_identity(
        &self,
        request: Request<proto::upgrade_resource_identity::Request>,
    ) -> rpc!(upgrade_resource_identity) {
        self.run("UpgradeResourceIdentity", request, import::upgrade_identity)
            .await
    }

    async fn read_resource(
        &self,
        request: Request<proto::read_resource::Request>,
    ) -> rpc!(read_resource) {
        self.run("ReadResource", request, resource::read).await
    }

    async fn plan_resource_change(
        &self,
        request: Request<proto::plan_resource_change::Request>,
    ) -> rpc!(plan_resource_change) {
        self.run("PlanResourceChange", request, resource::plan)
            .await
    }

    async fn apply_resource_change(
        &self,
        request: Request<proto::apply_resource_change::Request>,
    ) -> rpc!(apply_resource_change) {
        self.run("ApplyResourceChange", request, resource::apply)
            .await
    }

    async fn import_resource_state(
        &self,
        request: Request<proto::import_resource_state::Request>,
    ) -> rpc!(import_resource_state) {
        self.run("ImportResourceState", request, import::import)
            .await
    }

    async fn move_resource_state(
        &self,
        _: Request<proto::move_resource_state::Request>,
    ) -> rpc!(move_resource_state) {
        Ok(Response::new(import::nothing_moves()))
    }

    async fn generate_resource_config(
        &self,
        request: Request<proto::generate_resource_config::Request>,
    ) -> rpc!(generate_resource_config) {
        self.run("GenerateResourceConfig", request, import::generate)
            .await
    }

    async fn validate_data_resource_config(
        &self,
        request: Request<proto::validate_data_resource_config::Request>,
    ) -> rpc!(validate_data_resource_config) {
        self.run("ValidateDataResourceConfig", request, data_source::validate)
            .await
    }

    async fn read_data_source(
        &self,
        request: Request<proto::read_data_source::Request>,
    ) -> rpc!(read_data_source) {
        self.run("ReadDataSource", request, data_source::read).await
    }

    async fn validate_ephemeral_resource_config(
        &self,
        request: Request<proto::validate_ephemeral_resource_config::Request>,
    ) -> rpc!(validate_ephemeral_resource_config) {
        self.run(
            "ValidateEphemeralResourceConfig",
            request,
            ephemeral_resource::validate,
        )
        .await
    }

    async fn open_ephemeral_resource(
        &self,
        request: Request<proto::open_ephemeral_resource::Request>,
    ) -> rpc!(open_ephemeral_resource) {
        self.run("OpenEphemeralResource", request, ephemeral_resource::open)
            .await
    }

    async fn renew_ephemeral_resource(
        &self,
        request: Request<proto::renew_ephemeral_resource::Request>,
    ) -> rpc!(renew_ephemeral_resource) {
        self.run("RenewEphemeralResource", request, ephemeral_resource::renew)
            .await
    }

    async fn close_ephemeral_resource(
        &self,
        request: Request<proto::close_ephemeral_resource::Request>,
    ) -> rpc!(close_ephemeral_resource) {
        self.run("CloseEphemeralResource", request, ephemeral_resource::close)
            .await
    }

    async fn validate_list_resource_config(
        &self,
        request: Request<proto::validate_list_resource_config::Request>,
    ) -> rpc!(validate_list_resource_config) {
        self.run(
            "ValidateListResourceConfig",
            request,
            list_resource::validate,
        )
        .await
    }

    type ListResourceStream = list_resource::Events;

    async fn list_resource(
        &self,
        request: Request<proto::list_resource::Request>,
    ) -> Result<Response<Self::ListResourceStream>, Status> {
        let call = Call::new(&self.0, &request);
        Ok(Response::new(list_resource::list(
            call,
            request.into_inner(),
        )))
    }

    /// OpenTofu asks for functions by name where the schema announces none.
    async fn get_functions(
        &self,
        _: Request<proto::get_functions::Request>,
    ) -> rpc!(get_functions) {
        Ok(Response::new(proto::get_functions::Response {
            functions: metadata::functions(&self.0),
            ..Default::default()
        }))
    }

    async fn call_function(
        &self,
        request: Request<proto::call_function::Request>,
    ) -> rpc!(call_function) {
        let request = request.into_inner();
        let called = catch_unwind(AssertUnwindSafe(|| function::call(&self.0, request)));
        Ok(Response::new(called.unwrap_or_else(|_| {
            function::failed(panicked("CallFunction").detail, None)
        })))
    }

    async fn validate_action_config(
        &self,
        request: Request<proto::validate_action_config::Request>,
    ) -> rpc!(validate_action_config) {
        self.run("ValidateActionConfig", request, action::validate)
            .await
    }

    async fn plan_action(
        &self,
        request: Request<proto::plan_action::Request>,
    ) -> rpc!(plan_action) {
        self.run("PlanAction", request, action::plan).await
    }

    type InvokeActionStream = action::Events;

    async fn invoke_action(
        &self,
        request: Request<proto::invoke_action::Request>,
    ) -> Result<Response<Self::InvokeActionStream>, Status> {
        let call = Call::new(&self.0, &request);
        Ok(Response::new(action::invoke(call, request.into_inner())))
    }
}

#[cfg(test)]
mod tests;
