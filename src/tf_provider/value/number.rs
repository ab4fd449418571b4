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
    /// The number that a decimal text says, or nothing when it is not a number. `81`, `81.0` and `8.1e1` are the same one.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let digits = canonical(text)?;
        Some(Self(match digits.parse() {
            Ok(int) => Repr::Int(int),
            Err(_) => Repr::Decimal(digits),
        }))
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
        if float.is_nan() {
            return None;
        }
        if float.fract() == 0.0 {
            return Self::parse(&float.to_string());
        }
        Some(Self(Repr::Float(float)))
    }

    pub(super) fn repr(&self) -> &Repr {
        &self.0
    }
}

/// The shortest text of a decimal number, as JSON has numbers: without an exponent, unless there would be more zeros than
/// a practitioner wants to see.
fn canonical(text: &str) -> Option<String> {
    const MOST_ZEROS: i64 = 1024;
    let (sign, unsigned) = match text.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", text.strip_prefix('+').unwrap_or(text)),
    };
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?.into()),
        None => (unsigned, 0_i64),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = [whole, fraction].concat();
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    // The value is `digits` times ten to this, with no zero at either end.
    let significant = digits.trim_end_matches('0');
    let dropped = digits.len() - significant.len();
    let scale = exponent + i64::try_from(dropped).ok()? - i64::try_from(fraction.len()).ok()?;
    let significant = significant.trim_start_matches('0');
    if significant.is_empty() {
        return Some("0".to_owned());
    }
    let point = i64::try_from(significant.len()).ok()? + scale;
    let zeros = |count: i64| "0".repeat(usize::try_from(count).unwrap_or(0));
    Some(if scale >= MOST_ZEROS || point <= -MOST_ZEROS {
        format!("{sign}{significant}e{scale}")
    } else if scale >= 0 {
        format!("{sign}{significant}{}", zeros(scale))
    } else if point <= 0 {
        format!("{sign}0.{}{significant}", zeros(-point))
    } else {
        let (whole, fraction) = significant.split_at(usize::try_from(point).ok()?);
        format!("{sign}{whole}.{fraction}")
    })
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
            "", "-", ".", "NaN", "inf", "1x", "0x10", "1.2.3", " 1", "1_0", "e5", "1e", "1e1.5",
            "--1",
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
    fn the_same_number_is_the_same_whatever_it_was_written_like() {
        for (texts, canonical) in [
            (
                &["81", "81.0", "8.1e1", "8.1E+1", "810e-1", "081", "+81"][..],
                "81",
            ),
            (&["0", "-0", "0.0", "0e9", "00"], "0"),
            (&["-0.05", "-5e-2", "-.05", "-0.0500"], "-0.05"),
            (
                &["1e21", "1000000000000000000000", "1000000000000000000000."],
                "1000000000000000000000",
            ),
            (&["12.5e-1", "1.25"], "1.25"),
            (&["1e5000", "10e4999", "0.1e5001"], "1e5000"),
            (&["-1.5e-5000"], "-15e-5001"),
        ] {
            for text in texts {
                let number = Number::parse(text).unwrap_or_else(|| panic!("{text}"));
                assert_eq!(number.to_string(), canonical, "{text}");
                assert_eq!(Some(&number), Number::parse(texts[0]).as_ref());
            }
        }
        assert_eq!(Number::parse("8.1e1").unwrap().as_i64(), Some(81));
        assert!(Number::parse("1e99999999999").is_none());
    }

    #[test]
    fn a_whole_float_is_the_whole_number() {
        assert_eq!(Number::from_f64(3.0), Some(Number::from(3_i64)));
        assert_eq!(Number::from(5_u64), Number::from(5_i64));
    }
}
