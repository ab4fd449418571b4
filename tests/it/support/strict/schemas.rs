//! Schemas as core validates them when it loads a provider.

use std::collections::{BTreeMap, BTreeSet};

use super::report::Report;
use super::rules::Rule;
use super::types::Type;
use crate::support::proto::tfplugin6::function::Parameter;
use crate::support::proto::tfplugin6::schema::nested_block::NestingMode as BlockNesting;
use crate::support::proto::tfplugin6::schema::object::NestingMode;
use crate::support::proto::tfplugin6::schema::{Attribute, Block, NestedBlock};
use crate::support::proto::tfplugin6::{
    Function, Schema, get_metadata, get_provider_schema, get_resource_identity_schemas,
};

const RESERVED: [&str; 8] = [
    "count",
    "for_each",
    "provider",
    "depends_on",
    "lifecycle",
    "connection",
    "provisioner",
    "locals",
];
const RESERVED_FOR_PROVIDERS: [&str; 8] = [
    "alias",
    "version",
    "count",
    "for_each",
    "depends_on",
    "source",
    "lifecycle",
    "locals",
];

pub(super) fn valid(all: &get_provider_schema::Response, report: &mut Report) {
    one_valid(
        "provider",
        all.provider.as_ref(),
        &RESERVED_FOR_PROVIDERS,
        report,
    );
    if let Some(meta) = &all.provider_meta {
        one_valid("provider_meta", Some(meta), &[], report);
    }
    let kinds = [
        ("resource", &all.resource_schemas),
        ("data", &all.data_source_schemas),
        ("ephemeral", &all.ephemeral_resource_schemas),
        ("list", &all.list_resource_schemas),
    ];
    for (kind, schemas) in kinds {
        // A list's own arguments stand in a block `config`.
        let reserved = if kind == "list" { &[][..] } else { &RESERVED };
        for (name, schema) in schemas {
            one_valid(&format!("{kind} {name}"), Some(schema), reserved, report);
        }
    }
    for (name, action) in &all.action_schemas {
        one_valid(
            &format!("action {name}"),
            action.schema.as_ref(),
            &[],
            report,
        );
    }
    for (name, function) in &all.functions {
        function_valid(name, function, report);
    }
}

fn one_valid(at: &str, schema: Option<&Schema>, reserved: &[&str], report: &mut Report) {
    let Some(Schema {
        version,
        block: Some(block),
    }) = schema
    else {
        return report.add(Rule::SchemaMissing, at, "no schema, or no block in it");
    };
    if *version < 0 {
        report.add(Rule::SchemaVersion, at, version.to_string());
    }
    for name in names(block).filter(|name| reserved.contains(name)) {
        report.add(Rule::SchemaReservedName, at, name);
    }
    block_valid(at, block, false, report);
}

fn names(block: &Block) -> impl Iterator<Item = &str> {
    let attributes = block.attributes.iter().map(|one| one.name.as_str());
    attributes.chain(block.block_types.iter().map(|one| one.type_name.as_str()))
}

fn block_valid(at: &str, block: &Block, in_set: bool, report: &mut Report) {
    names_valid(at, names(block), report);
    if !block.deprecated && !block.deprecation_message.is_empty() {
        report.add(Rule::DeprecationMessage, at, &block.deprecation_message);
    }
    for attribute in &block.attributes {
        attribute_valid(
            &format!("{at}.{}", attribute.name),
            attribute,
            in_set,
            report,
        );
    }
    for nested in &block.block_types {
        nested_valid(
            &format!("{at}.{}", nested.type_name),
            nested,
            in_set,
            report,
        );
    }
}

fn names_valid<'a>(at: &str, names: impl Iterator<Item = &'a str>, report: &mut Report) {
    let mut seen = BTreeSet::new();
    for name in names {
        let letters = name
            .bytes()
            .all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_'));
        if name.is_empty() || !letters || !seen.insert(name) {
            report.add(Rule::SchemaName, at, format!("{name:?}"));
        }
    }
}

