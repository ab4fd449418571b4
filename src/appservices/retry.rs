//! Whether a request is sent again, and after how long.

use std::time::{Duration, SystemTime};

use backon::{BackoffBuilder, ExponentialBackoff, ExponentialBuilder};
use reqwest::StatusCode;

/// The longest `Retry-After` that is obeyed in full.
pub(super) const MAX_RETRY_AFTER: Duration = Duration::from_secs(30);

/// What sending a request more than once does (RFC 9110, section 9.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Idempotency {
    /// No change that matters: reads, logging in, refreshing.
    Safe,
    /// The same as sending it once: enable, disable, delete.
    Idempotent,
    /// Something new each time: create.
    NonIdempotent,
}

/// How an attempt without success ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// No byte of the request left this machine.
    Unsent,
    /// Sent, at least in part, and no whole answer came back.
    NoResponse,
    /// The server answered with something else than success, or with success and an error in it.
    Answered {
        status: StatusCode,
        retry_after: Option<Duration>,
    },
    /// The server answered with success, and the answer makes no sense.
    Undecodable,
    /// The next attempt would end the same way, without an answer.
    Permanent,
}

/// After how long a request is sent again, if at all. `backoff` takes one of the retries, if there is
/// one left: how long to wait if the server does not ask for more.
///
/// One that is not idempotent is sent again only when it certainly had no effect: it was never sent,
/// or the server turned it away.
pub(super) fn wait(
    idempotency: Idempotency,
    outcome: Outcome,
    backoff: impl FnOnce() -> Option<Duration>,
) -> Option<Duration> {
    let again = match outcome {
        Outcome::Permanent => false,
        Outcome::Answered { status, .. } if is_final(status) => false,
        outcome => idempotency != Idempotency::NonIdempotent || !may_have_been_handled(outcome),
    };
    let wait = again.then(backoff).flatten()?;
    Some(wait.max(outcome.retry_after().unwrap_or_default()))
}

/// What a status says of the server, and so of the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Meaning {
    /// The server is down, overloaded or slow. That may pass, and the request may have been acted upon.
    Unavailable,
    /// The server turned the request away without acting upon it, and may take it later.
    NotNow,
    /// The server will say the same again. It did not act.
    Final,
    /// Success, with an error in it: the answer contradicts itself, so it proves nothing.
    Unclear,
}

impl Meaning {
    /// The one place that tells statuses apart; what is retried and how follows from it.
    fn of(status: StatusCode) -> Meaning {
        match status {
            StatusCode::REQUEST_TIMEOUT => Meaning::Unavailable,
            // 413 may pass as well (RFC 9110, section 15.5.14), and no request here is large.
            StatusCode::PAYLOAD_TOO_LARGE
            | StatusCode::TOO_EARLY
            | StatusCode::TOO_MANY_REQUESTS => Meaning::NotNow,
            _ if status.is_server_error() => Meaning::Unavailable,
            _ if status.is_client_error() || status.is_redirection() => Meaning::Final,
            _ => Meaning::Unclear,
        }
    }
}

/// Whether the server will say the same again, as opposed to a refusal that is about its load, its
/// state, or the time that a request took.
pub(super) fn is_final(status: StatusCode) -> bool {
    Meaning::of(status) == Meaning::Final
}

/// Whether the server may have acted upon a write that ended like this.
pub(super) fn may_have_been_handled(outcome: Outcome) -> bool {
    match outcome {
        Outcome::NoResponse | Outcome::Undecodable => true,
        Outcome::Answered { status, .. } => {
            matches!(Meaning::of(status), Meaning::Unavailable | Meaning::Unclear)
        }
        Outcome::Unsent | Outcome::Permanent => false,
    }
}

impl Outcome {
    /// How long the server wants to be left alone.
    pub(super) fn retry_after(self) -> Option<Duration> {
        match self {
            Outcome::Answered { retry_after, .. } => retry_after,
            _ => None,
        }
    }

