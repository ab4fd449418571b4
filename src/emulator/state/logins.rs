//! Who logs in, and who is made by that.

use std::collections::HashSet;
use std::time::Duration;

use jiff::Timestamp;

use super::keys::{Keys, Snapshot};
use super::{Account, State};
use crate::emulator::api_error::ApiError;
use crate::emulator::app::{Identity, Provider};
use crate::emulator::object_id::ObjectId;
use crate::emulator::records::{Login, Session, User};
use crate::emulator::secrets::{KeyDigest, PasswordHash};
use crate::emulator::store::USERS;

/// How long the sessions of anonymous logins are valid: 50 years, as in the vendor's sample.
const ANONYMOUS_TTL: Duration = Duration::from_secs(50 * 365 * 24 * 60 * 60);

/// The longest name that a token of another system may give a user, in bytes.
const LONGEST_NAME: usize = 256;

/// The longest e-mail address, as in the Admin API's call that changes one. ASSUMED for registration.
const LONGEST_EMAIL: usize = 128;

/// What a login has shown.
pub(in crate::emulator) enum Credentials {
    /// The right password of this user, who may be deleted since.
    Password(ObjectId),
    /// The value of a user key or a server key.
    Key(KeyDigest),
    /// Whom another provider knows. Every anonymous login makes a user of its own.
    User(Provider, Login),
}

/// Logins with this address and this password, if they can be a user's.
///
/// Hashing takes a while, so it is not part of a transaction.
pub(in crate::emulator) async fn password_login(
    email: &str,
    password: &str,
) -> Result<Login, ApiError> {
    if email.is_empty() || email.chars().count() > LONGEST_EMAIL {
        return Err(ApiError::INVALID_EMAIL);
    }
    if !(6..=128).contains(&password.chars().count()) {
        return Err(ApiError::PASSWORD_LENGTH);
    }
    Ok(Login::Password {
        email: email.to_owned(),
        hash: PasswordHash::of(password.to_owned()).await,
    })
}

impl State {
    /// Makes a user of `local-userpass`, confirmed at once.
    pub(in crate::emulator) fn register(&mut self, login: Login) -> Result<(), ApiError> {
        let provider = Provider::LocalUserpass;
        if self.knows(provider, &login).is_some() {
            return Err(ApiError::EMAIL_TAKEN);
        }
        self.insert_user(self.clock.object_id(), provider, login)
            .map(drop)
    }

    /// Makes a user of this id, unless the provider knows one of this name, who then logs in like this from now on.
    pub(in crate::emulator) fn put_user(
        &mut self,
        id: ObjectId,
        provider: Provider,
        login: Login,
    ) -> Result<ObjectId, ApiError> {
        let Some(known) = self.knows(provider, &login) else {
            return self.insert_user(id, provider, login);
        };
        let id = known.id;
        if known.login == login {
            return Ok(id);
        }
        if known.is_server() {
            // What the old value opened ends with it.
            self.close_sessions(|session| session.user == id);
        }
        if let Some(mut account) = self.take(id) {
            account.user.login = login;
            self.journal.put(USERS, id, &account.user);
            self.index(account);
        }
        Ok(id)
    }

    /// The user of this name, if the provider knows one.
    fn knows(&self, provider: Provider, login: &Login) -> Option<&User> {
        self.user_by_name(provider, login.name()?)
    }

    /// Revokes the server keys of all other names than these, with their sessions.
    pub(in crate::emulator) fn keep_server_keys(&mut self, keep: &HashSet<String>) {
        let users = self.accounts.values().map(|account| &account.user);
        let revoked = users.filter(|user| match &user.login {
            Login::ServerKey { name, .. } => !keep.contains(name),
            _ => false,
        });
        for user in revoked.map(|user| user.id).collect::<Vec<_>>() {
            let _ = self.delete_user(user);
        }
    }

    fn insert_user(
        &mut self,
        id: ObjectId,
        provider: Provider,
        login: Login,
    ) -> Result<ObjectId, ApiError> {
        if matches!(&login, Login::External { name } if name.len() > LONGEST_NAME) {
            return Err(ApiError::WRONG_TOKEN);
        }
        if self.accounts.len() >= self.options.max_users {
            return Err(ApiError::USER_LIMIT);
        }
        let identity = Identity {
            id: self.clock.object_id(),
            provider,
        };
        let user = User {
            id,
            identity,
            login,
        };
        self.journal.put(USERS, id, &user);
        let keys = Keys::new(self.options.lag, Snapshot::new());
        self.index(Account { user, keys });
        Ok(id)
    }
}

/// Users log in.
impl State {
    /// The user of this address, and what a password has to fit.
    pub(in crate::emulator) fn password(&self, email: &str) -> Option<(ObjectId, PasswordHash)> {
        let user = self.user_by_name(Provider::LocalUserpass, email)?;
        match &user.login {
            Login::Password { hash, .. } => Some((user.id, hash.clone())),
            _ => None,
        }
    }

    /// Opens a session of the user whose credentials these are, and makes the user if there need not be one yet.
    pub(in crate::emulator) fn log_in(
        &mut self,
        credentials: Credentials,
    ) -> Result<Session, ApiError> {
        let (user, key) = match credentials {
            Credentials::Password(user) => (user, None),
            Credentials::Key(digest) => {
                let found = self.key_by_digest.get(&digest);
                *found.ok_or(ApiError::WRONG_KEY)?
            }
            Credentials::User(provider, login) => {
                let id = self.clock.object_id();
                (self.put_user(id, provider, login)?, None)
            }
        };
        let known = self.user(user).ok_or(ApiError::WRONG_PASSWORD)?;
        let mut identity = known.identity;
        if let Some(key) = key {
            // A client cannot tell a wrong key from a disabled one.
            let key = self.key(user, key).filter(|key| !key.disabled);
            identity = key.ok_or(ApiError::WRONG_KEY)?.identity();
        }
        let ttl = match identity.provider {
            Provider::AnonUser => ANONYMOUS_TTL,
            _ => self.options.refresh_token_ttl,
        };
        let expires_at = self.clock.now().saturating_add(ttl);
        let session = Session {
            id: self.clock.object_id(),
            user,
            identity,
            key,
            expires_at: expires_at.unwrap_or(Timestamp::MAX),
        };
        self.open_session(session.clone());
        Ok(session)
    }
}
