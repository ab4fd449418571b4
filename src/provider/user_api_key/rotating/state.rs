use std::time::Duration;

use jiff::Timestamp;

use crate::appservices::UserApiKey;
use crate::tf_provider::{
    Diagnostic, Field, Fields, FromText, Model, Object, Parsed, Result, Value, requires_replace,
    text, use_state_for_unknown,
};

use super::super::super::duration::after;
use super::super::state::{State, describe_key, describe_timeouts};
use super::super::{Id, NAME_SENTENCE, Time, is_name};

/// How long a previous key goes on working, unless `overlap` says otherwise.
pub(super) const DEFAULT_OVERLAP: &str = "24h";

/// A rotating key in the state, or planned.
#[derive(Default)]
pub(in crate::provider) struct RotatingState {
    /// The current key, as the resource of one key has it.
    pub(super) current: State,
    pub(super) enabled: Field<bool>,
    pub(super) overlap: Option<Parsed<Duration>>,
    pub(super) previous: Previous,
}

/// The key before the current one, as long as it is there.
///
/// Without an id and the time at which it retires, it is a key whose creation was never answered: it has the full random
/// name, and goes with the next apply.
#[derive(Default)]
pub(super) struct Previous {
    pub(super) id: Field<Id>,
    pub(super) name: Field<String>,
    pub(super) retires_at: Field<Time>,
}

impl Model for RotatingState {
    fn describe(fields: &mut Fields<Self>) {
        Self::describe_arguments(fields);
        fields
            .computed("name", |m| &mut m.current.name)
            .doc("Name of the current key: `name_prefix` and 25 characters.")
            .plan(use_state_for_unknown());
        describe_key(fields, |m| &mut m.current);
        fields.computed("enabled", |m| &mut m.enabled).doc(
            "Whether the current key can log in. If it was disabled elsewhere, the next apply enables it.",
        );
        fields
            .computed("rotates_at", |m| &mut m.current.rotates_at)
            .doc("When the current key is due (RFC 3339, UTC): a later plan rotates it.");
        fields
            .computed("previous_id", |m| &mut m.previous.id)
            .doc("Id of the previous key. Null without one.");
        fields
            .computed("previous_name", |m| &mut m.previous.name)
            .doc(
                "Name of the previous key. Null without one. While `previous_id` is null, that of a key whose creation was \
                 never answered: the next apply deletes it.",
            );
        fields
            .computed("previous_retires_at", |m| &mut m.previous.retires_at)
            .doc(
                "Until when the previous key works at least (RFC 3339, UTC). A later plan deletes it. Null without one.",
            );
    }
}

impl RotatingState {
    fn describe_arguments(fields: &mut Fields<Self>) {
        fields
            .required("name_prefix", |m| &mut m.current.name_prefix)
            .doc(
                "What the names begin with. The provider adds 25 characters: the time to the millisecond, and eight at \
                 random, so names sort by age.",
            )
            .check(text(is_name, NAME_SENTENCE))
            .plan(requires_replace());
        fields
            .required("rotate_after", |m| &mut m.current.rotate_after)
            .doc(
                "Age at which the next plan that refreshes rotates the current key, such as `90d`, `36h` or `1h30m`; days \
                 have 24 hours. Changing it touches no key; the first plan after that apply goes by the new age.",
            );
        fields
            .optional("overlap", |m| &mut m.overlap)
            .default_to(DEFAULT_OVERLAP.to_owned())
            .doc(
                "How long the previous key goes on working after a rotation: shorter than `rotate_after`. The first plan \
                 after that deletes it. Default: `24h`. Changing it moves `previous_retires_at`, and touches no key.",
            );
        fields
            .optional("keepers", |m| &mut m.current.keepers)
            .doc(
                "Arbitrary map of values that, when changed, rotates the key. Null, `{}` and null values all mean nothing.",
            );
        fields
            .optional("recipients", |m| &mut m.current.recipients)
            .doc(
                "age recipients for whom the value is encrypted (`age1...`, `ssh-ed25519 ...`, `ssh-rsa ...`): \
                 `encrypted_key` then holds it, and `key` stays null. Changing them rotates the key.",
            );
        describe_timeouts(fields, |m| &mut m.current);
    }

