//! The memory behind the rules: records, the indexes that find them, and the way to the data file.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde::Serialize;

use super::keys::{Keys, Snapshot};
use crate::emulator::app::Provider;
use crate::emulator::object_id::ObjectId;
use crate::emulator::options::Lag;
use crate::emulator::records::{Key, Login, Session, User};
use crate::emulator::secrets::KeyDigest;
use crate::emulator::store::{Journal, KEYS, Records, SESSIONS, Stored, USERS};

/// Users with their keys, and open sessions. Keeps its indexes and the data file in step and knows no other rule.
pub(in crate::emulator) struct Tables {
    /// Where each change goes, if there is a data file.
    pub(super) journal: Option<Journal>,
    lag: Lag,
    accounts: HashMap<ObjectId, Account>,
    user_by_name: HashMap<(Provider, String), ObjectId>,
    /// The owner of each key by its value, and its id. The user of a server key has no other key.
    key_by_digest: HashMap<KeyDigest, (ObjectId, Option<ObjectId>)>,
    sessions: BTreeMap<ObjectId, Session>,
}

/// A user with all that is the user's.
struct Account {
    user: User,
    keys: Keys,
    sessions: HashSet<ObjectId>,
}

impl Account {
    /// What logs in as this user, and the key that it is, unless the user is one of a server key.
    fn digests(&self) -> Vec<(KeyDigest, Option<ObjectId>)> {
        if let Login::ServerKey { digest, .. } = self.user.login {
            return vec![(digest, None)];
        }
        let keys = self.keys.present().values();
        keys.map(|key| (key.digest, Some(key.id))).collect()
    }
}

impl Tables {
    /// What a data file holds, and every change into it from now on. Without a file, in memory only.
    pub(in crate::emulator) fn new(lag: Lag, stored: Stored, journal: Option<Journal>) -> Self {
        let mut tables = Self {
            journal,
            lag,
            accounts: HashMap::new(),
            user_by_name: HashMap::new(),
            key_by_digest: HashMap::new(),
            sessions: BTreeMap::new(),
        };
        let mut by_owner: HashMap<ObjectId, Snapshot> = HashMap::new();
        for key in stored.keys {
            by_owner.entry(key.owner).or_default().insert(key.id, key);
        }
        for user in stored.users {
            let keys = by_owner.remove(&user.id).unwrap_or_default();
            tables.index_user(user, keys);
        }
        for session in stored.sessions {
            tables.index_session(session);
        }
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

    pub(super) fn insert_user(&mut self, user: User) {
        self.save(USERS, user.id, &user);
        self.index_user(user, Snapshot::new());
    }

    fn index_user(&mut self, user: User, keys: Snapshot) {
        self.index(Account {
            keys: Keys::new(self.lag, keys),
            sessions: HashSet::new(),
            user,
        });
    }

    fn index(&mut self, account: Account) {
        let id = account.user.id;
        if let Some(name) = account.user.login.name() {
            let name = (account.user.identity.provider, name.to_owned());
            self.user_by_name.insert(name, id);
        }
        for (digest, key) in account.digests() {
            self.key_by_digest.insert(digest, (id, key));
        }
        self.accounts.insert(id, account);
    }

    /// The opposite of `index`.
    fn take(&mut self, id: ObjectId) -> Option<Account> {
        let account = self.accounts.remove(&id)?;
        if let Some(name) = account.user.login.name() {
            let name = (account.user.identity.provider, name.to_owned());
            self.user_by_name.remove(&name);
        }
        for (digest, key) in account.digests() {
            // Another user may have the digest by now.
            if self.key_by_digest.get(&digest) == Some(&(id, key)) {
                self.key_by_digest.remove(&digest);
            }
        }
        Some(account)
    }

    /// Changes how a user logs in.
    pub(super) fn set_login(&mut self, id: ObjectId, login: Login) {
        if let Some(mut account) = self.take(id) {
            account.user.login = login;
            self.save(USERS, id, &account.user);
            self.index(account);
        }
    }

    /// Removes the user with keys and sessions. False when there was none.
    pub(super) fn remove_user(&mut self, id: ObjectId) -> bool {
        let Some(account) = self.take(id) else {
            return false;
        };
        for key in account.keys.present().keys() {
            self.erase(KEYS, *key);
        }
        for session in account.sessions {
            self.close_session(session);
        }
        self.erase(USERS, id);
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
        self.save(SESSIONS, session.id, &session);
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
        self.erase(SESSIONS, id);
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

    /// The owner of the key with this value, and the key itself, unless it is a server key.
    pub(super) fn by_digest(&self, digest: KeyDigest) -> Option<(&User, Option<&Key>)> {
        let &(owner, key) = self.key_by_digest.get(&digest)?;
        Some((self.user(owner)?, key.and_then(|id| self.key(owner, id))))
    }

    /// What a read shows to a user, who must be there.
    pub(super) fn read_keys(&mut self, user: ObjectId) -> Option<&Snapshot> {
        Some(self.accounts.get_mut(&user)?.keys.read())
    }

    pub(super) fn insert_key(&mut self, key: Key) {
        self.save(KEYS, key.id, &key);
        let place = (key.owner, Some(key.id));
        self.key_by_digest.insert(key.digest, place);
        if let Some(account) = self.accounts.get_mut(&key.owner) {
            account.keys.insert(key);
        }
    }

    /// Enables or disables a key. False when there is none.
    pub(super) fn set_disabled(&mut self, owner: ObjectId, id: ObjectId, disabled: bool) -> bool {
        let account = self.accounts.get_mut(&owner);
        let changed = account.and_then(|account| account.keys.set_disabled(id, disabled));
        if let Some(key) = &changed {
            self.save(KEYS, id, key);
        }
        changed.is_some()
    }

    /// Removes a key. False when there is none.
    pub(super) fn remove_key(&mut self, owner: ObjectId, id: ObjectId) -> bool {
        let account = self.accounts.get_mut(&owner);
        let removed = account.and_then(|account| account.keys.remove(id));
        if let Some(key) = &removed {
            self.key_by_digest.remove(&key.digest);
            self.erase(KEYS, id);
        }
        removed.is_some()
    }

    fn save(&mut self, table: Records, id: ObjectId, record: &impl Serialize) {
        if let Some(journal) = &mut self.journal {
            journal.put(table, id, record);
        }
    }

    fn erase(&mut self, table: Records, id: ObjectId) {
        if let Some(journal) = &mut self.journal {
            journal.remove(table, id);
        }
    }
}

#[cfg(test)]
mod tests;
