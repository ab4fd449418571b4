//! Trouble on demand: which requests it meets, and what becomes of them.

mod answer;
mod injected;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::response::Response;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

pub use self::answer::Answer;
pub use self::injected::Injected;

use self::injected::Progress;

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

    fn check(&self) -> Result<(), InvalidFault> {
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

    fn meets(&self, when: When, method: &str, path: &str) -> bool {
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
    let path = path.strip_prefix(super::routes::PREFIX).unwrap_or(path);
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

/// What a fault makes of a request that has to go no further.
pub(super) enum Trouble {
    Answer(Response),
    Reset,
    Truncate,
    Garbage(String),
}

/// The faults of an emulator.
pub(super) struct Faults {
    armed: Mutex<Vec<Armed>>,
    stop: CancellationToken,
}

struct Armed {
    fault: Fault,
    /// Faults are told apart by it, and it grows in the order of injection.
    number: u64,
    /// The requests that came as far as this fault.
    seen: u32,
    progress: Arc<Progress>,
}

impl Faults {
    /// `stop` ends all waiting.
    pub(super) fn new(stop: CancellationToken) -> Self {
        Self {
            armed: Mutex::default(),
            stop,
        }
    }

    pub(super) fn inject(self: &Arc<Self>, fault: Fault) -> Result<Injected, InvalidFault> {
        fault.check()?;
        let progress = Arc::default();
        let mut armed = self.armed();
        let number = armed.last().map_or(1, |last| last.number + 1);
        armed.push(Armed {
            fault,
            number,
            seen: 0,
            progress: Arc::clone(&progress),
        });
        Ok(Injected::new(progress, Arc::downgrade(self)))
    }

    pub(super) fn clear(&self) {
        for armed in self.armed().drain(..) {
            armed.progress.clear();
        }
    }

    fn remove(&self, progress: &Arc<Progress>) {
        self.armed()
            .retain(|armed| !Arc::ptr_eq(&armed.progress, progress));
        progress.clear();
    }

    pub(super) fn any(&self) -> bool {
        !self.armed().is_empty()
    }

    /// Has the request meet its faults of this moment, and waits as they say. `None`: the request goes on.
    pub(super) async fn meet(&self, when: When, method: &str, path: &str) -> Option<Trouble> {
        let mut last = 0;
        while let Some(hit) = self.next(last, when, method, path) {
            last = hit.fault;
            let limit = match hit.effect {
                Effect::Answer(answer) => return Some(Trouble::Answer(answer.response())),
                Effect::Reset => return Some(Trouble::Reset),
                Effect::Truncate => return Some(Trouble::Truncate),
                Effect::Garbage(bytes) => return Some(Trouble::Garbage(bytes)),
                Effect::Hang => None,
                Effect::Slow(duration) => Some(duration),
            };
            let time_is_up = async {
                match limit {
                    Some(duration) => sleep(duration).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = hit.progress.released(hit.number) => {}
                () = time_is_up => {}
                () = self.stop.cancelled() => return Some(Trouble::Garbage(String::new())),
            }
        }
        None
    }

    /// The next fault that meets the request, after the one of number `last`.
    fn next(&self, last: u64, when: When, method: &str, path: &str) -> Option<Hit> {
        let mut armed = self.armed();
        let mut candidates = armed
            .iter_mut()
            .filter(|one| one.number > last && one.fault.meets(when, method, path));
        candidates.find_map(|one| {
            one.seen += 1;
            let number = one.seen.checked_sub(one.fault.skip)?;
            if number == 0 || one.fault.times.is_some_and(|times| number > times) {
                return None;
            }
            one.progress.hit(number);
            Some(Hit {
                fault: one.number,
                number,
                effect: one.fault.effect.clone(),
                progress: Arc::clone(&one.progress),
            })
        })
    }

    fn armed(&self) -> MutexGuard<'_, Vec<Armed>> {
        self.armed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A request met a fault, which had met `number - 1` before.
struct Hit {
    fault: u64,
    number: u32,
    effect: Effect,
    progress: Arc<Progress>,
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

    #[tokio::test]
    async fn what_makes_no_http_is_refused() {
        let faults = Arc::new(Faults::new(CancellationToken::new()));
        let refused = |path: &str, effect: Effect| {
            faults
                .inject(Fault::before("GET", path, effect))
                .unwrap_err()
        };
        let path = "/auth/profile";
        assert_eq!(
            refused("auth", Effect::Reset),
            InvalidFault::Path("auth".to_owned())
        );
        for status in [0, 100, 199, 600] {
            assert_eq!(
                refused(path, Answer::new(status).into()),
                InvalidFault::Status(status)
            );
        }
        for (name, value) in [("Retry After", "1"), ("Retry-After", "1\r\nX: 2")] {
            assert_eq!(
                refused(path, Answer::new(429).header(name, value).into()),
                InvalidFault::Header(name.to_owned())
            );
        }
    }
}