fn attribute_valid(at: &str, attribute: &Attribute, in_set: bool, report: &mut Report) {
    let Attribute {
        required,
        optional,
        computed,
        write_only,
        ..
    } = *attribute;
    if !(required || optional || computed) || (required && (optional || computed)) {
        report.add(
            Rule::AttributeMode,
            at,
            format!("required {required}, optional {optional}, computed {computed}"),
        );
    }
    if write_only && (computed || in_set) {
        report.add(Rule::WriteOnlySchema, at, "computed, or in a set");
    }
    if !attribute.deprecated && !attribute.deprecation_message.is_empty() {
        report.add(Rule::DeprecationMessage, at, &attribute.deprecation_message);
    }
    let of = Type::parse(&attribute.r#type);
    if (attribute.nested_type.is_some() && !attribute.r#type.is_empty())
        || (attribute.nested_type.is_none() && of.is_none())
    {
        report.add(
            Rule::AttributeType,
            at,
            String::from_utf8_lossy(&attribute.r#type),
        );
    }
    if in_set && of.is_some_and(|of| of.has_dynamic()) {
        report.add(Rule::DynamicInSet, at, "is dynamic");
    }
    let Some(nested) = &attribute.nested_type else {
        return;
    };
    if nested.nesting() == NestingMode::Invalid {
        report.add(Rule::Nesting, at, "has none");
    }
    let in_set = in_set || nested.nesting() == NestingMode::Set;
    names_valid(
        at,
        nested.attributes.iter().map(|one| one.name.as_str()),
        report,
    );
    for one in &nested.attributes {
        attribute_valid(&format!("{at}.{}", one.name), one, in_set, report);
    }
}

fn nested_valid(at: &str, nested: &NestedBlock, in_set: bool, report: &mut Report) {
    let (min, max) = (nested.min_items, nested.max_items);
    let fits = match nested.nesting() {
        BlockNesting::Invalid => {
            report.add(Rule::Nesting, at, "has none");
            true
        }
        BlockNesting::Single => min == max && matches!(min, 0 | 1),
        BlockNesting::Group | BlockNesting::Map => min == 0 && max == 0,
        BlockNesting::List | BlockNesting::Set => min >= 0 && max >= 0 && (max == 0 || min <= max),
    };
    if !fits {
        report.add(Rule::BlockLimits, at, format!("{min} to {max}"));
    }
    match &nested.block {
        Some(block) => block_valid(
            at,
            block,
            in_set || nested.nesting() == BlockNesting::Set,
            report,
        ),
        None => report.add(Rule::SchemaMissing, at, "no block"),
    }
}

fn function_valid(name: &str, function: &Function, report: &mut Report) {
    let at = format!("function {name}");
    let Some(returns) = &function.r#return else {
        return report.add(Rule::SchemaMissing, &at, "no return");
    };
    let mut seen = BTreeSet::new();
    let unique = |one: &Parameter| {
        is_identifier(&one.name)
            && seen.insert(one.name.clone())
            && Type::parse(&one.r#type).is_some()
    };
    let mut parameters = function
        .parameters
        .iter()
        .chain(&function.variadic_parameter);
    if !is_identifier(name) || Type::parse(&returns.r#type).is_none() || !parameters.all(unique) {
        report.add(Rule::FunctionSchema, &at, format!("{function:?}"));
    }
}

fn is_identifier(name: &str) -> bool {
    let begins = name.starts_with(|first: char| first.is_alphabetic() || first == '_');
    begins
        && name
            .chars()
            .all(|one| one.is_alphanumeric() || matches!(one, '_' | '-'))
}

pub(super) fn identities_valid(
    answer: &get_resource_identity_schemas::Response,
    all: &get_provider_schema::Response,
    report: &mut Report,
) {
    for (name, schema) in &answer.identity_schemas {
        let at = format!("identity {name}");
        if schema.version < 0 {
            report.add(Rule::SchemaVersion, &at, schema.version.to_string());
        }
        if !all.resource_schemas.contains_key(name) {
            report.add(
                Rule::IdentitySchemaOfNothing,
                &at,
                "no resource of this name",
            );
        }
        names_valid(
            &at,
            schema
                .identity_attributes
                .iter()
                .map(|one| one.name.as_str()),
            report,
        );
        for one in &schema.identity_attributes {
            let at = format!("{at}.{}", one.name);
            if one.required_for_import == one.optional_for_import {
                report.add(Rule::IdentitySchemaMode, &at, "neither or both");
            }
            if !Type::parse(&one.r#type).is_some_and(|of| is_simple(&of)) {
                report.add(
                    Rule::IdentitySchemaType,
                    &at,
                    String::from_utf8_lossy(&one.r#type),
                );
            }
        }
    }
    for name in all
        .list_resource_schemas
        .keys()
        .filter(|name| !answer.identity_schemas.contains_key(*name))
    {
        report.add(
            Rule::ListWithoutIdentity,
            &format!("list {name}"),
            "no identity schema",
        );
    }
}

fn is_simple(of: &Type) -> bool {
    match of {
        Type::Text | Type::Number | Type::Bool => true,
        Type::List(of) => is_simple(of),
        _ => false,
    }
}

/// The metadata are the names in the schemas, and the same capabilities.
pub(super) fn metadata(
    answer: &get_metadata::Response,
    all: &get_provider_schema::Response,
    report: &mut Report,
) {
    fn keys<T>(schemas: &std::collections::HashMap<String, T>) -> BTreeSet<&str> {
        schemas.keys().map(String::as_str).collect()
    }
    let types = |names: &'static str, listed: &[get_metadata::TypeName]| {
        (
            names,
            listed
                .iter()
                .map(|one| one.type_name.clone())
                .collect::<BTreeSet<_>>(),
        )
    };
    let listed = BTreeMap::from([
        types("resources", &answer.resources),
        types("data sources", &answer.data_sources),
        types("ephemeral resources", &answer.ephemeral_resources),
        types("list resources", &answer.list_resources),
        types("actions", &answer.actions),
        (
            "functions",
            answer
                .functions
                .iter()
                .map(|one| one.name.clone())
                .collect(),
        ),
    ]);
    let expected = BTreeMap::from([
        ("resources", keys(&all.resource_schemas)),
        ("data sources", keys(&all.data_source_schemas)),
        ("ephemeral resources", keys(&all.ephemeral_resource_schemas)),
        ("list resources", keys(&all.list_resource_schemas)),
        ("actions", keys(&all.action_schemas)),
        ("functions", keys(&all.functions)),
    ]);
    for (kind, listed) in listed {
        if !listed
            .iter()
            .map(String::as_str)
            .eq(expected[kind].iter().copied())
        {
            report.add(
                Rule::MetadataOfOtherTypes,
                kind,
                format!("{listed:?} and {:?}", expected[kind]),
            );
        }
    }
    if answer.server_capabilities != all.server_capabilities {
        report.add(
            Rule::MetadataOfOtherTypes,
            "server_capabilities",
            format!("{:?}", answer.server_capabilities),
        );
    }
}
