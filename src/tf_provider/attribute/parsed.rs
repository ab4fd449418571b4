use std::fmt;
use std::ops::Deref;

use super::super::validators::{Validator, text};
use super::super::value::{Mismatch, Type, Value};
use super::{Attribute, Codec};

/// A value that travels as text: parsed once, when it comes in, and written back as it was.
///
/// Two texts that mean the same are not the same to Terraform, so the text is kept beside what it means.
///
/// # Example
///
/// ```
/// use terraform_provider_appservices::tf_provider::prelude::*;
///
/// #[derive(Clone, Debug)]
/// struct Port(u16);
///
/// impl FromText for Port {
///     const SENTENCE: &'static str = "must be a port, such as `443`";
///
///     fn from_text(text: &str) -> Option<Self> {
///         text.parse().ok().map(Self)
///     }
/// }
///
/// #[derive(Default)]
/// struct Listener {
///     port: Option<Parsed<Port>>,
/// }
///
/// impl Model for Listener {
///     fn describe(fields: &mut Fields<Self>) {
///         fields.optional("port", |m| &mut m.port);
///     }
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parsed<T> {
    text: String,
    value: T,
}

/// What a [`Parsed`] text means.
pub trait FromText: Sized + Send + 'static {
    /// What a text has to be: the end of a sentence that begins with the attribute's name.
    const SENTENCE: &'static str;

    /// What it means, unless it is malformed.
    fn from_text(text: &str) -> Option<Self>;
}

impl<T: FromText> Parsed<T> {
    /// Reads a text.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let value = T::from_text(text)?;
        let text = text.to_owned();
        Some(Self { text, value })
    }

    fn check() -> Box<dyn Validator> {
        Box::new(text(|text| T::from_text(text).is_some(), T::SENTENCE))
    }
}

impl<T> Parsed<T> {
    /// What the text means.
    pub fn into_value(self) -> T {
        self.value
    }
}

impl<T> Deref for Parsed<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

/// The text, as it came in.
impl<T> fmt::Display for Parsed<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// A value that never was a text, in its own form.
impl<T: FromText + fmt::Display> From<T> for Parsed<T> {
    fn from(value: T) -> Self {
        let text = value.to_string();
        Self { text, value }
    }
}

impl<T: FromText> Attribute for Parsed<T> {
    fn codec() -> Codec<Self> {
        let decode = |value| match value {
            Value::String(text) => {
                Self::parse(&text).ok_or_else(|| Mismatch::new(format!("it {}", T::SENTENCE)))
            }
            other => Err(Mismatch::wanted("a string", &other)),
        };
        let encode = |parsed: Self| Value::String(parsed.text);
        Codec {
            check: Some(Self::check),
            ..Codec::new(Type::String, decode, encode)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::model::{Fields, Model};
    use super::super::super::schema::Schema;
    use super::super::super::value::Object;
    use super::*;

    impl FromText for u16 {
        const SENTENCE: &'static str = "must be a port";

        fn from_text(text: &str) -> Option<Self> {
            text.parse().ok()
        }
    }

    #[derive(Default)]
    struct Ports {
        port: Option<Parsed<u16>>,
        others: Option<Vec<Parsed<u16>>>,
    }

    impl Model for Ports {
        fn describe(fields: &mut Fields<Self>) {
            fields.optional("port", |m| &mut m.port);
            fields.optional("others", |m| &mut m.others);
        }
    }

    #[test]
    fn the_type_brings_the_check_and_the_text_stays() {
        let schema = Schema::of::<Ports>("");
        let text = |text: &str| Value::String(text.to_owned());
        let mut config = Object::default();
        config.set("others", Value::List(vec![text("no port")]));
        config.set("port", text("0443"));
        assert!(schema.validate(&config).is_empty());
        config.set("port", text("no port"));
        let found = schema.validate(&config);
        assert_eq!(found.len(), 1, "its elements are checked as they are read");
        let detail = &found[0].detail;
        assert_eq!(detail, "`port` must be a port. Got \"no port\".");

        let parsed = Parsed::<u16>::parse("0443").unwrap();
        assert_eq!((*parsed, parsed.to_string().as_str()), (443, "0443"));
        assert!((Vec::<Parsed<u16>>::codec().decode)(Value::List(vec![text("x")])).is_err());
    }
}
