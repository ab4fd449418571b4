//! The ways in.

use bson::oid::ObjectId;
use jiff::Timestamp;

use super::State;
use super::keys::Keys;
use super::records::{Account, Session, User};
use super::tables::Tables;
use crate::emulator::app::{Identity, Provider};
use crate::emulator::options::External;
use crate::emulator::refusal::Refusal;
use crate::emulator::secrets::{KeyDigest, PasswordHash, generate_key_value};

/// Users come to be.
impl State {
    pub(in crate::emulator) async fn register(
        &self,
        email: &str,
        password: String,
    ) -> Result<(), Refusal> {
        if email.is_empty() {
            return Err(Refusal::EmptyEmail);
        }
        if !(6..=128).contains(&password.chars().count()) {
            return Err(Refusal::PasswordLength);
        }
        let password = PasswordHash::of(password).await;
        // Looked up only now, in the same step as the insertion: hashing took a while.
        let mut tables = self.tables();
        if tables.user_by_name(email).is_some() {
            return Err(Refusal::EmailTaken);
        }
        let email = email.to_owned();
        let account = Account::Password { email, password };
        self.insert_user(&mut tables, account, Provider::LocalUserpass);
        Ok(())
    }

    /// Gives a user that registered another password.
    pub(in crate::emulator) async fn set_password(
        &self,
        email: &str,
        password: String,
    ) -> Result<(), Refusal> {
        let password = PasswordHash::of(password).await;
        let mut tables = self.tables();
        let user = tables.user_by_name(email).ok_or(Refusal::UserDeleted)?;
        let id = user.id;
        if user.email().is_none() {
            return Err(Refusal::EmailTaken);
        }
        let email = email.to_owned();
        tables.replace_account(id, Account::Password { email, password });
        Ok(())
    }

    /// Makes a secret a way in for the user of this name, who is made if unknown.
    pub(in crate::emulator) fn add_external(&self, provider: External, secret: &str, name: &str) {
        let mut tables = self.tables();
        let (user, identity) = self.external_user(&mut tables, provider, name);
        let (provider, digest) = (Provider::External(provider), KeyDigest::of(secret));
        tables.insert_credential(provider, digest, user, identity);
    }

    /// The user of this name and the way in by this provider, both made if unknown.
    fn external_user(
        &self,
        tables: &mut Tables,
        provider: External,
        name: &str,
    ) -> (ObjectId, Identity) {
        let provider = Provider::External(provider);
        let Some(user) = tables.user_by_name(name) else {
            let name = name.to_owned();
            return self.insert_user(tables, Account::External { name }, provider);
        };
        let id = user.id;
        let identity = user.identity(provider).unwrap_or_else(|| {
            let identity = self.identity(provider);
            tables.add_identity(id, identity);
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
        let account = Account::Server { name, digest };
        match known {
            Some(user) => tables.replace_account(user, account),
            None => {
                self.insert_user(&mut tables, account, Provider::ApiKey);
            }
        }
        made
    }

    fn insert_user(
        &self,
        tables: &mut Tables,
        account: Account,
        provider: Provider,
    ) -> (ObjectId, Identity) {
        let (id, identity) = (self.rules.clock.object_id(), self.identity(provider));
        tables.insert_user(User {
            id,
            identities: vec![identity],
            account,
            keys: Keys::new(self.rules.lag),
            disabled: false,
        });
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
    pub(in crate::emulator) async fn log_in_with_password(
        &self,
        email: &str,
        password: String,
    ) -> Result<Session, Refusal> {
        let (user, identity, hash) = match self.tables().user_by_name(email) {
            Some(User {
                id,
                identities,
                account: Account::Password { password, .. },
                ..
            }) => (*id, identities[0], password.clone()),
            _ => return Err(Refusal::WrongPassword),
        };
        if !hash.matches(password).await {
            return Err(Refusal::WrongPassword);
        }
        // The user may have been deleted while the password was checked.
        self.open(&mut self.tables(), user, identity)
            .unwrap_or(Err(Refusal::WrongPassword))
    }

    /// Logs in as the owner of a user key, or as the user of a server key. A client cannot tell a wrong key from a
    /// disabled one.
    pub(in crate::emulator) fn log_in_with_key(&self, value: &str) -> Result<Session, Refusal> {
        let mut tables = self.tables();
        let digest = KeyDigest::of(value);
        let (user, identity) = match tables.key_by_digest(&digest) {
            Some((user, key)) if !key.disabled => (user.id, key.identity()),
            Some(_) => return Err(Refusal::WrongKey),
            None => tables
                .credential(Provider::ApiKey, digest)
                .ok_or(Refusal::WrongKey)?,
        };
        self.open(&mut tables, user, identity)
            .unwrap_or(Err(Refusal::WrongKey))
    }

    pub(in crate::emulator) fn log_in_externally(
        &self,
        provider: External,
        secret: &str,
    ) -> Result<Session, Refusal> {
        let refusal = match provider {
            External::CustomFunction => Refusal::WrongPayload,
            _ => Refusal::WrongToken,
        };
        let mut tables = self.tables();
        let credential = tables.credential(Provider::External(provider), KeyDigest::of(secret));
        let Some((user, identity)) = credential else {
            return Err(refusal);
        };
        self.open(&mut tables, user, identity)
            .unwrap_or(Err(refusal))
    }

    /// Logs in whom somebody else vouches for, and makes the user if unknown.
    pub(in crate::emulator) fn log_in_as(
        &self,
        provider: External,
        name: &str,
    ) -> Result<Session, Refusal> {
        let mut tables = self.tables();
        let (user, identity) = self.external_user(&mut tables, provider, name);
        self.open(&mut tables, user, identity)
            .unwrap_or(Err(Refusal::WrongToken))
    }

    /// Every anonymous login makes a user of its own.
    pub(in crate::emulator) fn log_in_anonymously(&self) -> Session {
        let mut tables = self.tables();
        let (user, identity) =
            self.insert_user(&mut tables, Account::Anonymous, Provider::AnonUser);
        self.open_session(&mut tables, user, identity)
    }

    /// `None` when there is no such user.
    fn open(
        &self,
        tables: &mut Tables,
        user: ObjectId,
        identity: Identity,
    ) -> Option<Result<Session, Refusal>> {
        Some(if tables.user(user)?.disabled {
            Err(Refusal::UserDisabled)
        } else {
            Ok(self.open_session(tables, user, identity))
        })
    }

    fn open_session(&self, tables: &mut Tables, user: ObjectId, identity: Identity) -> Session {
        let now = self.rules.clock.now();
        let expires_at = now.saturating_add(self.rules.session_ttl);
        let session = Session {
            id: self.rules.clock.object_id(),
            user,
            identity,
            expires_at: expires_at.unwrap_or(Timestamp::MAX),
        };
        tables.open_session(session.clone(), now);
        session
    }
}
