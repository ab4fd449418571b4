//! The one app that an emulator holds, and its authentication providers.

use bson::oid::ObjectId;

/// The app's names. Only `id` is known to callers beforehand; the others are made at the start.
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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Provider {
    LocalUserpass,
    ApiKey,
    AnonUser,
}

impl Provider {
    /// The provider that a path segment means; its name equals its type.
    pub(super) fn from_name(name: &str) -> Option<Self> {
        [Self::LocalUserpass, Self::ApiKey, Self::AnonUser]
            .into_iter()
            .find(|provider| provider.name() == name)
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::LocalUserpass => "local-userpass",
            Self::ApiKey => "api-key",
            Self::AnonUser => "anon-user",
        }
    }

    /// The `provider_id` in tokens and profiles. Fixed, because clients show it at most: ASSUMED.
    pub(super) fn id(self) -> &'static str {
        match self {
            Self::LocalUserpass => "65f0c0ffee00000000000011",
            Self::ApiKey => "65f0c0ffee00000000000012",
            Self::AnonUser => "65f0c0ffee00000000000013",
        }
    }
}

/// One way in which one user is known to the app.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Identity {
    pub(super) id: ObjectId,
    pub(super) provider: Provider,
}
