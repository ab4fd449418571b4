//! What there is, in memory as in the data file: another form needs another number in `store`.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::app::{Identity, Provider};
use super::object_id::ObjectId;
use super::secrets::{KeyDigest, PasswordHash};

/// A user of the app.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct User {
    pub(super) id: ObjectId,
    pub(super) identity: Identity,
    pub(super) login: Login,
}

/// What the app knows a user by.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Login {
    /// Nothing: the user is gone with the session.
    Anonymous,
    /// `local-userpass`.
    Password { email: String, hash: PasswordHash },
    /// The name that a table or a token gives.
    External { name: String },
    /// A server API key, which is all that the user is.
    ServerKey { name: String, digest: KeyDigest },
}

impl Login {
    /// The name under which the provider knows the user; unique for each provider.
    pub(super) fn name(&self) -> Option<&str> {
        match self {
            Self::Anonymous => None,
            Self::Password { email: name, .. }
            | Self::External { name }
            | Self::ServerKey { name, .. } => Some(name),
        }
    }
}

impl User {
    /// Under which the app knows the user.
    pub(super) fn name(&self) -> Option<(Provider, String)> {
        let name = self.login.name()?;
        Some((self.identity.provider, name.to_owned()))
    }

    pub(super) fn email(&self) -> Option<&str> {
        match &self.login {
            Login::Password { email, .. } => Some(email),
            _ => None,
        }
    }

    /// Whether it is the user of a server API key.
    pub(super) fn is_server(&self) -> bool {
        matches!(self.login, Login::ServerKey { .. })
    }

    /// Only users whom a provider can tell again own keys.
    pub(super) fn may_own_keys(&self) -> bool {
        matches!(self.login, Login::Password { .. } | Login::External { .. })
    }
}

/// A user API key, without its value.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Key {
    /// Ids grow, so they are the order of creation.
    pub(super) id: ObjectId,
    pub(super) owner: ObjectId,
    /// The id of the identity of logins with this key.
    pub(super) identity: ObjectId,
    pub(super) name: String,
    pub(super) disabled: bool,
    pub(super) digest: KeyDigest,
}

impl Key {
    pub(super) fn identity(&self) -> Identity {
        Identity {
            id: self.identity,
            provider: Provider::ApiKey,
        }
    }
}

/// A login that was not logged out.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Session {
    /// Ids grow, so they are the order of opening.
    pub(super) id: ObjectId,
    pub(super) user: ObjectId,
    pub(super) identity: Identity,
    /// The user key that opened it, if one did.
    pub(super) key: Option<ObjectId>,
    pub(super) expires_at: Timestamp,
}
