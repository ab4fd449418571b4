//! Who logs in, and who is made by that.

use std::time::Duration;

use jiff::Timestamp;

use super::{State, Tables};
use crate::emulator::app::{Identity, Provider};
use crate::emulator::logins::External;
use crate::emulator::object_id::ObjectId;
use crate::emulator::records::{Login, Session, User};
use crate::emulator::refusal::Refusal;
use crate::emulator::secrets::{KeyDigest, generate_key_value};

/// How long the sessions of anonymous logins are valid: 50 years, as in the vendor's sample.
const ANONYMOUS_TTL: Duration = Duration::from_secs(50 * 365 * 24 * 60 * 60);

/// The longest name that a token of another system may give a user, in bytes.
const LONGEST_NAME: usize = 256;

/// What a login shows.
pub(in crate::emulator) enum Credentials {
    /// The password of this user, who may be deleted since it was found right. See [`State::check_password`].
    Password(ObjectId),
    /// The value of a user key or a server key.
    Key(KeyDigest),
    /// Every anonymous login makes a user of its own.
    Anonymous,
    /// Whom a table or a signed token names.
    External(External, String),
}

/// Users who exist before they log in.
impl State {
    /// Makes a user, or changes how the one of this name logs in.
    pub(in crate::emulator) fn put_user(
        &self,
        id: ObjectId,
        provider: Provider,
        login: Login,
    ) -> Result<(), Refusal> {
        let mut tables = self.tables();
        let named = login
            .name()
            .and_then(|name| tables.user_by_name(provider, name));
        if let Some(id) = named.map(|user| user.id) {
            tables.set_login(id, login);
            return Ok(());
        }
        self.insert_user(&mut tables, id, provider, login).map(drop)
    }

    /// The user of this name for this provider, made if there is none.
    fn external_user(
        &self,
        tables: &mut Tables,
        provider: External,
        name: &str,
        id: ObjectId,
    ) -> Result<(ObjectId, Identity), Refusal> {
        let provider = Provider::External(provider);
        if let Some(user) = tables.user_by_name(provider, name) {
            return Ok((user.id, user.identity));
        }
        let name = name.to_owned();
        self.insert_user(tables, id, provider, Login::External { name })
    }

    /// Makes a user of type `server`, who logs in by this key alone. One of this name that is there gets this value.
    ///
    /// Without a value one is made and returned, unless the user is there and so has one.
    pub(in crate::emulator) fn add_server_key(
        &self,
        name: String,
        value: Option<&str>,
    ) -> Result<Option<String>, Refusal> {
        let mut tables = self.tables();
        let user = tables.user_by_name(Provider::ApiKey, &name);
        let user = user.map(|user| user.id);
        if user.is_some() && value.is_none() {
            return Ok(None);
        }
        let made = value.is_none().then(generate_key_value);
        let digest = KeyDigest::of(made.as_deref().or(value).unwrap_or_default());
        let login = Login::ServerKey { name, digest };
        if let Some(user) = user {
            let same = tables
                .by_digest(digest)
                .is_some_and(|(own, _)| own.id == user);
            tables.set_login(user, login);
            if !same {
                // What the old value opened ends with it.
                tables.close_sessions(user);
            }
        } else {
            let id = self.clock.object_id();
            self.insert_user(&mut tables, id, Provider::ApiKey, login)?;
        }
        Ok(made)
    }

    /// Revokes the server keys of all other names than these, with their sessions.
    pub(in crate::emulator) fn keep_server_keys(&self, keep: impl Fn(&str) -> bool) {
        let mut tables = self.tables();
        let revoked = tables.users().filter(|user| match &user.login {
            Login::ServerKey { name, .. } => !keep(name),
            _ => false,
        });
        for user in revoked.map(|user| user.id).collect::<Vec<_>>() {
            tables.remove_user(user);
        }
    }

    pub(super) fn insert_user(
        &self,
        tables: &mut Tables,
        id: ObjectId,
        provider: Provider,
        login: Login,
    ) -> Result<(ObjectId, Identity), Refusal> {
        let named = login
            .name()
            .and_then(|name| tables.user_by_name(provider, name));
        if named.is_some() {
            return Err(Refusal::EMAIL_TAKEN);
        }
        if matches!(&login, Login::External { name } if name.len() > LONGEST_NAME) {
            return Err(Refusal::WRONG_TOKEN);
        }
        if tables.user_count() >= self.max_users {
            return Err(Refusal::USER_LIMIT);
        }
        let identity = Identity {
            id: self.clock.object_id(),
            provider,
        };
        tables.insert_user(User {
            id,
            identity,
            login,
        });
        Ok((id, identity))
    }
}

/// Users log in.
impl State {
    /// Finds a password right. That takes a while, so it is not part of the transaction that logs in.
    pub(in crate::emulator) async fn check_password(
        &self,
        email: &str,
        password: String,
    ) -> Result<Credentials, Refusal> {
        let (user, hash) = match self.tables().user_by_name(Provider::LocalUserpass, email) {
            Some(User {
                id,
                login: Login::Password { hash, .. },
                ..
            }) => (*id, hash.clone()),
            _ => return Err(Refusal::WRONG_PASSWORD),
        };
        if hash.matches(password).await {
            Ok(Credentials::Password(user))
        } else {
            Err(Refusal::WRONG_PASSWORD)
        }
    }

    /// Opens a session of the user whose credentials these are, and makes the user if there need not be one yet.
    pub(in crate::emulator) fn log_in(
        &self,
        credentials: &Credentials,
    ) -> Result<Session, Refusal> {
        let mut tables = self.tables();
        let new_id = self.clock.object_id();
        let mut key = None;
        let (user, identity) = match credentials {
            Credentials::Anonymous => {
                let login = Login::Anonymous;
                self.insert_user(&mut tables, new_id, Provider::AnonUser, login)?
            }
            Credentials::External(provider, name) => {
                self.external_user(&mut tables, *provider, name, new_id)?
            }
            Credentials::Password(user) => {
                let user = tables.user(*user).ok_or(Refusal::WRONG_PASSWORD)?;
                (user.id, user.identity)
            }
            Credentials::Key(digest) => {
                let found = tables.by_digest(*digest);
                match found.ok_or(Refusal::WRONG_KEY)? {
                    // A client cannot tell a wrong key from a disabled one.
                    (_, Some(own)) if own.disabled => return Err(Refusal::WRONG_KEY),
                    (user, Some(own)) => {
                        key = Some(own.id);
                        (user.id, own.identity())
                    }
                    (user, None) => (user.id, user.identity),
                }
            }
        };
        let now = self.clock.now();
        let ttl = match identity.provider {
            Provider::AnonUser => ANONYMOUS_TTL,
            _ => self.session_ttl,
        };
        let session = Session {
            id: self.clock.object_id(),
            user,
            identity,
            key,
            expires_at: now.saturating_add(ttl).unwrap_or(Timestamp::MAX),
        };
        tables.open_session(session.clone(), self.max_sessions);
        Ok(session)
    }
}
