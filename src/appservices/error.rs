//! What went wrong, what the server said about it, and what is known about the write that was asked
//! for.
//!
//! An [`Error`] has a [`Phase`], a kind, and what was spent on it. Its `Display` speaks for
//! the phase or the kind alone; follow [`source`](std::error::Error::source) for the rest. Texts
//! from the server are short lines without control characters; no error holds a password, a token
//! or the value of a key.

mod kind;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use reqwest::StatusCode;

use super::limits::LimitReached;
use super::{ErrorCode, retry};
pub use kind::{Cause, ErrorKind};

/// Why a call did not do what it was asked for. Cheap to clone: callers who wait for one another
/// share their errors.
#[derive(Clone, Debug)]
pub struct Error {
    inner: Arc<Inner>,
    may_have_been_handled: bool,
    is_circuit_open: bool,
    provider: Option<&'static str>,
}

#[derive(Debug)]
struct Inner {
    kind: ErrorKind,
    phase: Phase,
    attempts: u32,
    elapsed: Duration,
}

/// Which of the requests behind a call failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Phase {
    /// Asking where the app is served.
    Location,
    /// Logging in, for the first time or again, or resuming a session that was opened elsewhere.
    Login,
    /// The call itself.
    Call,
}

impl Error {
    /// An error of the call itself, before any attempt.
    pub(super) fn new(kind: ErrorKind) -> Error {
        Error::after(kind, Phase::Call, AttemptStats::default())
    }

    pub(super) fn after(kind: ErrorKind, phase: Phase, stats: AttemptStats) -> Error {
        let inner = Inner {
            kind,
            phase,
            attempts: stats.attempts,
            elapsed: stats.elapsed,
        };
        Error {
            inner: Arc::new(inner),
            may_have_been_handled: stats.may_have_been_handled,
            is_circuit_open: false,
            provider: None,
        }
    }

    /// This error, from logging in with an authentication provider, or from a session of it.
    pub(super) fn logging_in_with(self, provider: &'static str) -> Error {
        Error {
            provider: Some(provider),
            ..self
        }
    }

    /// The end of a session that cannot be opened again, as `self` tells it.
    pub(super) fn ends_the_session(self) -> Error {
        let stats = AttemptStats {
            attempts: self.attempts(),
            elapsed: self.elapsed(),
            // Of one call, while this error is for all.
            may_have_been_handled: false,
        };
        Error::after(ErrorKind::SessionEnded { source: self }, Phase::Call, stats)
    }

    /// This error, in the way of a call that has been tried before.
    pub(super) fn with_earlier(self, stats: AttemptStats) -> Error {
        Error {
            may_have_been_handled: self.may_have_been_handled || stats.may_have_been_handled,
            ..self
        }
    }

    /// This error, for an operation that sends nothing because another has met it.
    pub(super) fn with_circuit_open(self) -> Error {
        Error {
            may_have_been_handled: false,
            is_circuit_open: true,
            ..self
        }
    }

    /// The end of a wait.
    pub(super) fn limit(reached: LimitReached) -> Error {
        Error::new(ErrorKind::limit(reached, None))
    }

    /// The kind, for callers to whom the predicates say too little.
    #[must_use]
    pub fn kind(&self) -> &ErrorKind {
        &self.inner.kind
    }

    /// Which of the requests behind the call failed.
    #[must_use]
    pub fn phase(&self) -> Phase {
        self.inner.phase
    }

    /// How many requests were sent, or tried, in this phase.
    #[must_use]
    pub fn attempts(&self) -> u32 {
        self.inner.attempts
    }