    pub(super) fn is_rate_limit(self) -> bool {
        matches!(self, Outcome::Answered { status, .. } if status == StatusCode::TOO_MANY_REQUESTS)
    }

    /// Whether it was no answer of use: the server is down, overloaded or out of reach, or something else answers in its
    /// place.
    pub(super) fn is_unavailable(self) -> bool {
        self == Outcome::Unsent || may_have_been_handled(self)
    }
}

/// The waits between attempts.
#[derive(Clone, Copy, Debug)]
pub(super) struct Backoff {
    /// The first wait, before jitter, which adds up to as much again.
    pub(super) first: Duration,
    /// Where doubling ends, before jitter.
    pub(super) longest: Duration,
    /// How many retries there are.
    pub(super) times: u32,
}

impl Backoff {
    /// From 200 ms to 4 s.
    pub(super) fn new(max_retries: u32) -> Backoff {
        Backoff {
            first: Duration::from_millis(200),
            longest: Duration::from_secs(4),
            times: max_retries,
        }
    }

    /// The waits between two lists that are to show a write: from 100 ms to 1 s, and without an end.
    pub(super) fn between_lists(self) -> ExponentialBackoff {
        Backoff {
            first: self.first.min(Duration::from_millis(100)),
            longest: self.longest.min(Duration::from_secs(1)),
            times: 0,
        }
        .waits()
    }

    pub(super) fn waits(self) -> ExponentialBackoff {
        ExponentialBuilder::default()
            .with_min_delay(self.first)
            .with_max_delay(self.longest)
            .with_factor(2.0)
            .without_max_times()
            .with_jitter()
            .build()
    }
}

/// Reads a `Retry-After` header: seconds, or an HTTP date (RFC 9110, section 10.2.3), at most
/// [`MAX_RETRY_AFTER`].
///
/// `now` is the server's clock, from the `Date` of the same answer. A date in the past is no wait;
/// anything unreadable, negative or fractional is none at all.
pub(super) fn retry_after(value: &str, now: SystemTime) -> Option<Duration> {
    let value = value.trim();
    let wait = if value.bytes().all(|byte| byte.is_ascii_digit()) && !value.is_empty() {
        // More digits than fit are still a long wait.
        value.parse().map_or(MAX_RETRY_AFTER, Duration::from_secs)
    } else {
        let date = httpdate::parse_http_date(value).ok()?;
        date.duration_since(now).unwrap_or_default()
    };
    Some(wait.min(MAX_RETRY_AFTER))
}

#[cfg(test)]
mod tests {
    use super::*;

    const WAIT: Duration = Duration::from_millis(300);

    fn answered(status: u16, retry_after_s: Option<u64>) -> Outcome {
        Outcome::Answered {
            status: StatusCode::from_u16(status).unwrap(),
            retry_after: retry_after_s.map(Duration::from_secs),
        }
    }

    /// Which requests are retried: all, all but a create, or none.
    #[derive(Clone, Copy, PartialEq)]
    enum Again {
        Any,
        AllButCreate,
        None,
    }

