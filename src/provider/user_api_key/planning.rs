//! What the plan of a key says beyond its attributes one by one. Nothing here looks at a clock or asks the server.

use crate::tf_provider::{Context, Diagnostic, Object, Plan, Result, Value};

use super::private_state::{self, PrivateState};
use super::{encryption, keepers, rotation};

/// What a new key has of its own.
pub(super) const OF_THE_KEY: [&str; 6] = [
    "id",
    "key",
    "encrypted_key",
    "key_fingerprint",
    "created_at",
    "rotates_at",
];

const NAMES: &str = "There is one of `name` and `name_prefix`: `name` is taken as it is, and to `name_prefix` the provider \
    adds a unique suffix.";

/// Keeps with the state that the key was imported.
pub(super) fn imported<C>(cx: &Context<C>) {
    private_state::change(cx, |kept| kept.imported = true);
}

/// An update has made the key what the configuration says.
pub(super) fn clear_import_markers<C>(cx: &Context<C>) {
    private_state::change(cx, |kept| kept.imported = false);
}

/// Exactly one of `name` and `name_prefix`, as far as both are known.
///
/// # Errors
///
/// Both, or none.
pub(super) fn one_name(config: &Object) -> Result<()> {
    if config.value("name").is_null() && config.value("name_prefix").is_null() {
        return Err(Diagnostic::error("No name for the user API key")
            .at("name")
            .detail(NAMES)
            .into());
    }
    not_two_names(config)
}

/// At most one of `name` and `name_prefix`, as far as both are known.
///
/// # Errors
///
/// Both.
pub(super) fn not_two_names(config: &Object) -> Result<()> {
    let is_set = |attribute| {
        let value = config.value(attribute);
        !value.is_null() && !value.is_unknown()
    };
    if is_set("name") && is_set("name_prefix") {
        return Err(Diagnostic::error("Two names for one user API key")
            .at("name_prefix")
            .detail(NAMES)
            .into());
    }
    Ok(())
}

/// A key that is to stay keeps its name for good, so the name must be one of many.
///
/// # Errors
///
/// `on_destroy = "disable"` without `name_prefix`.
pub(super) fn disabling_needs_a_prefix(config: &Object) -> Result<()> {
    let stays = matches!(config.value("on_destroy"), Value::String(text) if text == "disable");
    if !stays || !config.value("name_prefix").is_null() {
        return Ok(());
    }
    Err(Diagnostic::error("`on_destroy` = \"disable\" needs `name_prefix`")
        .at("on_destroy")
        .detail(
            "A disabled key stays on the server and keeps its name, and names are unique: with a fixed `name`, the key \
             could never be created again, nor replaced. Set `name_prefix` in place of `name`, or set `on_destroy` = \
             \"delete\".",
        )
        .into())
}

/// Settles what can be known, and what needs a new key.
pub(super) fn adjust<C>(cx: &Context<C>, plan: &mut Plan) {
    rotation::plan(cx, plan);
    let Some(prior) = &plan.prior else {
        encryption::plan(plan);
        return;
    };
    let kept = private_state::read(cx);
    let stays = |attribute: &str| match attribute {
        // An imported key has none of these in its state. That the configuration names them is no change.
        "keepers" => {
            is_news(&kept, prior, "keepers")
                || !keepers::differ(prior.value("keepers"), plan.planned.value("keepers"))
        }
        "name_prefix" => {
            plan.config.value("name_prefix").is_null()
                || is_news(&kept, prior, "name_prefix")
                    && begins_with(prior.value("name"), plan.planned.value("name_prefix"))
        }
        "recipients" => is_news(&kept, prior, "recipients"),
        _ => false,
    };
    let decided: Vec<_> = ["keepers", "name_prefix", "recipients"]
        .into_iter()
        .filter(|attribute| stays(attribute))
        .collect();
    plan.requires_replace
        .retain(|path| decided.iter().all(|attribute| *path != (*attribute).into()));
    if has_no_key(prior) {
        plan.planned.set("id", Value::UNKNOWN);
        plan.requires_replace.push("id".into());
    }
    if !plan.requires_replace.is_empty() {
        for attribute in OF_THE_KEY {
            if !(attribute == "rotates_at" && plan.planned.value("rotate_after").is_null()) {
                plan.planned.set(attribute, Value::UNKNOWN);
            }
        }
        if plan.config.value("name").is_null() {
            plan.planned.set("name", Value::UNKNOWN);
        }
        encryption::plan(plan);
    }
}

/// Whether the create of this entry was never answered: it has the full name, and perhaps the id that a list has shown since.
pub(super) fn has_no_key(prior: &Object) -> bool {
    ["key", "key_fingerprint", "created_at"]
        .iter()
        .all(|attribute| prior.value(attribute).is_null())
}

/// Warns that destroying the resource leaves its key on the server.
pub(super) fn destroy<C>(cx: &Context<C>, prior: &Object) {
    let stays = matches!(prior.value("on_destroy"), Value::String(text) if text == "disable");
    let (Value::String(name), Value::String(id), true) = (
        prior.value("name"),
        prior.value("id"),
        stays && !has_no_key(prior),
    ) else {
        return;
    };
    cx.warn(
        Diagnostic::warning(format!("The user API key {name} ({id}) will stay on the server, disabled")).detail(
            "`on_destroy` is \"disable\", so destroying the resource disables the key and leaves it there, under this name \
             and id. It counts against the user's quota. To delete it as well, set `on_destroy` = \"delete\" and apply that \
             before you destroy.",
        ),
    );
}

/// Whether applying the plan sends a request.
pub(super) fn needs_the_server(plan: &Plan) -> bool {
    match &plan.prior {
        None => true,
        Some(prior) => {
            !plan.requires_replace.is_empty()
                || prior.value("enabled") != plan.planned.value("enabled")
        }
    }
}

/// Whether an attribute was never known for this imported key.
pub(super) fn is_news(kept: &PrivateState, prior: &Object, attribute: &str) -> bool {
    kept.imported && prior.value(attribute).is_null()
}

fn begins_with(name: &Value, prefix: &Value) -> bool {
    matches!((name, prefix), (Value::String(name), Value::String(prefix)) if name.starts_with(prefix.as_str()))
}
