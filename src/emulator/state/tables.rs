//! The memory behind the rules: records, and the indexes that find them.

use std::collections::HashMap;

use bson::oid::ObjectId;

use super::keys::Keys;
use crate::emulator::app::{Identity, Provider};
use crate::emulator::secrets::{KeyDigest, PasswordHash};

/// Users with their keys, and open sessions. Keeps its indexes in step and knows no other rule.
#[derive(Default)]
pub(super) struct Tables {
    users: HashMap<ObjectId, User>,
    sessions: HashMap<ObjectId, Session>,
    user_by_email: HashMap<String, ObjectId>,
    /// Owner and id of each key.
    key_by_digest: HashMap<KeyDigest, (ObjectId, ObjectId)>,
}

impl Tables {
    pub(super) fn user(&self, id: ObjectId) -> Option<&User> {
        self.users.get(&id)
    }

    pub(super) fn user_by_email(&self, email: &str) -> Option<&User> {
        self.users.get(self.user_by_email.get(email)?)
    }

    pub(super) fn insert_user(&mut self, user: User) {
        if let Some(email) = user.email() {
            self.user_by_email.insert(email.to_owned(), user.id);
        }
        self.users.insert(user.id, user);
    }

    /// Removes the user with keys and sessions. False when there was none.
    pub(super) fn remove_user(&mut self, id: ObjectId) -> bool {
        let Some(user) = self.users.remove(&id) else {
            return false;
        };
        if let Some(email) = user.email() {
            self.user_by_email.remove(email);
        }
        for key in user.keys.all() {
            self.key_by_digest.remove(&key.digest);
        }
        self.sessions.retain(|_, session| session.user != id);
        true
    }

    pub(super) fn session(&self, id: ObjectId) -> Option<&Session> {
        self.sessions.get(&id)
    }

    pub(super) fn open_session(&mut self, user: ObjectId, identity: Identity) -> Session {
        let session = Session {
            id: ObjectId::new(),
            user,
            identity,
        };
        self.sessions.insert(session.id, session.clone());
        session
    }

    pub(super) fn close_session(&mut self, id: ObjectId) {
        self.sessions.remove(&id);
    }

    pub(super) fn open_sessions(&self) -> usize {
        self.sessions.len()
    }

    pub(super) fn key_by_digest(&self, digest: &KeyDigest) -> Option<(&User, &Key)> {
        let (user, key) = self.key_by_digest.get(digest)?;
        let user = self.users.get(user)?;
        Some((user, user.key(*key)?))
    }

    /// What a read shows to a user, who must be there.
    pub(super) fn read_keys(&mut self, user: ObjectId) -> Option<&[Key]> {
        Some(self.users.get_mut(&user)?.keys.read())
    }

    /// Switches a key. False when there is none.
    pub(super) fn switch_key(&mut self, user: ObjectId, id: ObjectId, disabled: bool) -> bool {
        let Some(user) = self.users.get_mut(&user) else {
            return false;
        };
        user.keys
            .change(|keys| match keys.iter_mut().find(|key| key.id == id) {
                Some(key) => {
                    key.disabled = disabled;
                    true
                }
                None => false,
            })
    }

    pub(super) fn insert_key(&mut self, user: ObjectId, key: Key) {
        if let Some(owner) = self.users.get_mut(&user) {
            self.key_by_digest.insert(key.digest, (user, key.id));
            owner.keys.change(|keys| keys.push(key));
        }
    }

    pub(super) fn remove_key(&mut self, user: ObjectId, id: ObjectId) {
        if let Some(owner) = self.users.get_mut(&user) {
            owner.keys.change(|keys| {
                for key in keys.extract_if(.., |key| key.id == id) {
                    self.key_by_digest.remove(&key.digest);
                }
            });
        }
    }
}

/// A user and the keys it owns.
pub(super) struct User {
    pub(super) id: ObjectId,
    pub(super) identity: Identity,
    pub(super) account: Account,
    pub(super) keys: Keys,
}

impl User {
    pub(super) fn email(&self) -> Option<&str> {
        match &self.account {
            Account::Password { email, .. } => Some(email),
            Account::Anonymous => None,
        }
    }

    pub(super) fn key(&self, id: ObjectId) -> Option<&Key> {
        self.keys.get(id)
    }
}

/// How a user came to be.
pub(super) enum Account {
    Password {
        email: String,
        password: PasswordHash,
    },
    Anonymous,
}

/// A user API key, without its value.
#[derive(Clone)]
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
#[derive(Clone, Debug)]
pub(in crate::emulator) struct Session {
    pub(in crate::emulator) id: ObjectId,
    pub(in crate::emulator) user: ObjectId,
    pub(in crate::emulator) identity: Identity,
}

impl Session {
    /// The user key that opened this session, if one did.
    pub(super) fn key(&self) -> Option<ObjectId> {
        (self.identity.provider == Provider::ApiKey).then_some(self.identity.id)
    }
}
