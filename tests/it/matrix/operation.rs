use serde_json::{Value, json};

/// One row of the matrix: what is done, and which of its requests meets the trouble.
pub(super) struct Operation {
    pub(super) name: &'static str,
    /// The request that meets the trouble: method, and path below the API's root.
    pub(super) request: (&'static str, &'static str),
    /// The configuration that was applied before, if any.
    pub(super) before: Option<Value>,
    /// The configuration to be applied; null destroys.
    pub(super) config: Value,
    /// Whether the run begins with a refresh.
    pub(super) reads: bool,
    /// Logged in with a session that was opened elsewhere, which has to be refreshed.
    pub(super) by_refresh_token: bool,
    /// What an error has to speak of.
    pub(super) speaks_of: &'static [&'static str],
}

const POST: (&str, &str) = ("POST", "/auth/api_keys");
const LIST: (&str, &str) = ("GET", "/auth/api_keys");
const ENABLE: (&str, &str) = ("PUT", "/auth/api_keys/{id}/enable");
const DISABLE: (&str, &str) = ("PUT", "/auth/api_keys/{id}/disable");
const DELETE: (&str, &str) = ("DELETE", "/auth/api_keys/{id}");

/// No wait is to outlast a test: a `Retry-After` of a day has to be told, not slept.
fn with(mut config: Value) -> Value {
    config["timeouts"] = json!({ "create": "8s", "read": "8s", "update": "8s", "delete": "8s" });
    config
}

fn enabled() -> Value {
    with(json!({ "name": "ci" }))
}

fn disabled() -> Value {
    with(json!({ "name": "ci", "enabled": false }))
}

pub(super) fn create() -> Operation {
    Operation {
        name: "create",
        request: POST,
        before: None,
        config: enabled(),
        reads: false,
        by_refresh_token: false,
        speaks_of: &["create", "ci"],
    }
}

pub(super) fn create_by_prefix() -> Operation {
    Operation {
        name: "create by prefix",
        config: with(json!({ "name_prefix": "ci-" })),
        speaks_of: &["create", "ci-"],
        ..create()
    }
}

pub(super) fn create_and_look() -> Operation {
    Operation {
        name: "create and look",
        request: LIST,
        speaks_of: &["ci"],
        ..create()
    }
}

pub(super) fn create_and_disable() -> Operation {
    Operation {
        name: "create and disable",
        request: DISABLE,
        config: disabled(),
        speaks_of: &["disable"],
        ..create()
    }
}

/// The key of the same name that is to make way.
pub(super) fn create_in_place_of_another() -> Operation {
    let mut config = enabled();
    config["replace_existing"] = true.into();
    Operation {
        name: "create in place of another",
        request: DELETE,
        config,
        speaks_of: &["ci"],
        ..create()
    }
}

pub(super) fn read() -> Operation {
    Operation {
        name: "read",
        request: LIST,
        before: Some(enabled()),
        reads: true,
        speaks_of: &["read"],
        ..create()
    }
}

pub(super) fn enable() -> Operation {
    Operation {
        name: "enable",
        request: ENABLE,
        before: Some(disabled()),
        speaks_of: &["enable"],
        ..create()
    }
}

pub(super) fn disable() -> Operation {
    Operation {
        name: "disable",
        request: DISABLE,
        before: Some(enabled()),
        config: disabled(),
        speaks_of: &["disable"],
        ..create()
    }
}

pub(super) fn disable_and_look() -> Operation {
    Operation {
        name: "disable and look",
        request: LIST,
        speaks_of: &["ci"],
        ..disable()
    }
}

pub(super) fn delete() -> Operation {
    Operation {
        name: "delete",
        request: DELETE,
        before: Some(enabled()),
        config: Value::Null,
        speaks_of: &["delete"],
        ..create()
    }
}

pub(super) fn delete_and_look() -> Operation {
    Operation {
        name: "delete and look",
        request: LIST,
        speaks_of: &["ci"],
        ..delete()
    }
}

pub(super) fn replace() -> Operation {
    let mut config = enabled();
    config["keepers"] = json!({ "a": "1" });
    Operation {
        name: "replace",
        before: Some(enabled()),
        config,
        ..create()
    }
}

pub(super) fn login() -> Operation {
    Operation {
        name: "login",
        request: ("POST", "/app/{app_id}/auth/providers/{provider}/login"),
        speaks_of: &["create", "log in"],
        ..create()
    }
}

pub(super) fn refresh() -> Operation {
    Operation {
        name: "refresh",
        request: ("POST", "/auth/session"),
        by_refresh_token: true,
        speaks_of: &["create"],
        ..create()
    }
}

pub(super) fn location() -> Operation {
    Operation {
        name: "location",
        request: ("GET", "/app/{app_id}/location"),
        speaks_of: &["create", "where the app is served"],
        ..create()
    }
}
