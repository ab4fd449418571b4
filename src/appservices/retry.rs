//! When a request is repeated, and after how long.

use std::time::{Duration, SystemTime};

use backon::{BackoffBuilder, ExponentialBackoff, ExponentialBuilder};
use reqwest::StatusCode;

/// The longest `Retry-After` that is obeyed in full.
pub(super) const MAX_RETRY_AFTER: Duration = Duration::from_secs(30);

/// What a request leaves behind at the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    /// Nothing that anybody would miss: reads, logging in, refreshing.
    None,
    /// The same state, however often it is sent: enable, disable, delete.
    Idempotent,
    /// Something new each time. When its answer is lost, so is the only copy of a key's value.
    Creation,
}

/// How one attempt ended, when it did not end well.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// No byte of the request left this machine.
    Unsent,
    /// Sent, at least in part, and no whole answer came back.
    Lost,
    /// The server answered.
    Answered {
        status: StatusCode,
        retry_after: Option<Duration>,
    },
    /// The server answered with success, and the answer makes no sense.
    Garbled,
    /// Another attempt would end the same way.
    Hopeless,
}

/// What to do after an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Stop,
    RepeatAfter(Duration),
}

/// Judges one attempt; `wait` is the next backoff, or none when the retries are used up.
///
/// A creation is repeated only when the first one certainly had no effect: it was never sent, or
/// 429 turned it away.
pub(super) fn verdict(outcome: Outcome, effect: Effect, wait: Option<Duration>) -> Verdict {
    let Some(wait) = wait else {
        return Verdict::Stop;
    };
    match outcome {
        Outcome::Unsent => Verdict::RepeatAfter(wait),
        Outcome::Answered {
            status: StatusCode::TOO_MANY_REQUESTS,
            retry_after,
        } => Verdict::RepeatAfter(retry_after.unwrap_or_default().max(wait)),
        _ if effect == Effect::Creation => Verdict::Stop,
        Outcome::Lost | Outcome::Garbled => Verdict::RepeatAfter(wait),
        Outcome::Answered {
            status,
            retry_after,
        } if is_transient(status) => {
            Verdict::RepeatAfter(retry_after.unwrap_or_default().max(wait))
        }
        Outcome::Answered { .. } | Outcome::Hopeless => Verdict::Stop,
    }
}

/// Whether the server may have acted upon a write that ended like this.
pub(super) fn may_have_been_handled(outcome: Outcome) -> bool {
    match outcome {
        Outcome::Lost | Outcome::Garbled => true,
        // Success with an error inside contradicts itself, so it proves nothing either.
        Outcome::Answered { status, .. } => {
            status.is_server_error() || status.is_success() || status == StatusCode::REQUEST_TIMEOUT
        }
        Outcome::Unsent | Outcome::Hopeless => false,
    }
}

/// Whether the same request may well be answered otherwise in a moment.
pub(super) fn is_transient(status: StatusCode) -> bool {
    match status {
        StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_MANY_REQUESTS => true,
        StatusCode::NOT_IMPLEMENTED | StatusCode::HTTP_VERSION_NOT_SUPPORTED => false,
        status => status.is_server_error(),
    }
}

/// The waits between attempts.
#[derive(Clone, Copy, Debug)]
pub(super) struct Backoff {
    /// The first wait, before jitter, which adds up to as much again.
    pub(super) first: Duration,
    /// Where doubling ends, before jitter.
    pub(super) longest: Duration,
    /// How many waits there are.
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

    /// The waits between two looks at whether a write shows: from 100 ms to 1 s, or as patient as
    /// the repetitions are, and without an end.
    pub(super) fn between_looks(self) -> ExponentialBackoff {
        Backoff {
            first: self.first.min(Duration::from_millis(100)),
            longest: self.longest.min(Duration::from_secs(1)),
            times: u32::MAX,
        }
        .waits()
    }

