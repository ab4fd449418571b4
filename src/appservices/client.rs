use std::collections::BTreeSet;
use std::fmt;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use backon::ExponentialBackoff;
use jiff::Timestamp;
use secrecy::SecretString;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::debug;

use super::bounds::{Bound, Bounds};
use super::call::Call;
use super::error::Effort;
use super::outage::Outage;
use super::pace::{Pace, Turn};
use super::refusal::Refusal;
use super::retry::{self, Backoff, Effect, Outcome, Verdict};
use super::session::Session;
use super::shared_list::SharedList;
use super::single_flight::SingleFlight;
use super::transport::{Answer, Setback, Transport};
use super::wire::Malformed;
use super::{BaseUrl, Credentials, Error, ErrorKind, Settings};

/// A handle on App Services as one user of one app.
///
/// Clones share the session, the connections and the list of keys. The first call that needs the
/// server asks for the app's location and logs in; nothing is sent before. See
/// [`within`](Client::within) for how to end a call early.
#[derive(Clone)]
pub struct Client {
    pub(super) shared: Arc<Shared>,
    pub(super) bounds: Bounds,
}

/// What all clones have in common.
pub(super) struct Shared {
    pub(super) app_id: String,
    pub(super) base_url: BaseUrl,
    pub(super) credentials: Credentials,
    /// What the credentials have in them that no error may quote.
    secrets: Vec<SecretString>,
    pub(super) allowed_user_ids: Option<BTreeSet<String>>,
    request_timeout: Duration,
    pub(super) backoff: Backoff,
    pub(super) transport: Transport,
    pace: Pace,
    pub(super) outage: Outage,
    pub(super) location: SingleFlight<BaseUrl>,
    pub(super) session: SingleFlight<Arc<Session>>,
    /// How many sessions there have been.
    pub(super) sessions: AtomicU64,
    /// Those that this client opened, to be logged out at the end.
    pub(super) opened: Mutex<Vec<Arc<Session>>>,
    pub(super) list: SharedList,
    /// Cancelled before logging out.
    pub(super) closing: CancellationToken,
}

