//! The memory behind the rules: records, the indexes that find them, and the way to the data file.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use bson::oid::ObjectId;
use jiff::Timestamp;

use super::keys::{Keys, Snapshot};
use super::records::{Key, Login, Session, User};
use crate::emulator::app::Provider;
use crate::emulator::options::Lag;
use crate::emulator::secrets::KeyDigest;
use crate::emulator::store::{Kind, Store};

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
    /// Ids grow, so the first was opened first.
    sessions: BTreeMap<ObjectId, Session>,
    expiries: BTreeSet<(Timestamp, ObjectId)>,
    /// Anonymous users whose session is over, and when the last access token of it is.
    leaving: BTreeSet<(Timestamp, ObjectId)>,
    /// The number of the next key.
    next_number: u64,
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
            expiries: BTreeSet::new(),
            leaving: BTreeSet::new(),
            next_number: 0,
        }
    }

    /// What a data file holds, and every change into it from now on. No access token is valid after `until`.
    pub(in crate::emulator) fn stored(
        (lag, until): (Lag, Timestamp),
        users: Vec<User>,
        keys: Vec<Key>,
        sessions: Vec<Session>,
        store: Arc<Store>,
    ) -> Self {
        let mut tables = Self::in_memory(lag);
        tables.next_number = keys.iter().map(|key| key.number + 1).max().unwrap_or(0);
        let mut by_owner: HashMap<ObjectId, Vec<Key>> = HashMap::new();
        for key in keys {
            by_owner.entry(key.owner).or_default().push(key);
        }
        for user in users {
            let keys = by_owner.remove(&user.id).unwrap_or_default();
            tables.index(user, keys);
        }
        for session in sessions {
            tables.index_session(session);
        }
        let accounts = tables.accounts.values();
        let gone = accounts.filter(|one| one.sessions.is_empty() && one.user.is_anonymous());
        tables.leaving = gone.map(|one| (until, one.user.id)).collect();
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
        self.index(user, Vec::new());
    }

    fn index(&mut self, user: User, keys: Vec<Key>) {
        self.index_login(&user);
        let digests = keys.iter().map(|key| (key.digest, (key.owner, key.id)));
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
        if let Login::ServerKey { digest, .. } = user.login {
            self.server_key_by_digest.remove(&digest);
        }
    }

    /// Changes how a user logs in, or whether.
    pub(super) fn change_user(&mut self, id: ObjectId, change: impl FnOnce(&mut User)) {
        let Some(account) = self.accounts.get_mut(&id) else {
            return;
        };
        let before = account.user.clone();
        change(&mut account.user);
        let user = account.user.clone();
        self.forget_login(&before);
        self.index_login(&user);
        self.save(Kind::User, id, &user);
    }

    /// Removes the user with keys and sessions. False when there was none.
    pub(super) fn remove_user(&mut self, id: ObjectId) -> bool {
        let Some(account) = self.accounts.remove(&id) else {
            return false;
        };
        self.forget_login(&account.user);
        for key in account.keys.all() {
            self.key_by_digest.remove(&key.digest);
            self.erase(Kind::Key, key.id);
        }
        for session in account.sessions {
            self.forget_session(session);
        }
        self.erase(Kind::User, id);
        true
    }

    pub(super) fn session(&self, id: ObjectId) -> Option<&Session> {
        self.sessions.get(&id)
    }

    /// Opens a session among `limit` at most: those that have expired are forgotten, then those that were opened first.
    /// No access token is valid after `until`.
    pub(super) fn open_session(
        &mut self,
        session: Session,
        limit: usize,
        (now, until): (Timestamp, Timestamp),
    ) {
        while let Some(&(gone_at, user)) = self.leaving.first()
            && gone_at <= now
        {
            self.leaving.pop_first();
            self.remove_user(user);
        }
        while let Some(&(expires_at, id)) = self.expiries.first()
            && expires_at <= now
        {
            self.close_session(id, until);
        }
        while self.sessions.len() >= limit.max(1)
            && let Some((&id, _)) = self.sessions.first_key_value()
        {
            self.close_session(id, until);
        }
        self.save(Kind::Session, session.id, &session);
        self.index_session(session);
    }

    fn index_session(&mut self, session: Session) {
        if let Some(account) = self.accounts.get_mut(&session.user) {
            account.sessions.insert(session.id);
        }
        self.expiries.insert((session.expires_at, session.id));
        self.sessions.insert(session.id, session);
    }

    /// Closes a session. A user who cannot come again is forgotten when the last access token is over.
    pub(super) fn close_session(&mut self, id: ObjectId, until: Timestamp) {
        let Some(session) = self.forget_session(id) else {
            return;
        };
        if let Some(account) = self.accounts.get_mut(&session.user) {
            account.sessions.remove(&id);
            if account.user.is_anonymous() {
                self.leaving.insert((until, session.user));
            }
        }
    }

    fn forget_session(&mut self, id: ObjectId) -> Option<Session> {
        let session = self.sessions.remove(&id)?;
        self.expiries.remove(&(session.expires_at, id));
        self.erase(Kind::Session, id);
        Some(session)
    }

    /// Closes all sessions of a user, and says how many there were.
    pub(super) fn close_sessions(&mut self, user: ObjectId, until: Timestamp) -> usize {
        let account = self.accounts.get(&user);
        let sessions: Vec<_> = account
            .into_iter()
            .flat_map(|account| account.sessions.iter().copied())
            .collect();
        for id in &sessions {
            self.close_session(*id, until);
        }
        sessions.len()
    }

    pub(super) fn open_sessions(&self) -> usize {
        self.sessions.len()
    }

    pub(super) fn keys(&self, user: ObjectId) -> Option<&Keys> {
        Some(&self.accounts.get(&user)?.keys)
    }

    pub(super) fn key_by_digest(&self, digest: KeyDigest) -> Option<&Key> {
        let &(owner, id) = self.key_by_digest.get(&digest)?;
        self.keys(owner)?.get(id)
    }

    /// What a read shows to a user, who must be there.
    pub(super) fn read_keys(&mut self, user: ObjectId) -> Option<&Snapshot> {
        Some(self.accounts.get_mut(&user)?.keys.read())
    }

    pub(super) fn next_number(&mut self) -> u64 {
        self.next_number += 1;
        self.next_number - 1
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
