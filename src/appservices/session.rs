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
use super::credentials::Way;
use super::retry::Backoff;
use super::single_flight::SingleFlight;
use super::transport::fits_a_header;
use super::wire::{self, Malformed, Secret, SecretBody};
use super::{AccessToken, BaseUrl, Client, Error, ErrorKind, Phase};

const LONGEST_USER_ID: usize = 256;

/// What a login brought, or somebody else's refresh token.
pub(super) struct Session {
    /// Which session of this client it is; the first is 1.
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
    /// The id of the user who is logged in; logs in if need be. What an operation begins with.
    ///
    /// # Errors
    ///
    /// `is_app_not_found`, `is_login_refused`, `is_session_ended`, or whatever keeps the server from answering: at once, if
    /// another call of this client has found out in the last seconds that connecting to it hangs.
    pub async fn user_id(&self) -> Result<String, Error> {
        self.shared.outage.check()?;
        Ok(self.session().await?.user_id.clone())
    }

    /// A token for other endpoints of App Services, valid for some minutes at least; refreshed when
    /// it is about to end.
    ///
    /// # Errors
    ///
    /// As [`user_id`](Client::user_id).
    pub async fn access_token(&self) -> Result<AccessToken, Error> {
        let session = self.session().await?;
        match self.access_token_of(&session).await {
            Err(error) if error.is_session_dead() => {
                let session = self.session_instead_of(&session, error).await?;
                self.access_token_of(&session).await
            }
            done => done,
        }
    }

    /// Ends the sessions that this client opened, and no other, within `limit`; never logs in.
    ///
    /// Best effort: what fails is logged and forgotten. A login on its way is waited for, so that
    /// its session does not outlive the client. Access tokens handed out stay valid until they
    /// expire; the service works that way.
    pub async fn log_out(&self, limit: Duration) {
        let deadline = Instant::now() + limit;
        self.shared.closing.cancel();
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
        let of_the_session = |error: Error| match self.shared.credentials.provider() {
            Some(provider) => error.logging_in_with(provider),
            None => error,
        };
        let session = self.session().await?;
        let mut tally = self.tally(call);
        let done = match self
            .send(call, session.destination(), &mut tally, &decode)
            .await
        {
            Err(error) if error.is_session_dead() => {
                debug!(path = call.path.template, "the session has ended");
                let so_far = tally.effort();
                let renewed = self.session_instead_of(&session, error).await;
                let session = renewed.map_err(|error| error.amid(so_far))?;
                self.send(call, session.destination(), &mut tally, &decode)
                    .await
            }
            done => done,
        };
        done.map_err(of_the_session)
    }

    async fn session(&self) -> Result<Arc<Session>, Error> {
        self.shared
            .session
            .get(&self.bounds, |_| true, || self.open())
            .await
    }

    /// A session younger than the one that has proved dead, by `error`.
    async fn session_instead_of(
        &self,
        dead: &Session,
        error: Error,
    ) -> Result<Arc<Session>, Error> {
        let serves = |session: &Arc<Session>| session.generation > dead.generation;
        let open = || async move {
            // What another program opened cannot be opened again.
            if self.shared.credentials.resume_a_session() {
                Err(error.ends_the_session())
            } else {
                self.open().await
            }
        };
        self.shared.session.get(&self.bounds, serves, open).await
    }

    async fn open(&self) -> Result<Arc<Session>, Error> {
        let base = self.location().await?;
        let session = match self.shared.credentials.way() {
            Way::LogIn(provider, body) => self.log_in(base, provider, body).await?,
            Way::ResumeSession(refresh_token) => self.take_up(base, refresh_token).await?,
        };
        self.check_user(&session)?;
        Ok(session)
    }

    /// No call is made as a user who is not allowed: all of them get their session from here.
    fn check_user(&self, session: &Session) -> Result<(), Error> {
        let user_id = &session.user_id;
        match &self.shared.allowed_user_ids {
            Some(allowed) if !allowed.contains(user_id) => {
                let user_id = user_id.clone();
                Err(Error::new(ErrorKind::UserNotAllowed { user_id }))
            }
            _ => Ok(()),
        }
    }

