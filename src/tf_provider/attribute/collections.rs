use std::collections::BTreeMap;

use super::super::path::Step;
use super::super::schema::Nesting;
use super::super::value::{Mismatch, Type, Value};
use super::{Attribute, Codec};

/// Elements in no order, each once, as Terraform has them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Set<T>(pub Vec<T>);

impl<T: Attribute> Attribute for Vec<T> {
    fn codec() -> Codec<Self> {
        let mut codec = T::codec().wrapped(
            |value, element| match value {
                Value::List(elements) => elements
                    .into_iter()
                    .enumerate()
                    .map(|(index, value)| {
                        element(value).map_err(|mismatch| mismatch.inside(Step::at(index)))
                    })
                    .collect(),
                other => Err(Mismatch::wanted("a list", &other)),
            },
            |elements: Self, element| Value::List(elements.into_iter().map(element).collect()),
        );
        codec.shape = codec.shape.collection_of(Nesting::List, Type::List);
        codec
    }
}

impl<T: Attribute> Attribute for Set<T> {
    fn codec() -> Codec<Self> {
        let mut codec = T::codec().wrapped(
            |value, element| match value {
                Value::List(elements) => elements
                    .into_iter()
                    .map(|value| element(value).map_err(Mismatch::of_an_element))
                    .collect::<Result<_, _>>()
                    .map(Self),
                other => Err(Mismatch::wanted("a set", &other)),
            },
            |set: Self, element| Value::List(set.0.into_iter().map(element).collect()),
        );
        codec.shape = codec.shape.collection_of(Nesting::Set, Type::Set);
        codec
    }
}

impl<T: Attribute> Attribute for BTreeMap<String, T> {
    fn codec() -> Codec<Self> {
        let mut codec = T::codec().wrapped(
            |value, element| match value {
                Value::Map(elements) => elements
                    .into_iter()
                    .map(|(key, value)| match element(value) {
                        Ok(element) => Ok((key.into_owned(), element)),
                        Err(mismatch) => Err(mismatch.inside(Step::Key(key.into_owned()))),
                    })
                    .collect(),
                other => Err(Mismatch::wanted("a map", &other)),
            },
            |elements: Self, element| {
                Value::Map(
                    elements
                        .into_iter()
                        .map(|(key, value)| (key.into(), element(value)))
                        .collect(),
                )
            },
        );
        codec.shape = codec.shape.collection_of(Nesting::Map, Type::Map);
        codec
    }
}
