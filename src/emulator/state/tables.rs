//! The memory behind the rules: records, the indexes that find them, and the way to the data file.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use bson::oid::ObjectId;

use super::keys::{Keys, Snapshot};
use crate::emulator::app::Provider;
use crate::emulator::options::Lag;
use crate::emulator::records::{Key, Login, Session, User};
use crate::emulator::secrets::KeyDigest;
use crate::emulator::store::{Kind, Store, Stored};

/// Users with their keys, and open sessions. Keeps its indexes and the data file in step and knows no other rule.
pub(in crate::emulator) struct Tables {
    /// Where each change goes.
    store: Option<Arc<Store>>,
    lag: Lag,
    accounts: HashMap<ObjectId, Account>,
    user_by_name: HashMap<(Provider, String), ObjectId>,
    server_key_by_digest: HashMap<KeyDigest, ObjectId>,
    /// Owner and id of each key.
    key_by_digest: HashMap<KeyDigest, (ObjectId, ObjectId)>,
    sessions: BTreeMap<ObjectId, Session>,
}

/// A user with all that is the user's.
struct Account {
    user: User,
    keys: Keys,
    sessions: HashSet<ObjectId>,
}

impl Tables {
    /// Nothing, kept in memory only.
    pub(in crate::emulator) fn in_memory(lag: Lag) -> Self {
        Self {
            store: None,
            lag,
            accounts: HashMap::new(),
            user_by_name: HashMap::new(),
            server_key_by_digest: HashMap::new(),
            key_by_digest: HashMap::new(),
            sessions: BTreeMap::new(),
        }
    }

    /// What a data file holds, and every change into it from now on.
    pub(in crate::emulator) fn stored(lag: Lag, stored: Stored, store: Arc<Store>) -> Self {
        let mut tables = Self::in_memory(lag);
        let mut by_owner: HashMap<ObjectId, Snapshot> = HashMap::new();
        for key in stored.keys {
            by_owner.entry(key.owner).or_default().insert(key.id, key);
        }
        for user in stored.users {
            let keys = by_owner.remove(&user.id).unwrap_or_default();
            tables.index(user, keys);
        }
        for session in stored.sessions {
            tables.index_session(session);
        }
        tables.store = Some(store);
        tables
    }

    pub(super) fn user(&self, id: ObjectId) -> Option<&User> {
        Some(&self.accounts.get(&id)?.user)
    }

    pub(super) fn users(&self) -> impl Iterator<Item = &User> {
        self.accounts.values().map(|account| &account.user)
    }

    pub(super) fn user_count(&self) -> usize {
        self.accounts.len()
    }

    pub(super) fn user_by_name(&self, provider: Provider, name: &str) -> Option<&User> {
        let id = self.user_by_name.get(&(provider, name.to_owned()))?;
        self.user(*id)
    }

    pub(super) fn user_by_server_key(&self, digest: KeyDigest) -> Option<&User> {
        self.user(*self.server_key_by_digest.get(&digest)?)
    }

    pub(super) fn insert_user(&mut self, user: User) {
        self.save(Kind::User, user.id, &user);
        self.index(user, Snapshot::new());
    }

    fn index(&mut self, user: User, keys: Snapshot) {
        self.index_login(&user);
        let digests = keys.values().map(|key| (key.digest, (key.owner, key.id)));
        self.key_by_digest.extend(digests);
        let account = Account {
            keys: Keys::new(self.lag, keys),
            sessions: HashSet::new(),
            user,
        };
        self.accounts.insert(account.user.id, account);
    }

    fn index_login(&mut self, user: &User) {
        if let Some(name) = user.name() {
            let name = (user.identity.provider, name.to_owned());
            self.user_by_name.insert(name, user.id);
        }
        if let Login::ServerKey { digest, .. } = user.login {
            self.server_key_by_digest.insert(digest, user.id);
        }
    }

    /// The opposite of `index_login`.
    fn forget_login(&mut self, user: &User) {
        if let Some(name) = user.name() {
            let name = (user.identity.provider, name.to_owned());
            self.user_by_name.remove(&name);
        }
        // Another user may have the digest by now.
        if let Login::ServerKey { digest, .. } = user.login
            && self.server_key_by_digest.get(&digest) == Some(&user.id)
        {
            self.server_key_by_digest.remove(&digest);
        }
    }

    /// Changes how a user logs in.
    pub(super) fn set_login(&mut self, id: ObjectId, login: Login) {
        let Some(user) = self.user(id).cloned() else {
            return;
        };
        self.forget_login(&user);
        let user = User { login, ..user };
        self.index_login(&user);
        self.save(Kind::User, id, &user);
        if let Some(account) = self.accounts.get_mut(&id) {
            account.user = user;
        }
    }

