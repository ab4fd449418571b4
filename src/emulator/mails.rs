//! What users are told outside the API, where the tokens travel that confirm an address or reset a password.

use std::collections::VecDeque;
use std::fmt;
use std::io::{self, Write};
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What a user gets by e-mail, or a function of the app to pass on. Nothing is sent: this is all that there is of it.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Mail {
    /// What the token is for.
    pub kind: MailKind,
    /// The user's address.
    pub email: String,
    /// 128 hexadecimal digits; a secret, valid once and for 30 minutes.
    pub token: String,
    /// 24 hexadecimal digits that go with the token.
    pub token_id: String,
}

/// What a mailed token is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MailKind {
    /// To confirm the address.
    Confirm,
    /// To set another password.
    Reset,
}

/// Shows no token.
impl fmt::Debug for Mail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mail")
            .field("kind", &self.kind)
            .field("email", &self.email)
            .finish_non_exhaustive()
    }
}

/// As it stands in the log: `mail to ci@example.com: confirm token=9f... tokenId=65...`.
impl fmt::Display for Mail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            kind,
            email,
            token,
            token_id,
        } = self;
        let kind = match kind {
            MailKind::Confirm => "confirm",
            MailKind::Reset => "reset",
        };
        // Anybody chooses an address, but nobody a line of the log.
        let email = email.escape_default();
        write!(
            f,
            "mail to {email}: {kind} token={token} tokenId={token_id}"
        )
    }
}

/// The latest mails. Bounded, so that an emulator can run for weeks.
#[derive(Default)]
pub(super) struct Mails {
    latest: Mutex<VecDeque<Mail>>,
    /// Whether each is a line on stderr.
    log: bool,
}

impl Mails {
    const LIMIT: usize = 1_000;

    pub(super) fn new(log: bool) -> Self {
        Self {
            log,
            ..Self::default()
        }
    }

    pub(super) fn send(&self, mail: Mail) {
        if self.log {
            // In one piece, or lines would mix. Nobody to tell when stderr is closed.
            let line = format!("{:.3} {mail}\n", Timestamp::now());
            let _ = io::stderr().write_all(line.as_bytes());
        }
        let mut mails = self.latest.lock().unwrap_or_else(PoisonError::into_inner);
        if mails.len() == Self::LIMIT {
            mails.pop_front();
        }
        mails.push_back(mail);
    }

    pub(super) fn latest(&self) -> Vec<Mail> {
        let mails = self.latest.lock().unwrap_or_else(PoisonError::into_inner);
        mails.iter().cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mail(email: &str) -> Mail {
        Mail {
            kind: MailKind::Reset,
            email: email.to_owned(),
            token: "hush".to_owned(),
            token_id: "7".to_owned(),
        }
    }

    #[test]
    fn the_oldest_mails_are_forgotten() {
        let mails = Mails::default();
        for n in 0..=Mails::LIMIT {
            mails.send(mail(&n.to_string()));
        }
        let latest = mails.latest();
        assert_eq!(latest.len(), Mails::LIMIT);
        assert_eq!(latest[0].email, "1");
    }

    #[test]
    fn a_line_of_the_log_is_one_line() {
        let line = mail("a\nb").to_string();
        assert_eq!(line, r"mail to a\nb: reset token=hush tokenId=7");
    }

    #[test]
    fn debug_shows_no_token() {
        let shown = format!("{:?}", mail("a"));
        assert!(
            shown.contains("Reset") && !shown.contains("hush"),
            "{shown}"
        );
    }
}
