//! Users, sessions and keys, and the rules among them. Knows no HTTP and no tokens.
//!
//! A file for each family of rules; `records` is what is kept, `tables` finds it and writes it to the data file. A new rule of
//! the service belongs here, its path and JSON in `routes`.

mod admin;
mod keys;
mod local_userpass;
mod logins;
mod tables;

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::clock::Clock;
use super::object_id::ObjectId;
use super::options::Options;
use super::records::{Key, Session, User};
use super::refusal::Refusal;
use super::secrets::{KeyDigest, generate_key_value};
use super::store::Journal;

pub use self::admin::StoredKey;
pub(super) use self::local_userpass::password_login;
pub(super) use self::logins::Credentials;
pub(super) use self::tables::Tables;

/// The longest name of a key, in bytes. The service's own limit is unknown: ASSUMED.
const LONGEST_KEY_NAME: usize = 256;

/// All that the app remembers. Each method is one transaction: it happens wholly or not at all, and no other sees
/// the middle.
pub(super) struct State {
    max_keys: usize,
    max_users: usize,
    max_sessions: usize,
    session_ttl: Duration,
    clock: Clock,
    tables: Mutex<Tables>,
}

/// Users and sessions.
impl State {
    pub(super) fn new(options: &Options, clock: Clock, tables: Tables) -> Self {
        Self {
            max_keys: options.max_keys,
            max_users: options.max_users,
            max_sessions: options.max_sessions,
            session_ttl: options.refresh_token_ttl,
            clock,
            tables: Mutex::new(tables),
        }
    }

    /// The open session of this id.
    pub(super) fn session(&self, id: ObjectId) -> Result<Session, Refusal> {
        self.tables()
            .session(id)
            .cloned()
            .ok_or(Refusal::SESSION_NOT_FOUND)
    }

    pub(super) fn log_out(&self, session: &Session) {
        self.tables().close_session(session.id);
    }

    pub(super) fn open_sessions(&self) -> usize {
        self.tables().open_sessions()
    }

    /// The user, and the key that opened the session.
    pub(super) fn profile(
        &self,
        user: ObjectId,
        session: ObjectId,
    ) -> Result<(User, Option<Key>), Refusal> {
        let tables = self.tables();
        let user = tables.user(user).ok_or(Refusal::USER_DELETED)?;
        let session = tables.session(session);
        let key = session.and_then(|session| tables.key(user.id, session.key?));
        Ok((user.clone(), key.cloned()))
    }

    /// Takes the user's sessions and keys along: ASSUMED, except that logins fail afterwards.
    pub(super) fn delete_user(&self, id: ObjectId) -> Result<(), Refusal> {
        let found = self.tables().remove_user(id);
        found.then_some(()).ok_or(Refusal::USER_DELETED)
    }

    /// Returns when all that has happened so far is on disk, or when it is known that it never will be, and why.
    pub(super) async fn flushed(&self) -> Result<(), String> {
        let flush = self.tables().journal.as_mut().map(Journal::flush);
        match flush {
            Some(flush) => flush.await,
            None => Ok(()),
        }
    }

    /// Returns when the data file may be opened by another.
    pub(super) async fn close(&self) {
        let close = self.tables().journal.as_mut().map(Journal::close);
        if let Some(close) = close {
            close.await;
        }
    }

    /// Nothing reaches the data file while this is held, so what happens meanwhile is there as a whole or not at all.
    fn tables(&self) -> MutexGuard<'_, Tables> {
        self.tables.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// User API keys: always those of the session's user, so foreign ids are unknown ids.
///
/// A session that was opened by a user key may do the same as one opened by password, and lives on when its key is
/// disabled: both ASSUMED.
impl State {
    /// Makes a key, and returns it with its value, which no request shows again.
    pub(super) fn create_key(
        &self,
        session: &Session,
        name: &str,
    ) -> Result<(Key, String), Refusal> {
        let mut tables = self.tables();
        let user = tables
            .user(session.user)
            .ok_or(Refusal::SESSION_NOT_FOUND)?;
        if !user.may_own_keys() {
            return Err(Refusal::KEYS_FORBIDDEN);
        }
        check_key_name(name)?;
        let id = self.clock.object_id();
        self.new_key(&mut tables, session.user, name, id)
    }

    fn new_key(
        &self,
        tables: &mut Tables,
        owner: ObjectId,
        name: &str,
        id: ObjectId,
    ) -> Result<(Key, String), Refusal> {
        let keys = tables.keys(owner).ok_or(Refusal::SESSION_NOT_FOUND)?;
        if keys.has_name(name) {
            return Err(Refusal::KEY_NAME_TAKEN);
        }
        if keys.present().len() >= self.max_keys {
            return Err(Refusal::KEY_LIMIT);
        }
        let value = generate_key_value();
        let key = Key {
            id,
            owner,
            identity: self.clock.object_id(),
            name: name.to_owned(),
            disabled: false,
            digest: KeyDigest::of(&value),
        };
        tables.insert_key(key.clone());
        Ok((key, value))
    }

    /// All keys in the order of their creation, as they were before the lag.
    pub(super) fn keys(&self, session: &Session) -> Result<Vec<Key>, Refusal> {
        let mut tables = self.tables();
        let keys = tables.read_keys(session.user);
        let keys = keys.ok_or(Refusal::SESSION_NOT_FOUND)?;
        Ok(keys.values().cloned().collect())
    }

    /// One key as it was before the lag.
    pub(super) fn key(&self, session: &Session, id: ObjectId) -> Result<Key, Refusal> {
        let mut tables = self.tables();
        let keys = tables.read_keys(session.user);
        let keys = keys.ok_or(Refusal::SESSION_NOT_FOUND)?;
        keys.get(&id).cloned().ok_or(Refusal::KEY_NOT_FOUND)
    }

    pub(super) fn delete_key(&self, session: &Session, id: ObjectId) -> Result<(), Refusal> {
        let mut tables = self.tables();
        tables.key(session.user, id).ok_or(Refusal::KEY_NOT_FOUND)?;
        if session.key == Some(id) {
            return Err(Refusal::KEY_IN_USE);
        }
        tables.remove_key(session.user, id);
        Ok(())
    }

    pub(super) fn set_disabled(
        &self,
        session: &Session,
        id: ObjectId,
        disabled: bool,
    ) -> Result<(), Refusal> {
        let found = self.tables().set_disabled(session.user, id, disabled);
        found.then_some(()).ok_or(Refusal::KEY_NOT_FOUND)
    }
}

fn check_key_name(name: &str) -> Result<(), Refusal> {
    if name.is_empty() {
        return Err(Refusal::KEY_NAME_MISSING);
    }
    if name.len() > LONGEST_KEY_NAME {
        return Err(Refusal::KEY_NAME_LENGTH);
    }
    if !name
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
    {
        return Err(Refusal::KEY_NAME_CHARACTER);
    }
    Ok(())
}
