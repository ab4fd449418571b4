use std::collections::BTreeMap;

use super::super::value::{Name, Type, Value};
use super::Spec;

/// The form of an attribute: one type, or attributes of its own.
#[derive(Debug)]
pub(crate) enum Shape {
    Plain(Type),
    Nested(Nesting, Vec<Spec>),
    /// Objects inside a collection of collections. Terraform is told their type, and nothing else of their attributes.
    Flattened(Type, Vec<Spec>),
}

/// How many nested objects there are and how they are told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Nesting {
    Single,
    List,
    Set,
    Map,
}

type Visit<'a> = dyn FnMut(&[Spec], &mut BTreeMap<Name, Value>) + 'a;

impl Nesting {
    /// How a path writes "whichever element".
    pub(super) fn elements(self) -> &'static str {
        match self {
            Self::Single => "",
            Self::List | Self::Set | Self::Map => "[*]",
        }
    }
}

impl Shape {
    pub(crate) fn ty(&self) -> Type {
        match self {
            Self::Plain(ty) | Self::Flattened(ty, _) => ty.clone(),
            Self::Nested(Nesting::Single, specs) => object_type(specs),
            Self::Nested(Nesting::List, specs) => Type::List(object_type(specs).into()),
            Self::Nested(Nesting::Set, specs) => Type::Set(object_type(specs).into()),
            Self::Nested(Nesting::Map, specs) => Type::Map(object_type(specs).into()),
        }
    }

    /// Visits the nested objects of a value, with their attributes.
    pub(super) fn each_object(&self, value: &mut Value, visit: &mut Visit<'_>) {
        let Self::Nested(nesting, inner) = self else {
            return;
        };
        let mut element = |value: &mut Value| {
            if let Value::Map(attributes) = value {
                visit(inner, attributes);
            }
        };
        match value {
            Value::Map(elements) if *nesting == Nesting::Map => {
                elements.values_mut().for_each(element);
            }
            Value::List(elements) => elements.iter_mut().for_each(element),
            single => element(single),
        }
    }

    /// The form of a collection of these.
    pub(crate) fn collection_of(self, nesting: Nesting, collection: fn(Box<Type>) -> Type) -> Self {
        let ty = collection(self.ty().into());
        match self {
            Self::Plain(_) => Self::Plain(ty),
            Self::Nested(Nesting::Single, specs) => Self::Nested(nesting, specs),
            Self::Nested(_, specs) | Self::Flattened(_, specs) => Self::Flattened(ty, specs),
        }
    }
}

pub(super) fn object_type(specs: &[Spec]) -> Type {
    Type::Object(
        specs
            .iter()
            .map(|spec| (spec.name.into(), spec.shape.ty()))
            .collect(),
    )
}
