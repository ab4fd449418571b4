//! The answers that are diagnostics and nothing else.

use super::diagnostics::check_diagnostics;
use super::report::Report;
use super::{Exchange, View};
use crate::support::proto::tfplugin6::{
    Schema, close_ephemeral_resource, renew_ephemeral_resource, validate_action_config,
    validate_data_resource_config, validate_ephemeral_resource_config,
    validate_list_resource_config, validate_provider_config,
};

/// For each RPC the schema that its diagnostics are about.
macro_rules! diagnostics_only {
    ($($rpc:ident: $schema:expr;)+) => {$(
        impl Exchange for $rpc::Request {
            type Answer = $rpc::Response;

            fn judge(&self, answer: &Self::Answer, view: &View<'_>, report: &mut Report) {
                let schema: for<'a> fn(&View<'a>, &Self) -> Option<&'a Schema> = $schema;
                check_diagnostics(&answer.diagnostics, schema(view, self), report);
            }
        }
    )+};
}

diagnostics_only! {
    validate_provider_config: |view, _| view.schemas.all.provider.as_ref();
    validate_data_resource_config: |view, asked| view.schemas.all.data_source_schemas.get(&asked.type_name);
    validate_ephemeral_resource_config: |view, asked| view.ephemeral_resource(&asked.type_name);
    renew_ephemeral_resource: |view, asked| view.ephemeral_resource(&asked.type_name);
    close_ephemeral_resource: |view, asked| view.ephemeral_resource(&asked.type_name);
    validate_list_resource_config: |view, asked| view.schemas.all.list_resource_schemas.get(&asked.type_name);
    validate_action_config: |view, asked| view.action(&asked.type_name);
}
