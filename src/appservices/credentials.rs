use std::fmt;

use secrecy::{ExposeSecret, SecretString};
use serde::{Serialize, Serializer};
use serde_json::Value;
use thiserror::Error;

use super::transport::fits_a_header;
use super::wire::SecretBody;

/// A way to log in. Everything that depends on it is told here, in one row of [`LOGIN_METHODS`].
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
    sent: Sent,
}

/// Where a value travels.
#[derive(Debug, PartialEq, Eq)]
enum Sent {
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
                about: "E-mail address of the user to log in as. Needs `password`.",
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
            "Value of a user API key to log in with. Its owner owns the keys that are managed. The hosted service may \
             not let such a session manage keys.",
            Sent::As("key"),
        )],
        if_refused: "A key that is disabled or deleted is refused like a wrong one.",
    },
    LoginMethod {
        provider: Some("custom-token"),
        values: &[secret(
            "custom_jwt",
            "JSON Web Token of another system that the app trusts.",
            Sent::As("token"),
        )],
        if_refused: "It must not have expired, its audience has to be the App ID, and the app has to trust who signed it.",
    },
    LoginMethod {
        provider: Some("custom-function"),
        values: &[secret(
            "custom_function_payload",
            "What the app's authentication function is called with: the text of a JSON object, best from `jsonencode`.",
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
            "Refresh token of a session that another program opened. The provider uses that session and never logs it \
             out.",
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
}

/// A way to log in, with the values for it.
#[derive(Clone)]
pub struct Credentials {
    method: &'static LoginMethod,
    /// As many as the method takes, in its order.
    values: Vec<SecretString>,
}

/// Why values make no [`Credentials`]; never holds one.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum CredentialsError {
    /// There is no way to log in that takes just these.
    #[error("no way to log in takes just these values: {0}")]
    NoMethod(String),
    /// A value cannot be what it is called.
    #[error("`{name}` {reason}")]
    #[non_exhaustive]
    Malformed {
        /// What the value is called.
        name: &'static str,
        /// The end of a sentence that begins with its name.
        reason: &'static str,
    },
}

/// What credentials are good for.
pub(super) enum Way<'a> {
    /// A login request: the provider, and the body with the credential fields alone, since `options`
    /// and `provider` are optional.
    LogIn(&'static str, SecretBody),
    /// Going on with the session of a refresh token.
    ResumeSession(&'a SecretString),
}

impl Credentials {
    /// Credentials from the values of one [`LoginMethod`], by their names.
    ///
    /// # Errors
    ///
    /// The [`CredentialsError`] that says which value is missing, too many or malformed.
    pub fn of<'a>(
        values: impl IntoIterator<Item = (&'a str, SecretString)>,
    ) -> Result<Credentials, CredentialsError> {
        let mut given: Vec<_> = values.into_iter().collect();
        let is_met = |method: &&LoginMethod| {
            method.values.len() == given.len()
                && method
                    .values
                    .iter()
                    .all(|value| given.iter().any(|(name, _)| *name == value.name))
        };
        let Some(method) = LOGIN_METHODS.iter().find(is_met) else {
            let names: Vec<_> = given.iter().map(|(name, _)| *name).collect();
            return Err(CredentialsError::NoMethod(names.join(", ")));
        };
        let place = |wanted: &str| {
            let values = method.values;
            values.iter().position(|value| value.name == wanted)
        };
        given.sort_by_key(|(name, _)| place(name));
        let values: Vec<_> = given.into_iter().map(|(_, text)| text).collect();
        for (value, text) in method.values.iter().zip(&values) {
            let name = value.name;
            let malformed = |reason| CredentialsError::Malformed { name, reason };
            value.check(text).map_err(malformed)?;
        }
        Ok(Credentials { method, values })
    }

    /// The authentication provider's name, as it stands in the login path; none for a session that
    /// is there already.
    #[must_use]
    pub fn provider(&self) -> Option<&'static str> {
        self.method.provider
    }

    /// How to come to a session.
    pub(super) fn way(&self) -> Way<'_> {
        let [first, ..] = &self.values[..] else {
            unreachable!("every way to log in takes a value");
        };
        let body = match self.method.values[0].sent {
            Sent::As(_) => SecretBody::of(&Members(self)),
            Sent::AsBody => SecretBody::verbatim(first),
            Sent::AsSession => return Way::ResumeSession(first),
        };
        Way::LogIn(self.provider().unwrap_or_default(), body)
    }

    /// What must never be quoted from an answer.
    ///
    /// Of a custom function's payload that is the whole text, and every text and longer number in
    /// it: which of them the function takes for a password is not known.
    pub(super) fn secrets(&self) -> Vec<SecretString> {
        let mut secrets = Vec::new();
        for (value, text) in self.pairs().filter(|(value, _)| value.is_secret) {
            secrets.push(text.clone());
            if value.is_json()
                && let Ok(payload) = serde_json::from_str(text.expose_secret())
            {
                collect(payload, &mut secrets);
            }
        }
        secrets
    }

    fn pairs(&self) -> impl Iterator<Item = (&'static LoginValue, &SecretString)> {
        self.method.values.iter().zip(&self.values)
    }
}

