//! What became of a create, in the words of a practitioner.

use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;

use crate::appservices::{Error, KeyId, StatusCode, UserApiKey};
use crate::tf_provider::{Diagnostic, IntoDiagnostic};

use super::super::super::diagnose::{sentence, sentence_of_all};
use super::super::deletion::not_deleted;
use super::super::label;
use super::super::visibility::NotWritten;
use super::new_key::Creation;

/// What a create has seen.
#[derive(Default)]
pub(super) struct Facts {
    /// The server's time when the key was first asked for, if it tells its time.
    pub(super) asked_at: Option<Timestamp>,
    /// Why the last POST brought no key.
    pub(super) error: Option<Error>,
    /// The first one after which the server may have made it all the same.
    pub(super) ambiguous: Option<Error>,
    /// Why the key that has the name could not be deleted.
    pub(super) not_deleted: Option<Error>,
    /// Why the keys could not be listed.
    pub(super) not_listed: Option<Error>,
    /// The key that had the name in the last list.
    pub(super) listed: Option<UserApiKey>,
    /// Whether a key that a lost answer was about has been deleted.
    pub(super) rolled_back: bool,
}

/// That no request made a key. If it may be the quota, says which keys could go.
pub(super) async fn refused(creation: &Creation<'_>, facts: &Facts) -> Diagnostic {
    let failed = failed(creation, facts);
    let failed = if facts.rolled_back {
        failed.and_detail("The key that an answer was lost about has been deleted again.")
    } else {
        failed
    };
    if !facts.error.as_ref().is_some_and(may_be_the_quota) {
        return failed;
    }
    match creation.client.list_since(Instant::now()).await {
        Ok(keys) => match quota(&keys) {
            Some(help) => {
                let brief = "Another error of this run lists the keys that could go.";
                failed.and_detail_once("what to do about the quota", &help, brief)
            }
            None => failed,
        },
        Err(_) => failed,
    }
}

/// That the name is taken, and by which key.
pub(super) fn taken(
    creation: &Creation<'_>,
    facts: &Facts,
    made_here: Option<&KeyId>,
) -> Diagnostic {
    let name = creation.name.as_str();
    let Some(existing) = &facts.listed else {
        return failed(creation, facts);
    };
    if made_here == Some(&existing.id) {
        return duplicate_in_config(existing);
    }
    if let Some(error) = &facts.not_deleted {
        let failure = NotWritten::Failed(error.clone());
        let failed = not_deleted(&failure, &label(name, &existing.id));
        return failed.and_detail(
            "The key has the name of the one to be created, and `replace_existing` says to delete it first. No key was created.",
        );
    }
    let failed =
        Diagnostic::error(format!("A user API key named {name:?} already exists")).at("name");
    let about = format!(
        "The user already has a key of this name: {}.",
        description(existing)
    );
    if !creation.is_resource {
        return failed.detail(format!(
            "{about} Names are unique among a user's keys.\n\nChoose another name, or use `name_prefix`, which gives each \
             key a name of its own. If the key was left behind by an earlier run, delete it by its id."
        ));
    }
    failed.detail(format!(
        "{about} Names are unique among a user's keys.\n\nTo adopt that key, run this with the address of your resource in \
         place of appservices_user_api_key.RESOURCE\n\n    terraform import appservices_user_api_key.RESOURCE {id}\n\nor add this block and apply:\
         \n\n    import {{\n      to = appservices_user_api_key.RESOURCE\n      id = \"{id}\"\n    }}\n\nIts value cannot be \
         recovered: the server shows it only at creation. If you need a key beside it, choose another name or use \
         `name_prefix`, also where a key is to be replaced by `create_before_destroy`. If the existing key is not in use, because \
         the state that held it was lost, set `replace_existing = true` for one apply: it deletes that key and makes a new \
         one.",
        id = existing.id
    ))
}

