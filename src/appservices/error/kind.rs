use std::fmt;
use std::time::Duration;

use reqwest::StatusCode;
use thiserror::Error as ThisError;

use super::super::limits::LimitReached;
use super::super::retry::Outcome;
use super::super::tls_problem::TlsProblem;
use super::super::{BaseUrlError, ErrorCode, Seconds, error_response};
use super::Error;

/// The kinds of failure.
#[derive(Debug, ThisError)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The server said no, or that it cannot.
    #[error("{origin} answered {status}{}{}", prefixed(" ", code.as_ref()), prefixed(": ", message.as_ref()))]
    #[non_exhaustive]
    Refused {
        /// Scheme, host and port.
        origin: String,
        /// The status of the answer; a success if the body says otherwise.
        status: StatusCode,
        /// The server's code for it, if the answer had one.
        code: Option<ErrorCode>,
        /// The server's words, made safe to print.
        message: Option<String>,
        /// Where the server's own log tells more.
        log: Option<String>,
        /// How long the server wants to be left alone.
        retry_after: Option<Duration>,
    },
    /// No connection; nothing was sent.
    #[error("could not connect to {origin}{}", prefixed(" through the proxy ", proxy.as_ref()))]
    #[non_exhaustive]
    Unreachable {
        /// Scheme, host and port.
        origin: String,
        /// Scheme, host and port of the proxy that the connection was to take, if there was one.
        proxy: Option<String>,
        /// What the network or TLS said.
        source: Cause,
    },
    /// TLS failed, and would again: the server's certificate is not trusted, or it speaks no TLS;
    /// nothing was sent.
    #[error("{problem}, at {origin}")]
    #[non_exhaustive]
    Untrusted {
        /// Scheme, host and port.
        origin: String,
        /// What is wrong.
        problem: TlsProblem,
        /// What TLS said.
        source: Cause,
    },
    /// The connection broke before the whole answer was here.
    #[error("the connection to {origin} broke before the answer was complete")]
    #[non_exhaustive]
    Disconnected {
        /// Scheme, host and port.
        origin: String,
        /// What the network said.
        source: Cause,
    },
    /// The answer did not come in time.
    #[error("{origin} did not answer within {}", Seconds(*limit))]
    #[non_exhaustive]
    TimedOut {
        /// Scheme, host and port.
        origin: String,
        /// The time it was given.
        limit: Duration,
    },
    /// A success that is not what the API answers.
    #[error("the answer of {origin} ({status}) is not what App Services sends: {detail}")]
    #[non_exhaustive]
    Decode {
        /// Scheme, host and port.
        origin: String,
        /// The status of the answer.
        status: StatusCode,
        /// What is wrong with it; never a part of it.
        detail: String,
    },
    /// A redirect that is not followed, since a token must not reach another host, nor a POST
    /// become a GET.
    #[error("{origin} answered {status}, a redirect{}, which is not followed", prefixed(" to ", target.as_ref()))]
    #[non_exhaustive]
    Redirected {
        /// Scheme, host and port.
        origin: String,
        /// The status of the answer.
        status: StatusCode,
        /// Scheme, host and port of the new place, if it was named.
        target: Option<String>,
    },
    /// The app's location is a host that may not be used, such as one without TLS.
    #[error("the server named a location that cannot be used")]
    #[non_exhaustive]
    UnusableLocation {
        /// Why not.
        source: BaseUrlError,
    },
    /// The server does not, or no longer, know the session of the refresh token.
    #[error("the session of the refresh token has ended")]
    #[non_exhaustive]
    SessionEnded {
        /// What the server said.
        source: Error,
    },
    /// Logging in again led to another user than before.
    #[error(
        "the session was renewed as another user: as {got}, and was the user {expected}'s before"
    )]
    #[non_exhaustive]
    OtherUser {
        /// Who was logged in first.
        expected: String,
        /// Who is now.
        got: String,
    },
    /// The session is not one of the users that the settings allow.
    #[error("the session is that of the user {user_id}, who is not allowed")]
    #[non_exhaustive]
    UserNotAllowed {
        /// Whose session it is.
        user_id: String,
    },
    /// The caller said stop.
    #[error("interrupted")]
    #[non_exhaustive]
    Interrupted {
        /// How the last attempt had ended, if there was one.
        source: Option<Error>,
    },
    /// The caller's deadline came, or would have come during the next wait.
    #[error("ran out of time")]
    #[non_exhaustive]
    DeadlineExceeded {
        /// How the last attempt had ended, if there was one.
        source: Option<Error>,
    },
    /// The settings cannot make a client.
    #[error("{0}")]
    InvalidSettings(String),
    /// The HTTP client could not be set up, for example because the platform has no roots of trust.
    #[error("could not set up the HTTPS client")]
    #[non_exhaustive]
    Setup {
        /// What is missing.
        source: Cause,
    },
}

/// The innermost reason of a failed exchange, such as `Connection refused (os error 111)`, as one
/// short line; never a URL.
pub struct Cause(reqwest::Error);

impl ErrorKind {
    /// What an attempt came to that ended like this; none if it is not about an attempt.
    pub(in super::super) fn outcome(&self) -> Option<Outcome> {
        Some(match self {
            ErrorKind::Refused {
                status,
                retry_after,
                ..
            } => Outcome::Answered {
                status: *status,
                retry_after: *retry_after,
            },
            ErrorKind::Redirected { status, .. } => Outcome::Answered {
                status: *status,
                retry_after: None,
            },
            ErrorKind::Unreachable { .. } => Outcome::Unsent,
            ErrorKind::Disconnected { .. } | ErrorKind::TimedOut { .. } => Outcome::NoResponse,
            ErrorKind::Decode { .. } => Outcome::Undecodable,
            ErrorKind::Untrusted { .. } | ErrorKind::Setup { .. } => Outcome::Permanent,
            _ => return None,
        })
    }

    pub(in super::super) fn limit(reached: LimitReached, last: Option<Error>) -> ErrorKind {
        match reached {
            LimitReached::Stopped => ErrorKind::Interrupted { source: last },
            LimitReached::DeadlinePassed => ErrorKind::DeadlineExceeded { source: last },
        }
    }
}

impl Cause {
    pub(in super::super) fn new(error: reqwest::Error) -> Cause {
        Cause(error.without_url())
    }

    /// Whether what came back is no HTTP.
    #[must_use]
    pub fn is_no_http(&self) -> bool {
        // The HTTP library has these words for itself.
        self.to_string().starts_with("invalid HTTP version")
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The layers above only repeat that a request failed.
        let mut innermost: &dyn std::error::Error = &self.0;
        while let Some(source) = innermost.source() {
            innermost = source;
        }
        // TLS lists every name in a certificate that is for another host.
        let line = error_response::quote(&innermost.to_string(), &[]);
        f.write_str(&line.unwrap_or_default())
    }
}

impl fmt::Debug for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Cause({self})")
    }
}

impl std::error::Error for Cause {}

/// Something optional with what joins it to the sentence.
fn prefixed(joint: &str, what: Option<&impl fmt::Display>) -> String {
    what.map(|what| format!("{joint}{what}"))
        .unwrap_or_default()
}
