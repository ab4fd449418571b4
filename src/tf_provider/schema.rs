//! What Terraform is told about a block, and by what a configuration is checked and filled in.
//!
//! `check` refuses what an author says and nothing could honour: a new flag of [`Spec`] gets a rule there. Knows values,
//! validators and modifiers, and no Rust types of an author. The protocol's form of a schema is made in `server/convert`.

mod check;
mod kind;
mod shape;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use super::diagnostics::Diagnostic;
use super::modifiers::PlanModifier;
use super::path::Path;
use super::validators::Validator;
use super::value::{InOrder, Name, Object, Type, Value};

pub(crate) use check::{is_identifier, is_name};
pub(crate) use kind::Kind;
pub(crate) use shape::{Nesting, Shape};

use shape::object_type;

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

    /// Runs the checks of every attribute whose value is known: one message for each value that a check refuses, with
    /// its path.
    pub(crate) fn validate(&self, config: &Object) -> Vec<Diagnostic> {
        let mut found = Vec::new();
        validate(
            &self.attributes,
            &config.0,
            &Path::root(),
            false,
            &mut found,
        );
        found
    }

    /// Fills in defaults, at every depth, where a configuration says nothing, or where a state is older than they are.
    pub(crate) fn fill_defaults(&self, object: &mut Object) {
        fill_defaults(&self.attributes, &mut object.0);
    }

    /// The block in which nothing is said.
    pub(crate) fn nothing(&self) -> Object {
        let names = self.attributes.iter().map(|spec| spec.name.into());
        Object(names.map(|name| (name, Value::Null)).collect())
    }
}

fn fill_defaults(specs: &[Spec], attributes: &mut BTreeMap<Name, Value>) {
    for spec in specs {
        if let Some(default) = &spec.default
            && attributes.get(spec.name).is_none_or(Value::is_null)
        {
            attributes.insert(spec.name.into(), default.clone());
        } else if let Shape::Nested(..) = spec.shape
            && let Some(value) = attributes.get_mut(spec.name)
        {
            spec.shape.each_object(value, &mut fill_defaults);
        }
    }
}

fn validate(
    specs: &[Spec],
    config: &BTreeMap<Name, Value>,
    at: &Path,
    hidden: bool,
    found: &mut Vec<Diagnostic>,
) {
    let mut config = InOrder::of(config);
    for spec in specs {
        let value = config.find(spec.name).unwrap_or(&Value::Null);
        // Terraform asks for it too, but not where a whole block is left out.
        if value.is_null() && spec.presence == Presence::Required {
            found.push(missing(spec, at.attribute(spec.name)));
        }
        if value.is_null() || value.is_unknown() {
            continue;
        }
        let path = at.attribute(spec.name);
        let hidden = hidden || spec.sensitive;
        found.extend(
            spec.checks
                .iter()
                .filter(|check| !check.accepts(value))
                .map(|check| refusal(spec, &**check, (!hidden).then_some(value), &path)),
        );
        let Shape::Nested(nesting, inner) = &spec.shape else {
            continue;
        };
        match (nesting, value) {
            (Nesting::Single, Value::Map(attributes)) => {
                validate(inner, attributes, &path, hidden, found);
            }
            (Nesting::Map, Value::Map(elements)) => elements.iter().for_each(|(key, element)| {
                if let Value::Map(attributes) = element {
                    validate(inner, attributes, &path.key(key), hidden, found);
                }
            }),
            // No path leads to an element of a set.
            (Nesting::Set, Value::List(elements)) => {
                let mut inside = Vec::new();
                for element in elements {
                    if let Value::Map(attributes) = element {
                        validate(inner, attributes, &Path::root(), hidden, &mut inside);
                    }
                }
                found.extend(inside.into_iter().map(|diagnostic| Diagnostic {
                    summary: format!("{} in an element of `{path}`", diagnostic.summary),
                    path: path.clone(),
                    ..diagnostic
                }));
            }
            (_, Value::List(elements)) => {
                elements.iter().enumerate().for_each(|(index, element)| {
                    if let Value::Map(attributes) = element {
                        validate(inner, attributes, &path.index(index), hidden, found);
                    }
                });
            }
            _ => {}
        }
    }
}

fn missing(spec: &Spec, path: Path) -> Diagnostic {
    Diagnostic::error(format!("Missing value for `{path}`"))
        .at(path)
        .detail(format!("`{}` is required, and it is null.", spec.name))
}

/// A value that is hidden is not repeated.
fn refusal(spec: &Spec, check: &dyn Validator, value: Option<&Value>, path: &Path) -> Diagnostic {
    let got = match value {
        Some(Value::String(text)) => format!(" Got {text:?}."),
        Some(Value::Number(number)) => format!(" Got {number}."),
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
    /// Whether the author's Rust type has room for null, and for unknown.
    pub(crate) takes_null: bool,
    pub(crate) takes_unknown: bool,
    /// What was said that contradicts what was said before.
    pub(crate) faults: Vec<&'static str>,
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
            takes_null: true,
            takes_unknown: true,
            faults: Vec::new(),
        }
    }

    /// What it means, in Markdown: first what it is for.
    pub fn doc(&mut self, markdown: impl Into<Cow<'static, str>>) -> &mut Self {
        self.doc = markdown.into();
        self
    }

    /// Lets the provider set the value when the configuration does not.
    pub fn computed(&mut self) -> &mut Self {
        match self.presence {
            Presence::Required => self.faults.push("is required and computed"),
            Presence::Computed => self
                .faults
                .push("is computed twice: optional and computed is what can be both"),
            Presence::Optional | Presence::OptionalComputed => {}
        }
        self.presence = Presence::OptionalComputed;
        self
    }

    /// Hides the value wherever Terraform shows plans, outputs and errors. The state still holds it in the clear.
    pub fn sensitive(&mut self) -> &mut Self {
        self.sensitive = true;
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
