//! Values as Terraform knows them: null, unknown or known, of a type that a schema gives.
//!
//! `msgpack` is their form on the wire, `json` that of a stored state; both are driven by the type. `number` loses no digit.
//! Knows paths and diagnostics only. `Debug` never prints contents, and no input panics.

mod equality;
mod in_order;
pub(crate) mod json;
pub(crate) mod msgpack;
mod number;

mod text;
mod types;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use super::diagnostics::{Diagnostic, Diagnostics};
use super::path::{Path, Step};

pub(crate) use in_order::InOrder;
pub use number::Number;
pub use types::Type;

/// The name of an attribute, or the key of a map's element. Those of a schema cost nothing to copy.
pub type Name = Cow<'static, str>;

/// A value of a configuration, a plan or a state.
///
/// `Debug` prints kinds and lengths, never contents: any string here may be a secret.
#[derive(Clone, Default, PartialEq)]
pub enum Value {
    /// Absent.
    #[default]
    Null,
    /// Not known before something else is applied.
    Unknown(Refinements),
    /// `true` or `false`.
    Bool(bool),
    /// A number of any size and precision.
    Number(Number),
    /// Text.
    String(String),
    /// The elements of a list, a set or a tuple.
    List(Vec<Value>),
    /// The elements of a map, or the attributes of an object.
    Map(BTreeMap<Name, Value>),
    /// A value that brings its own type, where the schema says `dynamic`.
    Dynamic(Box<(Type, Value)>),
}

impl Value {
    /// An unknown value about which nothing more is known.
    pub const UNKNOWN: Self = Self::Unknown(Refinements(Vec::new()));

    /// Whether the value is null.
    #[must_use]
    pub fn is_null(&self) -> bool {
        match self {
            Self::Null => true,
            Self::Dynamic(typed) => typed.1.is_null(),
            _ => false,
        }
    }

    /// Whether the value itself is unknown; parts of it may still be.
    #[must_use]
    pub fn is_unknown(&self) -> bool {
        match self {
            Self::Unknown(_) => true,
            Self::Dynamic(typed) => typed.1.is_unknown(),
            _ => false,
        }
    }

    /// Whether no part of the value is unknown.
    pub(crate) fn is_wholly_known(&self) -> bool {
        match self {
            Self::Unknown(_) => false,
            Self::List(elements) => elements.iter().all(Self::is_wholly_known),
            Self::Map(elements) => elements.values().all(Self::is_wholly_known),
            Self::Dynamic(typed) => typed.1.is_wholly_known(),
            Self::Null | Self::Bool(_) | Self::Number(_) | Self::String(_) => true,
        }
    }

    fn null_unknowns(&mut self, at: &Path, first: &mut Option<Path>) {
        match self {
            Self::Unknown(_) => {
                *self = Self::Null;
                first.get_or_insert_with(|| at.clone());
            }
            Self::List(elements) => {
                for (index, element) in elements.iter_mut().enumerate() {
                    element.null_unknowns(&at.index(index), first);
                }
            }
            Self::Map(elements) => {
                for (key, element) in elements {
                    element.null_unknowns(&at.attribute(key), first);
                }
            }
            Self::Dynamic(typed) => typed.1.null_unknowns(at, first),
            Self::Null | Self::Bool(_) | Self::Number(_) | Self::String(_) => {}
        }
    }

    /// Puts null where a value is not of its type.
    ///
    /// # Errors
    ///
    /// Says where the first one was.
    pub(crate) fn fit(&mut self, ty: &Type) -> Result<(), Mismatch> {
        match (ty, &mut *self) {
            (_, Self::Null | Self::Unknown(_))
            | (Type::String, Self::String(_))
            | (Type::Number, Self::Number(_))
            | (Type::Bool, Self::Bool(_)) => Ok(()),
            (Type::List(ty), Self::List(elements)) => {
                first(elements.iter_mut().enumerate().map(|(index, element)| {
                    let fitted = element.fit(ty);
                    fitted.map_err(|mismatch| mismatch.inside(Step::at(index)))
                }))
            }
            (Type::Set(ty), Self::List(elements)) => first(
                elements
                    .iter_mut()
                    .map(|element| element.fit(ty).map_err(Mismatch::of_an_element)),
            ),
            (Type::Tuple(types), Self::List(elements)) if types.len() == elements.len() => first(
                elements
                    .iter_mut()
                    .zip(types)
                    .enumerate()
                    .map(|(index, (element, ty))| {
                        let fitted = element.fit(ty);
                        fitted.map_err(|mismatch| mismatch.inside(Step::at(index)))
                    }),
            ),
            (Type::Map(ty), Self::Map(elements)) => {
                first(elements.iter_mut().map(|(key, element)| {
                    let fitted = element.fit(ty);
                    fitted.map_err(|mismatch| mismatch.inside(Step::Key(key.to_string())))
                }))
            }
            (Type::Object(types), Self::Map(attributes)) => fit_object(attributes, types),
            (Type::Dynamic, Self::Dynamic(typed)) => typed.1.fit(&typed.0),
            (ty, misfit) => {
                let mismatch = Mismatch::wanted(&ty.to_string(), misfit);
                *self = Self::Null;
                Err(mismatch)
            }
        }
    }

