//! The ways in.

use std::time::Duration;

use bson::oid::ObjectId;
use jiff::Timestamp;

use super::State;
use super::keys::Keys;
use super::records::{ServerKeyLogin, Session, User};
use super::tables::Tables;
use crate::emulator::app::{Identity, Provider};
use crate::emulator::options::External;
use crate::emulator::refusal::Refusal;
use crate::emulator::secrets::{KeyDigest, PasswordHash, generate_key_value};

/// How long the sessions of anonymous logins are valid: 50 years, as in the vendor's sample.
const ANONYMOUS_TTL: Duration = Duration::from_secs(50 * 365 * 24 * 60 * 60);

/// What a login shows.
pub(in crate::emulator) enum Credentials {
    /// A password that was the user's a moment ago, by its hash. See [`State::check_password`].
    Password { email: String, hash: PasswordHash },
    /// The value of a user key or a server key.
    Key(KeyDigest),
    /// Every anonymous login makes a user of its own.
    Anonymous,
    /// A secret of the tables.
    Secret(External, KeyDigest),
    /// Whom a token names that another system signed.
    Subject(External, String),
}

/// Users come to be.
impl State {
    /// Makes a secret a way in for the user of this name, who is made if unknown.
    pub(in crate::emulator) fn add_external(&self, provider: External, secret: &str, name: &str) {
        let mut tables = self.tables();
        let (user, identity) = self.external_user(&mut tables, provider, name);
        let (provider, digest) = (Provider::External(provider), KeyDigest::of(secret));
        tables.insert_credential(provider, digest, user, identity);
    }

    /// The user of this name and the way in by this provider, both made if unknown.
    pub(super) fn external_user(
        &self,
        tables: &mut Tables,
        provider: External,
        name: &str,
    ) -> (ObjectId, Identity) {
        let provider = Provider::External(provider);
        let Some(user) = tables.user_by_name(name) else {
            let name = name.to_owned();
            return self.insert_user(tables, provider, |user| user.names.push(name));
        };
        let id = user.id;
        let identity = user.identity(provider).unwrap_or_else(|| {
            let identity = self.identity(provider);
            tables.change_user(id, |user| user.identities.push(identity));
            identity
        });
        (id, identity)
    }

    /// Makes a user of type `server`, whose only way in is this key. One of this name that is known gets this value.
    ///
    /// Without a value one is made and returned, unless the user is known and so has one.
    pub(in crate::emulator) fn add_server_key(&self, name: String, value: &str) -> Option<String> {
        let mut tables = self.tables();
        let known = tables.server_user(&name);
        if known.is_some() && value.is_empty() {
            return None;
        }
        let made = value.is_empty().then(generate_key_value);
        let digest = KeyDigest::of(made.as_deref().unwrap_or(value));
        let key = ServerKeyLogin { name, digest };
        match known {
            Some(user) => {
                tables.change_user(user, |user| user.server_key = Some(key));
            }
            None => {
                self.insert_user(&mut tables, Provider::ApiKey, |user| {
                    user.server_key = Some(key);
                });
            }
        }
        made
    }

    pub(super) fn insert_user(
        &self,
        tables: &mut Tables,
        provider: Provider,
        fill: impl FnOnce(&mut User),
    ) -> (ObjectId, Identity) {
        let (id, identity) = (self.rules.clock.object_id(), self.identity(provider));
        let mut user = User::new(id, Keys::new(self.rules.lag));
        user.identities.push(identity);
        fill(&mut user);
        tables.insert_user(user);
        (id, identity)
    }

    fn identity(&self, provider: Provider) -> Identity {
        Identity {
            id: self.rules.clock.object_id(),
            provider,
        }
    }
}

/// Users come in.
impl State {
    /// Finds a password right. That takes a while, so it is not part of the step that logs in.
    pub(in crate::emulator) async fn check_password(
        &self,
        email: &str,
        password: String,
    ) -> Result<Credentials, Refusal> {
        let hash = self
            .tables()
            .user_by_email(email)
            .and_then(|user| Some(user.password.as_ref()?.hash.clone()))
            .ok_or(Refusal::WrongPassword)?;
        if !hash.clone().matches(password).await {
            return Err(Refusal::WrongPassword);
        }
        let email = email.to_owned();
        Ok(Credentials::Password { email, hash })
    }

    /// Whether the tables have this secret.
    pub(in crate::emulator) fn has_secret(&self, provider: External, secret: KeyDigest) -> bool {
        let provider = Provider::External(provider);
        self.tables().credential(provider, secret).is_some()
    }

    /// Opens a session of the user whose credentials these are, and makes the user if there need not be one yet.
    pub(in crate::emulator) fn log_in(
        &self,
        credentials: &Credentials,
    ) -> Result<Session, Refusal> {
        let mut tables = self.tables();
        let (user, identity) = match credentials {
            Credentials::Anonymous => self.insert_user(&mut tables, Provider::AnonUser, |_| {}),
            Credentials::Subject(provider, name) => {
                self.external_user(&mut tables, *provider, name)
            }
            known => find(&tables, known)?,
        };
        self.open_session(&mut tables, user, identity)
    }

    fn open_session(
        &self,
        tables: &mut Tables,
        user: ObjectId,
        identity: Identity,
    ) -> Result<Session, Refusal> {
        match tables.user(user) {
            Some(user) if user.disabled => return Err(Refusal::UserDisabled),
            Some(user) if user.logged_in => {}
            _ => {
                tables.change_user(user, |user| user.logged_in = true);
            }
        }
        let now = self.rules.clock.now();
        let ttl = match identity.provider {
            Provider::AnonUser => ANONYMOUS_TTL,
            _ => self.rules.session_ttl,
        };
        let expires_at = now.saturating_add(ttl);
        let session = Session {
            id: self.rules.clock.object_id(),
            user,
            identity,
            expires_at: expires_at.unwrap_or(Timestamp::MAX),
        };
        tables.open_session(session.clone(), now, self.rules.last_access());
        Ok(session)
    }
}

/// Whose credentials these are, among the users that there are.
pub(super) fn find(
    tables: &Tables,
    credentials: &Credentials,
) -> Result<(ObjectId, Identity), Refusal> {
    match credentials {
        Credentials::Password { email, hash } => {
            let user = tables.user_by_email(email).ok_or(Refusal::WrongPassword)?;
            let login = user.password.as_ref();
            // It may have changed, or the user be another one, since it was found right.
            let login = login.filter(|login| login.hash == *hash);
            let identity = user.identity(Provider::LocalUserpass);
            let (login, identity) = login.zip(identity).ok_or(Refusal::WrongPassword)?;
            let confirmed = login.confirmed.then_some((user.id, identity));
            confirmed.ok_or(Refusal::Unconfirmed)
        }
        // A client cannot tell a wrong key from a disabled one.
        Credentials::Key(digest) => match tables.key_by_digest(digest) {
            Some((_, key)) if key.disabled => Err(Refusal::WrongKey),
            Some((user, key)) => Ok((user.id, key.identity())),
            None => tables
                .credential(Provider::ApiKey, *digest)
                .ok_or(Refusal::WrongKey),
        },
        Credentials::Secret(provider, digest) => tables
            .credential(Provider::External(*provider), *digest)
            .ok_or(match provider {
                External::CustomFunction => Refusal::WrongPayload,
                _ => Refusal::WrongToken,
            }),
        // Whoever these name, it is nobody yet.
        Credentials::Anonymous | Credentials::Subject(..) => Err(Refusal::WrongToken),
    }
}
