use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use super::attribute::Attribute;
use super::diagnostics::{Diagnostic, Diagnostics, Result};
use super::path::Path;
use super::plan::PlanModifier;
use super::validators::Validator;
use super::value::{Object, Type, Value};

/// What Terraform is told about a block, and by what it is checked and planned.
#[derive(Debug)]
pub(crate) struct Schema {
    pub(crate) version: i64,
    pub(crate) description: &'static str,
    pub(crate) attributes: Vec<Spec>,
    /// The type of the whole block, which the encodings are driven by.
    pub(crate) ty: Type,
}

impl Schema {
    #[cfg(test)]
    pub(crate) fn of<M: super::Model>(description: &'static str) -> Self {
        Self::new(description, super::Fields::<M>::described().1)
    }

    pub(crate) fn new(description: &'static str, attributes: Vec<Spec>) -> Self {
        Self {
            version: 0,
            description,
            ty: object_type(&attributes),
            attributes,
        }
    }

    /// Runs the checks of every attribute whose value is known.
    ///
    /// # Errors
    ///
    /// One message for each value that a check refuses, with its path.
    pub(crate) fn validate(&self, config: &Object) -> Result<()> {
        let mut found = Vec::new();
        validate(&self.attributes, &config.0, &Path::root(), &mut found);
        Diagnostics::check(found)
    }

    /// Fills in the defaults of attributes that a state, older than they are, does not have.
    pub(crate) fn fill_defaults(&self, state: &mut Object) {
        for spec in &self.attributes {
            if let Some(default) = &spec.default
                && state.value(spec.name).is_null()
            {
                state.set(spec.name, default.clone());
            }
        }
    }
}

fn validate(
    specs: &[Spec],
    config: &BTreeMap<String, Value>,
    at: &Path,
    found: &mut Vec<Diagnostic>,
) {
    for spec in specs {
        let Some(value) = config.get(spec.name) else {
            continue;
        };
        if value.is_null() || value.is_unknown() {
            continue;
        }
        let path = at.attribute(spec.name);
        found.extend(
            spec.checks
                .iter()
                .filter(|check| !check.accepts(value))
                .map(|check| refusal(spec, &**check, value, &path)),
        );
        let Shape::Nested(_, inner) = &spec.shape else {
            continue;
        };
        match value {
            Value::Map(attributes) if spec.shape.is_single() => {
                validate(inner, attributes, &path, found);
            }
            Value::Map(elements) => elements.iter().for_each(|(key, element)| {
                if let Value::Map(attributes) = element {
                    validate(inner, attributes, &path.key(key), found);
                }
            }),
            Value::List(elements) => elements.iter().enumerate().for_each(|(index, element)| {
                if let Value::Map(attributes) = element {
                    validate(inner, attributes, &path.index(index), found);
                }
            }),
            _ => {}
        }
    }
}

fn refusal(spec: &Spec, check: &dyn Validator, value: &Value, path: &Path) -> Diagnostic {
    let got = match value {
        Value::String(text) if !spec.sensitive => format!(" The configuration says {text:?}."),
        Value::Number(number) if !spec.sensitive => format!(" The configuration says {number}."),
        _ => String::new(),
    };
    Diagnostic::error(format!("Invalid value for `{path}`"))
        .at(path.clone())
        .detail(format!("`{}` {}.{got}", spec.name, check.sentence()))
}

/// What is said about one attribute beside its name and type.
pub struct Spec {
    pub(crate) name: &'static str,
    pub(crate) shape: Shape,
    pub(crate) presence: Presence,
    pub(crate) doc: Cow<'static, str>,
    pub(crate) sensitive: bool,
    pub(crate) default: Option<Value>,
    pub(crate) checks: Vec<Box<dyn Validator>>,
    pub(crate) modifiers: Vec<Box<dyn PlanModifier>>,
}

