//! Failures of App Services in the words of a practitioner. Nowhere else are they worded.

use std::fmt::Write as _;

use crate::appservices::{Error, ErrorKind, StatusCode};
use crate::tf_provider::{Diagnostic, IntoDiagnostic};

/// What failed, what the server said, how hard it was tried, and what to do next.
impl IntoDiagnostic for Error {
    fn diagnostic(&self, doing: &str) -> Diagnostic {
        let mut detail = format!("{}{}", capitalised(&self.chain()), effort(self));
        if let Some(log) = self.server_log() {
            let _ = write!(detail, "\nThe server's log: {log}");
        }
        let _ = write!(detail, "\n\n{}", advice(self));
        let diagnostic = Diagnostic::error(format!("Could not {doing}")).detail(detail);
        if self.is_already_exists() || self.is_invalid_name() {
            diagnostic.at("name")
        } else {
            diagnostic
        }
    }
}

/// The same in one sentence, as part of another message.
pub(super) fn sentence(error: &Error, doing: &str) -> String {
    format!("Could not {doing}: {}{}.", error.chain(), effort(error))
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
    let attempts = match error.attempts() {
        0 => return String::new(),
        1 => "1 attempt".to_owned(),
        attempts => format!("{attempts} attempts"),
    };
    format!(" ({attempts}, {:.1} s)", error.elapsed().as_secs_f64())
}

/// By the authentication provider that refused. The login is never repeated: a lockout may count attempts.
fn login_advice(provider: Option<&str>) -> &'static str {
    match provider {
        Some("local-userpass") => {
            "Check `email` and `password` (APPSERVICES_EMAIL, APPSERVICES_PASSWORD); capitals count in the address. A user \
             who is disabled or not confirmed is refused alike. The login is not repeated."
        }
        Some("api-key") => {
            "Check `api_key` (APPSERVICES_API_KEY). A key that is disabled or deleted is refused like a wrong one. The login \
             is not repeated."
        }
        Some("custom-token") => {
            "Check `custom_jwt` (APPSERVICES_CUSTOM_JWT): that it has not expired, that its audience is the App ID, and that \
             the app trusts who signed it. The login is not repeated."
        }
        Some("custom-function") => {
            "Check `custom_function_payload` (APPSERVICES_CUSTOM_FUNCTION_PAYLOAD) against what the app's authentication \
             function wants. The login is not repeated."
        }
        Some("oauth2-google") => {
            "Check `google_id_token` (APPSERVICES_GOOGLE_ID_TOKEN): it may have expired. The login is not repeated."
        }
        Some("oauth2-apple") => {
            "Check `apple_id_token` (APPSERVICES_APPLE_ID_TOKEN): it may have expired. The login is not repeated."
        }
        Some("oauth2-facebook") => {
            "Check `facebook_access_token` (APPSERVICES_FACEBOOK_ACCESS_TOKEN): it may have expired. The login is not \
             repeated."
        }
        _ => {
            "Check the credentials in the provider block or the environment. The login is not repeated."
        }
    }
}

fn advice(error: &Error) -> &'static str {
    if error.is_app_not_found() {
        return "Check `app_id` (APPSERVICES_APP_ID): it is the client App ID, such as `myapp-abcde`, of an app that \
                `base_url` (APPSERVICES_BASE_URL) serves.";
    }
    if error.is_login_refused() {
        return login_advice(error.provider());
    }
    if error.is_session_ended() {
        return "The session of `refresh_token` (APPSERVICES_REFRESH_TOKEN) was logged out, has expired, or its user was \
                disabled or deleted. Open a new session and give its refresh token, or log in another way. The provider \
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
        ErrorKind::Untrusted { .. } => {
            "Check that `base_url` names the right host, and that this machine trusts the authority that signed its \
             certificate. `ca_certificate_file` (APPSERVICES_CA_CERTIFICATE_FILE) names further ones to trust."
        }
        ErrorKind::UnusableLocation { .. } => {
            "The server sends the provider to a place where it must not go. Check `base_url`, and the server's own \
             settings if it is yours."
        }
        ErrorKind::Redirected { .. } => {
            "Set `base_url` to the place that the server names, if you trust it."
        }
        ErrorKind::Decode { .. } => {
            "Something else than App Services may be answering: check `base_url`, and any proxy on the way."
        }
        ErrorKind::Interrupted { .. } => "Run Terraform again to go on.",
        ErrorKind::DeadlineExceeded { .. } => {
            "The operation's time was up; for a resource, `timeouts` says how much it has. If the server is only slow, give \
             it more and run Terraform again."
        }
        ErrorKind::TimedOut { .. } => {
            "If the server is only slow, give it more time per request with `request_timeout` \
             (APPSERVICES_REQUEST_TIMEOUT), and run Terraform again."
        }
        ErrorKind::Refused { .. }
            if error
                .status()
                .is_some_and(|status| status == StatusCode::FORBIDDEN) =>
        {
            "The server knows this user and will not let it do that. An anonymous user, and the user of a server API \
             key, cannot own user API keys; and a session cannot delete the key that it was opened with."
        }
        ErrorKind::Refused { .. }
            if error
                .status()
                .is_some_and(|status| status == StatusCode::UNAUTHORIZED) =>
        {
            "The session was refused, also after logging in again. Check that the user still exists and is enabled."
        }
        ErrorKind::Refused { .. }
            if error
                .status()
                .is_some_and(|status| status.is_client_error()) =>
        {
            "Read what the server said above; its log may tell more. Repeating the request as it is will not help."
        }
        _ => {
            "This may pass: run Terraform again. If it stays, TF_LOG_PROVIDER=DEBUG shows every request."
        }
    }
}
