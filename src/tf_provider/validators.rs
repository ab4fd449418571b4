//! Checks of configured values, each with the sentence that errors and pages say.

use super::value::Value;

/// A check of one attribute's configured value. It never sees null or unknown values.
pub trait Validator: Send + Sync + 'static {
    /// What it demands, as the end of a sentence that begins with the attribute's name: "must be ...".
    fn sentence(&self) -> &'static str;

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

    fn accepts(&self, value: &Value) -> bool {
        !matches!(value, Value::String(text) if !(self.accepts)(text))
    }
}
