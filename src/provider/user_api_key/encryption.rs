//! The value of a key whose `recipients` are set: the state holds it encrypted, and never in the clear.

use secrecy::SecretString;

use crate::tf_provider::{Diagnostic, Diagnostics, Field, Object, Plan, Result, Value};

use super::super::recipients::Recipients;
use super::state::State;

/// How much of a public text is quoted, in characters.
const QUOTED: usize = 20;

/// The elements of `recipients`, as far as they are known.
///
/// # Errors
///
/// One message for each element that is no recipient, and one for an empty set.
pub(super) fn validate(config: &Object) -> Result<()> {
    let Value::List(elements) = config.value("recipients") else {
        return Ok(());
    };
    let known = elements.iter().filter_map(|element| match element {
        Value::String(text) => Some(text.as_str()),
        _ => None,
    });
    if elements.is_empty() {
        return Err(empty().into());
    }
    check(&known.collect::<Vec<_>>()).map(drop)
}

/// What the state will hold: the value, or what was encrypted. The other one is null, also in the plan.
pub(super) fn plan(plan: &mut Plan) {
    let is_new =
        plan.planned.value("key").is_unknown() || plan.planned.value("encrypted_key").is_unknown();
    let absent = match plan.planned.value("recipients") {
        _ if !is_new => return,
        Value::Null => "encrypted_key",
        Value::Unknown(_) => return,
        _ => "key",
    };
    plan.planned.set(absent, Value::Null);
}

/// Those for whom a new key is encrypted. Asked for before the key is made, so that a bad recipient never costs one.
///
/// # Errors
///
/// As [`validate`], of texts that were not known while planning.
pub(super) fn recipients(plan: &State) -> Result<Option<Recipients>> {
    let Some(texts) = &plan.recipients else {
        return Ok(None);
    };
    let texts: Vec<_> = texts.0.iter().map(String::as_str).collect();
    if texts.is_empty() {
        return Err(empty().into());
    }
    check(&texts).map(Some)
}

/// The state with the value, or with the file that the recipients open.
///
/// # Errors
///
/// When the value could not be encrypted. The state has it nowhere then.
pub(super) fn keep_value(
    state: State,
    recipients: Option<&Recipients>,
    value: SecretString,
) -> Result<State, Box<(Diagnostic, State)>> {
    let fingerprint = super::state::fingerprint(&value).into();
    let Some(recipients) = recipients else {
        return Ok(State {
            key: value.into(),
            encrypted_key: Field::Null,
            key_fingerprint: fingerprint,
            ..state
        });
    };
    let state = State {
        key: Field::Null,
        key_fingerprint: fingerprint,
        ..state
    };
    match recipients.encrypt(&value) {
        Ok(file) => Ok(State {
            encrypted_key: file.into(),
            ..state
        }),
        Err(error) => {
            let failed = Diagnostic::error("Could not encrypt the value of the new user API key");
            let failed = failed.at("recipients").detail(format!("{error}."));
            Err(Box::new((
                failed,
                State {
                    encrypted_key: Field::Null,
                    key_fingerprint: Field::Null,
                    ..state
                },
            )))
        }
    }
}

fn check(texts: &[&str]) -> Result<Recipients> {
    Recipients::parse(texts.iter().copied()).map_err(|faults| {
        let faults = faults.into_iter().map(|(place, fault)| {
            Diagnostic::error("Invalid recipient")
                .at("recipients")
                .detail(format!("{}: {fault}.", element(texts[place])))
        });
        Diagnostics::check(faults.collect()).expect_err("there is a fault")
    })
}

fn empty() -> Diagnostic {
    Diagnostic::error("No recipients").at("recipients").detail(
        "`recipients` is empty, so no one could read the value. Name at least one recipient, or leave `recipients` out to \
         keep the value in the state.",
    )
}

/// How a message calls an element. Only what is public is quoted, and only its beginning.
fn element(text: &str) -> String {
    let is_public = ["age1", "AGE1", "ssh-", "ecdsa-", "sk-"]
        .iter()
        .any(|start| text.starts_with(start));
    if !is_public {
        return format!("The element of {} characters", text.chars().count());
    }
    let start: String = text.chars().take(QUOTED).collect();
    format!("The element that begins with {start:?}")
}