/// The body of a login whose values are its members.
struct Members<'a>(&'a Credentials);

impl Serialize for Members<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.pairs().filter_map(|(value, text)| match value.sent {
            Sent::As(member) => Some((member, text.expose_secret())),
            Sent::AsBody | Sent::AsSession => None,
        }))
    }
}

fn is_object(text: &SecretString) -> bool {
    let mut texts = Vec::new();
    match serde_json::from_str(text.expose_secret()) {
        Ok(payload @ Value::Object(_)) => {
            collect(payload, &mut texts);
            true
        }
        _ => false,
    }
}

/// Moves texts and numbers of four digits or more to where they are wiped in the end.
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

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let provider = self.provider().unwrap_or("refresh token");
        write!(f, "Credentials({provider}, [REDACTED])")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Provider and body; none of a session that is open already.
    type Login = Option<(&'static str, &'static str)>;

    /// Credentials of every method, with the wire's own names as the oracle.
    const ALL: [(&[(&str, &str)], Login); 8] = [
        (
            // In whatever order they come.
            &[("password", "say \"hi\""), ("email", "ci@example.com")],
            Some((
                "local-userpass",
                r#"{"username":"ci@example.com","password":"say \"hi\""}"#,
            )),
        ),
        (
            &[("api_key", "canary")],
            Some(("api-key", r#"{"key":"canary"}"#)),
        ),
        (
            &[("custom_jwt", "canary")],
            Some(("custom-token", r#"{"token":"canary"}"#)),
        ),
        (
            &[("custom_function_payload", PAYLOAD)],
            Some(("custom-function", PAYLOAD)),
        ),
        (
            &[("google_id_token", "canary")],
            Some(("oauth2-google", r#"{"id_token":"canary"}"#)),
        ),
        (
            &[("apple_id_token", "canary")],
            Some(("oauth2-apple", r#"{"id_token":"canary"}"#)),
        ),
        (
            &[("facebook_access_token", "canary")],
            Some(("oauth2-facebook", r#"{"accessToken":"canary"}"#)),
        ),
        (&[("refresh_token", "canary")], None),
    ];

    const PAYLOAD: &str = r#" {"id": 12345, "deep": [{"pin": "canary"}]}"#;

    fn of(values: &[(&'static str, &str)]) -> Result<Credentials, CredentialsError> {
        Credentials::of(values.iter().map(|(name, text)| (*name, (*text).into())))
    }

    #[test]
    fn bodies_are_the_documented_ones() {
        assert_eq!(ALL.len(), LOGIN_METHODS.len());
        for (values, expected) in ALL {
            let credentials = of(values).unwrap();
            assert_eq!(credentials.provider(), expected.map(|(name, _)| name));
            match (credentials.way(), expected) {
                (Way::LogIn(name, body), Some(expected)) => {
                    assert_eq!(
                        (name, &body.bytes()[..]),
                        (expected.0, expected.1.as_bytes())
                    );
                }
                (way, expected) => {
                    assert!(matches!(way, Way::ResumeSession(_)) && expected.is_none());
                }
            }
            assert!(!format!("{credentials:?}").contains("canary"));
        }
    }

    #[test]
    fn values_that_make_no_way_to_log_in_are_refused() {
        for wrong in [
            &[][..],
            &[("email", "canary")],
            &[("password", "canary")],
            &[("api_key", "canary"), ("custom_jwt", "canary")],
            &[("email", "canary"), ("email", "canary")],
            &[("name", "canary")],
        ] {
            let told = of(wrong).unwrap_err();
            assert!(matches!(told, CredentialsError::NoMethod(_)), "{told}");
            assert!(!told.to_string().contains("canary"), "{told}");
        }
    }

    #[test]
    fn what_cannot_be_sent_is_named_but_not_quoted() {
        for (value, text) in [
            ("custom_function_payload", "canary"),
            ("custom_function_payload", ""),
            ("custom_function_payload", r#"["canary"]"#),
            ("custom_function_payload", r#"{"canary":1"#),
            ("refresh_token", ""),
            ("refresh_token", "canary "),
            ("refresh_token", "canary\n"),
        ] {
            let told = of(&[(value, text)]).unwrap_err().to_string();
            assert!(told.contains(value) && !told.contains("canary"), "{told}");
        }
    }

    #[test]
    fn all_that_may_be_secret_is_kept_from_quotes() {
        for (values, _) in ALL {
            let secrets = of(values).unwrap().secrets();
            let mut texts: Vec<_> = secrets.iter().map(ExposeSecret::expose_secret).collect();
            texts.sort_unstable();
            let mut expected = match values[0].0 {
                "password" => vec!["say \"hi\""],
                "custom_function_payload" => vec![PAYLOAD, "canary", "12345"],
                _ => vec!["canary"],
            };
            expected.sort_unstable();
            assert_eq!(texts, expected);
        }
    }
}
