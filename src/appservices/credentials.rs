use std::fmt;

use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use super::transport::fits_a_header;
use super::wire::{self, SecretBody};

/// A way of logging in.
#[derive(Clone)]
#[non_exhaustive]
pub enum Credentials {
    /// The `local-userpass` provider.
    EmailPassword {
        /// The address, as registered: the service tells capitals from small letters.
        email: String,
        /// The password.
        password: SecretString,
    },
    /// The `api-key` provider, with the value of a user API key.
    ApiKey(SecretString),
    /// The `custom-token` provider, with a JWT of the app's own authentication system.
    CustomJwt(SecretString),
    /// The `custom-function` provider, with the JSON object that the app's function takes.
    CustomFunction(SecretString),
    /// The `oauth2-google` provider, with an ID token of Google.
    GoogleIdToken(SecretString),
    /// The `oauth2-apple` provider, with an ID token of Apple.
    AppleIdToken(SecretString),
    /// The `oauth2-facebook` provider, with an access token of Facebook.
    FacebookAccessToken(SecretString),
    /// A session that somebody else opened, by its refresh token. It is used and never ended.
    RefreshToken(SecretString),
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
    /// The authentication provider's name, as it stands in the login path; none for a session that
    /// is there already.
    #[must_use]
    pub fn provider(&self) -> Option<&'static str> {
        match self {
            Credentials::EmailPassword { .. } => Some("local-userpass"),
            Credentials::ApiKey(_) => Some("api-key"),
            Credentials::CustomJwt(_) => Some("custom-token"),
            Credentials::CustomFunction(_) => Some("custom-function"),
            Credentials::GoogleIdToken(_) => Some("oauth2-google"),
            Credentials::AppleIdToken(_) => Some("oauth2-apple"),
            Credentials::FacebookAccessToken(_) => Some("oauth2-facebook"),
            Credentials::RefreshToken(_) => None,
        }
    }

    /// How to come to a session.
    pub(super) fn way(&self) -> Way<'_> {
        let body = match self {
            Credentials::EmailPassword { email, password } => {
                SecretBody::of(&wire::PasswordLogin {
                    // Registering calls it `email`, logging in calls it `username`.
                    username: email,
                    password: password.expose_secret(),
                })
            }
            Credentials::ApiKey(key) => SecretBody::of(&wire::ApiKeyLogin {
                key: key.expose_secret(),
            }),
            Credentials::CustomJwt(token) => SecretBody::of(&wire::TokenLogin {
                token: token.expose_secret(),
            }),
            Credentials::CustomFunction(object) => SecretBody::verbatim(object),
            Credentials::GoogleIdToken(token) | Credentials::AppleIdToken(token) => {
                SecretBody::of(&wire::IdTokenLogin {
                    id_token: token.expose_secret(),
                })
            }
            Credentials::FacebookAccessToken(token) => SecretBody::of(&wire::AccessTokenLogin {
                access_token: token.expose_secret(),
            }),
            Credentials::RefreshToken(token) => return Way::ResumeSession(token),
        };
        Way::LogIn(self.provider().unwrap_or_default(), body)
    }

    /// Whether they can be sent at all; says why not without a word of them.
    pub(super) fn check(&self) -> Result<(), &'static str> {
        match self {
            Credentials::CustomFunction(object) if !is_object(object) => {
                Err("the custom function's payload is not a JSON object")
            }
            Credentials::RefreshToken(token) if !fits_a_header(token) => {
                Err("the refresh token is empty, or has characters that no token has")
            }
            _ => Ok(()),
        }
    }

    /// What must never be quoted from an answer.
    ///
    /// Of a custom function's payload that is the whole text, and every text and longer number in
    /// it: nobody knows which of them the function takes for a password.
    pub(super) fn secrets(&self) -> Vec<SecretString> {
        let (Credentials::EmailPassword {
            password: secret, ..
        }
        | Credentials::ApiKey(secret)
        | Credentials::CustomJwt(secret)
        | Credentials::CustomFunction(secret)
        | Credentials::GoogleIdToken(secret)
        | Credentials::AppleIdToken(secret)
        | Credentials::FacebookAccessToken(secret)
        | Credentials::RefreshToken(secret)) = self;
        let mut secrets = vec![secret.clone()];
        if matches!(self, Credentials::CustomFunction(_))
            && let Ok(payload) = serde_json::from_str(secret.expose_secret())
        {
            collect(payload, &mut secrets);
        }
        secrets
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

    fn all() -> [Credentials; 8] {
        [
            Credentials::EmailPassword {
                email: "ci@example.com".to_owned(),
                password: "say \"hi\"".into(),
            },
            Credentials::ApiKey("canary".into()),
            Credentials::CustomJwt("canary".into()),
            Credentials::CustomFunction(r#" {"id": 12345, "deep": [{"pin": "canary"}]}"#.into()),
            Credentials::GoogleIdToken("canary".into()),
            Credentials::AppleIdToken("canary".into()),
            Credentials::FacebookAccessToken("canary".into()),
            Credentials::RefreshToken("canary".into()),
        ]
    }

    #[test]
    fn bodies_are_the_documented_ones() {
        let expected = [
            Some((
                "local-userpass",
                r#"{"username":"ci@example.com","password":"say \"hi\""}"#,
            )),
            Some(("api-key", r#"{"key":"canary"}"#)),
            Some(("custom-token", r#"{"token":"canary"}"#)),
            Some((
                "custom-function",
                r#" {"id": 12345, "deep": [{"pin": "canary"}]}"#,
            )),
            Some(("oauth2-google", r#"{"id_token":"canary"}"#)),
            Some(("oauth2-apple", r#"{"id_token":"canary"}"#)),
            Some(("oauth2-facebook", r#"{"accessToken":"canary"}"#)),
            None,
        ];
        for (credentials, expected) in all().into_iter().zip(expected) {
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
            assert_eq!(credentials.check(), Ok(()));
            assert!(!format!("{credentials:?}").contains("canary"));
        }
    }

    #[test]
    fn what_cannot_be_sent_is_named_but_not_quoted() {
        for (credentials, fault) in [
            (Credentials::CustomFunction("canary".into()), "payload"),
            (Credentials::CustomFunction("".into()), "payload"),
            (
                Credentials::CustomFunction(r#"["canary"]"#.into()),
                "payload",
            ),
            (
                Credentials::CustomFunction(r#"{"canary":1"#.into()),
                "payload",
            ),
            (Credentials::RefreshToken("".into()), "refresh token"),
            (
                Credentials::RefreshToken("canary\n".into()),
                "refresh token",
            ),
        ] {
            let told = credentials.check().unwrap_err();
            assert!(told.contains(fault) && !told.contains("canary"), "{told}");
        }
    }

    #[test]
    fn all_that_may_be_secret_is_kept_from_quotes() {
        for credentials in all() {
            let secrets = credentials.secrets();
            let texts: Vec<_> = secrets.iter().map(ExposeSecret::expose_secret).collect();
            match credentials {
                Credentials::EmailPassword { .. } => assert_eq!(texts, ["say \"hi\""]),
                Credentials::CustomFunction(text) => {
                    let mut expected = [text.expose_secret(), "canary", "12345"];
                    let mut texts = texts;
                    texts.sort_unstable();
                    expected.sort_unstable();
                    assert_eq!(texts, expected);
                }
                _ => assert_eq!(texts, ["canary"]),
            }
        }
    }
}
