//! Values with their sets and numbers as core compares them, which JSON cannot do.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::fmt;

/// A value that was read by its type. Sets are sorted, so that `==` is core's.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Val {
    Null,
    Unknown(Refined),
    Bool(bool),
    Number(Number),
    Text(String),
    /// Of a list or a tuple.
    List(Vec<Val>),
    Set(Vec<Val>),
    /// Of a map, an object or a block.
    Map(BTreeMap<String, Val>),
    /// A dynamic value with the JSON of its type.
    Typed(String, Box<Val>),
}

/// What is known about an unknown value; as texts, so that values stay comparable.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Refined {
    pub(crate) not_null: bool,
    pub(crate) prefix: String,
    pub(crate) length: (Option<u64>, Option<u64>),
    pub(crate) number: (Option<Bound>, Option<Bound>),
}

/// The least or the greatest number, and whether it is within itself.
pub(crate) type Bound = (Number, bool);

pub(crate) const UNKNOWN: Val = Val::Unknown(Refined {
    not_null: false,
    prefix: String::new(),
    length: (None, None),
    number: (None, None),
});

/// A number by its shortest decimal text, as core compares them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Number(String);

impl Number {
    /// None for what is no number.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (negative, rest) = text
            .strip_prefix('-')
            .map_or((false, text), |rest| (true, rest));
        if rest == "inf" {
            return Some(Self(text.to_owned()));
        }
        let (mantissa, exponent) = rest.split_once(['e', 'E']).unwrap_or((rest, "0"));
        let exponent = exponent
            .strip_prefix('+')
            .unwrap_or(exponent)
            .parse::<i64>()
            .ok()?;
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let digits = format!("{whole}{fraction}");
        if whole.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let significant = digits.trim_start_matches('0').trim_end_matches('0');
        if significant.is_empty() {
            return Some(Self("0".to_owned()));
        }
        let zeros = digits.len() - digits.trim_end_matches('0').len();
        let scale = exponent - i64::try_from(fraction.len()).ok()? + i64::try_from(zeros).ok()?;
        let sign = if negative { "-" } else { "" };
        Some(Self(format!("{sign}{significant}e{scale}")))
    }

    /// Which of two numbers is the greater; the derived order is that of their texts.
    pub(crate) fn value_cmp(&self, other: &Self) -> Ordering {
        let (one, other) = (self.parts(), other.parts());
        match one.0.cmp(&other.0) {
            Ordering::Equal if one.0 < 0 => other.cmp(&one),
            Ordering::Equal => one.cmp(&other),
            sign => sign,
        }
    }

    /// Its sign, the place of its first digit, and its digits without zeros at either end.
    fn parts(&self) -> (i8, i64, &str) {
        let (sign, rest) = match self.0.strip_prefix('-') {
            Some(rest) => (-1, rest),
            None => (1, self.0.as_str()),
        };
        match rest.split_once('e') {
            Some((digits, scale)) => {
                let scale = scale.parse::<i64>().expect("it was written here");
                let length = i64::try_from(digits.len()).expect("a length");
                (sign, scale.saturating_add(length), digits)
            }
            None if rest == "inf" => (sign, i64::MAX, ""),
            None => (0, 0, ""),
        }
    }
}

impl Val {
    /// The value itself, whatever was dynamic about it.
    pub(crate) fn plain(&self) -> &Self {
        match self {
            Self::Typed(_, value) => value.plain(),
            value => value,
        }
    }

    pub(crate) fn is_null(&self) -> bool {
        *self.plain() == Self::Null
    }

    pub(crate) fn is_unknown(&self) -> bool {
        matches!(self.plain(), Self::Unknown(_))
    }

    /// A member of an object or an element of a map; null where there is none.
    pub(crate) fn get(&self, name: &str) -> &Self {
        match self.plain() {
            Self::Map(members) => members.get(name).unwrap_or(&Self::Null),
            _ => &Self::Null,
        }
    }

