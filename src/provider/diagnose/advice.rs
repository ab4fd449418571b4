//! What to do about a failure of App Services.

use crate::appservices::{
    Error, ErrorCode, ErrorKind, LOGIN_METHODS, LoginMethod, Phase, Seconds, StatusCode, TlsProblem,
};

use super::super::config;
use super::capitalised;

/// In sentences that a practitioner can follow.
pub(super) fn advice(error: &Error) -> String {
    if error.is_app_not_found() {
        return "Check `app_id` (APPSERVICES_APP_ID): it is the client App ID, such as `myapp-abcde`, of an app that \
                `base_url` (APPSERVICES_BASE_URL) serves."
            .to_owned();
    }
    if error.is_login_refused() {
        return login_advice(error);
    }
    match (error.kind(), error.phase()) {
        (ErrorKind::Refused { status, .. }, Phase::Call) if *status == StatusCode::FORBIDDEN => {
            permission_advice(
                error,
                "The server knows this user and does not allow the request.",
            )
        }
        (ErrorKind::Refused { status, .. }, Phase::Call) if *status == StatusCode::UNAUTHORIZED => {
            permission_advice(
                error,
                "The server refuses the session. Check that the user still exists and is enabled.",
            )
        }
        (ErrorKind::DeadlineExceeded { source: Some(last) }, _) => match last.kind() {
            ErrorKind::Refused {
                retry_after: Some(wait),
                ..
            } => format!(
                "The server wants no request for {}, and the operation had less time left; for a resource, `timeouts` says how \
                 much it has.",
                Seconds(*wait)
            ),
            _ => plain_advice(error).to_owned(),
        },
        _ => plain_advice(error).to_owned(),
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
        "Check {}. {}",
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
        ) => format!("{check} The login is not retried."),
        // Without a code of its own, the answer may mean any of these.
        _ => format!(
            "{check}\n\nOr {disabled}.\n\nOr the answer is not that of App Services: check `base_url` (APPSERVICES_BASE_URL), \
             and any proxy or firewall on the way."
        ),
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
        ErrorKind::Unreachable { proxy, .. } => unreachable_advice(error.phase(), proxy.is_some()),
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
        ErrorKind::Redirected {
            origin,
            target: Some(target),
            ..
        } if origin != target => {
            "Set `base_url` to the place that the server names, if you trust it."
        }
        ErrorKind::Redirected { .. } => {
            "Something other than App Services may be answering: check `base_url`, its path too, and any proxy on the way."
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
        ErrorKind::Refused { .. } if error.phase() == Phase::Location => {
            "Nothing was sent yet that the server could refuse for the sake of the user. Check `base_url` (APPSERVICES_BASE_URL), \
             and any proxy or firewall on the way."
        }
        ErrorKind::Refused { .. } if error.is_final_refusal() => {
            "The same request will be refused again: correct what the server names, and run Terraform again."
        }
        ErrorKind::Refused { status, .. } if *status == StatusCode::TOO_MANY_REQUESTS => {
            "The server limits how many requests it takes, and still did after all retries. Run Terraform again later, or \
             with a smaller `-parallelism`."
        }
        ErrorKind::Disconnected { source, .. } if source.is_no_http() => {
            "What answers there does not speak HTTP. Check the port, and the scheme of `base_url` (APPSERVICES_BASE_URL): a \
             server with TLS wants https://."
        }
        _ => {
            "This may pass: run Terraform again. If it stays, TF_LOG_PROVIDER=DEBUG shows every request."
        }
    }
}

fn unreachable_advice(phase: Phase, by_proxy: bool) -> &'static str {
    match phase {
        _ if by_proxy => {
            "Check that the proxy is up, that it lets connections to that host pass, and that the server is up. HTTPS_PROXY \
             names the proxy, and NO_PROXY the hosts that are reached without it."
        }
        Phase::Login => {
            "The server at `base_url` (APPSERVICES_BASE_URL) says that the app is served there. Check that this host is up and \
             can be reached from here, then run Terraform again."
        }
        Phase::Location | Phase::Call => {
            "Check that the server is up and that `base_url` (APPSERVICES_BASE_URL) is right, then run Terraform again."
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
        TlsProblem::Expired => {
            "Renew the certificate, and restart the server with it. If it is not past its time, check the clock of this machine."
        }
        TlsProblem::NotYetValid => {
            "Check the clocks of this machine and of the one that made the certificate."
        }
        TlsProblem::OtherHost => {
            "Check that `base_url` (APPSERVICES_BASE_URL) names the host as the certificate does. If the server is yours, give it a \
             certificate with that host among its subject alternative names."
        }
        _ => {
            "Check that `base_url` names the right host, and that this machine trusts the authority that signed its \
             certificate. `ca_certificate_file` (APPSERVICES_CA_CERTIFICATE_FILE) names further ones to trust."
        }
    }
}
