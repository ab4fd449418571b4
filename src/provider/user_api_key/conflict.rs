//! What is told when a key cannot be made for the keys that there are.

use crate::appservices::UserApiKey;
use crate::tf_provider::Diagnostic;

/// Which keys could go, if the server means their number.
pub(super) fn quota(keys: &[UserApiKey]) -> String {
    if keys.is_empty() {
        return "The user has no API keys yet. If the server refuses this user altogether: an anonymous user, and the \
                user of a server API key, cannot own user API keys."
            .to_owned();
    }
    let count = keys.len();
    let plural = if count == 1 { "key" } else { "keys" };
    let disabled: Vec<_> = keys
        .iter()
        .filter(|key| key.disabled)
        .map(|key| format!("  - {} ({})", key.name, key.id))
        .collect();
    let candidates = if disabled.is_empty() {
        "None of them is disabled.".to_owned()
    } else {
        format!(
            "These are disabled and still count; delete what nobody needs:\n\n{}",
            disabled.join("\n")
        )
    };
    format!(
        "The user has {count} API {plural}, and servers limit their number (20 on the hosted service). If that is what the \
         server means, one has to go first. {candidates}"
    )
}

/// That two resources of one configuration want the name.
pub(super) fn twice(existing: &UserApiKey) -> Diagnostic {
    let UserApiKey { id, name, .. } = existing;
    Diagnostic::error(format!("Two resources make a user API key named {name:?}")).at("name").detail(format!(
        "Another resource has just made the key {name} ({id}), and names are unique among a user's keys. Give each resource \
         a name of its own, or a `name_prefix`."
    ))
}

/// That the name is taken, and by which key.
pub(super) fn taken(existing: &UserApiKey) -> Diagnostic {
    let UserApiKey { id, name, .. } = existing;
    Diagnostic::error(format!("A user API key named {name:?} already exists"))
        .at("name")
        .detail(format!(
            "The user already has a key of this name, with the id {id}, and names are unique among a user's keys.\n\n{}",
            adoption(existing)
        ))
}

/// What can be done about a key that has the name.
pub(super) fn adoption(existing: &UserApiKey) -> String {
    let id = &existing.id;
    format!(
        "If Terraform made it and its state was lost, set `replace_existing = true`: the next apply deletes it and makes a \
         new one. If it is the key of the resource that is being replaced (`create_before_destroy`, or `on_destroy` = \
         \"disable\"), use `name_prefix` in place of `name`. If somebody uses it, choose another name, or adopt it: run this \
         with the address of your resource in place of RESOURCE\n\n    terraform import appservices_user_api_key.RESOURCE \
         {id}\n\nor add this block and apply:\n\n    import {{\n      to = appservices_user_api_key.RESOURCE\n      id = \
         \"{id}\"\n    }}\n\nThe value of an adopted key cannot be recovered: the server shows it only at creation."
    )
}
