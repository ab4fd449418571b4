//! The one app that an emulator holds, and its authentication providers.

use serde::{Deserialize, Serialize};

use super::logins::External;
use super::object_id::ObjectId;

/// What all paths of the API start with.
pub(super) const PREFIX: &str = "/api/client/v2.0";

/// The app's names. Only `id` is known to clients beforehand; the others are made once.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct App {
    /// The client app id, as it stands in URLs.
    pub(super) id: String,
    /// The claim `baas_domain_id` of every token, and `domain_id` of every profile.
    pub(super) domain: ObjectId,
    /// The project that error links point into.
    pub(super) group: ObjectId,
    /// The app in error links, where the service uses an id of its own rather than the client app id.
    pub(super) internal_id: ObjectId,
}

impl App {
    pub(super) fn new(id: String) -> Self {
        Self {
            id,
            domain: ObjectId::new(),
            group: ObjectId::new(),
            internal_id: ObjectId::new(),
        }
    }
}

/// A way to log in that this emulator offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) enum Provider {
    LocalUserpass,
    ApiKey,
    AnonUser,
    External(External),
}

/// What all providers are called, in paths and in tokens: their name equals their type.
const NAMES: [(Provider, &str); 8] = [
    (Provider::LocalUserpass, "local-userpass"),
    (Provider::ApiKey, "api-key"),
    (Provider::AnonUser, "anon-user"),
    (Provider::External(External::CustomToken), "custom-token"),
    (
        Provider::External(External::CustomFunction),
        "custom-function",
    ),
    (Provider::External(External::Google), "oauth2-google"),
    (Provider::External(External::Facebook), "oauth2-facebook"),
    (Provider::External(External::Apple), "oauth2-apple"),
];

impl Provider {
    pub(super) fn from_name(name: &str) -> Option<Self> {
        let found = NAMES.iter().find(|(_, own)| *own == name);
        found.map(|(provider, _)| *provider)
    }

    pub(super) fn name(self) -> &'static str {
        NAMES[self.number()].1
    }

    /// The `provider_id` in tokens and profiles. Fixed, because clients show it at most: ASSUMED.
    pub(super) fn id(self) -> String {
        format!("65f0c0ffee0000000000001{}", self.number() + 1)
    }

    fn number(self) -> usize {
        let number = NAMES.iter().position(|(provider, _)| *provider == self);
        number.expect("all of them have a name")
    }
}

/// One way in which one user is known to the app.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Identity {
    pub(super) id: ObjectId,
    pub(super) provider: Provider,
}
