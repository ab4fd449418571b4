use jiff::Timestamp;
use tokio::time::Instant;

use crate::appservices::UserApiKey;
use crate::tf_provider::{Context, Diagnostic, Plan, Value};

use super::super::access::{DEFAULT_TIMEOUT, Service};
use super::label;
use super::rotation::rough;

/// Warns which key a planned create will delete, if the server shows it by now. `replaced` is the key that this resource has
/// itself. Without an answer the plan says nothing: the server decides when it is applied.
pub(super) async fn warn<C>(
    cx: &Context<C>,
    service: &Service,
    plan: &Plan,
    replaced: Option<&str>,
) {
    let is_set = *plan.planned.value("replace_existing") == Value::Bool(true);
    let (None, Value::String(name), true) = (&plan.prior, plan.planned.value("name"), is_set)
    else {
        return;
    };
    let client = service.client(cx, DEFAULT_TIMEOUT);
    let keys = match client.list_since(Instant::now()).await {
        Ok(keys) => keys,
        Err(error) => {
            tracing::debug!(%error, "no list of keys while planning with replace_existing");
            return;
        }
    };
    let taken = |key: &&UserApiKey| key.name == *name && replaced != Some(key.id.as_str());
    if let Some(key) = keys.iter().find(taken) {
        cx.warn(will_be_deleted(
            key,
            client.server_time().unwrap_or_else(Timestamp::now),
        ));
    }
}

fn will_be_deleted(key: &UserApiKey, now: Timestamp) -> Diagnostic {
    let (label, created_at) = (label(&key.name, &key.id), key.id.created_at());
    Diagnostic::warning(format!("The user API key {label} will be deleted"))
        .at("replace_existing")
        .detail(format!(
            "The server has a key of this name already. It was created at {created_at}, {age} ago, and is {enabled}. \
             `replace_existing` deletes it and creates a new key in its place; whatever logs in with it stops working.",
            age = rough(now.duration_since(created_at)),
            enabled = if key.disabled { "disabled" } else { "enabled" },
        ))
}