    async fn log_in(
        &self,
        base: BaseUrl,
        provider: &'static str,
        body: SecretBody,
    ) -> Result<Arc<Session>, Error> {
        let call = Call::new(Method::POST, Path::login(&self.shared.app_id, provider))
            .in_phase(Phase::Login)
            .with_body(body);
        let to = Destination {
            base: &base,
            token: None,
        };
        let login = self
            .send(&call, to, &mut self.tally(&call), decode_login)
            .await;
        let login = login.map_err(|error| error.logging_in_with(provider))?;
        let session = self.session_of(base, login);
        self.opened().push(session.clone());
        Ok(session)
    }

    /// Goes on with a session that somebody else opened: an access token proves that it is alive,
    /// and whose it is.
    async fn take_up(
        &self,
        base: BaseUrl,
        refresh_token: &SecretString,
    ) -> Result<Arc<Session>, Error> {
        let ended = |error: Error| {
            if error.is_token_refused() {
                error.ends_the_session()
            } else {
                error
            }
        };
        let access_token = self.new_access_token(Phase::Login, &base, refresh_token);
        let access_token = access_token.await.map_err(ended)?;
        let to = Destination {
            base: &base,
            token: Some(&access_token),
        };
        let call = Call::new(Method::GET, Path::profile()).in_phase(Phase::Login);
        let whose = |body: &[u8]| decode_user_id(body, [&access_token, refresh_token]);
        let user_id = self.send(&call, to, &mut self.tally(&call), whose).await;
        let login = wire::Login {
            user_id: user_id.map_err(ended)?,
            access_token: Secret(access_token),
            refresh_token: Secret(refresh_token.clone()),
        };
        Ok(self.session_of(base, login))
    }

    fn session_of(&self, base: BaseUrl, login: wire::Login) -> Arc<Session> {
        let access_token = self.access_token_from(login.access_token.0, &login.user_id, &base);
        Arc::new(Session {
            generation: self.shared.sessions.fetch_add(1, Ordering::SeqCst) + 1,
            user_id: login.user_id,
            base,
            refresh_token: login.refresh_token.0,
            access_token: SingleFlight::holding(access_token),
        })
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
        let mut tally = self.tally(&call);
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
        let token = self.new_access_token(Phase::Call, &session.base, &session.refresh_token);
        Ok(self.access_token_from(token.await?, &session.user_id, &session.base))
    }

    async fn new_access_token(
        &self,
        phase: Phase,
        base: &BaseUrl,
        refresh_token: &SecretString,
    ) -> Result<SecretString, Error> {
        let call = Call::new(Method::POST, Path::session()).in_phase(phase);
        let to = Destination {
            base,
            token: Some(refresh_token),
        };
        self.send(&call, to, &mut self.tally(&call), decode_refreshed)
            .await
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
        let call = Call::new(Method::DELETE, Path::session()).in_farewell();
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

pub(super) fn decode_login(body: &[u8]) -> Result<wire::Login, Malformed> {
    let login: wire::Login = wire::decode(body)?;
    check(&login.refresh_token.0)?;
    check_user_id(&login.user_id)?;
    Ok(login)
}

pub(super) fn decode_refreshed(body: &[u8]) -> Result<SecretString, Malformed> {
    let refreshed: wire::Refreshed = wire::decode(body)?;
    let token = refreshed.access_token.0;
    check(&token)?;
    Ok(token)
}

fn check(token: &SecretString) -> Result<(), Malformed> {
    if fits_a_header(token) {
        Ok(())
    } else {
        Err(Malformed("the token does not fit a header".to_owned()))
    }
}

/// The id that a profile names, or else the first of the tokens that knows it.
pub(super) fn decode_user_id(body: &[u8], tokens: [&SecretString; 2]) -> Result<String, Malformed> {
    let profile: wire::Profile = wire::decode(body)?;
    let named = profile.user_id.filter(|id| !id.is_empty());
    let id = named
        .or_else(|| tokens.into_iter().find_map(access_token::user_id))
        .unwrap_or_default();
    check_user_id(&id)?;
    Ok(id)
}

/// Ids of users have 24 hexadecimal digits, but nothing here depends on that; they stand in messages
/// and in states, though.
fn check_user_id(id: &str) -> Result<(), Malformed> {
    if id.is_empty() || id.len() > LONGEST_USER_ID || id.contains(char::is_control) {
        return Err(Malformed("it does not say whose session it is".to_owned()));
    }
    Ok(())
}
