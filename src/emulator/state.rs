//! Users, sessions and keys, and the rules among them. Knows no HTTP and no tokens.
//!
//! A file for each family of rules; `records` is what is kept. A new rule of the service belongs here, its path and JSON in
//! `routes`.

mod admin;
mod api_keys;
mod keys;
mod logins;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::api_error::ApiError;
use super::app::Provider;
use super::clock::Clock;
use super::object_id::ObjectId;
use super::options::Options;
use super::records::{Key, Login, Session, User};
use super::secrets::KeyDigest;
use super::store::{Journal, KEYS, SESSIONS, Stored, USERS};
use keys::{Keys, Snapshot};

pub use self::admin::StoredKey;
pub(super) use self::logins::{Credentials, password_login};

/// All that the app remembers. What one holder of it does is one transaction: nothing reaches the data file meanwhile.
pub(super) struct State {
    options: Arc<Options>,
    pub(super) clock: Clock,
    pub(super) journal: Journal,
    accounts: HashMap<ObjectId, Account>,
    user_by_name: HashMap<(Provider, String), ObjectId>,
    /// The owner of each key by its value, and its id. The user of a server key has no other key.
    key_by_digest: HashMap<KeyDigest, (ObjectId, Option<ObjectId>)>,
    sessions: BTreeMap<ObjectId, Session>,
}

/// A user with all keys.
struct Account {
    user: User,
    keys: Keys,
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

impl State {
    pub(super) fn new(
        options: Arc<Options>,
        clock: Clock,
        journal: Journal,
        stored: Stored,
    ) -> Self {
        let sessions = stored.sessions.into_iter();
        let mut state = Self {
            options,
            clock,
            journal,
            accounts: HashMap::new(),
            user_by_name: HashMap::new(),
            key_by_digest: HashMap::new(),
            sessions: sessions.map(|session| (session.id, session)).collect(),
        };
        let mut by_owner: HashMap<ObjectId, Snapshot> = HashMap::new();
        for key in stored.keys {
            by_owner.entry(key.owner).or_default().insert(key.id, key);
        }
        for user in stored.users {
            let keys = by_owner.remove(&user.id).unwrap_or_default();
            let keys = Keys::new(state.options.lag, keys);
            state.index(Account { user, keys });
        }
        state
    }

    fn index(&mut self, account: Account) {
        let id = account.user.id;
        if let Some(name) = account.user.name() {
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
        if let Some(name) = account.user.name() {
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

    fn user(&self, id: ObjectId) -> Option<&User> {
        Some(&self.accounts.get(&id)?.user)
    }

    pub(super) fn user_by_name(&self, provider: Provider, name: &str) -> Option<&User> {
        let id = self.user_by_name.get(&(provider, name.to_owned()))?;
        self.user(*id)
    }

    /// The user, and the key that opened the session.
    pub(super) fn profile(
        &self,
        user: ObjectId,
        session: ObjectId,
    ) -> Result<(User, Option<Key>), ApiError> {
        let user = self.user(user).ok_or(ApiError::USER_DELETED)?;
        let session = self.sessions.get(&session);
        let key = session.and_then(|session| self.key(user.id, session.key?));
        Ok((user.clone(), key.cloned()))
    }

    /// Takes the user's sessions and keys along: ASSUMED, except that logins fail afterwards.
    pub(super) fn delete_user(&mut self, id: ObjectId) -> Result<(), ApiError> {
        self.remove_account(id).ok_or(ApiError::USER_DELETED)?;
        self.close_sessions(|session| session.user == id);
        Ok(())
    }

    fn remove_account(&mut self, id: ObjectId) -> Option<()> {
        let account = self.take(id)?;
        for key in account.keys.present().keys() {
            self.journal.remove(KEYS, *key);
        }
        self.journal.remove(USERS, id);
        Some(())
    }

    /// The open session of this id.
    pub(super) fn session(&self, id: ObjectId) -> Result<Session, ApiError> {
        let session = self.sessions.get(&id).cloned();
        session.ok_or(ApiError::SESSION_NOT_FOUND)
    }

    /// Opens a session. Before one more than are allowed, the oldest ends.
    fn open_session(&mut self, session: Session) {
        while self.sessions.len() >= self.options.max_sessions.max(1)
            && let Some((&oldest, _)) = self.sessions.first_key_value()
        {
            self.close_session(oldest);
        }
        self.journal.put(SESSIONS, session.id, &session);
        self.sessions.insert(session.id, session);
    }

    /// Closes a session. An anonymous user, who cannot come again, is gone with it.
    pub(super) fn close_session(&mut self, id: ObjectId) {
        let Some(session) = self.sessions.remove(&id) else {
            return;
        };
        self.journal.remove(SESSIONS, id);
        let user = self.user(session.user);
        if user.is_some_and(|user| matches!(user.login, Login::Anonymous)) {
            self.remove_account(session.user);
        }
    }

    /// Closes these sessions, and says how many there were.
    fn close_sessions(&mut self, which: impl Fn(&Session) -> bool) -> usize {
        let sessions = self.sessions.values().filter(|session| which(session));
        let sessions: Vec<_> = sessions.map(|session| session.id).collect();
        for id in &sessions {
            self.close_session(*id);
        }
        sessions.len()
    }
}

#[cfg(test)]
mod tests;