    /// The time that the phase took, waits included.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        self.inner.elapsed
    }

    /// The status of the server's last answer.
    #[must_use]
    pub fn status(&self) -> Option<StatusCode> {
        match self.last_kind() {
            ErrorKind::Refused { status, .. }
            | ErrorKind::Decode { status, .. }
            | ErrorKind::Redirected { status, .. } => Some(*status),
            _ => None,
        }
    }

    /// The server's code for the refusal.
    #[must_use]
    pub fn code(&self) -> Option<&ErrorCode> {
        match self.last_kind() {
            ErrorKind::Refused { code, .. } => code.as_ref(),
            _ => None,
        }
    }

    /// The link to the server's log of the refused request.
    #[must_use]
    pub fn server_log(&self) -> Option<&str> {
        match self.last_kind() {
            ErrorKind::Refused { log, .. } => log.as_deref(),
            _ => None,
        }
    }

    /// The user has no key of that id: 404 with `APIKeyNotFound`, and nothing less.
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        self.refused_call(StatusCode::NOT_FOUND) && self.code() == Some(&ErrorCode::APIKeyNotFound)
    }

    /// 404 without a code: perhaps the key is gone, perhaps something between here and the service
    /// said it.
    #[must_use]
    pub fn is_bare_not_found(&self) -> bool {
        self.refused_call(StatusCode::NOT_FOUND) && self.code().is_none()
    }

    /// The user already has a key of that name.
    #[must_use]
    pub fn is_already_exists(&self) -> bool {
        // The status is what the server was seen to send; the code is known from the clients' lists
        // alone.
        self.refused_call(StatusCode::CONFLICT)
            || (self.phase() == Phase::Call && self.code() == Some(&ErrorCode::APIKeyAlreadyExists))
    }

    /// The server does not accept the name given: 400 with `InvalidParameter`.
    #[must_use]
    pub fn is_invalid_name(&self) -> bool {
        self.refused_call(StatusCode::BAD_REQUEST)
            && self.code() == Some(&ErrorCode::InvalidParameter)
    }

    /// The credentials were refused. The service does not say whether they are wrong, unknown or
    /// disabled.
    #[must_use]
    pub fn is_login_refused(&self) -> bool {
        self.phase() == Phase::Login && self.is_final_refusal() && !self.is_app_not_found()
    }

    /// The authentication provider of the login that failed, or of the session that the call was made
    /// with, such as `api-key`.
    #[must_use]
    pub fn provider(&self) -> Option<&'static str> {
        self.provider
    }

    /// The session of a refresh token is not, or no longer, known
    /// to the server, and there is no logging in again.
    #[must_use]
    pub fn is_session_ended(&self) -> bool {
        matches!(self.inner.kind, ErrorKind::SessionEnded { .. })
    }

    /// No such app at this base URL, or it lives in another region; the server's words say which.
    #[must_use]
    pub fn is_app_not_found(&self) -> bool {
        self.phase() != Phase::Call
            && self.refusal() == Some(StatusCode::NOT_FOUND)
            && self.code().is_none()
    }

    /// The caller's `stop` came first.
    #[must_use]
    pub fn is_interrupted(&self) -> bool {
        matches!(self.inner.kind, ErrorKind::Interrupted { .. })
    }

    /// The caller's deadline came first.
    #[must_use]
    pub fn is_deadline_exceeded(&self) -> bool {
        matches!(self.inner.kind, ErrorKind::DeadlineExceeded { .. })
    }

    /// Nothing was sent, since another operation has just met this error with all its retries.
    #[must_use]
    pub fn is_circuit_open(&self) -> bool {
        self.is_circuit_open
    }

    /// A write that may have taken effect at the server all the same.
    ///
    /// True if in one of the attempts of this call the connection broke or the time ran out after
    /// something was sent, or the server answered 5xx, 408, or a success that cannot be read. Never
    /// true for reads.
    #[must_use]
    pub fn may_have_been_handled(&self) -> bool {
        self.may_have_been_handled
    }

    /// The server no longer knows the session of a call.
    pub(super) fn is_session_dead(&self) -> bool {
        self.phase() == Phase::Call && self.is_token_refused()
    }

    /// The server does not take the token.
    pub(super) fn is_token_refused(&self) -> bool {
        let invalid = self.code() == Some(&ErrorCode::InvalidSession);
        self.refusal().is_some_and(|status| {
            status == StatusCode::UNAUTHORIZED || (status.is_client_error() && invalid)
        })
    }

    /// The server will say the same again: a refusal that is not about its load, its state, or the
    /// time that a request took.
    ///
    /// The one predicate for retries, advice, and whether a quota may be the reason.
    #[must_use]
    pub fn is_final_refusal(&self) -> bool {
        self.refusal().is_some_and(retry::is_final)
    }

    fn refused_call(&self, status: StatusCode) -> bool {
        self.phase() == Phase::Call && self.refusal() == Some(status)
    }

    fn refusal(&self) -> Option<StatusCode> {
        match &self.inner.kind {
            ErrorKind::Refused { status, .. } => Some(*status),
            _ => None,
        }
    }

    /// The kind, or what lies behind an interruption or the end of a session.
    fn last_kind(&self) -> &ErrorKind {
        match &self.inner.kind {
            ErrorKind::Interrupted { source: Some(last) }
            | ErrorKind::DeadlineExceeded { source: Some(last) }
            | ErrorKind::SessionEnded { source: last } => last.last_kind(),
            kind => kind,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.inner.phase {
            Phase::Location => f.write_str("could not find out where the app is served"),
            Phase::Login => f.write_str("could not log in"),
            Phase::Call => fmt::Display::fmt(&self.inner.kind, f),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self.inner.phase {
            Phase::Location | Phase::Login => Some(&self.inner.kind),
            Phase::Call => self.inner.kind.source(),
        }
    }
}

/// What was spent on one phase of a call, and what it may have caused.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct AttemptStats {
    pub(super) attempts: u32,
    pub(super) elapsed: Duration,
    pub(super) may_have_been_handled: bool,
}

#[cfg(test)]
mod tests;
