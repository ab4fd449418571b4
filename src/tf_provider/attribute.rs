//! Rust types that stand for one attribute: how each is read from a [`Value`], written back, and described.
//!
//! A type is one `impl` of [`Attribute`] with its [`Codec`]; `collections` has those of several elements, `parsed` what
//! travels as text. Knows schemas and
//! values, and no models: `model` makes a nested object an attribute. Nothing here plans.

mod collections;
mod parsed;

use secrecy::{ExposeSecret, SecretString};

use super::schema::{Presence, Shape, Spec};
use super::validators::Validator;
use super::value::{Mismatch, Number, Type, Value};

pub use collections::Set;
pub use parsed::{FromText, Parsed};

/// A Rust type that may stand in a [`Model`](super::Model).
///
/// The type says what its author is ready to meet: `String` a known value (anything else is an error with the path),
/// `Option<T>` also null, [`Field<T>`] also unknown. A `Vec` is a list, a `BTreeMap` is a map, and a model is a nested
/// object with flags of its own for each attribute.
///
/// # Example
///
/// A type of your own is written by way of one that is an attribute already, or with a [`Codec`] for it:
///
/// ```
/// use terraform_provider_appservices::tf_provider::prelude::*;
///
/// #[derive(Default)]
/// struct Gibibytes(i64);
///
/// impl Attribute for Gibibytes {
///     fn codec() -> Codec<Self> {
///         let decode = |value| match value {
///             Value::Number(number) => number
///                 .as_i64()
///                 .map(Gibibytes)
///                 .ok_or_else(|| Mismatch::new("a whole number is required")),
///             other => Err(Mismatch::wanted("a number", &other)),
///         };
///         Codec::new(Type::Number, decode, |Gibibytes(size)| Value::Number(size.into()))
///     }
/// }
/// ```
pub trait Attribute: Sized + Send + 'static {
    /// How to get from a value to this type and back.
    fn codec() -> Codec<Self>;
}

/// The two directions between a [`Value`] and a Rust type, and what the schema says of it.
pub struct Codec<T> {
    pub(crate) shape: Shape,
    pub(crate) decode: Box<dyn Fn(Value) -> Result<T, Mismatch> + Send + Sync>,
    pub(crate) encode: Box<dyn Fn(T) -> Value + Send + Sync>,
    /// What a configured value is checked for, besides what is said of the attribute.
    pub(crate) check: Option<fn() -> Box<dyn Validator>>,
}

impl<T: 'static> Codec<T> {
    /// A codec for values of one plain type.
    pub fn new(
        ty: Type,
        decode: impl Fn(Value) -> Result<T, Mismatch> + Send + Sync + 'static,
        encode: impl Fn(T) -> Value + Send + Sync + 'static,
    ) -> Self {
        Self {
            shape: Shape::Plain(ty),
            decode: Box::new(decode),
            encode: Box::new(encode),
            check: None,
        }
    }

    /// The same shape for a type that wraps this one.
    fn wrapped<U>(
        self,
        decode: impl Fn(Value, &dyn Fn(Value) -> Result<T, Mismatch>) -> Result<U, Mismatch>
        + Send
        + Sync
        + 'static,
        encode: impl Fn(U, &dyn Fn(T) -> Value) -> Value + Send + Sync + 'static,
    ) -> Codec<U> {
        let (inner_decode, inner_encode) = (self.decode, self.encode);
        Codec {
            shape: self.shape,
            decode: Box::new(move |value| decode(value, &*inner_decode)),
            encode: Box::new(move |item| encode(item, &*inner_encode)),
            check: self.check,
        }
    }
}

impl Spec {
    /// The value when the configuration sets none; Terraform then calls the attribute computed. States from before the
    /// attribute existed get it too.
    pub fn default_to<T: Attribute>(&mut self, value: T) -> &mut Self {
        match self.presence {
            Presence::Required => self.faults.push("is required and has a default"),
            Presence::Computed => {
                self.faults
                    .push("has a default that no configuration could change: make it optional");
            }
            Presence::Optional | Presence::OptionalComputed => {}
        }
        self.presence = Presence::OptionalComputed;
        self.default = Some((T::codec().encode)(value));
        self
    }
}

impl<T> std::fmt::Debug for Codec<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Codec")
            .field("shape", &self.shape)
            .finish_non_exhaustive()
    }
}

/// A value in all three states: null, unknown, known.
///
/// Computed attributes are of this kind, because a plan may not know them yet.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Field<T> {
    /// Absent.
    #[default]
    Null,
    /// Not known yet.
    Unknown,
    /// Known.
    Known(T),
}

impl<T> Field<T> {
    /// The value, if it is known.
    pub fn known(&self) -> Option<&T> {
        match self {
            Self::Known(value) => Some(value),
            Self::Null | Self::Unknown => None,
        }
    }

    /// The value, if it is known.
    pub fn into_known(self) -> Option<T> {
        match self {
            Self::Known(value) => Some(value),
            Self::Null | Self::Unknown => None,
        }
    }

