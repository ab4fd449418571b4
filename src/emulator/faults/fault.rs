//! What can be told to go wrong, as plain data.

use std::time::Duration;

use super::Answer;
use crate::emulator::app::PREFIX;

/// What goes wrong, for which requests, and how often.
///
/// Faults meet a request in the order in which they were injected. One that only delays lets those after it have
/// their turn; any other is the last for this request. A fault counts the requests that get as far as itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The method in upper case; `None` for all.
    pub method: Option<String>,
    /// The path below `/api/client/v2.0`, where a segment in braces stands for any one segment:
    /// `/auth/api_keys/{id}/disable`. `None` for all paths, known to the API or not.
    pub path: Option<String>,
    /// How many requests pass unharmed first.
    pub skip: u32,
    /// How many requests it then meets; `None` for all.
    pub times: Option<u32>,
    /// Whether the server does its part.
    pub when: When,
    /// What happens.
    pub effect: Effect,
}

/// The moment at which a fault meets a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// The request has arrived, and the server knows nothing of it.
    Before,
    /// The server has done what was asked, and its answer is about to leave.
    After,
}

/// What a fault does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Another answer than the server's.
    Answer(Answer),
    /// The connection is reset without a byte of an answer.
    Reset,
    /// The head of the server's answer with its full `Content-Length`, half of the body, and the end of the
    /// connection. Of an answer without a body, half of the head. Before the server acted, an answer
    /// `200 {"emulator":"truncated"}` is cut.
    Truncate,
    /// These bytes in place of an answer, HTTP or not, and the end of the connection. None at all are fine.
    Garbage(String),
    /// Nothing, until the fault is released or cleared; then the request goes on as if nothing had been.
    Hang,
    /// Nothing for so long; then the request goes on. A release or a clear ends the wait early.
    Slow(Duration),
}

impl From<Answer> for Effect {
    fn from(answer: Answer) -> Self {
        Self::Answer(answer)
    }
}

impl Fault {
    /// Meets the next such request, before the server acted.
    pub fn before(method: &str, path: &str, effect: impl Into<Effect>) -> Self {
        Self {
            method: Some(method.to_owned()),
            path: Some(path.to_owned()),
            skip: 0,
            times: Some(1),
            when: When::Before,
            effect: effect.into(),
        }
    }

    /// Meets the next such request, after the server acted.
    pub fn after(method: &str, path: &str, effect: impl Into<Effect>) -> Self {
        Self {
            when: When::After,
            ..Self::before(method, path, effect)
        }
    }

    /// The same, after `count` requests that pass unharmed.
    #[must_use]
    pub fn skip(self, count: u32) -> Self {
        Self {
            skip: count,
            ..self
        }
    }

    /// The same, for `count` requests.
    #[must_use]
    pub fn times(self, count: u32) -> Self {
        Self {
            times: Some(count),
            ..self
        }
    }

    /// The same, for all requests from then on.
    #[must_use]
    pub fn always(self) -> Self {
        Self {
            times: None,
            ..self
        }
    }

    pub(super) fn check(&self) -> Result<(), InvalidFault> {
        if let Some(path) = &self.path
            && !path.starts_with('/')
        {
            return Err(InvalidFault::Path(path.clone()));
        }
        match &self.effect {
            Effect::Answer(answer) => answer.check(),
            _ => Ok(()),
        }
    }

    pub(super) fn meets(&self, when: When, method: &str, path: &str) -> bool {
        self.when == when
            && self.method.as_deref().is_none_or(|own| own == method)
            && self
                .path
                .as_deref()
                .is_none_or(|pattern| fits(pattern, path))
    }
}

/// Whether a path below the API's prefix is one that the pattern means.
fn fits(pattern: &str, path: &str) -> bool {
    let path = path.strip_prefix(PREFIX).unwrap_or(path);
    let (mut pattern, mut path) = (pattern.split('/'), path.split('/'));
    loop {
        match (pattern.next(), path.next()) {
            (None, None) => return true,
            (Some(any), Some(segment)) if any.starts_with('{') && any.ends_with('}') => {
                if segment.is_empty() {
                    return false;
                }
            }
            (Some(one), Some(other)) if one == other => {}
            _ => return false,
        }
    }
}

/// A fault that cannot be injected.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidFault {
    /// The path is not one below `/api/client/v2.0`.
    #[error("the path '{0}' does not start with a slash")]
    Path(String),
    /// The status of an answer is not one from 200 to 599.
    #[error("the status {0} is not one from 200 to 599")]
    Status(u16),
    /// HTTP does not allow a header of an answer.
    #[error("the header '{0}' has a malformed name or value")]
    Header(String),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_segment_in_braces_stands_for_any_one_segment() {
        for (pattern, path, expected) in [
            ("/auth/api_keys", "/api/client/v2.0/auth/api_keys", true),
            ("/auth/api_keys", "/api/client/v2.0/auth/api_keys/1", false),
            ("/auth/api_keys", "/api/client/v2.0/auth/api_keys/", false),
            (
                "/auth/api_keys/{id}",
                "/api/client/v2.0/auth/api_keys/1",
                true,
            ),
            (
                "/auth/api_keys/{id}",
                "/api/client/v2.0/auth/api_keys/",
                false,
            ),
            (
                "/auth/api_keys/{id}",
                "/api/client/v2.0/auth/api_keys",
                false,
            ),
            (
                "/auth/api_keys/{id}/enable",
                "/api/client/v2.0/auth/api_keys/1/disable",
                false,
            ),
            (
                "/app/{app}/location",
                "/api/client/v2.0/app/myapp-abcde/location",
                true,
            ),
            ("/elsewhere", "/elsewhere", true),
        ] {
            assert_eq!(fits(pattern, path), expected, "{pattern} {path}");
        }
    }
}
