use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value};

use super::wire::fits_a_header;

/// A way to log in. Everything that depends on it stands in one row of [`LOGIN_METHODS`].
#[derive(Debug)]
pub struct LoginMethod {
    /// The authentication provider's name, as it stands in the login path; none for a session that is
    /// open already.
    pub provider: Option<&'static str>,
    /// What it takes, all of it.
    pub values: &'static [LoginValue],
    /// What to look at when the server refuses these credentials, in sentences.
    pub if_refused: &'static str,
}

/// A value that a [`LoginMethod`] takes.
#[derive(Debug)]
pub struct LoginValue {
    /// What it is called wherever a user sets it.
    pub name: &'static str,
    /// What it is, in sentences.
    pub about: &'static str,
    /// Whether it must not be shown.
    pub is_secret: bool,
    pub(super) sent: Sent,
}

/// Where a value travels.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Sent {
    /// As this member of the login's body.
    As(&'static str),
    /// As the login's body: it is a JSON object itself.
    AsBody,
    /// In the header of every request: no login is needed.
    AsSession,
}

/// All ways to log in.
pub static LOGIN_METHODS: [LoginMethod; 8] = [
    LoginMethod {
        provider: Some("local-userpass"),
        values: &[
            LoginValue {
                name: "email",
                about: "E-mail address of the user. Needs `password`.",
                is_secret: false,
                // Registering calls it `email`, logging in calls it `username`.
                sent: Sent::As("username"),
            },
            secret(
                "password",
                "Password of the user of `email`.",
                Sent::As("password"),
            ),
        ],
        if_refused: "Capitals count in the address. A user who is disabled or not confirmed is refused alike.",
    },
    LoginMethod {
        provider: Some("api-key"),
        values: &[secret(
            "api_key",
            "Value of a user API key. Its owner owns the keys that are managed. The hosted service may not let such a \
             session manage keys.",
            Sent::As("key"),
        )],
        if_refused: "A key that is disabled or deleted is refused like a wrong one.",
    },
    LoginMethod {
        provider: Some("custom-token"),
        values: &[secret(
            "custom_jwt",
            "JSON Web Token of a system that the app trusts.",
            Sent::As("token"),
        )],
        if_refused: "It must not have expired, its audience has to be the App ID, and the app has to trust who signed it.",
    },
    LoginMethod {
        provider: Some("custom-function"),
        values: &[secret(
            "custom_function_payload",
            "JSON object for the app's authentication function, best from `jsonencode`.",
            Sent::AsBody,
        )],
        if_refused: "It has to be what the app's authentication function wants.",
    },
    LoginMethod {
        provider: Some("oauth2-google"),
        values: &[secret(
            "google_id_token",
            "ID token of a Google account.",
            Sent::As("id_token"),
        )],
        if_refused: "It may have expired.",
    },
    LoginMethod {
        provider: Some("oauth2-apple"),
        values: &[secret(
            "apple_id_token",
            "ID token of an Apple account.",
            Sent::As("id_token"),
        )],
        if_refused: "It may have expired.",
    },
    LoginMethod {
        provider: Some("oauth2-facebook"),
        values: &[secret(
            "facebook_access_token",
            "Access token of a Facebook account.",
            Sent::As("accessToken"),
        )],
        if_refused: "It may have expired.",
    },
    LoginMethod {
        provider: None,
        values: &[secret(
            "refresh_token",
            "Refresh token of a session that another program opened. The provider never logs it out.",
            Sent::AsSession,
        )],
        if_refused: "The session was logged out, has expired, or its user was disabled or deleted.",
    },
];

const fn secret(name: &'static str, about: &'static str, sent: Sent) -> LoginValue {
    LoginValue {
        name,
        about,
        is_secret: true,
        sent,
    }
}

impl LoginMethod {
    /// The method of an authentication provider; of a session that is open already without one.
    #[must_use]
    pub fn of(provider: Option<&str>) -> Option<&'static LoginMethod> {
        LOGIN_METHODS
            .iter()
            .find(|method| method.provider == provider)
    }
}

impl LoginValue {
    /// Why a text cannot be this value, without a word of it: the end of a sentence that begins with
    /// what it is called.
    ///
    /// # Errors
    ///
    /// The reason.
    pub fn check(&self, text: &SecretString) -> Result<(), &'static str> {
        match self.sent {
            Sent::AsBody if !is_object(text) => Err("must be the text of a JSON object"),
            Sent::AsSession if !fits_a_header(text) => {
                Err("must be a token: it is empty, or has characters that no token has")
            }
            _ => Ok(()),
        }
    }

    /// Whether the value is JSON, in which line ends and tabs mean nothing.
    #[must_use]
    pub fn is_json(&self) -> bool {
        self.sent == Sent::AsBody
    }

    /// What must never be quoted of this value.
    ///
    /// Of a custom function's payload that is the whole text, and every text and longer number in
    /// it: which of them the function takes for a password is not known.
    pub(super) fn secrets(&self, text: &SecretString) -> Vec<SecretString> {
        let mut secrets = Vec::new();
        if self.is_secret {
            secrets.push(text.clone());
        }
        if self.is_json()
            && let Ok(payload) = serde_json::from_str(text.expose_secret())
        {
            collect(payload, &mut secrets);
        }
        secrets
    }
}

fn is_object(text: &SecretString) -> bool {
    serde_json::from_str::<Map<String, Value>>(text.expose_secret()).is_ok()
}

/// All texts, and numbers of four digits or more.
fn collect(payload: Value, to: &mut Vec<SecretString>) {
    match payload {
        Value::String(text) => to.push(text.into()),
        Value::Number(number) => to.extend(
            Some(number.to_string())
                .filter(|digits| digits.len() >= 4)
                .map(SecretString::from),
        ),
        Value::Array(items) => items.into_iter().for_each(|item| collect(item, to)),
        Value::Object(members) => members.into_values().for_each(|item| collect(item, to)),
        Value::Null | Value::Bool(_) => {}
    }
}
