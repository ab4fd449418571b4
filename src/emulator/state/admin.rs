//! What administrators and other programs do to users and keys, and what only the server can see. No session is asked
//! for.

use jiff::Timestamp;

use super::Tables;
use crate::emulator::Emulator;
use crate::emulator::app::Provider;
use crate::emulator::object_id::ObjectId;
use crate::emulator::records::{Key, User};

/// A key as the server has it, whichever user owns it and however far reads trail behind. Its value is not known here either.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredKey {
    /// 24 hexadecimal digits.
    pub id: String,
    /// Unique among the keys of its owner.
    pub name: String,
    /// Whether logins with it are refused.
    pub disabled: bool,
    /// The owner's e-mail address or other name; the user's id if there is none.
    pub owner: String,
}

impl StoredKey {
    fn of(owner: &User, key: &Key) -> Self {
        Self {
            id: key.id.to_string(),
            name: key.name.clone(),
            disabled: key.disabled,
            owner: owner
                .login
                .name()
                .map_or_else(|| owner.id.to_string(), str::to_owned),
        }
    }
}

impl Emulator {
    /// All keys of all users in the order of their ids.
    #[must_use]
    pub fn keys(&self) -> Vec<StoredKey> {
        let tables = self.shared.state.tables();
        let keys = tables.users().flat_map(|user| {
            let keys = tables.keys(user.id).into_iter();
            keys.flat_map(|keys| keys.present().values())
                .map(move |key| StoredKey::of(user, key))
        });
        let mut keys: Vec<_> = keys.collect();
        keys.sort_by(|one, other| one.id.cmp(&other.id));
        keys
    }

    /// Makes a key of a user, whose id tells that it was made then. Its value is shown to no client.
    ///
    /// `None` when there is no such user, or the user has a key of this name or as many as are allowed.
    #[must_use]
    pub fn insert_key(&self, user: &str, name: &str, made_at: Timestamp) -> Option<StoredKey> {
        let state = &self.shared.state;
        let mut tables = state.tables();
        let owner = by_name(&tables, user)?.clone();
        let made = state.new_key(&mut tables, owner.id, name, ObjectId::made_at(made_at));
        made.ok().map(|(key, _)| StoredKey::of(&owner, &key))
    }

    /// Deletes a key of any user. False when there is none.
    #[must_use]
    pub fn delete_key(&self, id: &str) -> bool {
        let mut tables = self.shared.state.tables();
        let Ok(id) = id.to_owned().try_into() else {
            return false;
        };
        let owner = tables
            .users()
            .find(|user| tables.key(user.id, id).is_some());
        let owner = owner.map(|owner| owner.id);
        owner.is_some_and(|owner| tables.remove_key(owner, id))
    }

    /// Ends all sessions of a user, and says how many there were. Access tokens run on until they
    /// expire, as they do on the service.
    #[must_use]
    pub fn revoke_sessions(&self, user: &str) -> usize {
        let mut tables = self.shared.state.tables();
        let user = by_name(&tables, user).map(|user| user.id);
        user.map_or(0, |user| tables.close_sessions(user))
    }
}

/// The user of `local-userpass` of this name, or else one of another provider.
fn by_name<'a>(tables: &'a Tables, name: &str) -> Option<&'a User> {
    let own = tables.user_by_name(Provider::LocalUserpass, name);
    own.or_else(|| tables.users().find(|user| user.login.name() == Some(name)))
}
