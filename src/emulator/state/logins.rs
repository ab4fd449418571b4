//! The ways in.

use bson::oid::ObjectId;

use super::State;
use super::keys::Keys;
use super::tables::{Account, Session, Tables, User};
use crate::emulator::app::{Identity, Provider};
use crate::emulator::options::External;
use crate::emulator::refusal::Refusal;
use crate::emulator::secrets::{KeyDigest, PasswordHash};

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

    /// Makes a secret a way in for the user of this name, who is made if unknown.
    pub(in crate::emulator) fn add_external(&self, provider: External, secret: &str, name: &str) {
        let mut tables = self.tables();
        let provider = Provider::External(provider);
        let known = tables.user_by_name(name).map(|user| user.id);
        let (user, identity) = if let Some(user) = known {
            let identity = self.identity(provider);
            tables.add_identity(user, identity);
            (user, identity)
        } else {
            let name = name.to_owned();
            self.insert_user(&mut tables, Account::External { name }, provider)
        };
        tables.insert_credential(provider, KeyDigest::of(secret), user, identity);
    }

    /// Makes a user of type `server`, whose only way in is this key.
    pub(in crate::emulator) fn add_server_key(&self, name: String, value: &str) {
        let mut tables = self.tables();
        let account = Account::Server { name };
        let (user, identity) = self.insert_user(&mut tables, account, Provider::ApiKey);
        tables.insert_credential(Provider::ApiKey, KeyDigest::of(value), user, identity);
    }

    fn insert_user(
        &self,
        tables: &mut Tables,
        account: Account,
        provider: Provider,
    ) -> (ObjectId, Identity) {
        let (id, identity) = (self.clock.object_id(), self.identity(provider));
        tables.insert_user(User {
            id,
            identities: vec![identity],
            account,
            keys: Keys::new(self.lag),
            disabled: false,
        });
        (id, identity)
    }

    fn identity(&self, provider: Provider) -> Identity {
        Identity {
            id: self.clock.object_id(),
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

    /// Every anonymous login makes a user of its own.
    pub(in crate::emulator) fn log_in_anonymously(&self) -> Session {
        let mut tables = self.tables();
        let (user, identity) =
            self.insert_user(&mut tables, Account::Anonymous, Provider::AnonUser);
        tables.open_session(self.clock.object_id(), user, identity)
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
            Ok(tables.open_session(self.clock.object_id(), user, identity))
        })
    }
}
