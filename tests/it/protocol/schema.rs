//! What the provider offers, as hosts learn it.

use crate::support::host::Host;
use crate::support::proto::tfplugin6::schema::Block;
use crate::support::proto::tfplugin6::{Schema, StringKind, get_metadata, get_provider_schema};
use crate::support::rpc::{KEY, KEYS, ROTATING, answer};

fn block(schema: &Schema) -> &Block {
    schema
        .block
        .as_ref()
        .expect("core crashes on a schema without a block")
}

#[tokio::test]
async fn everything_in_the_schema_says_what_it_is_for() {
    let host = Host::start().await;
    let response = host.schema().await;
    let schemas = response
        .resource_schemas
        .values()
        .chain(response.data_source_schemas.values());
    for block in schemas.chain(&response.provider).map(block) {
        assert!(!block.description.is_empty(), "{block:?}");
        for attribute in &block.attributes {
            assert!(!attribute.description.is_empty(), "{attribute:?}");
            assert_eq!(
                attribute.description_kind(),
                StringKind::Markdown,
                "{attribute:?}"
            );
        }
    }
}

#[tokio::test]
async fn terraform_may_skip_the_schema_and_has_its_destroys_planned() {
    let host = Host::start().await;
    let schema = host.schema().await;
    assert!(
        schema.diagnostics.is_empty() && schema.provider_meta.is_none(),
        "{schema:?}"
    );
    let capabilities = schema.server_capabilities.expect("capabilities");
    assert!(
        capabilities.plan_destroy && capabilities.get_provider_schema_optional,
        "{capabilities:?}"
    );
    assert!(
        capabilities.generate_resource_config && !capabilities.move_resource_state,
        "{capabilities:?}"
    );
}

#[tokio::test]
async fn the_metadata_agree_with_the_schema() {
    let host = Host::start().await;
    let metadata = answer(host.provider().get_metadata(get_metadata::Request {})).await;
    assert!(metadata.diagnostics.is_empty());
    assert_eq!(
        metadata.server_capabilities,
        host.schema().await.server_capabilities
    );
    let names = |types: Vec<get_metadata::TypeName>| {
        let mut names = types
            .into_iter()
            .map(|one| one.type_name)
            .collect::<Vec<_>>();
        names.sort();
        names
    };
    assert_eq!(names(metadata.resources), [ROTATING, KEY]);
    assert_eq!(names(metadata.data_sources), [KEY, KEYS]);
    let functions = metadata.functions.into_iter().map(|one| one.name);
    assert_eq!(functions.collect::<Vec<_>>(), ["decrypt_key"]);
    assert!(metadata.state_stores.is_empty());
    let again = get_provider_schema::Request {};
    let again = answer(host.provider().get_provider_schema(again)).await;
    assert_eq!(again, *host.schema().await);
}

#[tokio::test]
async fn a_process_that_never_gave_its_schema_works_all_the_same() {
    let with = Host::start().await;
    let config = with.key(serde_json::json!({ "name": "ci" })).await;
    let without = Host::start().await;
    let request = crate::support::proto::tfplugin6::validate_resource_config::Request {
        type_name: KEY.to_owned(),
        config: Some(crate::support::value::dynamic(&config)),
        client_capabilities: None,
    };
    let answer = answer(without.provider().validate_resource_config(request)).await;
    assert!(answer.diagnostics.is_empty(), "{answer:?}");
}
