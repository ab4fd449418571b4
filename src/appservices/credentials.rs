use std::fmt;

use secrecy::{ExposeSecret, SecretString};

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
}

impl Credentials {
    /// The authentication provider's name, as it stands in the login path.
    pub(super) fn provider(&self) -> &'static str {
        match self {
            Credentials::EmailPassword { .. } => "local-userpass",
            Credentials::ApiKey(_) => "api-key",
        }
    }

    /// The body of the login request: the credential fields alone, since `options` and `provider`
    /// are optional.
    pub(super) fn body(&self) -> SecretBody {
        match self {
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
        }
    }

    /// What must never be quoted from an answer.
    pub(super) fn secret(&self) -> &SecretString {
        match self {
            Credentials::EmailPassword { password, .. } => password,
            Credentials::ApiKey(key) => key,
        }
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Credentials({}, [REDACTED])", self.provider())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_are_the_documented_ones() {
        let password = Credentials::EmailPassword {
            email: "ci@example.com".to_owned(),
            password: "say \"hi\"".into(),
        };
        let api_key = Credentials::ApiKey("canary".into());
        for (credentials, provider, body) in [
            (
                password,
                "local-userpass",
                r#"{"username":"ci@example.com","password":"say \"hi\""}"#,
            ),
            (api_key, "api-key", r#"{"key":"canary"}"#),
        ] {
            assert_eq!(credentials.provider(), provider);
            assert_eq!(credentials.body().bytes(), body.as_bytes());
        }
    }
}
