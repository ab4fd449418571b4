use serde_json::{Value, json};

use crate::support::rpc::{KEY, ROTATING};

/// One row of the matrix: what is done, and which of its requests meets the trouble.
pub(super) struct Operation {
    pub(super) name: &'static str,
    /// The resource.
    pub(super) kind: &'static str,
    /// The request that meets the trouble: method, and path below the API's root.
    pub(super) request: (&'static str, &'static str),
    /// The configurations that were applied before, one after the other.
    pub(super) before: Vec<Value>,
    /// The configuration to be applied; null destroys.
    pub(super) config: Value,
    /// Whether the run begins with a refresh.
    pub(super) reads: bool,
    /// Logged in with a session that was opened elsewhere, which has to be refreshed.
    pub(super) by_refresh_token: bool,
    /// How many keys there are in the end.
    pub(super) keys: usize,
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
        kind: KEY,
        request: POST,
        before: Vec::new(),
        config: enabled(),
        reads: false,
        by_refresh_token: false,
        keys: 1,
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
        before: vec![enabled()],
        reads: true,
        speaks_of: &["read"],
        ..create()
    }
}

pub(super) fn enable() -> Operation {
    Operation {
        name: "enable",
        request: ENABLE,
        before: vec![disabled()],
        speaks_of: &["enable"],
        ..create()
    }
}

pub(super) fn disable() -> Operation {
    Operation {
        name: "disable",
        request: DISABLE,
        before: vec![enabled()],
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
        before: vec![enabled()],
        config: Value::Null,
        keys: 0,
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
        before: vec![enabled()],
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

/// A rotating key, each round of which is another one.
fn rotating(round: u8) -> Value {
    let keepers = json!({ "round": round.to_string() });
    with(json!({ "name_prefix": "ci-", "rotate_after": "90d", "keepers": keepers }))
}

pub(super) fn rotate() -> Operation {
    Operation {
        name: "rotate",
        kind: ROTATING,
        before: vec![rotating(1)],
        config: rotating(2),
        keys: 2,
        speaks_of: &["create", "ci-"],
        ..create()
    }
}

pub(super) fn rotate_and_look() -> Operation {
    Operation {
        name: "rotate and look",
        request: LIST,
        speaks_of: &["ci-"],
        ..rotate()
    }
}

/// The previous key goes first.
pub(super) fn rotate_and_retire() -> Operation {
    Operation {
        name: "rotate and retire",
        request: DELETE,
        before: vec![rotating(1), rotating(2)],
        config: rotating(3),
        speaks_of: &["delete", "ci-"],
        ..rotate()
    }
}

pub(super) fn delete_both() -> Operation {
    Operation {
        name: "delete both",
        config: Value::Null,
        keys: 0,
        ..rotate_and_retire()
    }
}
