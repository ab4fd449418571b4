use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::attempts::Attempts;
use super::http::Http;
use super::key_list::KeyList;
use super::limits::Limits;
use super::retry::Backoff;
use super::sessions::Sessions;
use super::{AccessToken, Error, ErrorKind, Settings};

/// A handle on App Services as one user of one app.
///
/// Clones share the session, the connections and the list of keys. The first call that needs the
/// server asks for the app's location and logs in; nothing is sent before. See
/// [`within`](Client::within) for how to end a call early.
#[derive(Clone)]
pub struct Client {
    pub(super) shared: Arc<Shared>,
    pub(super) limits: Limits,
}

/// What all clones have in common.
pub(super) struct Shared {
    pub(super) sessions: Sessions,
    pub(super) list: KeyList,
}

impl Client {
    /// Makes a client; opens no connection and reads no roots of trust.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidSettings`] when the App ID is empty, or the user agent does not fit a header.
    pub fn new(settings: Settings) -> Result<Client, Error> {
        let backoff = Backoff::new(settings.max_retries);
        Client::with_backoff(settings, backoff)
    }

    /// A client whose waits a test can afford.
    pub(super) fn with_backoff(settings: Settings, backoff: Backoff) -> Result<Client, Error> {
        let invalid = |reason| Error::new(ErrorKind::InvalidSettings(reason));
        // Dots alone would climb up the path instead of naming an app.
        if settings.app_id.trim_matches('.').trim().is_empty() {
            return Err(invalid("the App ID is empty".to_owned()));
        }
        let http = Http::new(&settings, backoff).map_err(invalid)?;
        let shared = Shared {
            sessions: Sessions::new(settings, http),
            list: KeyList::new(),
        };
        Ok(Client {
            shared: Arc::new(shared),
            limits: Limits::default(),
        })
    }

    /// The same client for a caller who may be interrupted, or has a deadline.
    ///
    /// Once `stop` is cancelled or the deadline has passed, calls of this handle begin no request,
    /// wait or retry. A request on its way is never given up because of `stop`: its answer is
    /// returned, since it may be the only copy of a key's value. The deadline also shortens the
    /// timeout of requests. Limits given earlier are replaced.
    #[must_use]
    pub fn within(&self, stop: CancellationToken, deadline: Option<Instant>) -> Client {
        self.limited(Limits {
            stop,
            deadline,
            is_cleanup: false,
        })
    }

    /// The same client for cleaning up, within `limit` from now on: it is not interrupted, and each
    /// request is tried once even if the server is known to be down or rate limits.
    #[must_use]
    pub fn for_cleanup(&self, limit: Duration) -> Client {
        self.limited(Limits {
            stop: CancellationToken::new(),
            deadline: Some(Instant::now() + limit),
            is_cleanup: true,
        })
    }

    fn limited(&self, limits: Limits) -> Client {
        Client {
            shared: self.shared.clone(),
            limits,
        }
    }

    /// The retries of one request of an operation that begins now.
    #[must_use]
    pub fn attempts(&self) -> Attempts {
        self.http().attempts(&self.limits)
    }

    /// Waits, within the limits of this handle.
    ///
    /// # Errors
    ///
    /// `is_interrupted`, or `is_deadline_exceeded`: a wait that the deadline would cut short is not
    /// begun.
    pub async fn pause(&self, wait: Duration) -> Result<(), Error> {
        self.limits.sleep(wait).await.map_err(Error::limit)
    }

    /// How long one attempt of a request may take.
    #[must_use]
    pub fn request_timeout(&self) -> Duration {
        self.http().request_timeout
    }

    /// The server's time by now, in whole seconds and never ahead of it; none before the first
    /// answer, or if answers carry no `Date`.
    ///
    /// A key that is created from now on has a [`created_at`](super::KeyId::created_at) that is no
    /// earlier, as far as the server has one clock.
    #[must_use]
    pub fn server_time(&self) -> Option<Timestamp> {
        self.http().transport.clock.now()
    }

    /// The id of the user who is logged in; logs in if need be. What an operation begins with.
    ///
    /// # Errors
    ///
    /// `is_app_not_found`, `is_login_refused`, `is_session_ended`, or whatever keeps the server from
    /// answering.
    pub async fn user_id(&self) -> Result<String, Error> {
        Ok(self
            .shared
            .sessions
            .current(&self.limits)
            .await?
            .user_id
            .clone())
    }

    /// A token for other endpoints of App Services, valid for some minutes at least; refreshed when
    /// it is about to end.
    ///
    /// # Errors
    ///
    /// As [`user_id`](Client::user_id).
    pub async fn access_token(&self) -> Result<AccessToken, Error> {
        self.shared.sessions.access_token(&self.limits).await
    }

    /// Ends the sessions that this client opened, and no other, within `limit`; never logs in.
    ///
    /// Best effort: what fails is logged and forgotten. A login on its way is waited for, so that
    /// its session does not outlive the client. Access tokens handed out stay valid until they
    /// expire; the service works that way.
    pub async fn log_out(&self, limit: Duration) {
        let limits = self.for_cleanup(limit).limits;
        self.shared.sessions.log_out(&limits).await;
    }

    pub(super) fn http(&self) -> &Http {
        &self.shared.sessions.http
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Client")
            .field(&self.shared.sessions)
            .finish()
    }
}