    /// Whether it is not known yet.
    pub fn is_unknown(&self) -> bool {
        matches!(self, Self::Unknown)
    }
}

impl<T> From<T> for Field<T> {
    fn from(value: T) -> Self {
        Self::Known(value)
    }
}

impl<T: Attribute> Attribute for Field<T> {
    fn codec() -> Codec<Self> {
        T::codec().wrapped(
            |value, decode| match value {
                Value::Null => Ok(Self::Null),
                Value::Unknown(_) => Ok(Self::Unknown),
                value => decode(value).map(Self::Known),
            },
            |field, encode| match field {
                Self::Null => Value::Null,
                Self::Unknown => Value::UNKNOWN,
                Self::Known(value) => encode(value),
            },
        )
    }
}

impl<T: Attribute> Attribute for Option<T> {
    fn codec() -> Codec<Self> {
        T::codec().wrapped(
            |value, decode| {
                if value.is_null() {
                    Ok(None)
                } else {
                    decode(value).map(Some)
                }
            },
            |option, encode| option.map_or(Value::Null, encode),
        )
    }
}

impl Attribute for String {
    fn codec() -> Codec<Self> {
        let decode = |value| match value {
            Value::String(text) => Ok(text),
            other => Err(Mismatch::wanted("a string", &other)),
        };
        Codec::new(Type::String, decode, Value::String)
    }
}

impl Attribute for SecretString {
    fn codec() -> Codec<Self> {
        let decode = |value| match value {
            Value::String(text) => Ok(Self::from(text)),
            other => Err(Mismatch::wanted("a string", &other)),
        };
        Codec::new(Type::String, decode, |secret| {
            Value::String(secret.expose_secret().to_owned())
        })
    }
}

impl Attribute for bool {
    fn codec() -> Codec<Self> {
        let decode = |value| match value {
            Value::Bool(bool) => Ok(bool),
            other => Err(Mismatch::wanted("a bool", &other)),
        };
        Codec::new(Type::Bool, decode, Value::Bool)
    }
}

impl Attribute for Number {
    fn codec() -> Codec<Self> {
        let decode = |value| match value {
            Value::Number(number) => Ok(number),
            other => Err(Mismatch::wanted("a number", &other)),
        };
        Codec::new(Type::Number, decode, Value::Number)
    }
}

/// The nearest floating-point number. Take [`Number`] where no digit may be lost.
impl Attribute for f64 {
    fn codec() -> Codec<Self> {
        let decode = |value| match value {
            Value::Number(number) => Ok(number.to_f64()),
            other => Err(Mismatch::wanted("a number", &other)),
        };
        let encode = |float| Number::from_f64(float).map_or(Value::Null, Value::Number);
        Codec::new(Type::Number, decode, encode)
    }
}

/// A value of any type, which it brings along: `dynamic`.
impl Attribute for Value {
    fn codec() -> Codec<Self> {
        Codec::new(Type::Dynamic, Ok, |value| value)
    }
}

impl Attribute for i64 {
    fn codec() -> Codec<Self> {
        let decode = |value| match value {
            Value::Number(number) => number
                .as_i64()
                .ok_or_else(|| Mismatch::new("a whole number is required")),
            other => Err(Mismatch::wanted("a number", &other)),
        };
        Codec::new(Type::Number, decode, |int| Value::Number(Number::from(int)))
    }
}

/// A size or a count.
impl Attribute for usize {
    fn codec() -> Codec<Self> {
        let decode = |value| match value {
            Value::Number(number) => number
                .as_i64()
                .and_then(|int| Self::try_from(int).ok())
                .ok_or_else(|| Mismatch::new("a whole number of zero or more is required")),
            other => Err(Mismatch::wanted("a number", &other)),
        };
        Codec::new(Type::Number, decode, |size| {
            Value::Number(Number::from(size))
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn round_trip<T: Attribute>(value: Value) -> Result<Value, Mismatch> {
        let codec = T::codec();
        (codec.decode)(value).map(|typed| (codec.encode)(typed))
    }

    #[test]
    fn the_type_says_what_its_author_is_ready_to_meet() {
        assert_eq!(
            round_trip::<String>(Value::Null).unwrap_err().message,
            "a string is required, and this is null"
        );
        assert!(round_trip::<Option<String>>(Value::UNKNOWN).is_err());
        for value in [Value::Null, Value::UNKNOWN, Value::String("x".into())] {
            assert_eq!(round_trip::<Field<String>>(value.clone()), Ok(value));
        }
    }

    #[test]
    fn collections_say_where() {
        let list = Value::List(vec![Value::Bool(true), Value::Null]);
        assert_eq!(
            round_trip::<Vec<bool>>(list.clone())
                .unwrap_err()
                .path
                .to_string(),
            "[1]"
        );
        assert_eq!(round_trip::<Vec<Option<bool>>>(list.clone()), Ok(list));
        let map = Value::Map(BTreeMap::from([("k".into(), Value::Null)]));
        assert_eq!(
            round_trip::<BTreeMap<String, bool>>(map)
                .unwrap_err()
                .path
                .to_string(),
            r#"["k"]"#
        );
    }
}