/// That a request may have made a key of a fixed name, or may still. Nothing was deleted, and nothing is in the state.
pub(super) fn unclear(creation: &Creation<'_>, facts: &Facts) -> Diagnostic {
    let name = creation.name.as_str();
    let known = match &facts.listed {
        Some(key) => format!(
            "A list shows a key of that name: {}{}. It may have been made by this apply, or by another run.",
            description(key),
            since_asked(key, facts.asked_at)
        ),
        None => "No list has shown a key of that name. One may still appear.".to_owned(),
    };
    let failed = unknown(creation, facts).and_detail(&format!(
        "It is not known whether the server made the key {name:?} for this apply. If it did, its value is lost. {known} \
         Nothing was deleted, and the state has no entry for it."
    ));
    let id = facts.listed.as_ref().map_or("ID", |key| key.id.as_str());
    if !creation.is_resource {
        return failed.and_detail(&format!(
            "Look for a key named {name:?} with the data source `appservices_user_api_keys`. If it is of this run, delete it by \
             its id ({id}). With `name_prefix`, or without a name, the provider does that itself."
        ));
    }
    let brief = "Another error of this run that says so lists what you can do.";
    failed.and_detail_once(
        "what to do after an ambiguous create",
        &options(facts.listed.as_ref()),
        brief,
    )
}

/// That a request may have made a key of a random name, or may still, which the next run deletes.
pub(super) fn unfinished(creation: &Creation<'_>, facts: &Facts) -> Diagnostic {
    let name = creation.name.as_str();
    let failed = unknown(creation, facts).and_detail(&format!(
        "It is not known whether the server made the key {name:?}. If it did, its value is lost."
    ));
    if creation.is_resource {
        failed.and_detail(
            "The state keeps that name, without a value. The next apply deletes the key if it is there by then, and makes a \
             new one.",
        )
    } else {
        failed.and_detail(&format!(
            "Look for a key named {name:?} with the data source `appservices_user_api_keys`, and delete it by its id."
        ))
    }
}

/// That another resource of this run went on making a key of the name until the time was up.
pub(super) fn name_held(creation: &Creation<'_>, is_interrupted: bool) -> Diagnostic {
    let name = creation.name.as_str();
    let why = if is_interrupted {
        "Terraform was interrupted while this one waited for that."
    } else {
        "The time for this operation was up before that had ended; `timeouts` says how much it has."
    };
    Diagnostic::error(format!("Could not create the user API key {name:?}"))
        .at("name")
        .detail(format!(
            "Another resource of this run makes a key of the same name. {why}\n\nNames are unique among a user's keys: give \
             each resource a name of its own, or a `name_prefix`."
        ))
}

/// What `replace_existing` did.
pub(super) fn replaced(existing: &UserApiKey) -> Diagnostic {
    let UserApiKey { id, name, .. } = existing;
    Diagnostic::warning(format!("Deleted the existing user API key {}", label(name, id))).detail(format!(
        "The server said that the name is taken, and `replace_existing = true` says to delete the key that has it: {}. What \
         used its value can no longer log in.\n\nTake `replace_existing` out once the state is complete.",
        description(existing)
    ))
}

fn doing(creation: &Creation<'_>) -> String {
    format!("create the user API key {:?}", creation.name.as_str())
}

fn failed(creation: &Creation<'_>, facts: &Facts) -> Diagnostic {
    match &facts.error {
        Some(error) => error.diagnostic(&doing(creation)),
        None => Diagnostic::error(format!("Could not {}", doing(creation)))
            .detail("Terraform ended before the key was created."),
    }
}

/// The same, where the answer that matters is one that was lost, whatever came after it.
fn unknown(creation: &Creation<'_>, facts: &Facts) -> Diagnostic {
    let also = [
        ("list the keys", &facts.not_listed),
        ("delete the key that has the name", &facts.not_deleted),
    ];
    let first = match &facts.ambiguous {
        Some(error) => {
            // What was not sent counts no attempts of its own.
            let last = facts.error.as_ref().filter(|last| !last.is_circuit_open());
            let doing = "tell from the answer whether the key was created";
            sentence_of_all(error, last.unwrap_or(error), doing)
        }
        None => "Terraform ended before the answer came.".to_owned(),
    };
    let failed = Diagnostic::error(format!("Could not {}", doing(creation))).detail(first);
    also.iter()
        .fold(failed, |failed, (what, error)| match error {
            Some(error) => failed.and_detail(&sentence(error, what)),
            None => failed,
        })
}

