//! Who can log in from the start.

use std::str::FromStr;

use secrecy::SecretString;
use serde::{Deserialize, Serialize};

/// A user of the `local-userpass` provider. Parses from `EMAIL:PASSWORD`; the password may contain colons.
#[derive(Clone, Debug)]
pub struct User {
    /// The login name. Its form is not checked, and upper and lower case differ, as on the service.
    pub email: String,
    /// 6 to 128 characters.
    pub password: SecretString,
}

impl FromStr for User {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, &'static str> {
        let parts = text.split_once(':').filter(|(email, _)| !email.is_empty());
        let (email, password) = parts.ok_or("expected EMAIL:PASSWORD")?;
        Ok(Self {
            email: email.to_owned(),
            password: password.into(),
        })
    }
}

/// A server API key. Parses from `NAME` or `NAME=VALUE`.
#[derive(Clone, Debug)]
pub struct ServerKey {
    /// Shows in the profile.
    pub name: String,
    /// The secret, for logins by `api-key`. None: the one that the data file knows by its hash, or a new one, which
    /// [`Emulator::made_server_keys`](super::Emulator::made_server_keys) tells.
    pub value: Option<SecretString>,
}

impl FromStr for ServerKey {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, &'static str> {
        let (name, value) = match text.split_once('=') {
            Some((_, "")) => return Err("the value is empty; leave the `=` out to have one made"),
            Some((name, value)) => (name, Some(value.into())),
            None => (text, None),
        };
        if name.is_empty() {
            return Err("expected NAME or NAME=VALUE");
        }
        let name = name.to_owned();
        Ok(Self { name, value })
    }
}

/// A provider whose secrets are made by another system.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum External {
    /// `custom-token`: the token of another system.
    CustomToken,
    /// `custom-function`: whatever object the app's own function wants.
    CustomFunction,
    /// `oauth2-google`
    Google,
    /// `oauth2-facebook`
    Facebook,
    /// `oauth2-apple`
    Apple,
}

/// A secret that a login may show, and who that is.
#[derive(Clone, Debug)]
pub struct ExternalUser {
    /// The provider that accepts it.
    pub provider: External,
    /// The token as it is sent. For `custom-function` the JSON object that the function accepts: the order of its
    /// members does not matter, nor does a member `options`, which clients add.
    pub secret: SecretString,
    /// The user's name. The same name under another provider is another user.
    pub user: String,
}

impl ExternalUser {
    /// From `PAYLOAD=USER`.
    pub(super) fn custom_function(text: &str) -> Result<Self, &'static str> {
        Self::of(External::CustomFunction, text).ok_or("expected PAYLOAD=USER")
    }

    /// From `PROVIDER:TOKEN=USER`.
    pub(super) fn third_party(text: &str) -> Result<Self, &'static str> {
        let form = "expected PROVIDER:TOKEN=USER";
        let (provider, rest) = text.split_once(':').ok_or(form)?;
        let provider = match provider {
            "google" => External::Google,
            "apple" => External::Apple,
            "facebook" => External::Facebook,
            "custom-token" => External::CustomToken,
            _ => return Err("the provider is none of google, apple, facebook, custom-token"),
        };
        Self::of(provider, rest).ok_or(form)
    }

    /// Parts at the last equals sign: there may be some in a token or an address.
    fn of(provider: External, text: &str) -> Option<Self> {
        let (secret, user) = text.rsplit_once('=')?;
        (!secret.is_empty() && !user.is_empty()).then(|| Self {
            provider,
            secret: secret.into(),
            user: user.to_owned(),
        })
    }
}