    /// Removes the user with keys and sessions. False when there was none.
    pub(super) fn remove_user(&mut self, id: ObjectId) -> bool {
        let Some(account) = self.accounts.remove(&id) else {
            return false;
        };
        self.forget_login(&account.user);
        for key in account.keys.present().values() {
            self.key_by_digest.remove(&key.digest);
            self.erase(Kind::Key, key.id);
        }
        for session in account.sessions {
            self.close_session(session);
        }
        self.erase(Kind::User, id);
        true
    }

    pub(super) fn session(&self, id: ObjectId) -> Option<&Session> {
        self.sessions.get(&id)
    }

    /// Opens a session among `limit` at most: before one more, the oldest ends.
    pub(super) fn open_session(&mut self, session: Session, limit: usize) {
        while self.sessions.len() >= limit.max(1)
            && let Some((&oldest, _)) = self.sessions.first_key_value()
        {
            self.close_session(oldest);
        }
        self.save(Kind::Session, session.id, &session);
        self.index_session(session);
    }

    fn index_session(&mut self, session: Session) {
        if let Some(account) = self.accounts.get_mut(&session.user) {
            account.sessions.insert(session.id);
        }
        self.sessions.insert(session.id, session);
    }

    /// Closes a session. An anonymous user, who cannot come again, is gone with it.
    pub(super) fn close_session(&mut self, id: ObjectId) {
        let Some(session) = self.sessions.remove(&id) else {
            return;
        };
        self.erase(Kind::Session, id);
        if let Some(account) = self.accounts.get_mut(&session.user) {
            account.sessions.remove(&id);
            if matches!(account.user.login, Login::Anonymous) {
                self.remove_user(session.user);
            }
        }
    }

    /// Closes all sessions of a user, and says how many there were.
    pub(super) fn close_sessions(&mut self, user: ObjectId) -> usize {
        let account = self.accounts.get(&user);
        let sessions = account.map(|account| account.sessions.clone());
        let sessions = sessions.unwrap_or_default();
        for id in &sessions {
            self.close_session(*id);
        }
        sessions.len()
    }

    pub(super) fn open_sessions(&self) -> usize {
        self.sessions.len()
    }

    pub(super) fn keys(&self, user: ObjectId) -> Option<&Keys> {
        Some(&self.accounts.get(&user)?.keys)
    }

    pub(super) fn key(&self, owner: ObjectId, id: ObjectId) -> Option<&Key> {
        self.keys(owner)?.present().get(&id)
    }

    pub(super) fn key_by_digest(&self, digest: KeyDigest) -> Option<&Key> {
        let &(owner, id) = self.key_by_digest.get(&digest)?;
        self.key(owner, id)
    }

    /// What a read shows to a user, who must be there.
    pub(super) fn read_keys(&mut self, user: ObjectId) -> Option<&Snapshot> {
        Some(self.accounts.get_mut(&user)?.keys.read())
    }

    pub(super) fn insert_key(&mut self, key: Key) {
        self.save(Kind::Key, key.id, &key);
        self.key_by_digest.insert(key.digest, (key.owner, key.id));
        if let Some(account) = self.accounts.get_mut(&key.owner) {
            account.keys.insert(key);
        }
    }

    /// Enables or disables a key. False when there is none.
    pub(super) fn set_disabled(&mut self, owner: ObjectId, id: ObjectId, disabled: bool) -> bool {
        let account = self.accounts.get_mut(&owner);
        let changed = account.and_then(|account| account.keys.set_disabled(id, disabled));
        if let Some(key) = &changed {
            self.save(Kind::Key, id, key);
        }
        changed.is_some()
    }

    pub(super) fn remove_key(&mut self, owner: ObjectId, id: ObjectId) {
        let account = self.accounts.get_mut(&owner);
        if let Some(key) = account.and_then(|account| account.keys.remove(id)) {
            self.key_by_digest.remove(&key.digest);
            self.erase(Kind::Key, id);
        }
    }

    pub(super) fn end_transaction(&self) {
        if let Some(store) = &self.store {
            store.end_transaction();
        }
    }

    fn save(&self, kind: Kind, id: ObjectId, record: &impl serde::Serialize) {
        if let Some(store) = &self.store {
            store.put(kind, id, record);
        }
    }

    fn erase(&self, kind: Kind, id: ObjectId) {
        if let Some(store) = &self.store {
            store.remove(kind, id);
        }
    }
}

#[cfg(test)]
mod tests;
