use reqwest::Method;
use secrecy::SecretString;
use tokio::time::Instant;

use super::call::{Call, Path};
use super::client::Shared;
use super::retry::Effect;
use super::shared_list::Received;
use super::wire::{self, Malformed, SecretBody};
use super::{Client, Error, KeyId, UserApiKeyList};

/// A user API key, as it can be read at any time.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct UserApiKey {
    /// The key's id.
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

impl Client {
    /// Creates a key, enabled.
    ///
    /// Repeated only when the request certainly had no effect: it was never sent, or was turned
    /// away by 429.
    ///
    /// # Errors
    ///
    /// - `is_already_exists`: the user has a key of that name.
    /// - `is_invalid_name`: other characters than ASCII letters, digits, `_` and `-`.
    /// - `may_have_been_handled`: the key may exist, and its value is lost. Look for the name; the
    ///   key is this call's if its [`created_at`](KeyId::created_at) is not before
    ///   [`server_time`](Client::server_time) was at the call.
    pub async fn create_user_api_key(&self, name: &str) -> Result<CreatedUserApiKey, Error> {
        let call = Call::new(Method::POST, Path::user_api_keys())
            .with_effect(Effect::Creation)
            .beginning_something()
            .with_body(SecretBody::of(&wire::NewUserApiKey { name }));
        let _write = self.shared.list.write();
        self.send_as_user(&call, |body| decode_created(body, name))
            .await
    }

    /// All keys of the user, disabled ones too, oldest first.
    ///
    /// # Errors
    ///
    /// Whatever keeps the server from answering.
    pub async fn user_api_keys(&self) -> Result<Vec<UserApiKey>, Error> {
        let call = Call::new(Method::GET, Path::user_api_keys());
        self.send_as_user(&call, decode_list).await
    }

    /// The same for somebody who has done nothing yet: see [`Outage`](super::outage::Outage).
    async fn first_list(&self) -> Result<Vec<UserApiKey>, Error> {
        let call = Call::new(Method::GET, Path::user_api_keys()).beginning_something();
        self.send_as_user(&call, decode_list).await
    }

    /// As [`user_api_keys`](Client::user_api_keys), but shared between all who ask at about the
    /// same time.
    ///
    /// The list was asked for after the last write of this client had ended, and is at most a
    /// second old.
    ///
    /// # Errors
    ///
    /// As [`user_api_keys`](Client::user_api_keys); callers who waited together get the same error, and so does who comes
    /// in the seconds after connecting to the server has hung.
    pub async fn user_api_keys_shared(&self) -> Result<UserApiKeyList, Error> {
        self.shared.outage.check()?;
        let list = &self.shared.list;
        let list = list.get(&self.bounds, || self.first_list()).await?;
        let keys = list.keys.clone();
        if list.is_to_be_followed() {
            tokio::spawn(self.clone().follow(list));
        }
        Ok(keys)
    }

    /// Fetches the next list, unless this client is about to log out. Whoever needs it is told if it
    /// fails.
    async fn follow(self, list: Received) {
        let Shared {
            list: shared,
            closing,
            ..
        } = &*self.shared;
        let next = shared.follow(&list, &self.bounds, || self.user_api_keys());
        // An answer after logging out would look like a session that has died, and log in again.
        let _ = closing.run_until_cancelled(next).await;
    }

    /// Waits until the list of keys shows what a write did: the service is eventually consistent.
    ///
    /// The lists are shared between all who wait like this, and were asked for after `since`, which
    /// is when the write was sent: what an older one shows may have been so before. One that was
    /// asked for after the last write serves all readers from then on, so none of them sees less
    /// than this call did. Waits as long as the bounds of this handle allow.
    ///
    /// # Errors
    ///
    /// `is_interrupted` and `is_deadline_exceeded`; as [`user_api_keys`](Client::user_api_keys).
    pub async fn until_listed(
        &self,
        since: Instant,
        shows: impl Fn(&UserApiKeyList) -> bool + Send,
    ) -> Result<(), Error> {
        let written = Instant::now();
        let mut waits = self.shared.backoff.between_looks();
        let mut last = None;
        loop {
            let shared = &self.shared.list;
            let look = shared.look(since, last.as_ref(), &self.bounds, || self.user_api_keys());
            let look = look.await?;
            if shows(&look.keys) {
                return Ok(());
            }
            // A look that had begun earlier was somebody else's, and worth a try.
            if look.began >= written {
                self.pause(waits.next().unwrap_or_default()).await?;
            }
            last = Some(look);
        }
    }

