//! The ways of logging in: which attributes make one, and that exactly one is chosen.

use secrecy::{ExposeSecret, SecretString};

use crate::appservices::Credentials;
use crate::tf_provider::{Diagnostic, Fields, Result, text};

use super::{Config, is_json_object, not_blank};

/// The attributes of each way. Most are one; an address needs its password.
pub(super) const WAYS: [&[&str]; 8] = [
    &["email", "password"],
    &["api_key"],
    &["custom_jwt"],
    &["custom_function_payload"],
    &["google_id_token"],
    &["apple_id_token"],
    &["facebook_access_token"],
    &["refresh_token"],
];

/// Where the attributes of a way stand. A way comes from one place as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Block,
    Environment,
}

/// What is known of one attribute's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Presence {
    Unset,
    Set,
    /// May turn out to be either.
    Unknown,
}

/// Names the attributes of all ways.
pub(super) fn describe(fields: &mut Fields<Config>) {
    fields
        .optional("email", |m| &mut m.email)
        .doc(
            "E-mail address of the user to log in as. Needs `password`. Environment variable: \
             `APPSERVICES_EMAIL`.",
        )
        .check(not_blank());
    fields
        .optional("password", |m| &mut m.password)
        .doc("Password of the user of `email`. Environment variable: `APPSERVICES_PASSWORD`.")
        .sensitive()
        .check(not_blank());
    fields
        .optional("api_key", |m| &mut m.api_key)
        .doc(
            "Value of a user API key to log in with. Its owner owns the keys that are managed. Environment \
             variable: `APPSERVICES_API_KEY`.",
        )
        .sensitive()
        .check(not_blank());
    fields
        .optional("custom_jwt", |m| &mut m.custom_jwt)
        .doc(
            "JSON Web Token of another system that the app trusts. Environment variable: \
             `APPSERVICES_CUSTOM_JWT`.",
        )
        .sensitive()
        .check(not_blank());
    fields
        .optional("custom_function_payload", |m| &mut m.custom_function_payload)
        .doc(
            "What the app's authentication function is called with: the text of a JSON object, best from \
             `jsonencode`. Environment variable: `APPSERVICES_CUSTOM_FUNCTION_PAYLOAD`.",
        )
        .sensitive()
        .check(text(is_json_object, "must be the text of a JSON object"));
    fields
        .optional("google_id_token", |m| &mut m.google_id_token)
        .doc("ID token of a Google account. Environment variable: `APPSERVICES_GOOGLE_ID_TOKEN`.")
        .sensitive()
        .check(not_blank());
    fields
        .optional("apple_id_token", |m| &mut m.apple_id_token)
        .doc("ID token of an Apple account. Environment variable: `APPSERVICES_APPLE_ID_TOKEN`.")
        .sensitive()
        .check(not_blank());
    fields
        .optional("facebook_access_token", |m| &mut m.facebook_access_token)
        .doc(
            "Access token of a Facebook account. Environment variable: `APPSERVICES_FACEBOOK_ACCESS_TOKEN`.",
        )
        .sensitive()
        .check(not_blank());
    fields
        .optional("refresh_token", |m| &mut m.refresh_token)
        .doc(
            "Refresh token of a session that somebody else opened. The provider uses that session and never logs \
             it out. Environment variable: `APPSERVICES_REFRESH_TOKEN`.",
        )
        .sensitive()
        .check(not_blank());
}

/// The environment variable that stands for an attribute.
pub(super) fn variable(attribute: &str) -> String {
    format!("APPSERVICES_{}", attribute.to_uppercase())
}

/// A way of logging in with one secret.
type Login = fn(SecretString) -> Credentials;