    /// What the value is, in the words of an error message.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Unknown(_) => "unknown",
            Self::Bool(_) => "bool",
            Self::Number(_) => "number",
            Self::String(_) => "string",
            Self::List(_) => "list",
            Self::Map(_) => "map",
            Self::Dynamic(typed) => typed.1.kind(),
        }
    }
}

fn fit_object(
    attributes: &mut BTreeMap<Name, Value>,
    types: &BTreeMap<Name, Type>,
) -> Result<(), Mismatch> {
    let mut types = InOrder::of(types);
    first(attributes.iter_mut().map(|(name, value)| {
        let fitted = match types.find(name) {
            Some(ty) => value.fit(ty),
            None => Err(Mismatch::new("the schema has no attribute of this name")),
        };
        fitted.map_err(|mismatch| mismatch.inside(Step::Attribute(name.to_string())))
    }))
}

/// Goes through all of them, and returns the first that failed.
fn first(fitted: impl Iterator<Item = Result<(), Mismatch>>) -> Result<(), Mismatch> {
    fitted.fold(Ok(()), Result::and)
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::String(text) => write!(f, "string({} bytes)", text.len()),
            Self::List(elements) => f.debug_list().entries(elements).finish(),
            Self::Map(elements) => f.debug_map().entries(elements).finish(),
            Self::Dynamic(typed) => typed.1.fmt(f),
            plain => f.write_str(plain.kind()),
        }
    }
}

/// What is known about an unknown value, such as "not null" or a prefix.
///
/// Kept as it came and handed back as it came: nothing in this crate decides by it.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Refinements(Vec<u8>);

impl fmt::Debug for Refinements {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "refinements({} bytes)", self.0.len())
    }
}

/// The attributes of a block: what a configuration, a plan or a state is at its root.
#[derive(Clone, Default, PartialEq)]
pub struct Object(pub(crate) BTreeMap<Name, Value>);

impl Object {
    /// The value of an attribute; null when there is none of this name.
    #[must_use]
    pub fn value(&self, name: &str) -> &Value {
        const NULL: &Value = &Value::Null;
        self.0.get(name).unwrap_or(NULL)
    }

    /// Puts a value in the place of the attribute's present one.
    pub fn set(&mut self, name: impl Into<Name>, value: Value) {
        self.0.insert(name.into(), value);
    }

    /// Puts null where a value is not of its type.
    ///
    /// # Errors
    ///
    /// Says where the first one was.
    pub(crate) fn fit(&mut self, ty: &Type) -> Result<(), Mismatch> {
        match ty {
            Type::Object(types) => fit_object(&mut self.0, types),
            other => Err(Mismatch::wanted(&other.to_string(), &Value::Null)),
        }
    }

    /// Puts null where a value is still unknown, since neither a state nor a result can hold that, and says where the
    /// first one was.
    pub(crate) fn null_unknowns(&mut self) -> Option<Path> {
        // Nearly always, and then no path has to be made.
        if self.0.values().all(Value::is_wholly_known) {
            return None;
        }
        let mut first = None;
        for (name, value) in &mut self.0 {
            value.null_unknowns(&Path::from(&**name), &mut first);
        }
        first
    }
}

impl fmt::Debug for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(&self.0).finish()
    }
}

/// A value that does not fit its type, and where inside it the trouble is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Mismatch {
    pub(crate) path: Path,
    pub(crate) message: String,
}

impl Mismatch {
    /// The trouble, right here.
    #[must_use]
    pub fn new(message: impl Into<String>) -> Self {
        Self {
            path: Path::root(),
            message: message.into(),
        }
    }

    /// A value of another kind than its place wants.
    #[must_use]
    pub fn wanted(wanted: &str, found: &Value) -> Self {
        Self::new(format!(
            "{wanted} is required, and this is {}",
            found.kind()
        ))
    }

    /// The same trouble, seen from the set around it, whose elements no path can name.
    #[must_use]
    pub(crate) fn of_an_element(self) -> Self {
        let place = if self.path.is_root() {
            "in an element".to_owned()
        } else {
            format!("in an element, at `{}`", self.path)
        };
        Self::new(format!("{place}: {}", self.message))
    }

    /// The same trouble, seen from one level further out.
    #[must_use]
    pub fn inside(mut self, step: Step) -> Self {
        self.path = self.path.under(step);
        self
    }
}

/// A value that does not fit the schema where Terraform should have made sure that it does.
impl From<Mismatch> for Diagnostic {
    fn from(Mismatch { path, message }: Mismatch) -> Self {
        let place = if path.is_root() {
            "the object".to_owned()
        } else {
            format!("`{path}`")
        };
        Self::error("Unexpected value")
            .detail(format!("At {place}: {message}."))
            .at(path)
    }
}

impl From<Mismatch> for Diagnostics {
    fn from(mismatch: Mismatch) -> Self {
        Diagnostic::from(mismatch).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_shapes_and_no_contents() {
        let secret = Value::Map(BTreeMap::from([
            ("key".into(), Value::String("canary".to_owned())),
            ("n".into(), Value::Number(Number::from(7_i64))),
        ]));
        assert_eq!(
            format!("{secret:?}"),
            r#"{"key": string(6 bytes), "n": number}"#
        );
    }
}