    /// Makes the next [shared](Client::user_api_keys_shared) list a new one.
    pub fn forget_list(&self) {
        drop(self.shared.list.write());
    }

    /// One key.
    ///
    /// # Errors
    ///
    /// `is_not_found` when the user has no such key. Shortly after a create that may be a stale
    /// answer: the service is eventually consistent.
    pub async fn user_api_key(&self, id: &KeyId) -> Result<UserApiKey, Error> {
        let call = Call::new(Method::GET, Path::user_api_key(id));
        self.send_as_user(&call, |body| decode_one(body, id)).await
    }

    /// Lets the key log in. Succeeds if it could already.
    ///
    /// # Errors
    ///
    /// `is_not_found` when the user has no such key.
    pub async fn enable_user_api_key(&self, id: &KeyId) -> Result<(), Error> {
        self.write(Method::PUT, Path::enable_user_api_key(id)).await
    }

    /// Keeps the key from logging in. Succeeds if it could not anyway.
    ///
    /// # Errors
    ///
    /// `is_not_found` when the user has no such key.
    pub async fn disable_user_api_key(&self, id: &KeyId) -> Result<(), Error> {
        self.write(Method::PUT, Path::disable_user_api_key(id))
            .await
    }

    /// Deletes the key for good.
    ///
    /// # Errors
    ///
    /// `is_not_found` when it is gone already, be it by an attempt of this very call whose answer
    /// was lost.
    pub async fn delete_user_api_key(&self, id: &KeyId) -> Result<(), Error> {
        self.write(Method::DELETE, Path::user_api_key(id)).await
    }

    async fn write(&self, method: Method, path: Path<'_>) -> Result<(), Error> {
        let call = Call::new(method, path).with_effect(Effect::Idempotent);
        let _write = self.shared.list.write();
        self.send_as_user(&call, wire::decode_nothing).await
    }
}

impl TryFrom<wire::UserApiKey> for UserApiKey {
    type Error = Malformed;

    fn try_from(key: wire::UserApiKey) -> Result<UserApiKey, Malformed> {
        let id = decode_id(&key.id)?;
        Ok(UserApiKey {
            id,
            name: key.name,
            disabled: key.disabled,
        })
    }
}

fn decode_id(id: &str) -> Result<KeyId, Malformed> {
    KeyId::parse(id).map_err(|_| Malformed("`_id` is not 24 hexadecimal digits".to_owned()))
}

pub(super) fn decode_one(body: &[u8], id: &KeyId) -> Result<UserApiKey, Malformed> {
    let key = UserApiKey::try_from(wire::decode::<wire::UserApiKey>(body)?)?;
    if key.id != *id {
        return Err(Malformed("it is about another key".to_owned()));
    }
    Ok(key)
}

pub(super) fn decode_list(body: &[u8]) -> Result<Vec<UserApiKey>, Malformed> {
    let keys: Vec<wire::UserApiKey> = wire::decode(body)?;
    keys.into_iter().map(UserApiKey::try_from).collect()
}

/// The value must not be lost over a member that is known anyway: the name is ours, and new keys
/// are enabled.
pub(super) fn decode_created(body: &[u8], name: &str) -> Result<CreatedUserApiKey, Malformed> {
    let created: wire::CreatedUserApiKey = wire::decode(body)?;
    let api_key = UserApiKey {
        id: decode_id(&created.id)?,
        name: created.name.unwrap_or_else(|| name.to_owned()),
        disabled: created.disabled.unwrap_or(false),
    };
    Ok(CreatedUserApiKey {
        api_key,
        value: created.key.0,
    })
}
