use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::call::Call;
use super::key_list::Snapshot;
use super::user_api_key::{decode_created, decode_one};
use super::wire::{self, Malformed};
use super::{Attempts, Client, CreatedUserApiKey, Error, KeyId, UserApiKey, UserApiKeyList};

impl Client {
    /// Creates a key, enabled.
    ///
    /// Sent again here only when the request certainly had no effect: no byte of it was sent, or the
    /// server turned it away. After an answer that leaves that open the caller decides, each time anew; see
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
        attempts.begin_anew();
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
        Ok(self.snapshot_since(since).await?.keys)
    }

    async fn snapshot_since(&self, since: Instant) -> Result<Snapshot, Error> {
        let fetch = || async {
            let mut attempts = self.attempts();
            self.send(&Call::list(), &mut attempts, wire::decode).await
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

    /// Waits until a list shows what a write did that began at `began` and has just ended: the
    /// service is eventually consistent.
    ///
    /// A list that began since then and shows it is proof, also if it began while the write was under
    /// way: writers that end one after the other share it. One that does not show it says something
    /// only if it began after the end. Waits as long as the limits of this handle allow.
    ///
    /// # Errors
    ///
    /// `is_interrupted` and `is_deadline_exceeded`; as [`list_since`](Client::list_since).
    pub async fn until_listed(
        &self,
        began: Instant,
        shows: impl Fn(&UserApiKeyList) -> bool + Send,
    ) -> Result<(), Error> {
        let ended = Instant::now();
        let mut waits = self.http().backoff.between_lists();
        let mut since = began;
        loop {
            let list = self.snapshot_since(since).await?;
            if shows(&list.keys) {
                return Ok(());
            }
            if list.began < ended {
                // The next one, which may be under way.
                since = list.began + Duration::from_nanos(1);
                continue;
            }
            // A list that another caller starts during the wait will do.
            since = Instant::now();
            self.pause(waits.next().unwrap_or_default()).await?;
        }
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

    async fn send<T>(
        &self,
        call: &Call<'_>,
        attempts: &mut Attempts,
        decode: impl Fn(&[u8]) -> Result<T, Malformed>,
    ) -> Result<T, Error> {
        self.shared.sessions.send(call, attempts, decode).await
    }
}
