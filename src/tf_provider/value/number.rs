use std::fmt;

/// A number as Terraform has it: of any size and precision.
///
/// Whole numbers that fit are kept as `i64`, exact binary fractions as `f64`, and all else as its decimal text, so that
/// no digit is lost on the way through.
#[derive(Clone)]
pub struct Number(Repr);

#[derive(Clone)]
pub(super) enum Repr {
    Int(i64),
    Float(f64),
    Decimal(String),
}

/// Zero.
impl Default for Number {
    fn default() -> Self {
        Self(Repr::Int(0))
    }
}

impl Number {
    /// The number that a decimal text says, or nothing when it is not a number.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if let Ok(int) = text.parse() {
            return Some(Self(Repr::Int(int)));
        }
        // Only what JSON takes for a number can be stored in a state again.
        let number: serde_json::Number = text.parse().ok()?;
        Some(Self(Repr::Decimal(number.to_string())))
    }

    /// The number, if it is whole and fits.
    #[must_use]
    pub fn as_i64(&self) -> Option<i64> {
        match self.0 {
            Repr::Int(int) => Some(int),
            _ => None,
        }
    }

    /// The nearest floating-point number.
    #[must_use]
    pub fn to_f64(&self) -> f64 {
        match &self.0 {
            #[expect(
                clippy::cast_precision_loss,
                reason = "the nearest one is what is asked for"
            )]
            Repr::Int(int) => *int as f64,
            Repr::Float(float) => *float,
            Repr::Decimal(text) => text.parse().unwrap_or(f64::NAN),
        }
    }

    /// Nothing for NaN, which Terraform does not have.
    pub(crate) fn from_f64(float: f64) -> Option<Self> {
        const EXACT: f64 = 9_007_199_254_740_992.0; // 2^53: every whole number up to here has a float of its own
        if float.is_nan() {
            return None;
        }
        if float.fract() == 0.0 && float.abs() <= EXACT {
            #[expect(clippy::cast_possible_truncation, reason = "whole and within 2^53")]
            return Some(Self(Repr::Int(float as i64)));
        }
        Some(Self(Repr::Float(float)))
    }

    pub(super) fn repr(&self) -> &Repr {
        &self.0
    }
}

/// By the shortest decimal text, as Terraform compares them: what a program holds as a float, a configuration writes in
/// digits.
impl PartialEq for Number {
    fn eq(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (Repr::Int(one), Repr::Int(other)) => one == other,
            (Repr::Float(one), Repr::Float(other)) => one == other,
            _ => self.to_string() == other.to_string(),
        }
    }
}

impl From<usize> for Number {
    fn from(size: usize) -> Self {
        Self(i64::try_from(size).map_or_else(|_| Repr::Decimal(size.to_string()), Repr::Int))
    }
}

impl From<i64> for Number {
    fn from(int: i64) -> Self {
        Self(Repr::Int(int))
    }
}

impl From<u64> for Number {
    fn from(int: u64) -> Self {
        i64::try_from(int).map_or_else(|_| Self(Repr::Decimal(int.to_string())), Self::from)
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Repr::Int(int) => int.fmt(f),
            Repr::Float(float) => float.fmt(f),
            Repr::Decimal(text) => f.write_str(text),
        }
    }
}

impl fmt::Debug for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("number")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_digit_is_lost() {
        for text in [
            "0",
            "-1",
            "18446744073709551615",
            "3.14159265358979323846264338327950288",
            "0.1",
        ] {
            assert_eq!(Number::parse(text).unwrap().to_string(), text);
        }
    }

    #[test]
    fn what_is_no_number_is_refused() {
        for text in [
            "", "-", "NaN", "inf", "1x", "0x10", "1.2.3", " 1", "1.", ".5", "00.5",
        ] {
            assert!(Number::parse(text).is_none(), "{text:?}");
        }
        assert!(Number::from_f64(f64::NAN).is_none());
    }

    #[test]
    fn a_float_is_what_its_digits_say() {
        for (float, text) in [(0.1, "0.1"), (1.5, "1.5"), (1e16, "10000000000000000")] {
            assert_eq!(Number::from_f64(float), Number::parse(text));
        }
        assert_ne!(Number::from_f64(0.1), Number::parse("0.2"));
    }

    #[test]
    fn a_whole_float_is_the_whole_number() {
        assert_eq!(Number::from_f64(3.0), Some(Number::from(3_i64)));
        assert_eq!(Number::from(5_u64), Number::from(5_i64));
    }
}
