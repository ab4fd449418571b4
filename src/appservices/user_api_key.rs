use std::ops::Deref;

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use super::KeyId;
use super::wire::{self, Malformed};

/// A user API key, as it can be read at any time.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct UserApiKey {
    /// The key's id.
    #[serde(rename = "_id")]
    pub id: KeyId,
    /// Unique among the keys of the user.
    pub name: String,
    /// Whether logging in with it is refused for now.
    pub disabled: bool,
}

/// A key just made, with the value that the server shows this once.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct CreatedUserApiKey {
    /// The key.
    pub api_key: UserApiKey,
    /// What one logs in with.
    pub value: SecretString,
}

/// The keys of a user in the order of their ids. These begin with the time of the creation, so the oldest is the first, and
/// those of one second have one order too.
#[derive(Debug, Deserialize)]
#[serde(from = "Vec<UserApiKey>")]
pub struct UserApiKeyList(Vec<UserApiKey>);

impl From<Vec<UserApiKey>> for UserApiKeyList {
    fn from(mut keys: Vec<UserApiKey>) -> UserApiKeyList {
        keys.sort_by(|one, other| one.id.cmp(&other.id));
        UserApiKeyList(keys)
    }
}

impl UserApiKeyList {
    /// The key of this id, if it is listed.
    #[must_use]
    pub fn get(&self, id: &KeyId) -> Option<&UserApiKey> {
        let at = self.0.binary_search_by(|key| key.id.cmp(id));
        at.ok().map(|at| &self.0[at])
    }
}

impl Deref for UserApiKeyList {
    type Target = [UserApiKey];

    fn deref(&self) -> &[UserApiKey] {
        &self.0
    }
}

pub(super) fn decode_one(body: &[u8], id: &KeyId) -> Result<UserApiKey, Malformed> {
    let key: UserApiKey = wire::decode(body)?;
    if key.id != *id {
        return Err(Malformed("it is about another key".to_owned()));
    }
    Ok(key)
}

/// The value must not be lost over a member that is known anyway: the name is ours, and new keys
/// are enabled.
pub(super) fn decode_created(body: &[u8], name: &str) -> Result<CreatedUserApiKey, Malformed> {
    let created: wire::CreatedUserApiKey = wire::decode(body)?;
    if created.key.expose_secret().is_empty() {
        return Err(Malformed("the key's value is empty".to_owned()));
    }
    let api_key = UserApiKey {
        id: created.id,
        name: created.name.unwrap_or_else(|| name.to_owned()),
        disabled: created.disabled.unwrap_or(false),
    };
    Ok(CreatedUserApiKey {
        api_key,
        value: created.key,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_in_the_order_of_creation_and_every_key_is_found() {
        let ids = [
            "65f0c0ffee0000000000d002",
            "65f0c0fe000000000000ffff",
            "65f0c0ffee0000000000d001",
        ];
        let ids = ids.map(|id| KeyId::parse(id).unwrap());
        let key = |id: &KeyId| {
            format!(
                r#"{{"_id":"{}","name":"ci","disabled":false}}"#,
                id.as_str()
            )
        };
        let body = format!("[{}]", ids.each_ref().map(key).join(","));
        let list: UserApiKeyList = wire::decode(body.as_bytes()).unwrap();
        let listed: Vec<_> = list.iter().map(|key| &key.id).collect();
        assert_eq!(listed, [&ids[1], &ids[2], &ids[0]]);
        for id in &ids {
            assert_eq!(list.get(id).map(|key| &key.id), Some(id));
        }
        assert!(list.get(&KeyId::parse(&"0".repeat(24)).unwrap()).is_none());
    }

    #[test]
    fn a_created_key_has_a_value() {
        let created = |key: &str| {
            let body = format!(r#"{{"_id":"65f0c0ffee0000000000d001","key":{key}}}"#);
            decode_created(body.as_bytes(), "ci").map(|created| created.api_key.name)
        };
        assert_eq!(created(r#""secret""#), Ok("ci".to_owned()));
        for key in [r#""""#, "null", "7"] {
            assert!(created(key).is_err(), "{key}");
        }
    }
}
