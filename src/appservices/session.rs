use std::sync::atomic::Ordering;
use std::sync::{Arc, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::future::join_all;
use jiff::Timestamp;
use reqwest::Method;
use secrecy::SecretString;
use tokio::time::{Instant, timeout_at};
use tokio_util::sync::CancellationToken;
use tracing::debug;

use super::access_token;
use super::call::{Call, Path};
use super::client::{Destination, Tally};
use super::retry::Backoff;
use super::single_flight::SingleFlight;
use super::transport::fits_a_header;
use super::wire::{self, Malformed};
use super::{AccessToken, BaseUrl, Client, Error, ErrorKind, Phase};

/// What a login brought.
pub(super) struct Session {
    /// Which login of this client it was; the first is 1.
    generation: u64,
    user_id: String,
    base: BaseUrl,
    refresh_token: SecretString,
    access_token: SingleFlight<AccessToken>,
}

impl Session {
    /// Key management is signed with the refresh token, like session calls; all else takes the
    /// access token.
    ///
    /// Every official client does it so, and the service refuses an access token where it wants a
    /// refresh token.
    fn destination(&self) -> Destination<'_> {
        Destination {
            base: &self.base,
            token: Some(&self.refresh_token),
        }
    }
}

impl Client {
    /// The id of the user who is logged in; logs in if need be.
    ///
    /// # Errors
    ///
    /// `is_app_not_found`, `is_login_refused`, or whatever keeps the server from answering.
    pub async fn user_id(&self) -> Result<String, Error> {
        Ok(self.session_after(0).await?.user_id.clone())
    }

    /// A token for other endpoints of App Services, valid for some minutes at least; refreshed when
    /// it is about to end.
    ///
    /// # Errors
    ///
    /// As [`user_id`](Client::user_id).
    pub async fn access_token(&self) -> Result<AccessToken, Error> {
        let session = self.session_after(0).await?;
        match self.access_token_of(&session).await {
            Err(error) if error.is_session_dead() => {
                let session = self.session_after(session.generation).await?;
                self.access_token_of(&session).await
            }
            done => done,
        }
    }

    /// Ends the sessions that this client opened, within `limit`; never logs in.
    ///
    /// Best effort: what fails is logged and forgotten. A login on its way is waited for, so that
    /// its session does not outlive the client. Access tokens handed out stay valid until they
    /// expire; the service works that way.
    pub async fn log_out(&self, limit: Duration) {
        let deadline = Instant::now() + limit;
        // At this point `stop` has often been called already.
        let client = self.within(CancellationToken::new(), Some(deadline));
        let late_logins = async {
            client.shared.session.clear().await;
            client.end_sessions().await;
        };
        let all = async { tokio::join!(client.end_sessions(), late_logins) };
        if timeout_at(deadline, all).await.is_err() {
            debug!("gave up logging out");
        }
    }

    /// Sends a call as the user; logs in for it, and once more if the server does not know the
    /// session any longer.
    pub(super) async fn send_as_user<T>(
        &self,
        call: &Call<'_>,
        decode: impl Fn(&[u8]) -> Result<T, Malformed>,
    ) -> Result<T, Error> {
        let session = self.session_after(0).await?;
        let mut tally = self.tally();
        match self
            .send(call, session.destination(), &mut tally, &decode)
            .await
        {
            Err(error) if error.is_session_dead() => {
                debug!(
                    path = call.path.template,
                    "the session has ended; logs in again"
                );
                let so_far = tally.effort();
                let renewed = self.session_after(session.generation).await;
                let session = renewed.map_err(|error| error.amid(so_far))?;
                self.send(call, session.destination(), &mut tally, &decode)
                    .await
            }
            done => done,
        }
    }

    /// A session younger than the one named, which has proved dead; 0 accepts any.
    async fn session_after(&self, dead: u64) -> Result<Arc<Session>, Error> {
        let serves = |session: &Arc<Session>| session.generation > dead;
        self.shared
            .session
            .get(&self.bounds, serves, || self.log_in())
            .await
    }

