//! Types as the protocol writes them, and the type of a schema's objects.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use crate::support::proto::tfplugin6::schema::nested_block::NestingMode as BlockNesting;
use crate::support::proto::tfplugin6::schema::object::NestingMode;
use crate::support::proto::tfplugin6::schema::{Attribute, Block, NestedBlock};
use crate::support::proto::tfplugin6::{ResourceIdentitySchema, Schema};

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Type {
    Text,
    Number,
    Bool,
    Dynamic,
    List(Box<Type>),
    Set(Box<Type>),
    Map(Box<Type>),
    Tuple(Vec<Type>),
    Object(BTreeMap<String, Type>),
}

impl Type {
    /// None where core would panic.
    pub(crate) fn parse(json: &[u8]) -> Option<Self> {
        Self::of_json(&serde_json::from_slice(json).ok()?)
    }

    /// Whether what was planned with the one type, as JSON, may have the other. What is dynamic may have any.
    pub(crate) fn may_become(planned: &str, actual: &str) -> bool {
        let [planned, actual] = [planned, actual].map(|json| Self::parse(json.as_bytes()));
        planned
            .zip(actual)
            .is_none_or(|(planned, actual)| planned.takes(&actual))
    }

    fn takes(&self, actual: &Self) -> bool {
        match (self, actual) {
            (Self::Dynamic, _) => true,
            (Self::List(one), Self::List(other))
            | (Self::Set(one), Self::Set(other))
            | (Self::Map(one), Self::Map(other)) => one.takes(other),
            (Self::Tuple(some), Self::Tuple(others)) => {
                let mut pairs = some.iter().zip(others);
                some.len() == others.len() && pairs.all(|(one, other)| one.takes(other))
            }
            (Self::Object(some), Self::Object(others)) => {
                let mut pairs = some.values().zip(others.values());
                some.keys().eq(others.keys()) && pairs.all(|(one, other)| one.takes(other))
            }
            (one, other) => one == other,
        }
    }

    fn of_json(json: &Json) -> Option<Self> {
        if let Json::String(name) = json {
            return match name.as_str() {
                "string" => Some(Self::Text),
                "number" => Some(Self::Number),
                "bool" => Some(Self::Bool),
                "dynamic" => Some(Self::Dynamic),
                _ => None,
            };
        }
        let [kind, of] = json.as_array()?.as_slice() else {
            return None;
        };
        match kind.as_str()? {
            "list" => Some(Self::List(Self::of_json(of)?.into())),
            "set" => Some(Self::Set(Self::of_json(of)?.into())),
            "map" => Some(Self::Map(Self::of_json(of)?.into())),
            "tuple" => {
                let items = of.as_array()?.iter().map(Self::of_json);
                Some(Self::Tuple(items.collect::<Option<_>>()?))
            }
            "object" => {
                let members = of.as_object()?.iter();
                let members = members.map(|(name, of)| Some((name.clone(), Self::of_json(of)?)));
                Some(Self::Object(members.collect::<Option<_>>()?))
            }
            _ => None,
        }
    }

    pub(crate) fn of_schema(schema: &Schema) -> Self {
        schema
            .block
            .as_ref()
            .map_or(Self::Object(BTreeMap::new()), Self::of_block)
    }

    pub(crate) fn of_identity(schema: &ResourceIdentitySchema) -> Self {
        let attributes = schema.identity_attributes.iter();
        let typed = |one: &[u8]| Self::parse(one).unwrap_or(Self::Dynamic);
        Self::Object(
            attributes
                .map(|one| (one.name.clone(), typed(&one.r#type)))
                .collect(),
        )
    }

    pub(crate) fn of_block(block: &Block) -> Self {
        let attributes = block.attributes.iter();
        let attributes = attributes.map(|one| (one.name.clone(), Self::of_attribute(one)));
        let blocks = block.block_types.iter();
        let blocks = blocks.map(|one| (one.type_name.clone(), Self::of_nested(one)));
        Self::Object(attributes.chain(blocks).collect())
    }

    pub(crate) fn of_attribute(attribute: &Attribute) -> Self {
        let Some(nested) = &attribute.nested_type else {
            return Self::parse(&attribute.r#type).unwrap_or(Self::Dynamic);
        };
        let members = nested.attributes.iter();
        let object = Self::Object(
            members
                .map(|one| (one.name.clone(), Self::of_attribute(one)))
                .collect(),
        );
        match nested.nesting() {
            NestingMode::List => Self::List(object.into()),
            NestingMode::Set => Self::Set(object.into()),
            NestingMode::Map => Self::Map(object.into()),
            NestingMode::Single | NestingMode::Invalid => object,
        }
    }

    /// Lists and maps of blocks with anything dynamic inside are dynamic as a whole.
    fn of_nested(nested: &NestedBlock) -> Self {
        let object = nested
            .block
            .as_ref()
            .map_or(Self::Object(BTreeMap::new()), Self::of_block);
        match nested.nesting() {
            BlockNesting::List | BlockNesting::Map if object.has_dynamic() => Self::Dynamic,
            BlockNesting::List => Self::List(object.into()),
            BlockNesting::Map => Self::Map(object.into()),
            BlockNesting::Set => Self::Set(object.into()),
            BlockNesting::Single | BlockNesting::Group | BlockNesting::Invalid => object,
        }
    }

    pub(crate) fn has_dynamic(&self) -> bool {
        match self {
            Self::Dynamic => true,
            Self::Text | Self::Number | Self::Bool => false,
            Self::List(of) | Self::Set(of) | Self::Map(of) => of.has_dynamic(),
            Self::Tuple(items) => items.iter().any(Self::has_dynamic),
            Self::Object(members) => members.values().any(Self::has_dynamic),
        }
    }
}
