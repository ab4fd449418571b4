//! Wrong schemas.

use super::toy::{PLAIN, THING, attribute, found, schema, schemas};
use super::{Wrong, wrong};
use crate::support::proto::tfplugin6::resource_identity_schema::IdentityAttribute;
use crate::support::proto::tfplugin6::schema::nested_block::NestingMode as BlockNesting;
use crate::support::proto::tfplugin6::schema::object::NestingMode;
use crate::support::proto::tfplugin6::schema::{Attribute, Block, NestedBlock, Object};
use crate::support::proto::tfplugin6::{
    ResourceIdentitySchema, Schema, get_provider_schema, get_resource_identity_schemas,
};
use crate::support::strict::{Memory, Rule, Schemas, judge};

fn loaded(change: impl FnOnce(&mut get_provider_schema::Response)) -> Vec<Rule> {
    let mut schemas = schemas();
    let asked = get_provider_schema::Request {};
    assert_eq!(found(&asked, &schemas.all), [], "the schemas are right");
    change(&mut schemas.all);
    rules(&asked, &schemas.all.clone(), &schemas)
}

fn rules<E: crate::support::strict::Exchange>(
    asked: &E,
    answer: &E::Answer,
    schemas: &Schemas,
) -> Vec<Rule> {
    judge(asked, answer, schemas, &mut Memory::default())
        .into_iter()
        .map(|one| one.rule)
        .collect()
}

fn resource(schema: Schema) -> Vec<Rule> {
    loaded(|all| drop(all.resource_schemas.insert(PLAIN.to_owned(), schema)))
}

fn of_attribute(one: Attribute) -> Vec<Rule> {
    resource(schema(vec![one], vec![]))
}

fn of_block(
    nesting: BlockNesting,
    min_items: i64,
    max_items: i64,
    attributes: Vec<Attribute>,
) -> Vec<Rule> {
    let block = Some(Block {
        attributes,
        ..Default::default()
    });
    let nested = NestedBlock {
        type_name: "disk".to_owned(),
        block,
        nesting: nesting.into(),
        min_items,
        max_items,
    };
    resource(schema(vec![], vec![nested]))
}

fn nested(nesting: NestingMode, one: Attribute) -> Attribute {
    let object = Object {
        attributes: vec![one],
        nesting: nesting.into(),
        ..Default::default()
    };
    Attribute {
        nested_type: Some(object),
        ..attribute("parts", "", "optional")
    }
}

fn identities(change: impl FnOnce(&mut Schemas)) -> Vec<Rule> {
    let mut schemas = schemas();
    let asked = get_resource_identity_schemas::Request {};
    assert_eq!(
        found(&asked, &schemas.identities),
        [],
        "the identities are right"
    );
    change(&mut schemas);
    rules(&asked, &schemas.identities.clone(), &schemas)
}

fn identity_of(one: IdentityAttribute) -> Vec<Rule> {
    let schema = ResourceIdentitySchema {
        version: 0,
        identity_attributes: vec![one],
    };
    identities(|schemas| {
        drop(
            schemas
                .identities
                .identity_schemas
                .insert(THING.to_owned(), schema),
        );
    })
}