impl Client {
    /// Makes a client; opens no connection and reads no roots of trust.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidSettings`] when the App ID is empty, no request may be under way, or the user
    /// agent does not fit a header.
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
        if settings.max_concurrent_requests == 0 {
            return Err(invalid("no request may be under way".to_owned()));
        }
        let transport = Transport::new(&settings).map_err(invalid)?;
        let shared = Shared {
            app_id: settings.app_id,
            base_url: settings.base_url,
            secrets: settings.credentials.secrets(),
            credentials: settings.credentials,
            allowed_user_ids: settings.allowed_user_ids,
            request_timeout: settings.request_timeout,
            backoff,
            transport,
            pace: Pace::new(settings.max_concurrent_requests, backoff),
            outage: Outage::default(),
            location: SingleFlight::new().remembering(Error::is_final),
            session: SingleFlight::new().remembering(Error::is_final),
            sessions: AtomicU64::new(0),
            opened: Mutex::default(),
            list: SharedList::new(),
            closing: CancellationToken::new(),
        };
        Ok(Client {
            shared: Arc::new(shared),
            bounds: Bounds::default(),
        })
    }

    /// The same client for a caller who may be interrupted, or has a deadline.
    ///
    /// Once `stop` is cancelled or the deadline has passed, calls of this handle begin no request,
    /// wait or repetition. A request on its way is never given up because of `stop`: its answer is
    /// returned, since it may be the only copy of a key's value. The deadline also shortens the
    /// timeout of requests. Bounds given earlier are replaced.
    #[must_use]
    pub fn within(&self, stop: CancellationToken, deadline: Option<Instant>) -> Client {
        Client {
            shared: self.shared.clone(),
            bounds: Bounds::new(stop, deadline),
        }
    }

    /// The waits between the attempts of a whole operation that the caller repeats: as many as
    /// requests may be repeated, and as long.
    pub fn waits(&self) -> impl Iterator<Item = Duration> + use<> {
        self.shared.backoff.waits()
    }

    /// Waits, within the bounds of this handle.
    ///
    /// # Errors
    ///
    /// `is_interrupted`, or `is_deadline_exceeded`: a wait that the deadline would cut short is not
    /// begun.
    pub async fn pause(&self, wait: Duration) -> Result<(), Error> {
        self.bounds.sleep(wait).await.map_err(Error::bound)
    }

    /// The same client for a part of the work: ends at `deadline`, or with its own if that is earlier.
    #[must_use]
    pub fn no_later_than(&self, deadline: Instant) -> Client {
        Client {
            shared: self.shared.clone(),
            bounds: self.bounds.no_later_than(deadline),
        }
    }

    /// The server's time by now, in whole seconds and never ahead of it; none before the first
    /// answer, or if answers carry no `Date`.
    ///
    /// A key that is created from now on has a [`created_at`](super::KeyId::created_at) that is no
    /// earlier, as far as the server has one clock.
    #[must_use]
    pub fn server_time(&self) -> Option<Timestamp> {
        self.shared.transport.clock.now()
    }

    /// Sends a call until it succeeds, is refused for good, or the retries or the bounds are used
    /// up.
    ///
    /// This is the only path of a request to the server. `decode` reads the body of a success.
    pub(super) async fn send<T>(
        &self,
        call: &Call<'_>,
        to: Destination<'_>,
        tally: &mut Tally,
        decode: impl Fn(&[u8]) -> Result<T, Malformed>,
    ) -> Result<T, Error> {
        loop {
            let (turn, answer) = self.attempt(call, to, tally).await?;
            let setback = match answer.and_then(|answer| self.judge(&answer, to, &decode)) {
                Ok(value) => {
                    turn.ended_well();
                    self.shared.outage.ends();
                    return Ok(value);
                }
                Err(setback) => setback,
            };
            tally.note(call.effect, setback.outcome);
            let error = Error::after(*setback.kind, call.phase, tally.effort());
            turn.ended(setback.outcome, &error);
            let wait = tally.waits.next();
            match setback.outcome {
                Outcome::Answered { .. } => self.shared.outage.ends(),
                Outcome::Unsent if wait.is_none() => {
                    self.shared.outage.begins(tally.last, error.clone());
                }
                _ => {}
            }
            let bound = match retry::verdict(setback.outcome, call.effect, wait) {
                Verdict::RepeatAfter(wait) => self.bounds.sleep(wait).await,
                Verdict::Stop if self.is_cut_short(&error) => Err(Bound::DeadlinePassed),
                Verdict::Stop => return Err(error),
            };
            if let Err(bound) = bound {
                let kind = ErrorKind::bound(bound, Some(error));
                return Err(Error::after(kind, call.phase, tally.effort()));
            }
        }
    }

    /// Sends a call once, when it is its turn. The error is the caller's own: it may begin nothing any
    /// more.
    async fn attempt(
        &self,
        call: &Call<'_>,
        to: Destination<'_>,
        tally: &mut Tally,
    ) -> Result<(Turn<'_>, Result<Answer, Setback>), Error> {
        let pace = &self.shared.pace;
        let turn = if call.is_farewell {
            pace.last_turn(&self.bounds).await
        } else {
            pace.turn(&self.bounds).await
        };
        let turn = turn.map_err(|kind| Error::after(kind, call.phase, tally.effort()))?;
        tally.attempts += 1;
        let began = Instant::now();
        let limit = self.bounds.timeout(self.shared.request_timeout);
        let answer = self.shared.transport.exchange(call, to, limit).await;
        tally.last = began.elapsed();
        debug!(
            method = %call.method,
            path = call.path.template,
            status = answer.as_ref().ok().map(|answer| answer.status.as_u16()),
            error = answer.as_ref().err().map(|setback| setback.kind.to_string()),
            attempt = tally.attempts,
            elapsed_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX),
            "request",
        );
        Ok((turn, answer))
    }

    /// Tells a success from everything else.
    fn judge<T>(
        &self,
        answer: &Answer,
        to: Destination<'_>,
        decode: impl Fn(&[u8]) -> Result<T, Malformed>,
    ) -> Result<T, Setback> {
        let secrets: Vec<_> = to.token.into_iter().chain(&self.shared.secrets).collect();
        let status = answer.status;
        if status.is_redirection() {
            let target = answer.redirect.clone();
            return Err(answer.setback(ErrorKind::Redirected { status, target }));
        }
        let refusal = if status.is_success() {
            Refusal::in_success(&answer.body, &secrets)
        } else {
            Some(Refusal::read(&answer.body, &secrets))
        };
        if let Some(Refusal { code, message, log }) = refusal {
            return Err(answer.setback(ErrorKind::Refused {
                origin: to.base.origin(),
                status,
                code,
                message,
                log,
            }));
        }
        decode(&answer.body).map_err(|Malformed(detail)| Setback {
            kind: Box::new(ErrorKind::Decode {
                origin: to.base.origin(),
                status,
                detail,
            }),
            outcome: Outcome::Garbled,
        })
    }

    /// Whether an answer would perhaps have come, had the deadline not shortened its time.
    fn is_cut_short(&self, error: &Error) -> bool {
        matches!(error.kind(), ErrorKind::TimedOut { limit, .. } if *limit < self.shared.request_timeout)
    }

    /// A count for the attempts of one phase, with all retries ahead; or with none, if an operation
    /// begins with it while the service cannot be reached.
    pub(super) fn tally(&self, call: &Call<'_>) -> Tally {
        let backoff = if call.begins_something && self.shared.outage.is_on() {
            Backoff::new(0)
        } else {
            self.shared.backoff
        };
        Tally::new(backoff)
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("app_id", &self.shared.app_id)
            .field("base_url", &self.shared.base_url)
            .field("credentials", &self.shared.credentials)
            .finish_non_exhaustive()
    }
}

impl Answer {
    fn setback(&self, kind: ErrorKind) -> Setback {
        let (status, retry_after) = (self.status, self.retry_after);
        Setback {
            kind: Box::new(kind),
            outcome: Outcome::Answered {
                status,
                retry_after,
            },
        }
    }
}

/// Where a call goes, and as whom.
#[derive(Clone, Copy)]
pub(super) struct Destination<'a> {
    pub(super) base: &'a BaseUrl,
    /// The token that signs the request.
    pub(super) token: Option<&'a SecretString>,
}

/// The attempts of one phase, as they happen.
pub(super) struct Tally {
    began: Instant,
    attempts: u32,
    /// How long the last of them took.
    last: Duration,
    may_have_been_handled: bool,
    waits: ExponentialBackoff,
}

impl Tally {
    pub(super) fn new(backoff: Backoff) -> Tally {
        Tally {
            began: Instant::now(),
            attempts: 0,
            last: Duration::ZERO,
            may_have_been_handled: false,
            waits: backoff.waits(),
        }
    }

    /// What one attempt may have caused stays true, whatever the later ones say.
    fn note(&mut self, effect: Effect, outcome: Outcome) {
        self.may_have_been_handled |=
            effect != Effect::None && retry::may_have_been_handled(outcome);
    }

    pub(super) fn effort(&self) -> Effort {
        Effort {
            attempts: self.attempts,
            elapsed: self.began.elapsed(),
            may_have_been_handled: self.may_have_been_handled,
        }
    }
}
