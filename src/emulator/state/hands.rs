//! What an administrator, or somebody else's program, does to users and keys. No session is asked for.

use bson::oid::ObjectId;

use super::State;
use super::records::Key;
use crate::emulator::secrets::{KeyDigest, generate_key_value};

impl State {
    /// Every key with the name of its owner, or the owner's id when it has none.
    pub(in crate::emulator) fn every_key(&self) -> Vec<(String, Key)> {
        let tables = self.tables();
        let keys = tables.users().flat_map(|user| {
            let name = user.all_names().next();
            let owner = name.map_or_else(|| user.id.to_hex(), str::to_owned);
            let keys = user.keys.all().iter();
            keys.map(move |key| (owner.clone(), key.clone()))
        });
        keys.collect()
    }

    /// Makes a key with this id, whose value nobody learns. `None` when there is no such user, or the name is taken.
    pub(in crate::emulator) fn insert_key(
        &self,
        owner: &str,
        name: &str,
        id: ObjectId,
    ) -> Option<Key> {
        let mut tables = self.tables();
        let user = tables.user_by_name(owner)?;
        if user.keys.all().iter().any(|key| key.name == name) {
            return None;
        }
        let owner = user.id;
        let key = Key {
            id,
            name: name.to_owned(),
            disabled: false,
            digest: KeyDigest::of(&generate_key_value()),
        };
        tables.insert_key(owner, key.clone());
        Some(key)
    }

    /// False when nobody has such a key.
    pub(in crate::emulator) fn erase_key(&self, id: ObjectId) -> bool {
        let mut tables = self.tables();
        let owner = tables.users().find(|user| user.key(id).is_some());
        let Some(owner) = owner.map(|user| user.id) else {
            return false;
        };
        tables.remove_key(owner, id);
        true
    }

    /// Ends all sessions of a user, and says how many there were.
    pub(in crate::emulator) fn revoke_sessions(&self, name: &str) -> usize {
        let mut tables = self.tables();
        match tables.user_by_name(name).map(|user| user.id) {
            Some(user) => tables.close_sessions(user),
            None => 0,
        }
    }

    /// Lets a user in, or no more. False when there is no such user.
    pub(in crate::emulator) fn switch_user(&self, name: &str, disabled: bool) -> bool {
        let mut tables = self.tables();
        let Some(user) = tables.user_by_name(name).map(|user| user.id) else {
            return false;
        };
        tables.change_user(user, |user| user.disabled = disabled);
        if disabled {
            tables.close_sessions(user);
        }
        true
    }
}