    /// The elements of whatever has some, in order.
    pub(crate) fn elements(&self) -> Vec<&Self> {
        match self.plain() {
            Self::List(items) | Self::Set(items) => items.iter().collect(),
            Self::Map(members) => members.values().collect(),
            _ => Vec::new(),
        }
    }

    pub(crate) fn is_wholly_known(&self) -> bool {
        !self.is_unknown() && self.elements().into_iter().all(Self::is_wholly_known)
    }

    /// Where something is unknown, as a practitioner writes it.
    pub(crate) fn unknown_paths(&self, at: &str) -> Vec<String> {
        match self.plain() {
            Self::Unknown(_) => vec![at.to_owned()],
            Self::List(items) | Self::Set(items) => {
                let items = items.iter().enumerate();
                items
                    .flat_map(|(place, item)| item.unknown_paths(&format!("{at}[{place}]")))
                    .collect()
            }
            Self::Map(members) => {
                let members = members.iter();
                members
                    .flat_map(|(name, value)| value.unknown_paths(&format!("{at}.{name}")))
                    .collect()
            }
            _ => Vec::new(),
        }
    }

    /// Whether a configuration that says `self` may become one that says `later`, once more is known.
    pub(crate) fn may_become(&self, later: &Self) -> bool {
        match (self.plain(), later.plain()) {
            (Self::Unknown(_), _) => true,
            (Self::Set(before), Self::Set(after)) => {
                before == after || before.iter().any(|one| !one.is_wholly_known())
            }
            (Self::List(before), Self::List(after)) => {
                before.len() == after.len()
                    && before
                        .iter()
                        .zip(after)
                        .all(|(one, other)| one.may_become(other))
            }
            (Self::Map(before), Self::Map(after)) => {
                before.keys().eq(after.keys())
                    && before
                        .values()
                        .zip(after.values())
                        .all(|(one, other)| one.may_become(other))
            }
            (before, after) => before == after,
        }
    }

    /// Without refinements, which core strips before it compares a plan with the configuration.
    pub(crate) fn unrefined(&self) -> Self {
        match self {
            Self::Unknown(_) => UNKNOWN,
            Self::List(items) => Self::List(items.iter().map(Self::unrefined).collect()),
            Self::Set(items) => Self::Set(items.iter().map(Self::unrefined).collect()),
            Self::Map(members) => Self::Map(
                members
                    .iter()
                    .map(|(name, value)| (name.clone(), value.unrefined()))
                    .collect(),
            ),
            Self::Typed(kind, value) => Self::Typed(kind.clone(), value.unrefined().into()),
            other => other.clone(),
        }
    }
}

impl fmt::Display for Val {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Unknown(_) => f.write_str("unknown"),
            Self::Bool(value) => write!(f, "{value}"),
            Self::Number(Number(text)) => f.write_str(text),
            Self::Text(text) => write!(f, "{text:?}"),
            Self::List(items) | Self::Set(items) => f
                .debug_list()
                .entries(items.iter().map(ToString::to_string))
                .finish(),
            Self::Map(members) => {
                f.write_str("{")?;
                members
                    .iter()
                    .try_for_each(|(name, value)| write!(f, " {name}={value}"))?;
                f.write_str(" }")
            }
            Self::Typed(kind, value) => write!(f, "{value} of {kind}"),
        }
    }
}

#[test]
fn numbers_are_compared_by_value() {
    let sorted = [
        "-inf", "-12", "-1.5", "-0.1", "0", "0.05", "0.1", "9", "10", "10.5", "1e3", "inf",
    ];
    let numbers = sorted.map(|text| Number::parse(text).expect("a number"));
    for (place, one) in numbers.iter().enumerate() {
        for (other_place, other) in numbers.iter().enumerate() {
            assert_eq!(
                one.value_cmp(other),
                place.cmp(&other_place),
                "{one:?} and {other:?}"
            );
        }
    }
}
