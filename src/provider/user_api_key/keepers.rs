use std::collections::BTreeMap;

use crate::tf_provider::Value;

/// Whether a change of `keepers` is one of values, which replaces the key, as in hashicorp/random: null, an empty map and
/// entries whose value is null all mean "nothing". What is not known yet may be another value.
pub(super) fn differ(prior: &Value, planned: &Value) -> bool {
    match (entries(prior), entries(planned)) {
        (Some(prior), Some(planned)) => prior != planned,
        _ => true,
    }
}

/// The entries that have a value; nothing if the map itself is not known.
fn entries(keepers: &Value) -> Option<BTreeMap<&str, &Value>> {
    match keepers {
        Value::Null => Some(BTreeMap::new()),
        Value::Map(entries) => {
            let entries = entries.iter().filter(|(_, value)| !value.is_null());
            let entries: BTreeMap<_, _> = entries.map(|(name, value)| (&**name, value)).collect();
            let is_known = entries.values().all(|value| !value.is_unknown());
            is_known.then_some(entries)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(entries: &[(&str, Option<&str>)]) -> Value {
        let value = |text: &str| Value::String(text.to_owned());
        let entries = entries.iter().map(|(name, text)| {
            let text = text.map_or(Value::Null, value);
            ((*name).to_owned().into(), text)
        });
        Value::Map(entries.collect())
    }

    #[test]
    fn only_values_count() {
        let unset = || Value::Null;
        let one = || map(&[("a", Some("1"))]);
        let unknown = Value::Map(BTreeMap::from([("a".into(), Value::UNKNOWN)]));
        for (prior, planned, is_change) in [
            (unset(), map(&[]), false),
            (map(&[]), unset(), false),
            (unset(), map(&[("a", None)]), false),
            (map(&[("a", None)]), map(&[]), false),
            (one(), map(&[("a", Some("1")), ("b", None)]), false),
            (one(), map(&[]), true),
            (one(), map(&[("a", Some("2"))]), true),
            (unset(), one(), true),
            (one(), unset(), true),
            (one(), map(&[("a", None)]), true),
            (one(), map(&[("b", Some("1"))]), true),
            (map(&[("a", None)]), map(&[("a", Some(""))]), true),
            (one(), Value::UNKNOWN, true),
            (one(), unknown, true),
        ] {
            assert_eq!(
                differ(&prior, &planned),
                is_change,
                "{prior:?} to {planned:?}"
            );
        }
    }
}
