//! What the provider offers, as hosts learn it.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::Value;

use crate::support::host::Host;
use crate::support::proto::tfplugin6::schema::{Attribute, Block};
use crate::support::proto::tfplugin6::{Schema, StringKind, get_metadata, get_provider_schema};
use crate::support::rpc::{KEY, KEYS, ROTATING, answer};

/// One line per attribute, by name: what decides how it may be written and what a plan may do with it.
fn text(response: &get_provider_schema::Response) -> String {
    let mut text = String::new();
    write(
        &mut text,
        "provider",
        response
            .provider
            .as_ref()
            .expect("the provider has a schema"),
    );
    for (kind, schemas) in [
        ("resource", &response.resource_schemas),
        ("data", &response.data_source_schemas),
    ] {
        for (name, schema) in schemas.iter().collect::<BTreeMap<_, _>>() {
            write(&mut text, &format!("{kind} {name}"), schema);
        }
    }
    text
}

fn write(text: &mut String, title: &str, schema: &Schema) {
    writeln!(text, "{title}, version {}", schema.version).expect("a string takes any text");
    let block = block(schema);
    assert!(
        block.block_types.is_empty(),
        "{title} has nested blocks, and this text does not show them"
    );
    let mut lines = block
        .attributes
        .iter()
        .map(|attribute| line(attribute, "  "))
        .collect::<Vec<_>>();
    lines.sort();
    text.push_str(&lines.concat());
}

fn line(attribute: &Attribute, indent: &str) -> String {
    let flags = [
        (attribute.required, "required"),
        (attribute.optional, "optional"),
        (attribute.computed, "computed"),
        (attribute.sensitive, "sensitive"),
        (attribute.write_only, "write-only"),
        (attribute.deprecated, "deprecated"),
    ];
    let flags = flags
        .into_iter()
        .filter_map(|(set, word)| set.then_some(word))
        .collect::<Vec<_>>()
        .join(" ");
    let Some(nested) = &attribute.nested_type else {
        let kind: Value = serde_json::from_slice(&attribute.r#type).expect("a type is JSON");
        return format!("{indent}{}: {kind} {flags}\n", attribute.name);
    };
    assert!(
        attribute.r#type.is_empty(),
        "either a type or a nested one: {attribute:?}"
    );
    let mut inner = nested
        .attributes
        .iter()
        .map(|attribute| line(attribute, &format!("{indent}  ")))
        .collect::<Vec<_>>();
    inner.sort();
    format!(
        "{indent}{}: {:?} {flags}\n{}",
        attribute.name,
        nested.nesting(),
        inner.concat()
    )
}

fn block(schema: &Schema) -> &Block {
    schema
        .block
        .as_ref()
        .expect("core crashes on a schema without a block")
}

#[tokio::test]
async fn the_schema_is_what_practitioners_rely_on() {
    let host = Host::start().await;
    insta::assert_snapshot!(text(host.schema().await), @r#"
    provider, version 0
      allowed_user_ids: ["set","string"] optional
      api_key: "string" optional sensitive
      app_id: "string" optional
      apple_id_token: "string" optional sensitive
      base_url: "string" optional
      ca_certificate_file: "string" optional
      custom_function_payload: "string" optional sensitive
      custom_jwt: "string" optional sensitive
      email: "string" optional
      facebook_access_token: "string" optional sensitive
      google_id_token: "string" optional sensitive
      max_retries: "number" optional
      password: "string" optional sensitive
      refresh_token: "string" optional sensitive
      request_timeout: "string" optional
    resource appservices_rotating_user_api_key, version 0
      created_at: "string" computed
      enabled: "bool" computed
      encrypted_key: "string" computed
      id: "string" computed
      keepers: ["map","string"] optional
      key: "string" computed sensitive
      key_fingerprint: "string" computed
      name: "string" computed
      name_prefix: "string" required
      overlap: "string" optional computed
      previous_id: "string" computed
      previous_name: "string" computed
      previous_retires_at: "string" computed
      recipients: ["set","string"] optional
      rotate_after: "string" required
      rotates_at: "string" computed
      timeouts: Single optional
        create: "string" optional
        delete: "string" optional
        read: "string" optional
        update: "string" optional
      user_id: "string" computed
    resource appservices_user_api_key, version 0
      created_at: "string" computed
      enabled: "bool" optional computed
      encrypted_key: "string" computed
      id: "string" computed
      keepers: ["map","string"] optional
      key: "string" computed sensitive
      key_fingerprint: "string" computed
      name: "string" optional computed
      name_prefix: "string" optional
      on_destroy: "string" optional computed
      recipients: ["set","string"] optional
      replace_existing: "bool" optional computed
      rotate_after: "string" optional
      rotates_at: "string" computed
      timeouts: Single optional
        create: "string" optional
        delete: "string" optional
        read: "string" optional
        update: "string" optional
      user_id: "string" computed
    data appservices_user_api_key, version 0
      created_at: "string" computed
      enabled: "bool" computed
      id: "string" optional computed
      name: "string" optional computed
      user_id: "string" computed
    data appservices_user_api_keys, version 0
      api_keys: List computed
        created_at: "string" computed
        enabled: "bool" computed
        id: "string" computed
        name: "string" computed
      enabled: "bool" optional
      ids: ["list","string"] computed
      name_prefix: "string" optional
      name_regex: "string" optional
      user_id: "string" computed
    "#);
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
