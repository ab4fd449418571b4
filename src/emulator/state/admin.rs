//! What administrators and other programs do to users and keys, and what only the server can see. No session is asked
//! for.

use jiff::Timestamp;

use crate::emulator::Emulator;
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
        let state = self.shared.state();
        let keys = state.accounts.values().flat_map(|account| {
            let keys = account.keys.present().values();
            keys.map(|key| StoredKey::of(&account.user, key))
        });
        let mut keys: Vec<_> = keys.collect();
        keys.sort_by(|one, other| one.id.cmp(&other.id));
        keys
    }

    /// Makes a key of the user of this name, whose id tells that it was made then. Its value is shown to no client.
    ///
    /// `None` when there is no such user, or the user has a key of this name or as many as are allowed.
    #[must_use]
    pub fn insert_key(&self, user: &str, name: &str, made_at: Timestamp) -> Option<StoredKey> {
        let mut state = self.shared.state();
        let mut users = state.accounts.values().map(|account| &account.user);
        let owner = users.find(|one| one.login.name() == Some(user))?.clone();
        let made = state.new_key(owner.id, name, ObjectId::made_at(made_at));
        made.ok().map(|(key, _)| StoredKey::of(&owner, &key))
    }

    /// Deletes a key of any user. False when there is none.
    #[must_use]
    pub fn delete_key(&self, id: &str) -> bool {
        let mut state = self.shared.state();
        let Ok(id) = id.to_owned().try_into() else {
            return false;
        };
        let owners: Vec<_> = state.accounts.keys().copied().collect();
        let mut removed = owners.iter().map(|owner| state.remove_key(*owner, id));
        removed.any(|removed| removed.is_ok())
    }

    /// How many sessions were opened by a login and not ended since, neither by logging out nor with their user.
    #[must_use]
    pub fn open_sessions(&self) -> usize {
        self.shared.state().sessions.len()
    }

    /// Ends all sessions, and says how many there were. Access tokens run on until they expire, as they do on the service.
    #[must_use]
    pub fn revoke_sessions(&self) -> usize {
        self.shared.state().close_sessions(|_| true)
    }
}