fn text() -> Attribute {
    attribute("name", r#""string""#, "optional")
}

fn some() -> IdentityAttribute {
    IdentityAttribute {
        name: "id".to_owned(),
        r#type: br#""string""#.to_vec(),
        ..Default::default()
    }
}

pub(super) fn wrong_ones() -> Vec<Wrong> {
    [
        wholes(),
        attributes(),
        nested_ones(),
        functions(),
        identity_schemas(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn wholes() -> Vec<Wrong> {
    vec![
        wrong(Rule::SchemaMissing, loaded(|all| all.provider = None)),
        wrong(Rule::SchemaMissing, resource(Schema::default())),
        wrong(
            Rule::SchemaMissing,
            loaded(|all| {
                all.functions
                    .values_mut()
                    .for_each(|one| one.r#return = None);
            }),
        ),
        wrong(
            Rule::SchemaVersion,
            resource(Schema {
                version: -1,
                ..schema(vec![], vec![])
            }),
        ),
        wrong(
            Rule::SchemaName,
            of_attribute(attribute("Name", r#""string""#, "optional")),
        ),
        wrong(
            Rule::SchemaName,
            resource(schema(vec![text(), text()], vec![])),
        ),
        wrong(
            Rule::SchemaReservedName,
            of_attribute(attribute("count", r#""string""#, "optional")),
        ),
    ]
}

fn attributes() -> Vec<Wrong> {
    vec![
        wrong(
            Rule::AttributeMode,
            of_attribute(attribute("name", r#""string""#, "")),
        ),
        wrong(
            Rule::AttributeMode,
            of_attribute(attribute("name", r#""string""#, "required computed")),
        ),
        wrong(
            Rule::AttributeType,
            of_attribute(attribute("name", "string", "optional")),
        ),
        wrong(
            Rule::AttributeType,
            of_attribute(attribute("name", r#"["list"]"#, "optional")),
        ),
        wrong(
            Rule::AttributeType,
            of_attribute(attribute("name", "", "optional")),
        ),
        wrong(
            Rule::AttributeType,
            of_attribute(Attribute {
                r#type: br#""string""#.to_vec(),
                ..nested(NestingMode::List, text())
            }),
        ),
    ]
}

fn nested_ones() -> Vec<Wrong> {
    vec![
        wrong(
            Rule::Nesting,
            of_attribute(nested(NestingMode::Invalid, text())),
        ),
        wrong(Rule::Nesting, of_block(BlockNesting::Invalid, 0, 0, vec![])),
        wrong(
            Rule::BlockLimits,
            of_block(BlockNesting::Single, 0, 2, vec![]),
        ),
        wrong(Rule::BlockLimits, of_block(BlockNesting::Map, 1, 0, vec![])),
        wrong(
            Rule::BlockLimits,
            of_block(BlockNesting::List, 3, 2, vec![]),
        ),
        wrong(
            Rule::DynamicInSet,
            of_block(
                BlockNesting::Set,
                0,
                0,
                vec![attribute("any", r#""dynamic""#, "optional")],
            ),
        ),
        wrong(
            Rule::DynamicInSet,
            of_attribute(nested(
                NestingMode::Set,
                attribute("any", r#"["list","dynamic"]"#, "optional"),
            )),
        ),
        wrong(
            Rule::WriteOnlySchema,
            of_attribute(attribute(
                "name",
                r#""string""#,
                "optional computed write-only",
            )),
        ),
        wrong(
            Rule::WriteOnlySchema,
            of_attribute(nested(
                NestingMode::Set,
                attribute("name", r#""string""#, "optional write-only"),
            )),
        ),
        wrong(
            Rule::DeprecationMessage,
            of_attribute(Attribute {
                deprecation_message: "old".to_owned(),
                ..text()
            }),
        ),
    ]
}

fn functions() -> Vec<Wrong> {
    vec![
        wrong(
            Rule::FunctionSchema,
            loaded(|all| {
                let function = all.functions["shout"].clone();
                all.functions.insert("2nd".to_owned(), function);
            }),
        ),
        wrong(
            Rule::FunctionSchema,
            loaded(|all| {
                let function = all.functions.get_mut("shout").expect("a function");
                function.variadic_parameter = function.parameters.first().cloned();
            }),
        ),
    ]
}

fn identity_schemas() -> Vec<Wrong> {
    vec![
        wrong(Rule::IdentitySchemaMode, identity_of(some())),
        wrong(
            Rule::IdentitySchemaMode,
            identity_of(IdentityAttribute {
                required_for_import: true,
                optional_for_import: true,
                ..some()
            }),
        ),
        wrong(
            Rule::IdentitySchemaType,
            identity_of(IdentityAttribute {
                required_for_import: true,
                r#type: br#"["map","string"]"#.to_vec(),
                ..some()
            }),
        ),
        wrong(
            Rule::IdentitySchemaOfNothing,
            identities(|schemas| {
                let one = schemas.identities.identity_schemas[THING].clone();
                schemas
                    .identities
                    .identity_schemas
                    .insert("toy_other".to_owned(), one);
            }),
        ),
        wrong(
            Rule::ListWithoutIdentity,
            identities(|schemas| schemas.identities.identity_schemas.clear()),
        ),
    ]
}
