use super::super::diagnostics::{Diagnostic, Diagnostics};
use super::super::proto::tfplugin6 as proto;
use super::convert;

/// A response that can also say that the call failed.
///
/// A failure is never a gRPC status: a host that gets one stores nothing, and loses what the response would have kept.
pub(super) trait Answer<Request>: Send + 'static {
    /// The response that changes nothing: whatever state and private data the request brought go back with it.
    fn unchanged(request: &Request) -> Self;

    /// Where its messages go.
    fn messages(&mut self) -> &mut Vec<proto::Diagnostic>;

    /// The same response with an explanation of why it is all there is.
    fn failed(mut self, diagnostics: Diagnostics) -> Self
    where
        Self: Sized,
    {
        self.messages().extend(convert::diagnostics(diagnostics));
        self
    }

    /// The same response with warnings.
    fn warned(mut self, warnings: Vec<Diagnostic>) -> Self
    where
        Self: Sized,
    {
        self.messages()
            .extend(warnings.into_iter().map(convert::diagnostic));
        self
    }
}

macro_rules! answers {
    ($($rpc:ident $(keeps $($kept:ident from $source:ident),+)?;)+) => {$(
        impl Answer<proto::$rpc::Request> for proto::$rpc::Response {
            fn unchanged(request: &proto::$rpc::Request) -> Self {
                let _ = request;
                Self {
                    $($($kept: request.$source.clone().into(),)+)?
                    ..Default::default()
                }
            }

            fn messages(&mut self) -> &mut Vec<proto::Diagnostic> {
                &mut self.diagnostics
            }
        }
    )+};
}

answers! {
    validate_provider_config;
    configure_provider;
    validate_resource_config;
    validate_data_resource_config;
    upgrade_resource_state;
    read_resource keeps new_state from current_state, private from private, new_identity from current_identity;
    plan_resource_change keeps planned_private from prior_private, planned_identity from prior_identity;
    import_resource_state;
    read_data_source;
    upgrade_resource_identity;
    generate_resource_config;
    validate_ephemeral_resource_config;
    open_ephemeral_resource;
    renew_ephemeral_resource keeps private from private;
    close_ephemeral_resource;
    validate_list_resource_config;
    validate_action_config;
    plan_action;
}

/// What is to be created has no identity yet, whatever the plan says of it.
impl Answer<proto::apply_resource_change::Request> for proto::apply_resource_change::Response {
    fn unchanged(request: &proto::apply_resource_change::Request) -> Self {
        let creates = convert::is_null(request.prior_state.as_ref());
        Self {
            new_state: request.prior_state.clone(),
            private: request.planned_private.clone(),
            new_identity: request.planned_identity.clone().filter(|_| !creates),
            ..Default::default()
        }
    }

    fn messages(&mut self) -> &mut Vec<proto::Diagnostic> {
        &mut self.diagnostics
    }
}