    #[test]
    fn only_what_does_no_harm_is_sent_again() {
        use Again::{AllButCreate, Any, None as Never};
        // Outcome; what is retried after it; after how long; whether a write may have been handled;
        // whether the server counts as unavailable.
        for (outcome, again, after_s, handled, unavailable) in [
            (Outcome::Unsent, Any, 0, false, true),
            (Outcome::NoResponse, AllButCreate, 0, true, true),
            (Outcome::Undecodable, AllButCreate, 0, true, true),
            (Outcome::Permanent, Never, 0, false, false),
            (answered(429, None), Any, 0, false, false),
            (answered(429, Some(7)), Any, 7, false, false),
            (answered(429, Some(0)), Any, 0, false, false),
            (answered(413, Some(7)), Any, 7, false, false),
            (answered(425, None), Any, 0, false, false),
            (answered(408, None), AllButCreate, 0, true, true),
            (answered(500, None), AllButCreate, 0, true, true),
            (answered(501, None), AllButCreate, 0, true, true),
            (answered(502, None), AllButCreate, 0, true, true),
            (answered(503, Some(2)), AllButCreate, 2, true, true),
            (answered(504, None), AllButCreate, 0, true, true),
            (answered(200, None), AllButCreate, 0, true, true),
            (answered(307, None), Never, 0, false, false),
            (answered(400, Some(1)), Never, 0, false, false),
            (answered(401, None), Never, 0, false, false),
            (answered(403, None), Never, 0, false, false),
            (answered(404, None), Never, 0, false, false),
            (answered(409, None), Never, 0, false, false),
        ] {
            let after = WAIT.max(Duration::from_secs(after_s));
            for (idempotency, allowed) in [
                (Idempotency::Safe, again != Never),
                (Idempotency::Idempotent, again != Never),
                (Idempotency::NonIdempotent, again == Any),
            ] {
                let got = wait(idempotency, outcome, || Some(WAIT));
                assert_eq!(got, allowed.then_some(after), "{idempotency:?} {outcome:?}");
                assert_eq!(wait(idempotency, outcome, || None), None);
            }
            assert_eq!(may_have_been_handled(outcome), handled, "{outcome:?}");
            assert_eq!(outcome.is_unavailable(), unavailable, "{outcome:?}");
        }
    }

    #[test]
    fn the_guides_name_the_statuses_that_are_retried() {
        let may_pass =
            (400..500).filter(|&status| !is_final(StatusCode::from_u16(status).unwrap()));
        let listed: Vec<_> = may_pass.map(|status| status.to_string()).collect();
        let listed = listed.join(", ");
        let rows = [
            ("network.md", format!("| {listed}, and 5xx | yes |")),
            (
                "hosted-service-end.md",
                format!("| {listed}, 5xx | worth a [retry]"),
            ),
        ];
        let missing: Vec<_> = rows
            .into_iter()
            .filter(|(guide, row)| {
                let path = format!("{}/docs/guides/{guide}", env!("CARGO_MANIFEST_DIR"));
                !std::fs::read_to_string(path).unwrap().contains(row)
            })
            .map(|(guide, row)| format!("docs/guides/{guide}: {row}"))
            .collect();
        assert!(
            missing.is_empty(),
            "by what is retried, these rows of guides should begin like this:\n{}",
            missing.join("\n")
        );
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let now = httpdate::parse_http_date("Tue, 12 Mar 2024 20:55:27 GMT").unwrap();
        for (value, wait_s) in [
            ("0", Some(0)),
            (" 12 ", Some(12)),
            ("31", Some(30)),
            ("99999999999999999999999", Some(30)),
            ("Tue, 12 Mar 2024 20:55:37 GMT", Some(10)),
            ("Tue, 12 Mar 2024 21:55:37 GMT", Some(30)),
            ("Tue, 12 Mar 2024 20:55:17 GMT", Some(0)),
            ("", None),
            ("-1", None),
            ("1.5", None),
            ("soon", None),
        ] {
            assert_eq!(
                retry_after(value, now),
                wait_s.map(Duration::from_secs),
                "{value}"
            );
        }
    }

    #[test]
    fn lists_go_on_at_least_once_in_two_seconds() {
        let waits: Vec<_> = Backoff::new(0).between_lists().take(1000).collect();
        assert_eq!(waits.len(), 1000);
        for (n, wait) in waits.into_iter().enumerate() {
            let base = Duration::from_millis(100 << n.min(10)).min(Duration::from_secs(1));
            assert!((base..=2 * base).contains(&wait), "{n}: {wait:?}");
        }
    }

    #[test]
    fn waits_grow_within_bounds() {
        for _ in 0..100 {
            let waits: Vec<_> = Backoff::new(10).waits().take(10).collect();
            for (n, wait) in waits.iter().enumerate() {
                let base = Duration::from_millis(200) * 2_u32.pow(n.try_into().unwrap());
                let base = base.min(Duration::from_secs(4));
                assert!((base..=2 * base).contains(wait), "{n}: {wait:?}");
            }
        }
    }
}
