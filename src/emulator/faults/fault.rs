//! What can be told to go wrong, as plain data that has a form in JSON.

use std::time::Duration;

use axum::http::Method;
use serde::{Deserialize, Serialize};

use super::Answer;
use crate::emulator::app::PREFIX;

/// What goes wrong, for which requests, and how often.
///
/// Faults meet a request in the order in which they were injected. One that only delays lets those after it have
/// their turn; any other is the last for this request. A fault counts the requests that get as far as itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// The method in upper case; `None` for all.
    pub method: Option<String>,
    /// The path below `/api/client/v2.0`, where a segment in braces stands for any one segment:
    /// `/auth/api_keys/{id}/disable`. `None` for all paths, known to the API or not.
    pub path: Option<String>,
    /// How many requests pass unharmed first.
    #[serde(default)]
    pub skip: u32,
    /// How many requests it then meets; `None`, which is null in JSON, for all.
    #[serde(default = "once")]
    pub times: Option<u32>,
    /// Whether the server does its part.
    #[serde(default)]
    pub when: When,
    /// What happens.
    pub effect: FaultEffect,
}

#[expect(clippy::unnecessary_wraps, reason = "a member that may be null")]
fn once() -> Option<u32> {
    Some(1)
}

/// The moment at which a fault meets a request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum When {
    /// The request has arrived, and the server knows nothing of it.
    #[default]
    Before,
    /// The server has done what was asked, and its answer is about to leave.
    After,
}

/// What a fault does. In JSON `"reset"`, `{"slow": "2s"}`, `{"answer": {"status": 503}}` and so on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FaultEffect {
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
    /// Nothing, until the fault is cleared; then the request goes on as if nothing had been.
    Hang,
    /// Nothing for so long; then the request goes on. A clear ends the wait early.
    Slow(
        #[serde(with = "jiff::fmt::serde::unsigned_duration::friendly::compact::required")]
        Duration,
    ),
}

impl From<Answer> for FaultEffect {
    fn from(answer: Answer) -> Self {
        Self::Answer(answer)
    }
}

impl Fault {
    /// Meets the next such request, before the server acted.
    pub fn before(method: &str, path: &str, effect: impl Into<FaultEffect>) -> Self {
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
    pub fn after(method: &str, path: &str, effect: impl Into<FaultEffect>) -> Self {
        Self {
            when: When::After,
            ..Self::before(method, path, effect)
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

    /// Fails when the fault can never meet a request of these calls, or has no form in HTTP.
    pub(super) fn check(&self, calls: &[(Method, &str)]) -> Result<(), String> {
        let path = self.path.as_deref();
        let mut calls = calls
            .iter()
            .filter(|(_, template)| path.is_none_or(|path| fits(path, template)))
            .peekable();
        if calls.peek().is_none() {
            let path = path.unwrap_or_default();
            return Err(format!("path: no call of the API has the path '{path}'"));
        }
        if let Some(method) = &self.method
            && !calls.any(|(own, _)| own == method.as_str())
        {
            let on = path.map_or_else(String::new, |path| format!(" at '{path}'"));
            return Err(format!("method: there is no call {method}{on}"));
        }
        if self.times == Some(0) {
            return Err("times: it has to meet at least one request".to_owned());
        }
        match &self.effect {
            FaultEffect::Answer(answer) if answer.clone().response().is_none() => Err(format!(
                "effect.answer: the status {} is not one from 200 to 599 or has no body, or a header is malformed or says where the \
                 body ends",
                answer.status
            )),
            _ => Ok(()),
        }
    }

    pub(super) fn applies_to(&self, when: When, method: &str, path: &str) -> bool {
        let path = path.strip_prefix(PREFIX).unwrap_or(path);
        self.when == when
            && self.method.as_deref().is_none_or(|own| own == method)
            && self.path.as_deref().is_none_or(|own| fits(own, path))
    }
}

/// Whether two paths may be one: a segment in braces stands for any one segment.
fn fits(one: &str, other: &str) -> bool {
    let any = |segment: &str| segment.starts_with('{') && segment.ends_with('}');
    let same = |(one, other): (&str, &str)| {
        one == other || (any(one) && !other.is_empty()) || (any(other) && !one.is_empty())
    };
    one.split('/').count() == other.split('/').count()
        && one.split('/').zip(other.split('/')).all(same)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_segment_in_braces_stands_for_any_one_segment() {
        for (pattern, path, expected) in [
            ("/auth/api_keys", "/auth/api_keys", true),
            ("/auth/api_keys", "/auth/api_keys/1", false),
            ("/auth/api_keys", "/auth/api_keys/", false),
            ("/auth/api_keys/{id}", "/auth/api_keys/1", true),
            ("/auth/api_keys/1", "/auth/api_keys/{id}", true),
            ("/auth/api_keys/{id}", "/auth/api_keys/", false),
            ("/auth/api_keys/{id}", "/auth/api_keys", false),
            (
                "/auth/api_keys/{id}/enable",
                "/auth/api_keys/1/disable",
                false,
            ),
            ("/app/{app}/location", "/app/myapp-abcde/location", true),
        ] {
            assert_eq!(fits(pattern, path), expected, "{pattern} {path}");
        }
    }

    #[test]
    fn a_fault_that_can_meet_nothing_is_refused_by_the_name_of_its_member() {
        let calls = [
            (Method::GET, "/auth/api_keys/{id}"),
            (Method::POST, "/auth/api_keys"),
        ];
        let check = |fault: Fault| fault.check(&calls);
        let reset = |method: &str, path: &str| Fault::before(method, path, FaultEffect::Reset);
        assert_eq!(check(reset("POST", "/auth/api_keys")), Ok(()));
        assert_eq!(check(reset("GET", "/auth/api_keys/65f0")), Ok(()));
        assert_eq!(check(reset("GET", "/auth/{what}/{id}")), Ok(()));
        let answer = |answer: Answer| Fault::before("POST", "/auth/api_keys", answer);
        let anywhere = |method: &str| Fault {
            path: None,
            ..reset(method, "")
        };
        assert_eq!(check(anywhere("GET")), Ok(()));
        let never = Fault {
            times: Some(0),
            ..anywhere("GET")
        };
        for (fault, field) in [
            (reset("GET", "/auth/profile"), "path"),
            (reset("POST", "auth/api_keys"), "path"),
            (reset("POST", "/api/client/v2.0/auth/api_keys"), "path"),
            (reset("GET", "/auth/api_keys"), "method"),
            (reset("post", "/auth/api_keys"), "method"),
            (anywhere("PATCH"), "method"),
            (never, "times"),
            (answer(Answer::new(199)), "effect.answer"),
            (answer(Answer::new(600)), "effect.answer"),
            (
                answer(Answer::new(429).header("Retry After", "1")),
                "effect.answer",
            ),
            (
                answer(Answer::new(429).header("X", "1\r\nY: 2")),
                "effect.answer",
            ),
            (
                answer(Answer::new(200).header("content-length", "5")),
                "effect.answer",
            ),
            (
                answer(Answer::new(204).body("text/plain", "x")),
                "effect.answer",
            ),
        ] {
            let error = check(fault).unwrap_err();
            assert!(error.starts_with(&format!("{field}: ")), "{error}");
        }
    }
}
