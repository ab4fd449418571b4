//! Failures of App Services in the words of a practitioner: what failed, and in `advice` what to do about it. Nowhere else are
//! they worded.

mod advice;

use std::fmt::Write as _;
use std::mem;

use crate::appservices::{BaseUrl, Error, ErrorKind, Phase, Seconds, StatusCode, TlsProblem};
use crate::tf_provider::{Diagnostic, IntoDiagnostic};

use advice::advice;

/// What failed, what the server said, how hard it was tried, and what to do next.
impl IntoDiagnostic for Error {
    fn diagnostic(&self, doing: &str) -> Diagnostic {
        let mut detail = format!("{}{}", capitalised(&reasons(self)), effort(self));
        if let Some(log) = self.server_log() {
            let _ = write!(detail, "\nThe server's log: {log}");
        }
        let _ = write!(detail, "\n\n{}", advice(self));
        if is_of_the_hosted_service(self) {
            let _ = write!(detail, "\n\n{HOSTED_SERVICE}");
        }
        let diagnostic = Diagnostic::error(format!("Could not {doing}")).detail(detail);
        let diagnostic = match shared_cause(self) {
            Some(key) => diagnostic.of_shared_cause(key, brief(self)),
            None => diagnostic,
        };
        if self.is_already_exists() || self.is_invalid_name() {
            diagnostic.at("name")
        } else {
            diagnostic
        }
    }
}

/// The same in one sentence, as part of another message.
pub(super) fn sentence(error: &Error, doing: &str) -> String {
    sentence_of_all(error, error, doing)
}

/// The same, where more was tried after that: `last` is the last attempt's.
pub(super) fn sentence_of_all(error: &Error, last: &Error, doing: &str) -> String {
    format!("Could not {doing}: {}{}.", reasons(error), effort(last))
}

/// The error and its reasons. What the TLS library says is left out where the kind of the problem is known.
fn reasons(error: &Error) -> String {
    let chain = error.chain();
    let known = match last(error.kind()) {
        ErrorKind::Untrusted {
            problem:
                TlsProblem::NoTls
                | TlsProblem::AuthorityAsServer
                | TlsProblem::Expired
                | TlsProblem::NotYetValid,
            source,
            ..
        } => chain.strip_suffix(&format!(": {source}")),
        _ => None,
    };
    known.map_or_else(|| chain.clone(), str::to_owned)
}

/// The text as the beginning of a sentence, unless it begins with a URL.
fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    match chars.next() {
        Some(first) if !text.starts_with("http") => first.to_uppercase().chain(chars).collect(),
        _ => text.to_owned(),
    }
}

/// How hard it was tried; nothing if it failed before anything could be.
fn effort(error: &Error) -> String {
    if error.is_circuit_open() {
        return " (not sent: another operation of this run has just met the same)".to_owned();
    }
    let attempts = match error.attempts() {
        0 => return String::new(),
        1 => "1 attempt".to_owned(),
        attempts => format!("{attempts} attempts"),
    };
    format!(" ({attempts}, {})", Seconds(error.elapsed()))
}

/// What went wrong in the end, whatever it ended.
fn last(kind: &ErrorKind) -> &ErrorKind {
    match kind {
        ErrorKind::Interrupted { source: Some(last) }
        | ErrorKind::DeadlineExceeded { source: Some(last) } => self::last(last.kind()),
        kind => kind,
    }
}

/// What a failure is that other operations of this run meet as well, such as a server that is down or credentials that are
/// refused: its kind and its place, since the server's words may differ with every request. None for one that is of this
/// operation alone.
fn shared_cause(error: &Error) -> Option<String> {
    let kind = last(error.kind());
    let place = match kind {
        ErrorKind::Refused {
            origin,
            status,
            code,
            ..
        } if is_shared(error, *status) => format!("{origin} {status} {code:?}"),
        ErrorKind::Unreachable { origin, .. }
        | ErrorKind::Disconnected { origin, .. }
        | ErrorKind::TimedOut { origin, .. } => origin.clone(),
        ErrorKind::Untrusted {
            origin, problem, ..
        } => format!("{origin} {problem}"),
        ErrorKind::Redirected { origin, target, .. } => format!("{origin} {target:?}"),
        ErrorKind::Decode { origin, detail, .. } => format!("{origin} {detail}"),
        ErrorKind::OtherUser { got: user, .. } | ErrorKind::UserNotAllowed { user_id: user } => {
            user.clone()
        }
        ErrorKind::SessionEnded { .. }
        | ErrorKind::UnusableLocation { .. }
        | ErrorKind::Setup { .. } => String::new(),
        _ => return None,
    };
    Some(format!("{:?} {place}", mem::discriminant(kind)))
}

/// Whether a refusal is of the session, the app or the server, and not of what was asked for.
fn is_shared(error: &Error, status: StatusCode) -> bool {
    let is_of_the_session = matches!(status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN);
    error.phase() != Phase::Call
        || is_of_the_session
        || error.is_bare_not_found()
        || !error.is_final_refusal()
}

/// What stands in the place of a cause that was told in full before.
fn brief(error: &Error) -> String {
    let met = capitalised(&last(error.kind()).to_string());
    format!(
        "{met}{}.\nAnother error of this run tells the same in full, and what to do.",
        effort(error)
    )
}

const HOSTED_SERVICE: &str = "This is the default address, used unless `base_url` (APPSERVICES_BASE_URL) names another: that of \
    MongoDB's hosted service, which was announced to end on 30 September 2025. Set `base_url` to reach another server.";

/// Whether it looks as if there were no App Services any more where the default leads.
fn is_of_the_hosted_service(error: &Error) -> bool {
    match last(error.kind()) {
        ErrorKind::Unreachable { origin, .. }
        | ErrorKind::Untrusted { origin, .. }
        | ErrorKind::TimedOut { origin, .. }
        | ErrorKind::Decode { origin, .. }
        | ErrorKind::Redirected { origin, .. } => origin == BaseUrl::DEFAULT,
        ErrorKind::Refused { origin, .. } => {
            origin == BaseUrl::DEFAULT && error.phase() == Phase::Location
        }
        _ => false,
    }
}