impl Spec {
    pub(crate) fn new(name: &'static str, shape: Shape, presence: Presence) -> Self {
        Self {
            name,
            shape,
            presence,
            doc: Cow::Borrowed(""),
            sensitive: false,
            default: None,
            checks: Vec::new(),
            modifiers: Vec::new(),
        }
    }

    /// What it means, in Markdown: first what it is for.
    pub fn doc(&mut self, markdown: impl Into<Cow<'static, str>>) -> &mut Self {
        self.doc = markdown.into();
        self
    }

    /// Lets the provider set the value when the configuration does not.
    pub fn computed(&mut self) -> &mut Self {
        self.presence = Presence::OptionalComputed;
        self
    }

    /// Hides the value wherever Terraform shows plans, outputs and errors. The state still holds it in the clear.
    pub fn sensitive(&mut self) -> &mut Self {
        self.sensitive = true;
        self
    }

    /// The value when the configuration sets none; Terraform then calls the attribute computed. States from before the
    /// attribute existed get it too.
    pub fn default_to<T: Attribute>(&mut self, value: T) -> &mut Self {
        self.presence = Presence::OptionalComputed;
        self.default = Some((T::codec().encode)(value));
        self
    }

    /// Refuses configured values while they can still be corrected.
    pub fn check(&mut self, validator: impl Validator) -> &mut Self {
        self.checks.push(Box::new(validator));
        self
    }

    /// Has a say in how a change of it is planned.
    pub fn plan(&mut self, modifier: impl PlanModifier) -> &mut Self {
        self.modifiers.push(Box::new(modifier));
        self
    }

    /// Its documentation, with what its modifiers do.
    pub(crate) fn documentation(&self) -> String {
        let sentences = self.modifiers.iter().map(|modifier| modifier.sentence());
        std::iter::once(&*self.doc)
            .chain(sentences)
            .filter(|text| !text.is_empty())
            .collect::<Vec<_>>()
            .join(" ")
    }

    pub(crate) fn is_computed(&self) -> bool {
        matches!(
            self.presence,
            Presence::Computed | Presence::OptionalComputed
        )
    }
}

impl fmt::Debug for Spec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Spec")
            .field("name", &self.name)
            .field("shape", &self.shape)
            .field("presence", &self.presence)
            .field("sensitive", &self.sensitive)
            .field("default", &self.default)
            .finish_non_exhaustive()
    }
}

/// Who gives an attribute its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Presence {
    Required,
    Optional,
    Computed,
    OptionalComputed,
}

/// The form of an attribute: one type, or attributes of its own.
#[derive(Debug)]
pub(crate) enum Shape {
    Plain(Type),
    Nested(Nesting, Vec<Spec>),
}

/// How many nested objects there are and how they are told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Nesting {
    Single,
    List,
    Set,
    Map,
}

impl Shape {
    pub(crate) fn ty(&self) -> Type {
        match self {
            Self::Plain(ty) => ty.clone(),
            Self::Nested(Nesting::Single, specs) => object_type(specs),
            Self::Nested(Nesting::List, specs) => Type::List(object_type(specs).into()),
            Self::Nested(Nesting::Set, specs) => Type::Set(object_type(specs).into()),
            Self::Nested(Nesting::Map, specs) => Type::Map(object_type(specs).into()),
        }
    }

    pub(crate) fn is_single(&self) -> bool {
        matches!(self, Self::Nested(Nesting::Single, _))
    }

    /// The form of a collection of these.
    pub(crate) fn gathered(self, nesting: Nesting, collection: fn(Box<Type>) -> Type) -> Self {
        match self {
            Self::Nested(Nesting::Single, specs) => Self::Nested(nesting, specs),
            other => Self::Plain(collection(other.ty().into())),
        }
    }
}

fn object_type(specs: &[Spec]) -> Type {
    Type::Object(
        specs
            .iter()
            .map(|spec| (spec.name.to_owned(), spec.shape.ty()))
            .collect(),
    )
}
