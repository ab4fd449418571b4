//! What the provider offers.

use std::collections::HashMap;

use super::super::proto::tfplugin6::{self as proto, get_metadata, get_provider_schema};
use super::super::provider::Provider;
use super::{Shared, convert};

/// Destroys are planned here too, and a host may reuse the schema that another process of this provider gave.
fn capabilities() -> proto::ServerCapabilities {
    proto::ServerCapabilities {
        plan_destroy: true,
        get_provider_schema_optional: true,
        move_resource_state: false,
        generate_resource_config: false,
    }
}

pub(super) fn metadata<P: Provider>(shared: &Shared<P>) -> get_metadata::Response {
    let names = |name: &String| get_metadata::TypeName {
        type_name: name.clone(),
    };
    get_metadata::Response {
        server_capabilities: Some(capabilities()),
        resources: shared.resources.keys().map(names).collect(),
        data_sources: shared.data_sources.keys().map(names).collect(),
        ..Default::default()
    }
}

pub(super) fn schema<P: Provider>(shared: &Shared<P>) -> get_provider_schema::Response {
    let resources = shared
        .resources
        .iter()
        .map(|(name, resource)| (name.clone(), convert::schema(resource.schema())));
    let sources = shared
        .data_sources
        .iter()
        .map(|(name, source)| (name.clone(), convert::schema(source.schema())));
    get_provider_schema::Response {
        provider: Some(convert::schema(&shared.schema)),
        server_capabilities: Some(capabilities()),
        resource_schemas: resources.collect::<HashMap<_, _>>(),
        data_source_schemas: sources.collect::<HashMap<_, _>>(),
        ..Default::default()
    }
}
