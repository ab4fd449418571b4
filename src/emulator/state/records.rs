//! What there is, in memory as in the data file: another form needs another number in `store`.

use bson::oid::ObjectId;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::keys::Keys;
use crate::emulator::app::{Identity, Provider};
use crate::emulator::secrets::{KeyDigest, PasswordHash};

/// A user and the keys it owns.
#[derive(Serialize, Deserialize)]
pub(in crate::emulator) struct User {
    pub(super) id: ObjectId,
    /// The ways in other than keys. The first one made the user.
    pub(super) identities: Vec<Identity>,
    pub(super) account: Account,
    /// Disabled users cannot log in.
    pub(super) disabled: bool,
    pub(super) keys: Keys,
}

impl User {
    pub(super) fn email(&self) -> Option<&str> {
        match &self.account {
            Account::Password { email, .. } => Some(email),
            _ => None,
        }
    }

    /// What administrators call the user; unique where it exists.
    pub(super) fn name(&self) -> Option<&str> {
        match &self.account {
            Account::Password { email: name, .. } | Account::External { name } => Some(name),
            Account::Server { .. } | Account::Anonymous => None,
        }
    }

    /// The way in by this provider, if there is one.
    pub(super) fn identity(&self, provider: Provider) -> Option<Identity> {
        let mut identities = self.identities.iter();
        identities.find(|one| one.provider == provider).copied()
    }

    pub(super) fn key(&self, id: ObjectId) -> Option<&Key> {
        self.keys.get(id)
    }
}

/// How a user came to be.
#[derive(Serialize, Deserialize)]
pub(super) enum Account {
    Password {
        email: String,
        password: PasswordHash,
    },
    /// Known by what somebody else vouches for.
    External {
        name: String,
    },
    /// The user of a server API key.
    Server {
        name: String,
        digest: KeyDigest,
    },
    Anonymous,
}

/// A user API key, without its value.
#[derive(Clone, Serialize, Deserialize)]
pub(in crate::emulator) struct Key {
    pub(in crate::emulator) id: ObjectId,
    pub(in crate::emulator) name: String,
    pub(in crate::emulator) disabled: bool,
    pub(super) digest: KeyDigest,
}

impl Key {
    /// The identity of a login with this key. It shares the key's id: ASSUMED.
    pub(super) fn identity(&self) -> Identity {
        Identity {
            id: self.id,
            provider: Provider::ApiKey,
        }
    }
}

/// A login that was not logged out.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(in crate::emulator) struct Session {
    pub(in crate::emulator) id: ObjectId,
    pub(in crate::emulator) user: ObjectId,
    pub(in crate::emulator) identity: Identity,
    pub(in crate::emulator) expires_at: Timestamp,
}

impl Session {
    /// The user key that opened this session, if one did.
    pub(super) fn key(&self) -> Option<ObjectId> {
        (self.identity.provider == Provider::ApiKey).then_some(self.identity.id)
    }
}
