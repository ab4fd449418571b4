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
    user_by_name: HashMap<String, ObjectId>,
    /// Owner and id of each key.
    key_by_digest: HashMap<KeyDigest, (ObjectId, ObjectId)>,
    /// The user and the identity of each other secret that is a way in.
    credentials: HashMap<(Provider, KeyDigest), (ObjectId, Identity)>,
}

impl Tables {
    pub(super) fn user(&self, id: ObjectId) -> Option<&User> {
        self.users.get(&id)
    }

    pub(super) fn users(&self) -> impl Iterator<Item = &User> {
        self.users.values()
    }

    pub(super) fn user_by_name(&self, name: &str) -> Option<&User> {
        self.users.get(self.user_by_name.get(name)?)
    }

    pub(super) fn insert_user(&mut self, user: User) {
        if let Some(name) = user.name() {
            self.user_by_name.insert(name.to_owned(), user.id);
        }
        self.users.insert(user.id, user);
    }

    /// Removes the user with keys and sessions. False when there was none.
    pub(super) fn remove_user(&mut self, id: ObjectId) -> bool {
        let Some(user) = self.users.remove(&id) else {
            return false;
        };
        if let Some(name) = user.name() {
            self.user_by_name.remove(name);
        }
        for key in user.keys.all() {
            self.key_by_digest.remove(&key.digest);
        }
        self.credentials.retain(|_, (user, _)| *user != id);
        self.close_sessions(id);
        true
    }

    pub(super) fn switch_user(&mut self, id: ObjectId, disabled: bool) {
        if let Some(user) = self.users.get_mut(&id) {
            user.disabled = disabled;
        }
    }

    pub(super) fn add_identity(&mut self, user: ObjectId, identity: Identity) {
        if let Some(user) = self.users.get_mut(&user) {
            user.identities.push(identity);
        }
    }

    pub(super) fn credential(
        &self,
        provider: Provider,
        digest: KeyDigest,
    ) -> Option<(ObjectId, Identity)> {
        self.credentials.get(&(provider, digest)).copied()
    }

    pub(super) fn insert_credential(
        &mut self,
        provider: Provider,
        digest: KeyDigest,
        user: ObjectId,
        identity: Identity,
    ) {
        self.credentials
            .insert((provider, digest), (user, identity));
    }

    pub(super) fn session(&self, id: ObjectId) -> Option<&Session> {
        self.sessions.get(&id)
    }

    pub(super) fn open_session(
        &mut self,
        id: ObjectId,
        user: ObjectId,
        identity: Identity,
    ) -> Session {
        let session = Session { id, user, identity };
        self.sessions.insert(id, session.clone());
        session
    }

    pub(super) fn close_session(&mut self, id: ObjectId) {
        self.sessions.remove(&id);
    }

    /// Closes all sessions of a user, and says how many there were.
    pub(super) fn close_sessions(&mut self, user: ObjectId) -> usize {
        let before = self.sessions.len();
        self.sessions.retain(|_, session| session.user != user);
        before - self.sessions.len()
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
    /// Known by what somebody else vouches for.
    External {
        name: String,
    },
    /// The user of a server API key.
    Server {
        name: String,
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
