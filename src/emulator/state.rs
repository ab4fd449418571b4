//! Users, sessions and keys, and the rules among them. Knows no HTTP and no tokens.

mod hands;
mod keys;
mod link;
mod local_userpass;
mod logins;
mod records;
mod tables;

use std::ops::{Deref, DerefMut};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bson::oid::ObjectId;
use jiff::Timestamp;

use super::app::Identity;
use super::clock::Clock;
use super::options::{Lag, LocalUserpass};
use super::refusal::Refusal;
use super::secrets::{KeyDigest, generate_key_value};

pub(super) use self::local_userpass::ShownToken;
pub(super) use self::logins::Credentials;
pub(super) use self::records::{Key, Session, User};
pub(super) use self::tables::Tables;

/// All that the app remembers. Each method is one step: it happens wholly or not at all, and nobody sees the middle.
pub(super) struct State {
    rules: Rules,
    tables: Mutex<Tables>,
}

/// What can be set.
pub(super) struct Rules {
    pub(super) max_keys: usize,
    pub(super) lag: Lag,
    pub(super) clock: Clock,
    pub(super) session_ttl: Duration,
    pub(super) access_token_ttl: Duration,
    pub(super) local_userpass: LocalUserpass,
}

impl Rules {
    /// When the last access token that there may be has expired.
    fn last_access(&self) -> Timestamp {
        let last = self.clock.now().saturating_add(self.access_token_ttl);
        last.unwrap_or(Timestamp::MAX)
    }
}

/// What `GET /auth/profile` tells.
pub(super) struct Profile {
    pub(super) user: ObjectId,
    pub(super) identities: Vec<Identity>,
    pub(super) email: Option<String>,
    /// The name of the key that opened the session, or of the server key that the user is.
    pub(super) key_name: Option<String>,
    /// Whether the user is one of a server key.
    pub(super) server: bool,
}

/// Users and sessions.
impl State {
    pub(super) fn new(rules: Rules, tables: Tables) -> Self {
        let tables = Mutex::new(tables);
        Self { rules, tables }
    }

    /// The open session of this id.
    pub(super) fn session(&self, id: ObjectId) -> Result<Session, Refusal> {
        self.tables()
            .session(id)
            .cloned()
            .ok_or(Refusal::SessionNotFound)
    }

    pub(super) fn log_out(&self, session: &Session) {
        let until = self.rules.last_access();
        self.tables().close_session(session.id, until);
    }

    pub(super) fn open_sessions(&self) -> usize {
        self.tables().open_sessions()
    }

    /// The identity of a user key shows only in sessions that the key opened, under the key's own id: ASSUMED.
    pub(super) fn profile(&self, user: ObjectId, session: ObjectId) -> Result<Profile, Refusal> {
        let tables = self.tables();
        let user = tables.user(user).ok_or(Refusal::UserDeleted)?;
        let key = tables
            .session(session)
            .and_then(Session::key)
            .and_then(|id| user.key(id));
        let mut identities = user.identities.clone();
        identities.extend(key.map(Key::identity));
        let own = user.server_key.as_ref().map(|key| &key.name);
        Ok(Profile {
            user: user.id,
            identities,
            email: user.email().map(str::to_owned),
            key_name: key.map(|key| &key.name).or(own).cloned(),
            server: own.is_some(),
        })
    }

    /// Takes the user's sessions and keys along: ASSUMED, except that logins fail afterwards.
    pub(super) fn delete_user(&self, id: ObjectId) -> Result<(), Refusal> {
        if self.tables().remove_user(id) {
            Ok(())
        } else {
            Err(Refusal::UserDeleted)
        }
    }

    fn tables(&self) -> Step<'_> {
        Step(self.tables.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The tables while one step takes place. What it changes goes to the data file together, when it is over.
struct Step<'a>(MutexGuard<'a, Tables>);

impl Deref for Step<'_> {
    type Target = Tables;

    fn deref(&self) -> &Tables {
        &self.0
    }
}

impl DerefMut for Step<'_> {
    fn deref_mut(&mut self) -> &mut Tables {
        &mut self.0
    }
}

impl Drop for Step<'_> {
    fn drop(&mut self) {
        self.0.end_step();
    }
}

/// User API keys: always those of the session's user, so foreign ids are unknown ids.
///
/// A session that was opened by a user key may do the same as one opened by password, and lives on when its key is
/// disabled: both ASSUMED.
impl State {
    /// Makes a key, and returns it with its value, which nobody can ask for again.
    pub(super) fn create_key(
        &self,
        session: &Session,
        name: &str,
    ) -> Result<(Key, String), Refusal> {
        let mut tables = self.tables();
        let user = owner(&tables, session)?;
        if user.is_anonymous() || user.server_key.is_some() {
            return Err(Refusal::KeysForbidden);
        }
        check_key_name(name)?;
        if user.keys.all().iter().any(|key| key.name == name) {
            return Err(Refusal::KeyNameTaken);
        }
        if user.keys.all().len() >= self.rules.max_keys {
            return Err(Refusal::KeyLimit);
        }
        let value = generate_key_value();
        let digest = KeyDigest::of(&value);
        let key = Key {
            id: self.rules.clock.object_id(),
            name: name.to_owned(),
            disabled: false,
            digest,
        };
        tables.insert_key(session.user, key.clone());
        Ok((key, value))
    }

    /// All keys in the order of their creation, as they were before the lag.
    pub(super) fn keys(&self, session: &Session) -> Result<Vec<Key>, Refusal> {
        let mut tables = self.tables();
        let keys = tables.read_keys(session.user);
        Ok(keys.ok_or(Refusal::SessionNotFound)?.to_vec())
    }

    /// One key as it was before the lag.
    pub(super) fn key(&self, session: &Session, id: ObjectId) -> Result<Key, Refusal> {
        let mut tables = self.tables();
        let keys = tables.read_keys(session.user);
        let mut keys = keys.ok_or(Refusal::SessionNotFound)?.iter();
        keys.find(|key| key.id == id)
            .cloned()
            .ok_or(Refusal::KeyNotFound)
    }

    pub(super) fn delete_key(&self, session: &Session, id: ObjectId) -> Result<(), Refusal> {
        let mut tables = self.tables();
        owner(&tables, session)?
            .key(id)
            .ok_or(Refusal::KeyNotFound)?;
        if session.key() == Some(id) {
            return Err(Refusal::KeyInUse);
        }
        tables.remove_key(session.user, id);
        Ok(())
    }

    pub(super) fn enable_key(&self, session: &Session, id: ObjectId) -> Result<(), Refusal> {
        self.switch_key(session, id, false)
    }

    pub(super) fn disable_key(&self, session: &Session, id: ObjectId) -> Result<(), Refusal> {
        self.switch_key(session, id, true)
    }

    fn switch_key(&self, session: &Session, id: ObjectId, disabled: bool) -> Result<(), Refusal> {
        let found = self.tables().switch_key(session.user, id, disabled);
        found.then_some(()).ok_or(Refusal::KeyNotFound)
    }
}

/// Fails when the user was deleted between the check of the token and now.
fn owner<'a>(tables: &'a Tables, session: &Session) -> Result<&'a User, Refusal> {
    tables.user(session.user).ok_or(Refusal::SessionNotFound)
}

/// No length limit is known, so there is none.
fn check_key_name(name: &str) -> Result<(), Refusal> {
    if name.is_empty() {
        return Err(Refusal::KeyNameMissing);
    }
    if !name
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
    {
        return Err(Refusal::KeyNameCharacter);
    }
    Ok(())
}