/// What needs no value: that there are not two ways, and no half of one.
///
/// # Errors
///
/// What has to be corrected.
pub(super) fn check(place: Place, presence: impl Fn(&str) -> Presence) -> Result<()> {
    let is_set = |attribute: &&&str| presence(attribute) == Presence::Set;
    let mut ways = WAYS
        .into_iter()
        .filter_map(|way| Some((way, *way.iter().find(is_set)?)));
    let Some((way, first)) = ways.next() else {
        return Ok(());
    };
    if let Some((_, second)) = ways.next() {
        return Err(place.two_ways(first, second).into());
    }
    match way
        .iter()
        .find(|attribute| presence(attribute) == Presence::Unset)
    {
        Some(missing) => Err(place.half_a_way(first, missing).into()),
        None => Ok(()),
    }
}

/// The way that the values make, once [`check`] has nothing against them; none without any value.
pub(super) fn credentials(
    mut take: impl FnMut(&str) -> Option<SecretString>,
) -> Option<Credentials> {
    if let Some(email) = take("email") {
        let email = email.expose_secret().to_owned();
        return take("password").map(|password| Credentials::EmailPassword { email, password });
    }
    let single: [(&str, Login); 7] = [
        ("api_key", Credentials::ApiKey),
        ("custom_jwt", Credentials::CustomJwt),
        ("custom_function_payload", Credentials::CustomFunction),
        ("google_id_token", Credentials::GoogleIdToken),
        ("apple_id_token", Credentials::AppleIdToken),
        ("facebook_access_token", Credentials::FacebookAccessToken),
        ("refresh_token", Credentials::RefreshToken),
    ];
    single
        .into_iter()
        .find_map(|(attribute, credentials)| take(attribute).map(credentials))
}

/// That nothing was found, in either place.
pub(super) fn missing() -> Diagnostic {
    let joined = |way: &[&str], text: fn(&str) -> String| {
        let texts: Vec<_> = way.iter().map(|attribute| text(attribute)).collect();
        texts.join(" and ")
    };
    let quoted = |attribute: &str| format!("`{attribute}`");
    let ways = WAYS.map(|way| format!("\n  - {} ({})", joined(way, quoted), joined(way, variable)));
    Diagnostic::error("No way of logging in").detail(format!(
        "The provider block names no way of logging in to App Services, and neither does the environment. Set one of \
         these in the provider block, or the variables in brackets in the environment:\n{}",
        ways.concat()
    ))
}

impl Place {
    fn sets(self) -> &'static str {
        match self {
            Self::Block => "The provider block sets",
            Self::Environment => "The environment sets",
        }
    }

    /// How an attribute is called there.
    fn name(self, attribute: &str) -> String {
        match self {
            Self::Block => format!("`{attribute}`"),
            Self::Environment => variable(attribute),
        }
    }

    /// The message, with the line of the configuration if there is one.
    fn at(self, attribute: &'static str, error: Diagnostic) -> Diagnostic {
        match self {
            Self::Block => error.at(attribute),
            Self::Environment => error,
        }
    }

    fn two_ways(self, first: &'static str, second: &'static str) -> Diagnostic {
        let (one, other) = (self.name(first), self.name(second));
        let remedy = match self {
            Self::Block => "Keep one.",
            Self::Environment => "Unset one, or choose in the provider block.",
        };
        let error = Diagnostic::error("Two ways of logging in").detail(format!(
            "{} both {one} and {other}, and each is a way of logging in by itself. {remedy}",
            self.sets()
        ));
        self.at(second, error)
    }

    fn half_a_way(self, there: &'static str, missing: &'static str) -> Diagnostic {
        let rule = match self {
            Self::Block => format!(
                " A way of logging in comes from the provider block or from the environment as a whole, so {} is not \
                 looked at. Set `{missing}` too.",
                variable(missing)
            ),
            Self::Environment => String::new(),
        };
        let error = Diagnostic::error("Half a way of logging in").detail(format!(
            "{} {} but not {}, and one needs the other.{rule}",
            self.sets(),
            self.name(there),
            self.name(missing)
        ));
        self.at(there, error)
    }
}
