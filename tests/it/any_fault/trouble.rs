use std::time::{Duration, SystemTime};

use terraform_provider_appservices::emulator::{Answer, FaultEffect, When};

/// How often the trouble is met.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Often {
    Once,
    Always,
}

/// One column of the matrix.
#[derive(Clone)]
pub(super) struct Trouble {
    pub(super) name: String,
    pub(super) kind: Kind,
}

#[derive(Clone)]
pub(super) enum Kind {
    /// Nothing listens at the port.
    Refused,
    Fault(When, FaultEffect),
    /// Elsewhere, at another host that must not hear anything.
    Redirect(u16),
}

impl Trouble {
    pub(super) fn all() -> Vec<Self> {
        let mut all = vec![named("refused".to_owned(), Kind::Refused)];
        for (when, word) in [(When::Before, "before"), (When::After, "after")] {
            let mut fault = |name: &str, effect: FaultEffect| {
                all.push(named(format!("{name} {word}"), Kind::Fault(when, effect)));
            };
            fault("reset", FaultEffect::Reset);
            fault("cut in half", FaultEffect::Truncate);
            fault(
                "no HTTP",
                FaultEffect::Garbage("SSH-2.0-OpenSSH_9.9\r\n".to_owned()),
            );
            fault("hang", FaultEffect::Hang);
            let statuses = match when {
                When::Before => &[500, 502, 503, 504][..],
                When::After => &[502, 504],
            };
            for &status in statuses {
                let answer = Answer::new(status).body("text/html", "<html>not today</html>");
                fault(&status.to_string(), FaultEffect::Answer(answer));
            }
            let pages = [
                (
                    "HTML",
                    Answer::new(200).body("text/html", "<html>log in first</html>"),
                ),
                (
                    "an object",
                    Answer::new(200).body("application/json", r#"{"unexpected":true}"#),
                ),
                (
                    "half a key",
                    Answer::new(201)
                        .body("application/json", r#"{"_id":"65f0c0ffee0000000000d001"}"#),
                ),
            ];
            for (name, answer) in pages {
                fault(name, FaultEffect::Answer(answer));
            }
        }
        let date = SystemTime::now() + Duration::from_secs(1);
        let waits = [
            ("429", None),
            ("429 for a second", Some("1".to_owned())),
            ("429 until a date", Some(httpdate::fmt_http_date(date))),
            ("429 for a day", Some("86400".to_owned())),
        ];
        for (name, wait) in waits {
            let answer =
                Answer::new(429).body("application/json", r#"{"error":"too many requests"}"#);
            let answer = match wait {
                Some(wait) => answer.header("Retry-After", &wait),
                None => answer,
            };
            all.push(before(name, answer));
        }
        let revoked = r#"{"error":"invalid session: failed to find refresh token","error_code":"InvalidSession"}"#;
        all.push(before(
            "revoked",
            Answer::new(401).body("application/json", revoked),
        ));
        for status in [307, 308] {
            // Relative, so that it fits every path.
            let here = Answer::new(status).header("Location", "?again");
            all.push(before(&format!("{status} to itself"), here));
            all.push(named(format!("{status} elsewhere"), Kind::Redirect(status)));
        }
        all
    }

    /// Whether the operation may have been done although each of its requests met the trouble.
    pub(super) fn may_heal(&self) -> bool {
        matches!(self.kind, Kind::Fault(When::After, _))
    }

    /// Whether each request waits until the provider gives it up.
    pub(super) fn hangs(&self) -> bool {
        matches!(self.kind, Kind::Fault(_, FaultEffect::Hang))
    }
}

fn named(name: String, kind: Kind) -> Trouble {
    Trouble { name, kind }
}

fn before(name: &str, answer: Answer) -> Trouble {
    named(
        name.to_owned(),
        Kind::Fault(When::Before, FaultEffect::Answer(answer)),
    )
}