    /// The state of a current key that the server shows, and of no other.
    pub(super) fn of(current: State, key: UserApiKey) -> Self {
        Self {
            overlap: Parsed::parse(DEFAULT_OVERLAP),
            ..Self::default()
        }
        .with_current(current, key)
    }

    /// The same state with another current key, or with what the server shows of the same.
    pub(super) fn with_current(self, current: State, key: UserApiKey) -> Self {
        Self {
            enabled: (!key.disabled).into(),
            current: current.seen(key),
            ..self
        }
    }

    /// The previous key as a state of its own, for what goes by one: with a random name and without an id, the name is proof.
    pub(super) fn previous(&self) -> Option<State> {
        let Previous { id, name, .. } = &self.previous;
        (id.known().is_some() || name.known().is_some()).then(|| State {
            id: id.clone(),
            name: name.clone(),
            name_prefix: self.current.name_prefix.clone(),
            ..State::default()
        })
    }
}

/// The same time for another `overlap`.
pub(super) fn moved(at: Timestamp, from: Duration, to: Duration) -> Option<Timestamp> {
    after(at.checked_sub(from).ok()?, Some(&to))
}

/// A previous key must be gone before it is the turn of the next one: `overlap` is shorter than `rotate_after`, as far as both
/// are known.
///
/// # Errors
///
/// When it is not.
pub(super) fn overlap_is_shorter(config: &Object) -> Result<()> {
    let known = |attribute: &str| match config.value(attribute) {
        Value::String(text) => Some(text.clone()),
        Value::Null if attribute == "overlap" => Some(DEFAULT_OVERLAP.to_owned()),
        _ => None,
    };
    let (Some(overlap), Some(rotate_after)) = (known("overlap"), known("rotate_after")) else {
        return Ok(());
    };
    let (Some(short), Some(long)) = (
        Duration::from_text(&overlap),
        Duration::from_text(&rotate_after),
    ) else {
        return Ok(());
    };
    if short < long {
        return Ok(());
    }
    let default = if config.value("overlap").is_null() {
        ", the default,"
    } else {
        ""
    };
    Err(Diagnostic::error("`overlap` has to be shorter than `rotate_after`")
        .at("overlap")
        .detail(format!(
            "`overlap` is {overlap:?}{default} and `rotate_after` is {rotate_after:?}. There are two keys at most, so the previous \
             key has to be gone before the current one is due. Set a shorter `overlap`, or a longer `rotate_after`."
        ))
        .into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(rotate_after: &Value, overlap: &Value) -> Object {
        let mut config = Object::default();
        config.set("rotate_after", rotate_after.clone());
        config.set("overlap", overlap.clone());
        config
    }

    #[test]
    fn the_overlap_is_shorter_than_the_age() {
        let text = |text: &str| Value::String(text.to_owned());
        for (rotate_after, overlap, is_right) in [
            (text("90d"), text("7d"), true),
            (text("90d"), Value::Null, true),
            (text("24h"), text("23h59m"), true),
            (text("25h"), Value::Null, true),
            (text("24h"), Value::Null, false),
            (text("1d"), text("24h"), false),
            (text("1h"), text("2h"), false),
            (Value::UNKNOWN, text("2h"), true),
            (text("1h"), Value::UNKNOWN, true),
            (text("soon"), text("2h"), true),
        ] {
            let checked = overlap_is_shorter(&config(&rotate_after, &overlap));
            assert_eq!(checked.is_ok(), is_right, "{rotate_after:?} {overlap:?}");
        }
    }

    #[test]
    fn another_overlap_moves_the_time() {
        let at = "2026-03-02T00:00:00Z".parse().unwrap();
        for (to, moved_to) in [
            ("1h", "2026-03-01T01:00:00Z"),
            ("24h", "2026-03-02T00:00:00Z"),
            ("3d", "2026-03-04T00:00:00Z"),
        ] {
            let [day, to] = ["24h", to].map(|text| Duration::from_text(text).unwrap());
            assert_eq!(moved(at, day, to).unwrap().to_string(), moved_to);
        }
    }
}
