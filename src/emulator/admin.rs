//! What administrators and other programs do to users and keys, and what only the server can see.

use bson::oid::ObjectId;
use jiff::Timestamp;

use super::Emulator;
use super::clock::object_id;
use super::state::Key;

/// A key as the server has it, whoever owns it and however far reads trail behind. Its value is not known here either.
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
    fn of(owner: String, key: Key) -> Self {
        Self {
            id: key.id.to_hex(),
            name: key.name,
            disabled: key.disabled,
            owner,
        }
    }
}

impl Emulator {
    /// All keys of all users in the order of their ids.
    #[must_use]
    pub fn keys(&self) -> Vec<StoredKey> {
        let keys = self.shared.state.every_key().into_iter();
        let mut keys: Vec<_> = keys.map(|(owner, key)| StoredKey::of(owner, key)).collect();
        keys.sort_by(|one, other| one.id.cmp(&other.id));
        keys
    }

    /// Makes a key of a user whose id tells that it was made then. Nobody knows its value.
    ///
    /// `None` when there is no such user, or the user has a key of this name or as many as are allowed.
    #[must_use]
    pub fn insert_key(&self, owner: &str, name: &str, made_at: Timestamp) -> Option<StoredKey> {
        let key = self
            .shared
            .state
            .insert_key(owner, name, object_id(made_at));
        key.map(|key| StoredKey::of(owner.to_owned(), key))
    }

    /// Deletes a key, whoever owns it. False when there is none.
    #[must_use]
    pub fn delete_key(&self, id: &str) -> bool {
        ObjectId::parse_str(id).is_ok_and(|id| self.shared.state.erase_key(id))
    }

    /// Ends all sessions of a user, and says how many there were. Access tokens run on until they expire, as they
    /// do on the service.
    #[must_use]
    pub fn revoke_sessions(&self, user: &str) -> usize {
        self.shared.state.revoke_sessions(user)
    }

    /// Refuses all logins of a user, and ends all sessions. False when there is no such user.
    #[must_use]
    pub fn disable_user(&self, user: &str) -> bool {
        self.shared.state.set_user_disabled(user, true)
    }

    /// Lets a user log in again. False when there is no such user.
    #[must_use]
    pub fn enable_user(&self, user: &str) -> bool {
        self.shared.state.set_user_disabled(user, false)
    }
}
