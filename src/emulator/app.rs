//! The one app that an emulator holds, and its authentication providers.

use bson::oid::ObjectId;
use serde::{Deserialize, Serialize};

use super::options::External;

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
#[serde(into = "&str", try_from = "String")]
pub(super) enum Provider {
    LocalUserpass,
    ApiKey,
    AnonUser,
    External(External),
}

impl Provider {
    /// The provider that a path segment means; its name equals its type.
    pub(super) fn from_name(name: &str) -> Option<Self> {
        let external = External::ALL.map(Self::External);
        [Self::LocalUserpass, Self::ApiKey, Self::AnonUser]
            .into_iter()
            .chain(external)
            .find(|provider| provider.name() == name)
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::LocalUserpass => "local-userpass",
            Self::ApiKey => "api-key",
            Self::AnonUser => "anon-user",
            Self::External(External::CustomToken) => "custom-token",
            Self::External(External::CustomFunction) => "custom-function",
            Self::External(External::Google) => "oauth2-google",
            Self::External(External::Facebook) => "oauth2-facebook",
            Self::External(External::Apple) => "oauth2-apple",
        }
    }

    /// The `provider_id` in tokens and profiles. Fixed, because clients show it at most: ASSUMED.
    pub(super) fn id(self) -> &'static str {
        match self {
            Self::LocalUserpass => "65f0c0ffee00000000000011",
            Self::ApiKey => "65f0c0ffee00000000000012",
            Self::AnonUser => "65f0c0ffee00000000000013",
            Self::External(External::CustomToken) => "65f0c0ffee00000000000014",
            Self::External(External::CustomFunction) => "65f0c0ffee00000000000015",
            Self::External(External::Google) => "65f0c0ffee00000000000016",
            Self::External(External::Facebook) => "65f0c0ffee00000000000017",
            Self::External(External::Apple) => "65f0c0ffee00000000000018",
        }
    }
}

impl From<Provider> for &str {
    fn from(provider: Provider) -> Self {
        provider.name()
    }
}

impl TryFrom<String> for Provider {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        Self::from_name(&name).ok_or_else(|| format!("unknown provider '{name}'"))
    }
}

/// One way in which one user is known to the app.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Identity {
    pub(super) id: ObjectId,
    pub(super) provider: Provider,
}
