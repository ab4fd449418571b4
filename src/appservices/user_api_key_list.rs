use std::ops::Deref;

use super::{KeyId, UserApiKey};

/// The keys of a user in the order in which the server lists them: oldest first.
///
/// Finding one by its id does not go through all of them, since a refresh looks up as many as there
/// are.
#[derive(Debug)]
pub struct UserApiKeyList {
    keys: Vec<UserApiKey>,
    /// Where they are, ordered by id.
    by_id: Vec<usize>,
}

impl UserApiKeyList {
    /// The key of this id, if it is listed.
    #[must_use]
    pub fn get(&self, id: &KeyId) -> Option<&UserApiKey> {
        let found = self.by_id.binary_search_by(|&at| self.keys[at].id.cmp(id));
        found.ok().map(|found| &self.keys[self.by_id[found]])
    }
}

impl From<Vec<UserApiKey>> for UserApiKeyList {
    fn from(keys: Vec<UserApiKey>) -> UserApiKeyList {
        let mut by_id: Vec<usize> = (0..keys.len()).collect();
        by_id.sort_by(|&one, &other| keys[one].id.cmp(&keys[other].id));
        UserApiKeyList { keys, by_id }
    }
}

impl Deref for UserApiKeyList {
    type Target = [UserApiKey];

    fn deref(&self) -> &[UserApiKey] {
        &self.keys
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(id: &str) -> UserApiKey {
        UserApiKey {
            id: KeyId::parse(id).unwrap(),
            name: id.to_owned(),
            disabled: false,
        }
    }

    #[test]
    fn keys_are_found_by_id_and_keep_the_order_of_the_server() {
        let ids = [
            "65f0c0ffee0000000000d003",
            "65f0c0ffee0000000000d001",
            "65f0c0ffee0000000000d002",
        ];
        let list = UserApiKeyList::from(ids.map(key).to_vec());
        for id in ids {
            assert_eq!(list.get(&KeyId::parse(id).unwrap()), Some(&key(id)));
        }
        for id in ["000000000000000000000000", "ffffffffffffffffffffffff"] {
            assert_eq!(list.get(&KeyId::parse(id).unwrap()), None);
        }
        let names: Vec<_> = list.iter().map(|key| key.name.as_str()).collect();
        assert_eq!(names, ids);
    }

    #[test]
    fn a_user_may_have_no_keys() {
        let list = UserApiKeyList::from(Vec::new());
        assert!(list.is_empty() && list.get(&key("65f0c0ffee0000000000d001").id).is_none());
    }
}
