//! Which way to log in the block and the environment choose: exactly one. What ways there are says [`LOGIN_METHODS`].

use secrecy::SecretString;

use crate::appservices::{Credentials, LOGIN_METHODS, LoginMethod, LoginValue};
use crate::tf_provider::{Diagnostic, Field, Fields, Result};

use super::text::{Environment, Kind, Place, variable};
use super::{Config, not_blank, with_variable};

/// What is known of one attribute's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Presence {
    Unset,
    Set,
    /// May turn out to be either.
    Unknown,
}

/// All attributes of all ways to log in.
pub(super) fn values() -> impl Iterator<Item = &'static LoginValue> {
    LOGIN_METHODS.iter().flat_map(|method| method.values)
}

/// Names the attributes of all ways to log in.
pub(super) fn describe(fields: &mut Fields<Config>) {
    for value in values() {
        let name = value.name;
        let spec = fields.optional(name, move |m: &mut Config| {
            m.logins.entry(name).or_default()
        });
        spec.doc(with_variable(value.about, name))
            .check(not_blank());
        if value.is_secret {
            spec.sensitive();
        }
    }
}

/// The kind of text that a value is.
fn kind(value: &LoginValue) -> Kind {
    match value {
        value if value.is_json() => Kind::Json,
        value if value.is_secret => Kind::Line,
        _ => Kind::Word,
    }
}

/// A value as it is used.
///
/// # Errors
///
/// It cannot be what it is called.
pub(super) fn read(place: Place, value: &LoginValue, text: &SecretString) -> Result<SecretString> {
    let invalid = |reason: &str| place.invalid(value.name, reason);
    let text = kind(value).read_secret(text);
    let text = text.map_err(|reason| invalid(&reason))?;
    value.check(&text).map_err(invalid)?;
    Ok(text)
}

/// What needs no value: that there are not two ways, and none without all of its values.
///
/// # Errors
///
/// What has to be corrected.
pub(super) fn check(place: Place, presence: impl Fn(&str) -> Presence) -> Result<()> {
    let is_set = |value: &&LoginValue| presence(value.name) == Presence::Set;
    let mut chosen = LOGIN_METHODS.iter().filter_map(|method| {
        let first = method.values.iter().find(is_set)?;
        Some((method, first.name))
    });
    let Some((method, first)) = chosen.next() else {
        return Ok(());
    };
    if let Some((_, second)) = chosen.next() {
        return Err(conflicting(place, first, second).into());
    }
    let mut values = method.values.iter();
    match values.find(|value| presence(value.name) == Presence::Unset) {
        Some(missing) => Err(incomplete(place, first, missing.name).into()),
        None => Ok(()),
    }
}

/// From the block if it sets any attribute of any way to log in, and else from the environment.
///
/// # Errors
///
/// What the environment has is no way to log in, or a value cannot be what it is called.
pub(super) fn credentials(
    config: &mut Config,
    environment: Environment<'_>,
) -> Result<Option<Credentials>> {
    let mut block = std::mem::take(&mut config.logins);
    let from_block = collect(Place::Block, |value| {
        Ok(block.remove(value.name).and_then(Field::into_known))
    })?;
    let (place, given) = if from_block.is_empty() {
        let from_environment = collect(Place::Environment, |value| {
            let text = environment.get(&variable(value.name))?;
            Ok(text.map(SecretString::from))
        })?;
        (Place::Environment, from_environment)
    } else {
        (Place::Block, from_block)
    };
    check(place, |attribute| {
        if given.iter().any(|(name, _)| *name == attribute) {
            Presence::Set
        } else {
            Presence::Unset
        }
    })?;
    if given.is_empty() {
        return Ok(None);
    }
    let credentials = Credentials::of(given);
    Ok(Some(credentials.map_err(|error| {
        Diagnostic::bug("The credentials were not checked", error)
    })?))
}

/// The values that are set in one place.
fn collect(
    place: Place,
    mut take: impl FnMut(&LoginValue) -> Result<Option<SecretString>>,
) -> Result<Vec<(&'static str, SecretString)>> {
    let mut given = Vec::new();
    for value in values() {
        if let Some(text) = take(value)? {
            given.push((value.name, read(place, value, &text)?));
        }
    }
    Ok(given)
}

/// The attributes of a way to log in and the variables that stand for them, as messages name them.
pub(in super::super) fn attributes(method: &LoginMethod) -> String {
    let joined = |place: Place| {
        let names = method.values.iter().map(|value| place.name(value.name));
        names.collect::<Vec<_>>().join(" and ")
    };
    format!("{} ({})", joined(Place::Block), joined(Place::Environment))
}

/// Ways to log in as a list, a line for each.
pub(in super::super) fn list(methods: impl Iterator<Item = &'static LoginMethod>) -> String {
    let lines: Vec<_> = methods
        .map(|method| format!("  - {}", attributes(method)))
        .collect();
    lines.join("\n")
}

/// That nothing was found, in either place.
pub(super) fn missing() -> Diagnostic {
    let lines = list(LOGIN_METHODS.iter());
    Diagnostic::error("Missing credentials")
        .detail(format!(
            "Neither the provider block nor the environment says how to log in to App Services. Set one of these in the \
             provider block, or the variables in brackets in the environment:\n\n{lines}"
        ))
        .of_shared_cause(
            "missing credentials",
            "Neither the provider block nor the environment says how to log in to App Services; another message of this \
             run lists what can be set.",
        )
}

fn sets(place: Place) -> &'static str {
    match place {
        Place::Block => "The provider block sets",
        Place::Environment => "The environment sets",
    }
}

/// The message, with the line of the configuration if there is one.
fn at(place: Place, attribute: &'static str, error: Diagnostic) -> Diagnostic {
    match place {
        Place::Block => error.at(attribute),
        Place::Environment => error,
    }
}

fn conflicting(place: Place, first: &'static str, second: &'static str) -> Diagnostic {
    let (one, other) = (place.name(first), place.name(second));
    let remedy = match place {
        Place::Block => "Keep one.",
        Place::Environment => "Unset one, or choose in the provider block.",
    };
    let error = Diagnostic::error("Conflicting credentials").detail(format!(
        "{} both {one} and {other}, and each is a way to log in by itself. {remedy}",
        sets(place)
    ));
    at(place, second, error)
}

fn incomplete(place: Place, there: &'static str, missing: &'static str) -> Diagnostic {
    let rule = match place {
        Place::Block => format!(
            " Credentials come from the provider block or from the environment as a whole, so {} is not looked at. Set \
             `{missing}` too.",
            variable(missing)
        ),
        Place::Environment => String::new(),
    };
    let error = Diagnostic::error("Incomplete credentials").detail(format!(
        "{} {} but not {}, and one needs the other.{rule}",
        sets(place),
        place.name(there),
        place.name(missing)
    ));
    at(place, there, error)
}
