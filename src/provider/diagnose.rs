//! Failures of App Services in the words of a practitioner. Nowhere else are they worded.

use std::fmt::Write as _;
use std::mem;

use crate::appservices::{
    BaseUrl, Error, ErrorCode, ErrorKind, LOGIN_METHODS, LoginMethod, Phase, Seconds, StatusCode,
    TlsProblem,
};
use crate::tf_provider::{Diagnostic, IntoDiagnostic};

use super::config;

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
    format!("Could not {doing}: {}{}.", reasons(error), effort(error))
}

/// The error and its reasons. What the TLS library says is left out where the kind of the problem is known.
fn reasons(error: &Error) -> String {
    let chain = error.chain();
    let known = match last(error.kind()) {
        ErrorKind::Untrusted {
            problem: TlsProblem::NoTls | TlsProblem::AuthorityAsServer,
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
        ErrorKind::Redirected { target, .. } => format!("{target:?}"),
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
    let may_pass = !error.is_final_refusal() && !status.is_success();
    error.phase() != Phase::Call || is_of_the_session || may_pass
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
        | ErrorKind::Decode { origin, .. } => origin == BaseUrl::DEFAULT,
        ErrorKind::Refused { origin, .. } => {
            origin == BaseUrl::DEFAULT && error.phase() == Phase::Location
        }
        ErrorKind::Redirected { .. } => error.phase() == Phase::Location,
        _ => false,
    }
}

/// By the login method that was refused. A login is never retried: a lockout may count attempts.
fn login_advice(error: &Error) -> String {
    let method = LoginMethod::of(error.provider());
    let Some((method, provider)) = method.zip(error.provider()) else {
        return "Check the credentials in the provider block or the environment. The login is not retried.".to_owned();
    };
    let disabled = format!(
        "the app may not offer this login method: its authentication provider `{provider}` has to be enabled"
    );
    let check = format!(
        "Check {}. {} The login is not retried.",
        config::attributes(method),
        method.if_refused
    );
    match error.code() {
        Some(ErrorCode::AuthProviderNotFound) => {
            format!("{}. Or log in by another method.", capitalised(&disabled))
        }
        Some(
            ErrorCode::AuthError
            | ErrorCode::InvalidPassword
            | ErrorCode::InvalidSession
            | ErrorCode::UserDisabled
            | ErrorCode::UserNotFound,
        ) => check,
        // Without a code of its own, the answer may mean either.
        _ => format!("{check}\n\nOr {disabled}."),
    }
}

// Source: S30
const OWNS_NO_KEYS: &str = "an anonymous user, or a server API key's user, can't own user API keys";

/// The server does not let the user do what was asked for.
fn permission_advice(error: &Error, general: &str) -> String {
    let by_api_key = error.provider() == Some("api-key");
    // Of a session that was opened elsewhere it is not known whose it is.
    let may_own_no_keys =
        error.status() == Some(StatusCode::FORBIDDEN) && (by_api_key || error.provider().is_none());
    let general = if may_own_no_keys {
        format!("{general} Note that {OWNS_NO_KEYS}.")
    } else {
        general.to_owned()
    };
    if !by_api_key {
        return general;
    }
    let others = LOGIN_METHODS
        .iter()
        .filter(|method| method.provider != error.provider());
    let others = config::list(others);
    format!(
        "{general}\n\nThe provider is logged in with `api_key`, and a server may not allow such a session to manage keys. If \
         so, log in as the same user by another method:\n\n{others}"
    )
}

fn advice(error: &Error) -> String {
    if error.is_app_not_found() {
        return "Check `app_id` (APPSERVICES_APP_ID): it is the client App ID, such as `myapp-abcde`, of an app that \
                `base_url` (APPSERVICES_BASE_URL) serves."
            .to_owned();
    }
    if error.is_login_refused() {
        return login_advice(error);
    }
    let status = error.status();
    match error.kind() {
        ErrorKind::Refused { .. } if status == Some(StatusCode::FORBIDDEN) => {
            return permission_advice(
                error,
                "The server knows this user and does not allow the request.",
            );
        }
        ErrorKind::Refused { .. } if status == Some(StatusCode::UNAUTHORIZED) => {
            return permission_advice(
                error,
                "The session was refused, also after logging in again. Check that the user still exists and is enabled.",
            );
        }
        _ => {}
    }
    plain_advice(error).to_owned()
}

/// What to do that depends on nothing but the kind of the failure.
fn plain_advice(error: &Error) -> &'static str {
    if error.is_session_ended() {
        return "The session of `refresh_token` (APPSERVICES_REFRESH_TOKEN) was logged out, has expired, or its user was \
                disabled or deleted. Open a new session and give its refresh token, or log in by another method. The provider \
                cannot log in by itself here.";
    }
    if error.is_already_exists() {
        return "Choose another name, or import the existing key.";
    }
    if error.is_invalid_name() {
        return "A name holds ASCII letters, digits, `_` and `-` only.";
    }
    match error.kind() {
        ErrorKind::Unreachable { .. } => {
            "Check that the server is up and that `base_url` (APPSERVICES_BASE_URL) and any proxy are right, then run \
             Terraform again."
        }
        ErrorKind::Untrusted { problem, .. } => tls_advice(*problem),
        ErrorKind::Setup { .. } => {
            "The machine has no certificates of authorities to trust, as is usual in `scratch` and `distroless` images. Name \
             a PEM file with them in `ca_certificate_file` (APPSERVICES_CA_CERTIFICATE_FILE), or install them: the package \
             is mostly called `ca-certificates`."
        }
        ErrorKind::UnusableLocation { .. } => {
            "The server answered with the address of the app, and the provider does not send credentials there. Check \
             `base_url`, and if the server is yours, the address that it announces."
        }
        ErrorKind::Redirected { .. } => {
            "Set `base_url` to the place that the server names, if you trust it."
        }
        ErrorKind::Decode { .. } => {
            "Something other than App Services may be answering: check `base_url`, and any proxy on the way."
        }
        ErrorKind::UserNotAllowed { .. } => {
            "Nothing was created, read or deleted. Log in as one of the users of `allowed_user_ids` in the provider block, \
             or add this one to them."
        }
        ErrorKind::OtherUser { .. } => {
            "The keys of two users must not be mixed. Give credentials of one user that do not change while Terraform runs, \
             and run it again."
        }
        ErrorKind::InvalidSettings { .. } => "Correct the provider's configuration.",
        ErrorKind::Interrupted { .. } => "Run Terraform again to go on.",
        ErrorKind::DeadlineExceeded { .. } => {
            "The operation's time was up; for a resource, `timeouts` says how much it has. If the server is only slow, give \
             it more and run Terraform again."
        }
        ErrorKind::TimedOut { .. } => {
            "If the server is only slow, give it more time per request with `request_timeout` \
             (APPSERVICES_REQUEST_TIMEOUT), and run Terraform again."
        }
        ErrorKind::Refused { .. } if error.is_final_refusal() => {
            "The same request will be refused again: correct what the server names, and run Terraform again."
        }
        ErrorKind::Refused { status, .. } if *status == StatusCode::TOO_MANY_REQUESTS => {
            "The server limits how many requests it takes, and still did after all retries. Run Terraform again later, or \
             with a smaller `-parallelism`."
        }
        _ => {
            "This may pass: run Terraform again. If it stays, TF_LOG_PROVIDER=DEBUG shows every request."
        }
    }
}

