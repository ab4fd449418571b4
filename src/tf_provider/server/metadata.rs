//! What the provider offers.

use std::collections::{BTreeMap, HashMap};

use super::super::proto::tfplugin6::{
    self as proto, get_metadata, get_provider_schema, get_resource_identity_schemas,
};
use super::super::provider::Provider;
use super::super::resource::AnyResource;
use super::{Shared, convert, function};

pub(super) fn metadata<P: Provider>(shared: &Shared<P>) -> get_metadata::Response {
    get_metadata::Response {
        server_capabilities: Some(capabilities()),
        resources: names(&shared.resources),
        data_sources: names(&shared.data_sources),
        ephemeral_resources: names(&shared.ephemeral_resources),
        list_resources: names(&shared.list_resources),
        actions: names(&shared.actions),
        functions: shared
            .functions
            .keys()
            .map(|name| get_metadata::FunctionName { name: name.clone() })
            .collect(),
        ..Default::default()
    }
}

/// Destroys are planned here too, and a host may reuse the schema that another process of this provider gave.
fn capabilities() -> proto::ServerCapabilities {
    proto::ServerCapabilities {
        plan_destroy: true,
        get_provider_schema_optional: true,
        move_resource_state: false,
        generate_resource_config: true,
    }
}

fn names<T>(parts: &BTreeMap<String, T>) -> Vec<get_metadata::TypeName> {
    let name = |type_name: &String| get_metadata::TypeName {
        type_name: type_name.clone(),
    };
    parts.keys().map(name).collect()
}

pub(super) fn schema<P: Provider>(shared: &Shared<P>) -> get_provider_schema::Response {
    get_provider_schema::Response {
        provider: Some(convert::config_schema(&shared.config.schema)),
        server_capabilities: Some(capabilities()),
        resource_schemas: each(&shared.resources, |part| convert::schema(part.schema())),
        data_source_schemas: each(&shared.data_sources, |part| convert::schema(part.schema())),
        ephemeral_resource_schemas: each(&shared.ephemeral_resources, |part| {
            convert::schema(part.schema())
        }),
        list_resource_schemas: each(&shared.list_resources, |part| {
            convert::config_schema(part.schema())
        }),
        action_schemas: each(&shared.actions, |part| proto::ActionSchema {
            schema: Some(convert::config_schema(part.schema())),
        }),
        functions: functions(shared),
        ..Default::default()
    }
}

pub(super) fn functions<P: Provider>(shared: &Shared<P>) -> HashMap<String, proto::Function> {
    each(&shared.functions, |part| function::signature(&**part))
}

pub(super) fn identities<P: Provider>(
    shared: &Shared<P>,
) -> get_resource_identity_schemas::Response {
    let schema = |resource: &dyn AnyResource<P::Client>| {
        resource.identity_schema().map(convert::identity_schema)
    };
    get_resource_identity_schemas::Response {
        identity_schemas: shared
            .resources
            .iter()
            .filter_map(|(name, resource)| Some((name.clone(), schema(&**resource)?)))
            .collect(),
        ..Default::default()
    }
}

fn each<T, S>(parts: &BTreeMap<String, T>, schema: impl Fn(&T) -> S) -> HashMap<String, S> {
    parts
        .iter()
        .map(|(name, part)| (name.clone(), schema(part)))
        .collect()
}
