use std::collections::BTreeSet;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use futures_util::future::join_all;
use jiff::Timestamp;
use secrecy::SecretString;
use tracing::debug;

use super::access_token;
use super::attempts::Attempts;
use super::call::{Call, Destination};
use super::credentials::Way;
use super::http::Http;
use super::limits::Limits;
use super::session::Session;
use super::session_answers::{decode_login, decode_refreshed, decode_user_id};
use super::single_flight::SingleFlight;
use super::wire::{self, Malformed};
use super::{AccessToken, BaseUrl, Credentials, Error, ErrorKind, Phase, Settings};

/// What knows the session: where the app is served, who is logged in, and with which tokens.
///
/// One login and one refresh are under way at a time, for all callers who need them.
pub(super) struct Sessions {
    pub(super) http: Http,
    app_id: String,
    base_url: BaseUrl,
    pub(super) credentials: Credentials,
    allowed_user_ids: Option<BTreeSet<String>>,
    location: SingleFlight<BaseUrl>,
    current: SingleFlight<Arc<Session>>,
    /// The youngest session that there has been.
    last: Mutex<Option<Arc<Session>>>,
    /// Whose the first of them was.
    user_id: OnceLock<String>,
    /// Those that this client opened, to be logged out at the end.
    opened: Mutex<Vec<Arc<Session>>>,
}

impl Sessions {
    pub(super) fn new(settings: Settings, http: Http) -> Sessions {
        Sessions {
            http,
            app_id: settings.app_id,
            base_url: settings.base_url,
            credentials: settings.credentials,
            allowed_user_ids: settings.allowed_user_ids,
            location: SingleFlight::new(),
            // A lockout may count refused logins. All else may have been a stray answer.
            current: SingleFlight::new()
                .remembering(|error| error.is_login_refused() && error.provider().is_some()),
            last: Mutex::default(),
            user_id: OnceLock::new(),
            opened: Mutex::default(),
        }
    }

    /// The session; opens it if there is none.
    ///
    /// For clean-up the last one has to do if that fails: the server may still know it.
    pub(super) async fn current(&self, limits: &Limits) -> Result<Arc<Session>, Error> {
        let session = self.current.get(limits, |_| true, || self.open(limits));
        let session = session.await.or_else(|error| {
            let last = lock(&self.last).clone().filter(|_| limits.is_cleanup);
            last.ok_or(error)
        });
        self.check_user(session?)
    }

    /// Sends a call as the user; logs in for it, and once more if the server does not know the
    /// session any longer.
    pub(super) async fn send<T>(
        &self,
        call: &Call<'_>,
        attempts: &mut Attempts,
        decode: impl Fn(&[u8]) -> Result<T, Malformed>,
    ) -> Result<T, Error> {
        let session = self.current(&attempts.limits).await?;
        let sent = self.send_in(&session, call, attempts, &decode).await;
        let error = match sent {
            Err(error) if error.is_session_dead() => error,
            done => return done,
        };
        debug!(path = call.template, "the session has ended");
        let so_far = attempts.stats();
        let renewed = self.instead_of(&session, &attempts.limits).await;
        let session = renewed.map_err(|error| error.with_earlier(so_far))?;
        if attempts.left() == 0 {
            return Err(error);
        }
        self.send_in(&session, call, attempts, &decode).await
    }

    async fn send_in<T>(
        &self,
        session: &Session,
        call: &Call<'_>,
        attempts: &mut Attempts,
        decode: impl Fn(&[u8]) -> Result<T, Malformed>,
    ) -> Result<T, Error> {
        let to = session.destination();
        let sent = self.http.send(call, to, attempts, decode).await;
        sent.map_err(|error| match self.credentials.provider() {
            Some(provider) => error.logging_in_with(provider),
            None => error,
        })
    }

    /// An access token that lasts for some minutes at least.
    pub(super) async fn access_token(&self, limits: &Limits) -> Result<AccessToken, Error> {
        let session = self.current(limits).await?;
        match self.access_token_of(&session, limits).await {
            Err(error) if error.is_session_dead() => {
                let session = self.instead_of(&session, limits).await?;
                self.access_token_of(&session, limits).await
            }
            done => done,
        }
    }

    /// Ends the sessions that were opened here, also one that is being opened.
    pub(super) async fn log_out(&self, limits: &Limits) {
        let late_logins = async {
            self.current.clear().await;
            self.end_all(limits).await;
        };
        let all = async { tokio::join!(self.end_all(limits), late_logins) };
        if limits.wait(all).await.is_err() {
            debug!("gave up logging out");
        }
    }

    /// A session younger than the one that has proved dead.
    async fn instead_of(&self, dead: &Session, limits: &Limits) -> Result<Arc<Session>, Error> {
        let serves = |session: &Arc<Session>| session.generation > dead.generation;
        let session = self.current.get(limits, serves, || self.open(limits));
        self.check_user(session.await?)
    }

    /// No call is made as a user who is not allowed, or as another than the first: all calls get
    /// their session through here.
    fn check_user(&self, session: Arc<Session>) -> Result<Arc<Session>, Error> {
        let user_id = &session.user_id;
        if let Some(allowed) = &self.allowed_user_ids
            && !allowed.contains(user_id)
        {
            let user_id = user_id.clone();
            return Err(Error::new(ErrorKind::UserNotAllowed { user_id }));
        }
        let expected = self.user_id.get_or_init(|| user_id.clone());
        if expected != user_id {
            let (expected, got) = (expected.clone(), user_id.clone());
            return Err(Error::new(ErrorKind::OtherUser { expected, got }));
        }
        Ok(session)
    }