fn tls_advice(problem: TlsProblem) -> &'static str {
    match problem {
        TlsProblem::NoTls => {
            "`base_url` (APPSERVICES_BASE_URL) begins with https://, but what answers there speaks plain HTTP, or another \
             protocol. Check the port. Plain http:// is possible for a server on this machine only."
        }
        TlsProblem::AuthorityAsServer => {
            "A certificate that `openssl req -x509` makes without further options is that of an authority (CA:TRUE), which signs \
             others and cannot stand for a server. Make one for the server, with its host name in place of HOST, restart the server \
             with it, and name cert.pem in `ca_certificate_file` (APPSERVICES_CA_CERTIFICATE_FILE):\n\n    openssl req -x509 \
             -newkey rsa:2048 -nodes -days 365 -keyout key.pem -out cert.pem -subj /CN=HOST -addext subjectAltName=DNS:HOST \
             -addext basicConstraints=critical,CA:FALSE\n\nFor an address, write IP:ADDRESS in place of DNS:HOST. Or sign \
             the server's certificate with an authority of your own, and name the authority's."
        }
        _ => {
            "Check that `base_url` names the right host, and that this machine trusts the authority that signed its \
             certificate. `ca_certificate_file` (APPSERVICES_CA_CERTIFICATE_FILE) names further ones to trust."
        }
    }
}
