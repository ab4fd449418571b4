//! User API keys: always those of the session's user, so foreign ids are unknown ids.
//!
//! A session that was opened by a user key may do the same as one opened by password, and lives on when its key is
//! disabled: both ASSUMED.

use super::State;
use super::keys::{Keys, Snapshot};
use crate::emulator::api_error::ApiError;
use crate::emulator::object_id::ObjectId;
use crate::emulator::records::{Key, Session};
use crate::emulator::secrets::{KeyDigest, generate_key_value};
use crate::emulator::store::KEYS;

/// The longest name of a key, in bytes. The service's own limit is unknown: ASSUMED.
const LONGEST_KEY_NAME: usize = 256;

impl State {
    /// Makes a key, and returns it with its value, which no request shows again.
    pub(in crate::emulator) fn create_key(
        &mut self,
        session: &Session,
        name: &str,
    ) -> Result<(Key, String), ApiError> {
        let user = self.user(session.user);
        if !user.ok_or(ApiError::SESSION_NOT_FOUND)?.may_own_keys() {
            return Err(ApiError::KEYS_FORBIDDEN);
        }
        check_key_name(name)?;
        self.new_key(session.user, name, self.clock.object_id())
    }

    pub(super) fn new_key(
        &mut self,
        owner: ObjectId,
        name: &str,
        id: ObjectId,
    ) -> Result<(Key, String), ApiError> {
        let (max_keys, identity) = (self.options.max_keys, self.clock.object_id());
        let keys = self.keys_of(owner)?;
        if keys.has_name(name) {
            return Err(ApiError::KEY_NAME_TAKEN);
        }
        if keys.present().len() >= max_keys {
            return Err(ApiError::KEY_LIMIT);
        }
        let value = generate_key_value();
        let digest = KeyDigest::of(&value);
        let key = Key {
            id,
            owner,
            identity,
            name: name.to_owned(),
            disabled: false,
            digest,
        };
        keys.insert(key.clone());
        self.key_by_digest.insert(digest, (owner, Some(id)));
        self.journal.put(KEYS, id, &key);
        Ok((key, value))
    }

    /// All keys in the order of their creation, as they were before the lag.
    pub(in crate::emulator) fn keys(&mut self, session: &Session) -> Result<&Snapshot, ApiError> {
        Ok(self.keys_of(session.user)?.read())
    }

    pub(in crate::emulator) fn delete_key(
        &mut self,
        session: &Session,
        id: ObjectId,
    ) -> Result<(), ApiError> {
        if session.key == Some(id) && self.key(session.user, id).is_some() {
            return Err(ApiError::KEY_IN_USE);
        }
        self.remove_key(session.user, id)
    }

    pub(super) fn remove_key(&mut self, owner: ObjectId, id: ObjectId) -> Result<(), ApiError> {
        let removed = self.keys_of(owner)?.remove(id);
        let key = removed.ok_or(ApiError::KEY_NOT_FOUND)?;
        self.key_by_digest.remove(&key.digest);
        self.journal.remove(KEYS, id);
        Ok(())
    }

    pub(in crate::emulator) fn set_disabled(
        &mut self,
        session: &Session,
        id: ObjectId,
        disabled: bool,
    ) -> Result<(), ApiError> {
        let changed = self.keys_of(session.user)?.set_disabled(id, disabled);
        let key = changed.ok_or(ApiError::KEY_NOT_FOUND)?;
        self.journal.put(KEYS, id, &key);
        Ok(())
    }

    pub(super) fn key(&self, owner: ObjectId, id: ObjectId) -> Option<&Key> {
        self.accounts.get(&owner)?.keys.present().get(&id)
    }

    fn keys_of(&mut self, owner: ObjectId) -> Result<&mut Keys, ApiError> {
        let account = self.accounts.get_mut(&owner);
        let account = account.ok_or(ApiError::SESSION_NOT_FOUND)?;
        Ok(&mut account.keys)
    }
}

fn check_key_name(name: &str) -> Result<(), ApiError> {
    if name.is_empty() {
        return Err(ApiError::KEY_NAME_MISSING);
    }
    if name.len() > LONGEST_KEY_NAME {
        return Err(ApiError::KEY_NAME_LENGTH);
    }
    if !name
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
    {
        return Err(ApiError::KEY_NAME_CHARACTER);
    }
    Ok(())
}
