//! What the plan of a key says beyond its attributes one by one. Nothing here looks at a clock or asks the server.

use serde_json::Value as Json;

use crate::tf_provider::{Context, Diagnostic, Object, Plan, Result, Value};

use super::rotation;

/// Kept with the state from an import to the next update: what only a configuration can say is not known yet.
const IMPORTED: &str = "imported";

/// What a new key has of its own.
const OF_THE_KEY: [&str; 5] = ["id", "key", "key_fingerprint", "created_at", "rotates_at"];

const NAMES: &str = "There is one of `name` and `name_prefix`: `name` is taken as it is, and to `name_prefix` the provider \
    adds a unique suffix.";

/// Keeps with the state that the key was imported.
pub(super) fn imported<C>(cx: &Context<C>) {
    cx.set_private(IMPORTED, Json::Bool(true));
}

/// An update has made the key what the configuration says.
pub(super) fn adopted<C>(cx: &Context<C>) {
    cx.remove_private(IMPORTED);
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

/// Settles what can be known, and what needs a new key.
pub(super) fn adjust<C>(cx: &Context<C>, plan: &mut Plan) {
    rotation::plan(cx, plan);
    let Some(prior) = &plan.prior else {
        return;
    };
    let stays = |attribute: &str| match attribute {
        // An imported key has none of these in its state. That the configuration names them is no change.
        "keepers" => is_news(cx, prior, "keepers"),
        "name_prefix" => {
            plan.config.value("name_prefix").is_null()
                || is_news(cx, prior, "name_prefix")
                    && begins_with(prior.value("name"), plan.planned.value("name_prefix"))
        }
        _ => false,
    };
    let settled: Vec<_> = ["keepers", "name_prefix"]
        .into_iter()
        .filter(|attribute| stays(attribute))
        .collect();
    plan.requires_replace
        .retain(|path| settled.iter().all(|attribute| *path != (*attribute).into()));
    if is_unfinished(prior) {
        plan.planned.set("key", Value::UNKNOWN);
        plan.requires_replace.push("key".into());
    }
    if !plan.requires_replace.is_empty() {
        warn_of_a_taken_name(cx, plan);
        for attribute in OF_THE_KEY {
            if !(attribute == "rotates_at" && plan.planned.value("rotate_after").is_null()) {
                plan.planned.set(attribute, Value::UNKNOWN);
            }
        }
        if plan.config.value("name").is_null() {
            plan.planned.set("name", Value::UNKNOWN);
        }
    }
}

/// Whether the state is of a create that was never answered: it has the full name, and a refresh may have found the id.
fn is_unfinished(prior: &Object) -> bool {
    prior.value("created_at").is_null()
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
fn is_news<C>(cx: &Context<C>, prior: &Object, attribute: &str) -> bool {
    cx.private(IMPORTED).is_some() && prior.value(attribute).is_null()
}

fn begins_with(name: &Value, prefix: &Value) -> bool {
    matches!((name, prefix), (Value::String(name), Value::String(prefix)) if name.starts_with(prefix.as_str()))
}

/// A key that stays, disabled, keeps its name, and the new one cannot have it.
fn warn_of_a_taken_name<C>(cx: &Context<C>, plan: &Plan) {
    let Some(prior) = &plan.prior else {
        return;
    };
    let stays = matches!(prior.value("on_destroy"), Value::String(text) if text == "disable");
    let same_name =
        !plan.config.value("name").is_null() && prior.value("name") == plan.planned.value("name");
    let makes_room = *plan.planned.value("replace_existing") == Value::Bool(true);
    if stays && same_name && !makes_room {
        cx.warn(Diagnostic::warning("The old key will keep its name").at("name").detail(
            "The key is to be replaced, and `on_destroy` = \"disable\" leaves the old one on the server under the same \
             name, so the new one cannot be created. Use `name_prefix` in place of `name`, or set `on_destroy` = \
             \"delete\" and apply that first.",
        ));
    }
}