/// Its id, its age, and whether it works.
fn description(key: &UserApiKey) -> String {
    let state = if key.disabled { "disabled" } else { "enabled" };
    format!("{}, made at {}, {state}", key.id, key.id.created_at())
}

fn since_asked(key: &UserApiKey, asked_at: Option<Timestamp>) -> String {
    let Some(asked_at) = asked_at else {
        return String::new();
    };
    let after = key.id.created_at().duration_since(asked_at);
    let seconds = after.abs().as_secs();
    if after < SignedDuration::ZERO {
        format!(", {seconds} s before this apply first asked for one")
    } else {
        format!(", {seconds} s after this apply first asked for one")
    }
}

/// What a practitioner can do about a key of a fixed name whose value is lost, if it exists.
fn options(listed: Option<&UserApiKey>) -> String {
    let id = listed.map_or("ID", |key| key.id.as_str());
    let which = match listed {
        Some(_) => "",
        None => " (ID; the data source `appservices_user_api_keys` lists it once it exists)",
    };
    format!(
        "If that key exists{which}, you can do one of these:\n\n  - Set `replace_existing = true` for one apply: it deletes the key \
         that has\n    the name, and makes a new one.\n  - Delete that key by its id, and apply again. From Terraform 1.14 on, \
         by an\n    action:\n\n        action \"appservices_user_api_key_delete\" \"lost\" {{\n          config {{\n            id = \
         \"{id}\"\n          }}\n        }}\n\n        terraform apply \
         -invoke=action.appservices_user_api_key_delete.lost\n\n    Before 1.14, with the address of your resource in place of\n    \
         appservices_user_api_key.RESOURCE:\n\n        terraform import appservices_user_api_key.RESOURCE {id}\n        terraform \
         apply -replace=appservices_user_api_key.RESOURCE\n\n  - Keep that key without its value: import it as above, and no \
         more.\n\nWith `name_prefix` in place of `name`, the provider knows its own keys and does this by itself."
    )
}

/// That two resources of one configuration want the name.
fn duplicate_in_config(existing: &UserApiKey) -> Diagnostic {
    let UserApiKey { id, name, .. } = existing;
    Diagnostic::error(format!("Two resources make a user API key named {name:?}")).at("name").detail(format!(
        "Another resource of this run has made the key {name} ({id}), and names are unique among a user's keys. Give each \
         resource a name of its own, or a `name_prefix`."
    ))
}

/// Whether the server may mean the number of keys. It has no code for that.
fn may_be_the_quota(error: &Error) -> bool {
    error.is_final_refusal()
        && error.status() != Some(StatusCode::UNAUTHORIZED)
        && !error.is_invalid_name()
        && !error.is_login_refused()
        && !error.is_app_not_found()
}

/// Which keys could go, if the server means their number.
fn quota(keys: &[UserApiKey]) -> Option<String> {
    if keys.is_empty() {
        return None;
    }
    let count = keys.len();
    let plural = if count == 1 { "key" } else { "keys" };
    let disabled: Vec<_> = keys.iter().filter(|key| key.disabled).collect();
    let lines: Vec<_> = disabled
        .iter()
        .map(|key| format!("  - {}", label(&key.name, &key.id)))
        .collect();
    let candidates = if lines.is_empty() {
        "delete a key that is not in use. None is disabled.".to_owned()
    } else {
        format!(
            "delete one of these. They are disabled, and still count:\n\n{}",
            lines.join("\n")
        )
    };
    Some(format!(
        "The user has {count} API {plural}, and servers limit their number (20 on the hosted service). If that is the reason, \
         {candidates}"
    ))
}
