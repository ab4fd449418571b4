//! The pages, held to the code: argument lists, links, front matter, flags, variables, facts and scripts.
//!
//! `UPDATE=1 cargo test --test it docs` rewrites what is generated from the provider's schema, on the pages and in
//! `docs/attributes.txt`.

mod attributes;
mod commands;
mod elsewhere;
mod links;
mod messages;
mod page;
mod program;
mod schema;
mod snippets;
mod sources;
mod variables;

use std::collections::BTreeMap;

use crate::support::host::Host;
use crate::support::proto::tfplugin6::schema::{Attribute, Block};
use crate::support::proto::tfplugin6::{
    Function, ResourceIdentitySchema, Schema, get_resource_identity_schemas,
};
use crate::support::rpc::answer;

/// Everything that can be written in HCL, and its page.
struct Part {
    /// The page, from the root of the repository.
    page: String,
    schema: Schema,
    /// What an import by identity takes, if there is one.
    identity: Option<ResourceIdentitySchema>,
}

/// The provider's parts, as a host learns them.
async fn parts() -> Vec<Part> {
    let host = Host::start().await;
    let schema = host.schema().await.clone();
    assert!(
        schema.state_store_schemas.is_empty(),
        "pages of state stores are not known here yet"
    );
    let functions = schema.functions.into_iter();
    let functions = functions.map(|(name, function)| function_part(&name, function));
    let functions = functions.collect::<Vec<_>>();
    let request = get_resource_identity_schemas::Request {};
    let mut identities = answer(host.provider().get_resource_identity_schemas(request))
        .await
        .identity_schemas;
    host.shut_down().await;

    let actions = schema.action_schemas.into_iter();
    let actions = actions.map(|(name, action)| (name, action.schema.expect("an action's schema")));
    let kinds: [(&str, &str, BTreeMap<String, Schema>); 5] = [
        (
            "Resource",
            "resources",
            schema.resource_schemas.into_iter().collect(),
        ),
        (
            "Data Source",
            "data-sources",
            schema.data_source_schemas.into_iter().collect(),
        ),
        (
            "Ephemeral Resource",
            "ephemeral-resources",
            schema.ephemeral_resource_schemas.into_iter().collect(),
        ),
        (
            "List Resource",
            "list-resources",
            schema.list_resource_schemas.into_iter().collect(),
        ),
        ("Action", "actions", actions.collect()),
    ];
    let mut parts = vec![Part {
        page: "docs/index.md".to_owned(),
        schema: schema.provider.expect("the provider has a schema"),
        identity: None,
    }];
    for (kind, folder, schemas) in kinds {
        parts.extend(schemas.into_iter().map(|(name, schema)| {
            let file = name
                .strip_prefix("appservices_")
                .expect("the provider's name comes first");
            Part {
                page: format!("docs/{folder}/{file}.md"),
                schema,
                identity: identities.remove(&name).filter(|_| kind == "Resource"),
            }
        }));
    }
    parts.extend(functions);
    parts
}

/// A function, with its parameters as arguments that are required.
fn function_part(name: &str, function: Function) -> Part {
    let attributes = function.parameters.into_iter().map(|parameter| Attribute {
        name: parameter.name,
        r#type: parameter.r#type,
        description: parameter.description,
        required: !parameter.allow_null_value,
        optional: parameter.allow_null_value,
        ..Attribute::default()
    });
    let block = Block {
        attributes: attributes.collect(),
        description: function.description,
        ..Block::default()
    };
    Part {
        page: format!("docs/functions/{name}.md"),
        schema: Schema {
            block: Some(block),
            ..Schema::default()
        },
        identity: None,
    }
}
