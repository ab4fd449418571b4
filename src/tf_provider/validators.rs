//! Checks of configured values, each with the sentence that errors and pages say.

use std::ops::RangeInclusive;

use super::value::{Type, Value};

/// A check of one attribute's configured value. It never sees null or unknown values.
///
/// # Example
///
/// [`text`] and [`whole_number`] cover most. Where they do not:
///
/// ```
/// use terraform_provider_appservices::tf_provider::prelude::*;
///
/// struct FewLabels;
///
/// impl Validator for FewLabels {
///     fn sentence(&self) -> &'static str {
///         "must hold no more than 16 labels"
///     }
///
///     fn accepts(&self, value: &Value) -> bool {
///         !matches!(value, Value::List(labels) if labels.len() > 16)
///     }
/// }
/// ```
pub trait Validator: Send + Sync + 'static {
    /// What it demands, as the end of a sentence that begins with the attribute's name: "must be ...".
    fn sentence(&self) -> &'static str;

    /// Whether it can tell anything of values of this type. A schema in which it cannot is refused.
    fn applies_to(&self, ty: &Type) -> bool {
        let _ = ty;
        true
    }

    /// Whether the value will do.
    fn accepts(&self, value: &Value) -> bool;
}

/// Text for which `accepts` holds.
pub fn text(accepts: fn(&str) -> bool, sentence: &'static str) -> impl Validator {
    Text { accepts, sentence }
}

struct Text {
    accepts: fn(&str) -> bool,
    sentence: &'static str,
}

impl Validator for Text {
    fn sentence(&self) -> &'static str {
        self.sentence
    }

    fn applies_to(&self, ty: &Type) -> bool {
        *ty == Type::String
    }

    fn accepts(&self, value: &Value) -> bool {
        !matches!(value, Value::String(text) if !(self.accepts)(text))
    }
}

/// A whole number within a range.
#[must_use]
pub fn whole_number(range: RangeInclusive<i64>, sentence: &'static str) -> impl Validator {
    WholeNumber { range, sentence }
}

struct WholeNumber {
    range: RangeInclusive<i64>,
    sentence: &'static str,
}

impl Validator for WholeNumber {
    fn sentence(&self) -> &'static str {
        self.sentence
    }

    fn applies_to(&self, ty: &Type) -> bool {
        *ty == Type::Number
    }

    fn accepts(&self, value: &Value) -> bool {
        match value {
            Value::Number(number) => number
                .as_i64()
                .is_some_and(|number| self.range.contains(&number)),
            _ => true,
        }
    }
}
