//! What is said of attributes, on the wire.

use std::collections::BTreeMap;

use super::super::super::block::Block;
use super::super::super::{Fields, Model, Set};
use super::*;

#[derive(Default)]
struct Leaf {
    secret: String,
    size: i64,
}

impl Model for Leaf {
    fn describe(fields: &mut Fields<Self>) {
        fields.required("secret", |m| &mut m.secret).sensitive();
        let size = fields.optional("size", |m| &mut m.size);
        size.default_to(7_i64);
    }
}

#[derive(Default)]
struct Branch {
    list: Option<Vec<Leaf>>,
    set: Option<Set<Leaf>>,
    map: Option<BTreeMap<String, Leaf>>,
    single: Option<Leaf>,
}

impl Model for Branch {
    fn describe(fields: &mut Fields<Self>) {
        fields.optional("list", |m| &mut m.list);
        fields.optional("set", |m| &mut m.set);
        fields.optional("map", |m| &mut m.map);
        fields.optional("single", |m| &mut m.single);
    }
}

#[derive(Default)]
struct Tree {
    branches: Option<Vec<Branch>>,
    rows: Option<Vec<Vec<Leaf>>>,
}

impl Model for Tree {
    fn describe(fields: &mut Fields<Self>) {
        fields.optional("branches", |m| &mut m.branches);
        fields.optional("rows", |m| &mut m.rows).sensitive();
    }
}

/// Every attribute of a message by its path, with whether it is sensitive and whether it is computed.
fn flags(
    attributes: &[proto::schema::Attribute],
    at: &str,
    found: &mut BTreeMap<String, (bool, bool)>,
) {
    for attribute in attributes {
        let path = format!("{at}{}", attribute.name);
        found.insert(path.clone(), (attribute.sensitive, attribute.computed));
        if let Some(nested) = &attribute.nested_type {
            flags(&nested.attributes, &format!("{path}."), found);
        }
    }
}

#[test]
fn flags_come_out_at_every_depth() {
    let schema = Schema::of::<Tree>("");
    for (message, has_computed) in [
        (super::schema(&schema), true),
        (config_schema(&schema), false),
    ] {
        let attributes = message.block.expect("a block").attributes;
        let mut found = BTreeMap::new();
        flags(&attributes, "", &mut found);
        for shape in ["list", "set", "map", "single"] {
            let leaf = |name: &str| found[&format!("branches.{shape}.{name}")];
            assert_eq!(leaf("secret"), (true, false), "{shape}");
            assert_eq!(leaf("size"), (false, has_computed), "{shape}");
        }
        // What is in there has a type and no flags, and so all of it is hidden.
        assert_eq!(found["rows"], (true, false));
        assert_eq!(found.len(), 2 + 4 + 4 * 2);
        let rows = &attributes[1];
        let ty: Json = serde_json::from_slice(&rows.r#type).expect("JSON");
        let leaf = serde_json::json!(["object", { "secret": "string", "size": "number" }]);
        assert_eq!(ty, serde_json::json!(["list", ["list", leaf]]));
    }
}

#[test]
fn a_configuration_is_read_with_its_defaults_at_every_depth() {
    let block = Block::<Branch>::new("");
    let leaf = serde_json::json!({ "secret": "x" });
    let config =
        serde_json::json!({ "list": [leaf], "set": [leaf], "map": { "k": leaf }, "single": leaf });
    let Ok(Value::Map(config)) = json::from_json(config, &block.schema.ty) else {
        panic!("a configuration");
    };
    let branch = block.configured(Object(config)).expect("a branch");
    let list = branch.list.into_iter().flatten();
    let set = branch.set.into_iter().flat_map(|set| set.0);
    let map = branch.map.into_iter().flat_map(BTreeMap::into_values);
    let leaves = list.chain(set).chain(map).chain(branch.single);
    let sizes = leaves.map(|leaf| leaf.size).collect::<Vec<_>>();
    assert_eq!(sizes, [7; 4]);
}
