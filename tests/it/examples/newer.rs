//! Blocks that only a newer Terraform knows: they are held against what the provider says of itself.

use std::collections::BTreeSet;

use hcl_edit::expr::{Expression, ObjectKey};
use hcl_edit::structure::Block;
use serde_json::{Map, Value};

use super::files::{files_with, parse, root};
use crate::support::host::Host;
use crate::support::proto::tfplugin6::{Schema, get_resource_identity_schemas};
use crate::support::rpc::{KEY, answer};
use crate::support::value::UNKNOWN;

/// All blocks of a kind in all files with this ending, with the file.
fn blocks(ending: &str, kind: &str) -> Vec<(String, Block)> {
    let files = files_with(&root(), ending).into_iter();
    let with_file = files.flat_map(|file| {
        let found = parse(&file).get_blocks(kind).cloned().collect::<Vec<_>>();
        found.into_iter().map(move |block| (file.clone(), block))
    });
    with_file.collect()
}

/// A literal as it is, and anything else as unknown.
fn value(expression: &Expression) -> Value {
    let literal = expression.as_str().map(Value::from);
    let literal = literal.or_else(|| expression.as_bool().map(Value::from));
    literal.unwrap_or_else(|| UNKNOWN.into())
}

fn config(block: &Block) -> Value {
    let attributes = block.body.attributes();
    let named = attributes.map(|one| (one.key.to_string(), value(&one.value)));
    Value::Object(named.collect::<Map<_, _>>())
}

/// Fails the test unless the schema has every attribute of `config`, and requires no other.
fn suits(config: &Value, schema: &Schema, place: &str) {
    let block = schema.block.as_ref().expect("a block");
    let given = config.as_object().expect("an object");
    for name in given.keys() {
        let known = block.attributes.iter().any(|one| one.name == *name);
        assert!(known, "{place}: no attribute {name}");
    }
    for attribute in &block.attributes {
        let name = &attribute.name;
        assert!(
            !attribute.required || given.contains_key(name),
            "{place}: {name} is required"
        );
    }
}

#[tokio::test]
async fn actions_are_as_the_provider_has_them() {
    let host = Host::start().await;
    let schemas = &host.schema().await.action_schemas;
    let actions = blocks(".tf", "action");
    assert!(actions.len() > 2, "there are examples");
    for (file, action) in &actions {
        let kind = action.labels[0].as_str();
        let configs = action.body.get_blocks("config").collect::<Vec<_>>();
        let [block] = configs[..] else {
            panic!("{file}: one block `config`");
        };
        let config = config(block);
        let schema = schemas
            .get(kind)
            .unwrap_or_else(|| panic!("{file}: {kind}"));
        suits(&config, schema.schema.as_ref().expect("a schema"), file);
        host.validate_action(kind, config).await.fine();
    }
    host.shut_down().await;
}

#[test]
fn actions_are_triggered_by_what_there_is() {
    let mut count = 0;
    for (file, resource) in blocks(".tf", "resource") {
        let declared = parse(&file);
        let declared = declared.get_blocks("action");
        let declared = declared.map(|action| {
            let [kind, name] = [0, 1].map(|label| action.labels[label].as_str().to_owned());
            format!("action.{kind}.{name}")
        });
        let declared = declared.collect::<BTreeSet<_>>();
        let lifecycles = resource.body.get_blocks("lifecycle");
        for trigger in lifecycles.flat_map(|one| one.body.get_blocks("action_trigger")) {
            count += 1;
            let list = |name: &str| {
                let list = trigger.body.get_attribute(name);
                let list = list.unwrap_or_else(|| panic!("{file}: {name} is required"));
                let list = list.value.as_array().expect("a list").iter();
                list.map(|one| one.to_string().trim().to_owned())
                    .collect::<Vec<_>>()
            };
            for event in list("events") {
                let (when, what) = event.split_once('_').expect("an event");
                assert!(["before", "after"].contains(&when), "{file}: {event}");
                assert!(["create", "update"].contains(&what), "{file}: {event}");
            }
            for action in list("actions") {
                assert!(declared.contains(&action), "{file}: {action}");
            }
        }
    }
    assert!(count > 0, "there is an example");
}

#[tokio::test]
async fn lists_are_as_the_provider_has_them() {
    let host = Host::start().await;
    let schema = &host.schema().await.list_resource_schemas[KEY];
    let lists = blocks(".tfquery.hcl", "list");
    assert!(lists.len() > 1, "there are examples");
    for (file, list) in &lists {
        assert_eq!(list.labels[0].as_str(), KEY, "{file}");
        assert!(
            list.body.has_attribute("provider"),
            "{file}: Terraform asks for it"
        );
        for attribute in list.body.attributes() {
            let known = ["provider", "include_resource", "limit", "count", "for_each"];
            assert!(
                known.contains(&attribute.key.as_str()),
                "{file}: {attribute:?}"
            );
        }
        for block in list.body.blocks() {
            assert!(block.has_ident("config"), "{file}: {}", block.ident);
            let config = config(block);
            suits(&config, schema, file);
            host.validate_list(config).await.fine();
        }
    }
    host.shut_down().await;
}

#[tokio::test]
async fn identities_are_as_the_provider_has_them() {
    let host = Host::start().await;
    let request = get_resource_identity_schemas::Request {};
    let identities = answer(host.provider().get_resource_identity_schemas(request)).await;
    let schema = &identities.identity_schemas[KEY].identity_attributes;
    let imports = blocks(".tf", "import").into_iter();
    let identities = imports.filter_map(|(file, import)| {
        let identity = import.body.get_attribute("identity")?;
        let identity = identity.value.as_object().expect("an object").iter();
        let names = identity.filter_map(|(name, _)| ObjectKey::as_ident(name));
        Some((
            file,
            names.map(ToString::to_string).collect::<BTreeSet<_>>(),
        ))
    });
    let identities = identities.collect::<Vec<_>>();
    assert!(!identities.is_empty(), "there is an example");
    for (file, names) in identities {
        for name in &names {
            assert!(schema.iter().any(|one| one.name == *name), "{file}: {name}");
        }
        for attribute in schema.iter().filter(|one| one.required_for_import) {
            assert!(names.contains(&attribute.name), "{file}: {attribute:?}");
        }
    }
    host.shut_down().await;
}
