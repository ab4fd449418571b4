//! Users, sessions and keys, and the rules among them. Knows no HTTP and no tokens.

mod keys;
mod tables;

use std::sync::{Mutex, MutexGuard, PoisonError};

use bson::oid::ObjectId;

use self::keys::Keys;
use self::tables::{Account, Tables, User};
use super::app::{Identity, Provider};
use super::options::Lag;
use super::refusal::Refusal;
use super::secrets::{KeyDigest, PasswordHash, generate_key_value};

pub(super) use self::tables::{Key, Session};

/// All that the app remembers. Each method is one step: it happens wholly or not at all, and nobody sees the middle.
pub(super) struct State {
    max_keys: usize,
    lag: Lag,
    tables: Mutex<Tables>,
}

/// What `GET /auth/profile` tells.
pub(super) struct Profile {
    pub(super) user: ObjectId,
    pub(super) identity: Identity,
    pub(super) email: Option<String>,
    /// The key that opened the session, with its name.
    pub(super) key: Option<(Identity, String)>,
}

/// Users and sessions.
impl State {
    pub(super) fn new(max_keys: usize, lag: Lag) -> Self {
        Self {
            max_keys,
            lag,
            tables: Mutex::default(),
        }
    }

    pub(super) async fn register(&self, email: &str, password: String) -> Result<(), Refusal> {
        if email.is_empty() {
            return Err(Refusal::EmptyEmail);
        }
        if !(6..=128).contains(&password.chars().count()) {
            return Err(Refusal::PasswordLength);
        }
        let password = PasswordHash::of(password).await;
        // Looked up only now, in the same step as the insertion: hashing took a while.
        let mut tables = self.tables();
        if tables.user_by_email(email).is_some() {
            return Err(Refusal::EmailTaken);
        }
        let identity = Identity {
            id: ObjectId::new(),
            provider: Provider::LocalUserpass,
        };
        let account = Account::Password {
            email: email.to_owned(),
            password,
        };
        tables.insert_user(User {
            id: ObjectId::new(),
            identity,
            account,
            keys: Keys::new(self.lag),
        });
        Ok(())
    }

    pub(super) async fn log_in_with_password(
        &self,
        email: &str,
        password: String,
    ) -> Result<Session, Refusal> {
        let (user, identity, hash) = match self.tables().user_by_email(email) {
            Some(User {
                id,
                identity,
                account: Account::Password { password, .. },
                ..
            }) => (*id, *identity, password.clone()),
            _ => return Err(Refusal::WrongPassword),
        };
        if !hash.matches(password).await {
            return Err(Refusal::WrongPassword);
        }
        let mut tables = self.tables();
        // The user may have been deleted while the password was checked.
        if tables.user(user).is_none() {
            return Err(Refusal::WrongPassword);
        }
        Ok(tables.open_session(user, identity))
    }

    /// Logs in as the owner of the key. A client cannot tell a wrong key from a disabled one.
    pub(super) fn log_in_with_key(&self, value: &str) -> Result<Session, Refusal> {
        let mut tables = self.tables();
        let (user, identity) = match tables.key_by_digest(&KeyDigest::of(value)) {
            Some((user, key)) if !key.disabled => (user.id, key.identity()),
            _ => return Err(Refusal::WrongKey),
        };
        Ok(tables.open_session(user, identity))
    }

    /// Every anonymous login makes a user of its own.
    pub(super) fn log_in_anonymously(&self) -> Session {
        let identity = Identity {
            id: ObjectId::new(),
            provider: Provider::AnonUser,
        };
        let user = User {
            id: ObjectId::new(),
            identity,
            account: Account::Anonymous,
            keys: Keys::new(self.lag),
        };
        let id = user.id;
        let mut tables = self.tables();
        tables.insert_user(user);
        tables.open_session(id, identity)
    }

    /// The open session of this id.
    pub(super) fn session(&self, id: ObjectId) -> Result<Session, Refusal> {
        self.tables()
            .session(id)
            .cloned()
            .ok_or(Refusal::SessionNotFound)
    }

    pub(super) fn log_out(&self, session: &Session) {
        self.tables().close_session(session.id);
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
        Ok(Profile {
            user: user.id,
            identity: user.identity,
            email: user.email().map(str::to_owned),
            key: key.map(|key| (key.identity(), key.name.clone())),
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

    fn tables(&self) -> MutexGuard<'_, Tables> {
        self.tables.lock().unwrap_or_else(PoisonError::into_inner)
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
        if matches!(user.account, Account::Anonymous) {
            return Err(Refusal::KeysForbidden);
        }
        check_key_name(name)?;
        if user.keys.all().iter().any(|key| key.name == name) {
            return Err(Refusal::KeyNameTaken);
        }
        if user.keys.all().len() >= self.max_keys {
            return Err(Refusal::KeyLimit);
        }
        let value = generate_key_value();
        let digest = KeyDigest::of(&value);
        let key = Key {
            id: ObjectId::new(),
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