    async fn open(&self, limits: &Limits) -> Result<Arc<Session>, Error> {
        let locate = || self.locate(limits);
        let base = self.location.get(limits, |_| true, locate).await?;
        match self.credentials.way() {
            Way::LogIn(provider, body) => self.log_in(base, provider, body, limits).await,
            Way::ResumeSession(token) => self.resume(base, token, limits).await,
        }
    }

    /// The host that serves the app. All clients ask for it before their first request.
    async fn locate(&self, limits: &Limits) -> Result<BaseUrl, Error> {
        let to = Destination {
            base: &self.base_url,
            token: None,
        };
        let mut attempts = self.http.attempts(limits);
        let call = Call::location(&self.app_id);
        let location: wire::Location = self
            .http
            .send(&call, to, &mut attempts, wire::decode)
            .await?;
        if location.hostname.is_empty() {
            return Ok(self.base_url.clone());
        }
        BaseUrl::parse(&location.hostname).map_err(|source| {
            let kind = ErrorKind::UnusableLocation { source };
            Error::after(kind, Phase::Location, attempts.stats())
        })
    }

    async fn log_in(
        &self,
        base: BaseUrl,
        provider: &'static str,
        body: Vec<u8>,
        limits: &Limits,
    ) -> Result<Arc<Session>, Error> {
        let call = Call::log_in(&self.app_id, provider, body);
        let to = Destination {
            base: &base,
            token: None,
        };
        let login = self.ask(&call, to, limits, decode_login).await;
        let login = login.map_err(|error| error.logging_in_with(provider))?;
        let session = self.session_of(base, login);
        lock(&self.opened).push(session.clone());
        Ok(session)
    }

    /// Goes on with a session that was opened elsewhere: an access token proves that it is alive, and
    /// whose it is.
    async fn resume(
        &self,
        base: BaseUrl,
        refresh_token: &SecretString,
        limits: &Limits,
    ) -> Result<Arc<Session>, Error> {
        let ended = |error: Error| {
            if error.is_token_refused() {
                error.ends_the_session()
            } else {
                error
            }
        };
        let refreshed = self.refresh(Phase::Login, &base, refresh_token, limits);
        let access_token = refreshed.await.map_err(ended)?;
        let whose = |body: &[u8]| decode_user_id(body, [&access_token, refresh_token]);
        let profile = Call::profile();
        let to = Destination {
            base: &base,
            token: Some(&access_token),
        };
        let user_id = self.ask(&profile, to, limits, whose);
        let login = wire::Login {
            user_id: user_id.await.map_err(ended)?,
            access_token,
            refresh_token: refresh_token.clone(),
        };
        Ok(self.session_of(base, login))
    }

    fn session_of(&self, base: BaseUrl, login: wire::Login) -> Arc<Session> {
        let access_token = self.access_token_from(login.access_token, &login.user_id, &base);
        let mut last = lock(&self.last);
        let session = Arc::new(Session {
            generation: last.as_ref().map_or(1, |last| last.generation + 1),
            user_id: login.user_id,
            base,
            refresh_token: login.refresh_token,
            access_token: SingleFlight::holding(access_token),
        });
        *last = Some(session.clone());
        session
    }

    async fn access_token_of(&self, of: &Session, limits: &Limits) -> Result<AccessToken, Error> {
        let serves = |token: &AccessToken| token.lasts(self.now());
        let refresh = || async {
            let refreshed = self.refresh(Phase::Call, &of.base, &of.refresh_token, limits);
            Ok(self.access_token_from(refreshed.await?, &of.user_id, &of.base))
        };
        of.access_token.get(limits, serves, refresh).await
    }

    async fn refresh(
        &self,
        phase: Phase,
        base: &BaseUrl,
        refresh_token: &SecretString,
        limits: &Limits,
    ) -> Result<SecretString, Error> {
        let (call, token) = (Call::refresh(phase), Some(refresh_token));
        let to = Destination { base, token };
        self.ask(&call, to, limits, decode_refreshed).await
    }

    /// Sends a call that a session comes from, with retries of its own.
    async fn ask<T>(
        &self,
        call: &Call<'_>,
        to: Destination<'_>,
        limits: &Limits,
        decode: impl Fn(&[u8]) -> Result<T, Malformed>,
    ) -> Result<T, Error> {
        let mut attempts = self.http.attempts(limits);
        self.http.send(call, to, &mut attempts, decode).await
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
        self.http
            .transport
            .clock
            .now()
            .unwrap_or_else(Timestamp::now)
    }

    async fn end_all(&self, limits: &Limits) {
        let sessions = std::mem::take(&mut *lock(&self.opened));
        join_all(sessions.iter().map(|session| self.end(session, limits))).await;
    }

    async fn end(&self, session: &Session, limits: &Limits) {
        let mut once = Attempts::once(limits, self.http.backoff);
        let (call, to) = (Call::log_out(), session.destination());
        let ended = self.http.send(&call, to, &mut once, |_| Ok(()));
        if let Err(error) = ended.await
            && !error.is_session_dead()
        {
            debug!(%error, "could not log out");
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl fmt::Debug for Sessions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sessions")
            .field("app_id", &self.app_id)
            .field("base_url", &self.base_url)
            .field("credentials", &self.credentials)
            .finish_non_exhaustive()
    }
}