    async fn log_in(&self) -> Result<Arc<Session>, Error> {
        let base = self.location().await?;
        let credentials = &self.shared.credentials;
        let call = Call::new(
            Method::POST,
            Path::login(&self.shared.app_id, credentials.provider()),
        )
        .in_phase(Phase::Login)
        .with_body(credentials.body());
        let to = Destination {
            base: &base,
            token: None,
        };
        let login = self
            .send(&call, to, &mut self.tally(), decode_login)
            .await?;
        let access_token = self.access_token_from(login.access_token.0, &login.user_id, &base);
        let session = Arc::new(Session {
            generation: self.shared.logins.fetch_add(1, Ordering::SeqCst) + 1,
            user_id: login.user_id,
            base,
            refresh_token: login.refresh_token.0,
            access_token: SingleFlight::holding(access_token),
        });
        self.opened().push(session.clone());
        Ok(session)
    }

    /// The host that serves the app. All clients ask for it before their first request.
    async fn location(&self) -> Result<BaseUrl, Error> {
        self.shared
            .location
            .get(&self.bounds, |_| true, || self.locate())
            .await
    }

    async fn locate(&self) -> Result<BaseUrl, Error> {
        let base = &self.shared.base_url;
        let call =
            Call::new(Method::GET, Path::location(&self.shared.app_id)).in_phase(Phase::Location);
        let to = Destination { base, token: None };
        let mut tally = self.tally();
        let location: wire::Location = self.send(&call, to, &mut tally, wire::decode).await?;
        if location.hostname.is_empty() {
            return Ok(base.clone());
        }
        BaseUrl::parse(&location.hostname).map_err(|source| {
            Error::after(
                ErrorKind::UnusableLocation { source },
                Phase::Location,
                tally.effort(),
            )
        })
    }

    async fn access_token_of(&self, session: &Session) -> Result<AccessToken, Error> {
        let serves = |token: &AccessToken| token.lasts(self.now());
        session
            .access_token
            .get(&self.bounds, serves, || self.refresh(session))
            .await
    }

    async fn refresh(&self, session: &Session) -> Result<AccessToken, Error> {
        let call = Call::new(Method::POST, Path::session());
        let to = session.destination();
        let refreshed: wire::Refreshed = self
            .send(&call, to, &mut self.tally(), wire::decode)
            .await?;
        Ok(self.access_token_from(refreshed.access_token.0, &session.user_id, &session.base))
    }

    fn access_token_from(&self, value: SecretString, user_id: &str, base: &BaseUrl) -> AccessToken {
        AccessToken {
            expires_at: access_token::expiry(&value, self.now()),
            value,
            user_id: user_id.to_owned(),
            base_url: base.clone(),
        }
    }

    /// Tokens end by the server's clock; this machine's is the next best.
    fn now(&self) -> Timestamp {
        self.server_time().unwrap_or_else(Timestamp::now)
    }

    async fn end_sessions(&self) {
        let sessions = std::mem::take(&mut *self.opened());
        join_all(sessions.iter().map(|session| self.end(session))).await;
    }

    async fn end(&self, session: &Session) {
        let call = Call::new(Method::DELETE, Path::session());
        let mut once = Tally::new(Backoff::new(0));
        let ended = self
            .send(&call, session.destination(), &mut once, |_| Ok(()))
            .await;
        match ended {
            Err(error) if !error.is_session_dead() => debug!(%error, "could not log out"),
            _ => {}
        }
    }

    fn opened(&self) -> MutexGuard<'_, Vec<Arc<Session>>> {
        self.shared
            .opened
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

fn decode_login(body: &[u8]) -> Result<wire::Login, Malformed> {
    let login: wire::Login = wire::decode(body)?;
    if !fits_a_header(&login.refresh_token.0) {
        return Err(Malformed(
            "the refresh token does not fit a header".to_owned(),
        ));
    }
    Ok(login)
}
