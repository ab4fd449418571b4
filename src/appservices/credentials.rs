use std::fmt;

use secrecy::{ExposeSecret, SecretString};
use serde::{Serialize, Serializer};

use super::login_method::{LOGIN_METHODS, LoginMethod, LoginValue, Sent};
use super::wire;

/// A way to log in, with the values for it.
#[derive(Clone)]
pub struct Credentials {
    method: &'static LoginMethod,
    /// As many as the method takes, in its order.
    values: Vec<SecretString>,
}

/// How credentials lead to a session.
pub(super) enum Way<'a> {
    /// A login request: the provider, and the body with the credential fields alone, since `options`
    /// and `provider` are optional.
    LogIn(&'static str, Vec<u8>),
    /// Going on with the session of a refresh token.
    ResumeSession(&'a SecretString),
}

impl Credentials {
    /// Credentials from the values of one [`LoginMethod`], by their names.
    ///
    /// # Errors
    ///
    /// Why not, without a value: no method takes just these, or one of them is malformed.
    pub fn of<'a>(
        values: impl IntoIterator<Item = (&'a str, SecretString)>,
    ) -> Result<Credentials, String> {
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
            let names = names.join(", ");
            return Err(format!("no way to log in takes just these values: {names}"));
        };
        let place = |wanted: &str| {
            let values = method.values;
            values.iter().position(|value| value.name == wanted)
        };
        given.sort_by_key(|(name, _)| place(name));
        let values: Vec<_> = given.into_iter().map(|(_, text)| text).collect();
        for (value, text) in method.values.iter().zip(&values) {
            let malformed = |reason| format!("`{}` {reason}", value.name);
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
            Sent::As(_) => wire::encode(&Members(self)),
            Sent::AsBody => first.expose_secret().into(),
            Sent::AsSession => return Way::ResumeSession(first),
        };
        Way::LogIn(self.provider().unwrap_or_default(), body)
    }

    /// What must never be quoted from an answer.
    pub(super) fn secrets(&self) -> Vec<SecretString> {
        self.pairs()
            .flat_map(|(value, text)| value.secrets(text))
            .collect()
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

    fn of(values: &[(&'static str, &str)]) -> Result<Credentials, String> {
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
                    assert_eq!((name, &body[..]), (expected.0, expected.1.as_bytes()));
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
            let error = of(wrong).unwrap_err();
            assert!(error.starts_with("no way to log in"), "{error}");
            assert!(!error.contains("canary"), "{error}");
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
            let error = of(&[(value, text)]).unwrap_err();
            assert!(
                error.contains(value) && !error.contains("canary"),
                "{error}"
            );
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
