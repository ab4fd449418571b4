//! What an administrator, or another program, does to users and keys. No session is asked for.

use bson::oid::ObjectId;

use super::records::{Key, User};
use super::{State, Tables};
use crate::emulator::app::Provider;
use crate::emulator::options::External;

impl State {
    /// Every key with the name of its owner, or the owner's id when it has none.
    pub(in crate::emulator) fn every_key(&self) -> Vec<(String, Key)> {
        let tables = self.tables();
        let keys = tables.users().flat_map(|user| {
            let owner = user.name().map_or_else(|| user.id.to_hex(), str::to_owned);
            let keys = tables.keys(user.id).into_iter();
            keys.flat_map(|keys| keys.all().cloned())
                .map(move |key| (owner.clone(), key))
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
        let owner = user_by_any_name(&tables, owner)?.id;
        let made = self.new_key(&mut tables, owner, name, id);
        made.ok().map(|(key, _)| key)
    }

    /// False when nobody has such a key.
    pub(in crate::emulator) fn erase_key(&self, id: ObjectId) -> bool {
        let mut tables = self.tables();
        let has = |user: &ObjectId| {
            tables
                .keys(*user)
                .is_some_and(|keys| keys.get(id).is_some())
        };
        let Some(owner) = tables.users().map(|user| user.id).find(has) else {
            return false;
        };
        tables.remove_key(owner, id);
        true
    }

    /// Ends all sessions of a user, and says how many there were.
    pub(in crate::emulator) fn revoke_sessions(&self, name: &str) -> usize {
        let mut tables = self.tables();
        match user_by_any_name(&tables, name).map(|user| user.id) {
            Some(user) => tables.close_sessions(user, self.rules.last_access()),
            None => 0,
        }
    }

    /// Lets a user in, or no more. False when there is no such user.
    pub(in crate::emulator) fn set_user_disabled(&self, name: &str, disabled: bool) -> bool {
        let mut tables = self.tables();
        let Some(user) = user_by_any_name(&tables, name).map(|user| user.id) else {
            return false;
        };
        tables.change_user(user, |user| user.disabled = disabled);
        if disabled {
            tables.close_sessions(user, self.rules.last_access());
        }
        true
    }
}

/// The user of `local-userpass` of this name, or else of the first other provider that has one.
fn user_by_any_name<'a>(tables: &'a Tables, name: &str) -> Option<&'a User> {
    let external = External::ALL.map(Provider::External);
    let mut providers = [Provider::LocalUserpass]
        .into_iter()
        .chain(external)
        .chain([Provider::ApiKey]);
    providers.find_map(|provider| tables.user_by_name(provider, name))
}