    /// The wait before the `n`th attempt after the first, without jitter: for a wait of all together.
    pub(super) fn after(self, n: u32) -> Duration {
        let doubled = 2_u32.saturating_pow(n.saturating_sub(1));
        self.first.saturating_mul(doubled).min(self.longest)
    }

    pub(super) fn waits(self) -> ExponentialBackoff {
        ExponentialBuilder::default()
            .with_min_delay(self.first)
            .with_max_delay(self.longest)
            .with_factor(2.0)
            .with_max_times(self.times as usize)
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
    const STOP: Verdict = Verdict::Stop;
    const AGAIN: Verdict = Verdict::RepeatAfter(WAIT);

    fn answered(status: u16, retry_after_s: Option<u64>) -> Outcome {
        Outcome::Answered {
            status: StatusCode::from_u16(status).unwrap(),
            retry_after: retry_after_s.map(Duration::from_secs),
        }
    }

    #[test]
    fn only_what_is_safe_is_repeated() {
        let seconds = |n| Verdict::RepeatAfter(Duration::from_secs(n));
        // Outcome; verdict for a read and an idempotent write; verdict for a creation; perhaps
        // handled.
        for (outcome, safe, creation, handled) in [
            (Outcome::Unsent, AGAIN, AGAIN, false),
            (Outcome::Lost, AGAIN, STOP, true),
            (Outcome::Garbled, AGAIN, STOP, true),
            (Outcome::Hopeless, STOP, STOP, false),
            (answered(429, None), AGAIN, AGAIN, false),
            (answered(429, Some(7)), seconds(7), seconds(7), false),
            (answered(429, Some(0)), AGAIN, AGAIN, false),
            (answered(408, None), AGAIN, STOP, true),
            (answered(500, None), AGAIN, STOP, true),
            (answered(502, None), AGAIN, STOP, true),
            (answered(503, Some(2)), seconds(2), STOP, true),
            (answered(504, None), AGAIN, STOP, true),
            (answered(501, None), STOP, STOP, true),
            (answered(505, None), STOP, STOP, true),
            (answered(200, None), STOP, STOP, true),
            (answered(307, None), STOP, STOP, false),
            (answered(400, Some(1)), STOP, STOP, false),
            (answered(401, None), STOP, STOP, false),
            (answered(403, None), STOP, STOP, false),
            (answered(404, None), STOP, STOP, false),
            (answered(409, None), STOP, STOP, false),
        ] {
            assert_eq!(
                verdict(outcome, Effect::None, Some(WAIT)),
                safe,
                "{outcome:?}"
            );
            assert_eq!(
                verdict(outcome, Effect::Idempotent, Some(WAIT)),
                safe,
                "{outcome:?}"
            );
            assert_eq!(
                verdict(outcome, Effect::Creation, Some(WAIT)),
                creation,
                "{outcome:?}"
            );
            assert_eq!(verdict(outcome, Effect::None, None), STOP, "{outcome:?}");
            assert_eq!(may_have_been_handled(outcome), handled, "{outcome:?}");
        }
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
    fn looks_go_on_at_least_once_in_two_seconds() {
        let waits: Vec<_> = Backoff::new(0).between_looks().take(1000).collect();
        assert_eq!(waits.len(), 1000);
        for (n, wait) in waits.into_iter().enumerate() {
            let base = Duration::from_millis(100 << n.min(10)).min(Duration::from_secs(1));
            assert!((base..=2 * base).contains(&wait), "{n}: {wait:?}");
        }
    }

    #[test]
    fn waits_grow_within_bounds() {
        for _ in 0..100 {
            let waits: Vec<_> = Backoff::new(10).waits().collect();
            assert_eq!(waits.len(), 10);
            for (n, wait) in waits.iter().enumerate() {
                let base = Duration::from_millis(200) * 2_u32.pow(n.try_into().unwrap());
                let base = base.min(Duration::from_secs(4));
                assert!((base..=2 * base).contains(wait), "{n}: {wait:?}");
            }
        }
    }
}
