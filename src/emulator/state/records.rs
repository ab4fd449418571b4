//! What there is, in memory as in the data file: another form needs another number in `store`.

use bson::oid::ObjectId;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::keys::Keys;
use crate::emulator::app::{Identity, Provider};
use crate::emulator::mails::MailKind;
use crate::emulator::secrets::{KeyDigest, PasswordHash};

/// A user and the keys it owns.
#[derive(Serialize, Deserialize)]
pub(in crate::emulator) struct User {
    pub(super) id: ObjectId,
    /// The ways in other than user keys, one for each provider. The first one made the user.
    pub(super) identities: Vec<Identity>,
    pub(super) password: Option<PasswordLogin>,
    /// What others who vouch for the user call it. Several only by linking.
    pub(super) names: Vec<String>,
    /// Of the user of a server API key.
    pub(super) server_key: Option<ServerKeyLogin>,
    /// Whether there was a login ever. Before that, the ways in are free to be linked to somebody else.
    pub(super) logged_in: bool,
    /// Disabled users cannot log in.
    pub(super) disabled: bool,
    pub(super) keys: Keys,
}

impl User {
    pub(super) fn new(id: ObjectId, keys: Keys) -> Self {
        Self {
            id,
            identities: Vec::new(),
            password: None,
            names: Vec::new(),
            server_key: None,
            logged_in: false,
            disabled: false,
            keys,
        }
    }

    pub(super) fn email(&self) -> Option<&str> {
        Some(&self.password.as_ref()?.email)
    }

    /// All that administrators may call the user, the e-mail address first; each is unique.
    pub(super) fn all_names(&self) -> impl Iterator<Item = &str> {
        let names = self.names.iter().map(String::as_str);
        self.email().into_iter().chain(names)
    }

    /// Whether nobody vouches for the user in any way.
    pub(super) fn is_anonymous(&self) -> bool {
        let mut identities = self.identities.iter();
        identities.all(|identity| identity.provider == Provider::AnonUser)
    }

    /// Whether there is something that belongs to this very user, and not just ways to log in.
    pub(super) fn in_use(&self) -> bool {
        self.logged_in || self.server_key.is_some() || !self.keys.all().is_empty()
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

/// The way in by `local-userpass`.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct PasswordLogin {
    pub(super) email: String,
    pub(super) hash: PasswordHash,
    /// Until then there is no login by it.
    pub(super) confirmed: bool,
    /// Those that were sent and may be valid still.
    pub(super) tokens: Vec<MailedToken>,
}

impl PasswordLogin {
    /// Its tokens are worth nothing from then on.
    pub(super) fn confirm(&mut self) {
        self.confirmed = true;
        self.tokens.retain(|token| token.kind != MailKind::Confirm);
    }

    /// Likewise.
    pub(super) fn reset(&mut self, hash: PasswordHash) {
        self.hash = hash;
        self.tokens.retain(|token| token.kind != MailKind::Reset);
    }
}

/// A token that was sent to a user, without its value.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct MailedToken {
    pub(super) id: ObjectId,
    pub(super) kind: MailKind,
    pub(super) digest: KeyDigest,
    pub(super) expires_at: Timestamp,
}

/// The way in of the user of a server API key.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct ServerKeyLogin {
    pub(super) name: String,
    pub(super) digest: KeyDigest,
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
