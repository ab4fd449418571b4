use std::sync::Arc;

use secrecy::SecretString;
use tokio::time::Instant;

use super::call::Call;
use super::client::Shared;
use super::wire::{self, Malformed};
use super::{Attempts, Client, Error, KeyId, UserApiKeyList};

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
    /// Sent again here only when the request certainly had no effect: no byte of it was sent, or 429
    /// turned it away. After an answer that leaves that open the caller decides; see
    /// [`Attempts::next_wait`].
    ///
    /// # Errors
    ///
    /// - `is_already_exists`: the user has a key of that name.
    /// - `is_invalid_name`: other characters than ASCII letters, digits, `_` and `-`.
    /// - `may_have_been_handled`: the key may exist, and its value is lost.
    pub async fn create_user_api_key(
        &self,
        name: &str,
        attempts: &mut Attempts,
    ) -> Result<CreatedUserApiKey, Error> {
        let _write = self.shared.list.write();
        self.send(&Call::create(name), attempts, |body| {
            decode_created(body, name)
        })
        .await
    }

    /// All keys of the user, disabled ones too, oldest first, by a list that began no earlier than
    /// `since`.
    ///
    /// Joins a list under way that began late enough, or starts one.
    ///
    /// # Errors
    ///
    /// Whatever keeps the server from answering; callers who waited together get the same error.
    pub async fn list_since(&self, since: Instant) -> Result<Arc<UserApiKeyList>, Error> {
        let fetch = || async {
            let mut attempts = self.attempts();
            self.send(&Call::list(), &mut attempts, decode_list).await
        };
        self.shared.list.since(since, &self.limits, fetch).await
    }

    /// As [`list_since`](Client::list_since) one second ago, or the end of this client's last write
    /// if that is later: fresh enough for a read that depends on nothing else.
    ///
    /// # Errors
    ///
    /// As [`list_since`](Client::list_since).
    pub async fn list_for_read(&self) -> Result<Arc<UserApiKeyList>, Error> {
        self.list_since(self.shared.list.since_for_read()).await
    }

    /// As [`list_since`](Client::list_since) now.
    ///
    /// # Errors
    ///
    /// As [`list_since`](Client::list_since).
    pub async fn user_api_keys(&self) -> Result<Vec<UserApiKey>, Error> {
        Ok(self.list_since(Instant::now()).await?.to_vec())
    }

    /// As [`list_for_read`](Client::list_for_read).
    ///
    /// # Errors
    ///
    /// As [`list_since`](Client::list_since).
    pub async fn user_api_keys_shared(&self) -> Result<Arc<UserApiKeyList>, Error> {
        self.list_for_read().await
    }

    /// Waits until a list shows what a write did: the service is eventually consistent.
    ///
    /// Only lists that began no earlier than `since` count, which is when the write ended. Waits as
    /// long as the limits of this handle allow.
    ///
    /// # Errors
    ///
    /// `is_interrupted` and `is_deadline_exceeded`; as [`list_since`](Client::list_since).
    pub async fn until_listed(
        &self,
        since: Instant,
        shows: impl Fn(&UserApiKeyList) -> bool + Send,
    ) -> Result<(), Error> {
        let mut since = since;
        for wait in self.http().backoff.between_lists() {
            if shows(&*self.list_since(since).await?) {
                return Ok(());
            }
            self.pause(wait).await?;
            since = Instant::now();
        }
        Ok(())
    }

    /// One key.
    ///
    /// # Errors
    ///
    /// `is_not_found` when the user has no such key. Shortly after a create that may be a stale
    /// answer: the service is eventually consistent.
    pub async fn user_api_key(&self, id: &KeyId) -> Result<UserApiKey, Error> {
        let mut attempts = self.attempts();
        self.send(&Call::get(id), &mut attempts, |body| decode_one(body, id))
            .await
    }

    /// Lets the key log in. Succeeds if it could already.
    ///
    /// # Errors
    ///
    /// `is_not_found` when the user has no such key.
    pub async fn enable_user_api_key(&self, id: &KeyId) -> Result<(), Error> {
        self.write(&Call::enable(id)).await
    }

    /// Keeps the key from logging in. Succeeds if it could not anyway.
    ///
    /// # Errors
    ///
    /// `is_not_found` when the user has no such key.
    pub async fn disable_user_api_key(&self, id: &KeyId) -> Result<(), Error> {
        self.write(&Call::disable(id)).await
    }

    /// Deletes the key for good.
    ///
    /// # Errors
    ///
    /// `is_not_found` when it is gone already, be it by an attempt of this very call whose answer
    /// was lost.
    pub async fn delete_user_api_key(&self, id: &KeyId) -> Result<(), Error> {
        self.write(&Call::delete(id)).await
    }

    async fn write(&self, call: &Call<'_>) -> Result<(), Error> {
        let _write = self.shared.list.write();
        self.send(call, &mut self.attempts(), wire::decode_nothing)
            .await
    }

    /// Sends a call as the user. One that always fails for the sake of one key says nothing about the
    /// server, so the list is asked for whether the server is down.
    async fn send<T>(
        &self,
        call: &Call<'_>,
        attempts: &mut Attempts,
        decode: impl Fn(&[u8]) -> Result<T, Malformed>,
    ) -> Result<T, Error> {
        let Shared { sessions, .. } = &*self.shared;
        let sent = sessions.send(call, attempts, decode).await;
        if let Err(error) = &sent
            && call.is_about_one_key
            && attempts.are_used_up()
            && error.is_unavailable()
            && self.http().breaker.is_suspect(attempts.began)
        {
            let mut once = self.attempts();
            once.give_up();
            // Its result is in the circuit breaker.
            let _ = sessions.send(&Call::list(), &mut once, |_| Ok(())).await;
        }
        sent
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
