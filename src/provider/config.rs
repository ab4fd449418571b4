//! The provider block and the environment, resolved into what the client needs.

use std::fmt::Write as _;

use secrecy::SecretString;

use crate::appservices::{BaseUrl, Credentials, Settings};
use crate::tf_provider::{Diagnostic, Field, Fields, Model, Object, Result, Value, text};

use super::access::Access;

/// The provider block as it is written. Anything may be unknown while planning.
#[derive(Debug, Default)]
pub struct Config {
    app_id: Field<String>,
    base_url: Field<String>,
    email: Field<String>,
    password: Field<SecretString>,
    api_key: Field<SecretString>,
}

impl Model for Config {
    fn describe(fields: &mut Fields<Self>) {
        let not_blank = || text(|text| !text.trim().is_empty(), "must not be empty");
        fields
            .optional("app_id", |m| &mut m.app_id)
            .doc("Client App ID, such as `myapp-abcde`. Required, here or as `APPSERVICES_APP_ID`.")
            .check(not_blank());
        fields
            .optional("base_url", |m| &mut m.base_url)
            .doc(
                "Where the app is asked for; default `https://services.cloud.mongodb.com`. Plain `http` only to \
                 loopback. Also `APPSERVICES_BASE_URL`.",
            )
            .check(not_blank());
        fields
            .optional("email", |m| &mut m.email)
            .doc("E-mail address of the user that owns the keys, with `password`. Also `APPSERVICES_EMAIL`.")
            .check(not_blank());
        fields
            .optional("password", |m| &mut m.password)
            .doc("Password of that user. Also `APPSERVICES_PASSWORD`.")
            .sensitive()
            .check(not_blank());
        fields
            .optional("api_key", |m| &mut m.api_key)
            .doc("Value of a user API key to log in with, in place of `email` and `password`. Also `APPSERVICES_API_KEY`.")
            .sensitive()
            .check(not_blank());
    }
}

/// What needs no value to be known: two ways of logging in, half a way, a base URL that cannot be one.
///
/// # Errors
///
/// What has to be corrected.
pub(super) fn validate(config: &Object) -> Result<()> {
    // What is unknown may still turn out to be null, and settles nothing.
    let is_unknown = |name| config.value(name).is_unknown();
    let is_set = |name| !config.value(name).is_null() && !is_unknown(name);
    let (email, password) = (is_set("email"), is_set("password"));
    if is_set("api_key") && (email || password) {
        let other = if email { "email" } else { "password" };
        return Err(Diagnostic::error("Two ways of logging in")
            .at("api_key")
            .detail(format!(
                "The provider block sets both `api_key` and `{other}`. Keep `email` and `password`, or keep `api_key`."
            ))
            .into());
    }
    if email != password && !is_unknown("email") && !is_unknown("password") {
        let (there, missing) = if email {
            ("email", "password")
        } else {
            ("password", "email")
        };
        return Err(half(there, missing).into());
    }
    if let Value::String(url) = config.value("base_url") {
        base_url(url)?;
    }
    Ok(())
}

fn half(there: &'static str, missing: &str) -> Diagnostic {
    Diagnostic::error("Half a way of logging in").at(there).detail(format!(
        "The provider block sets `{there}` but not `{missing}`, and one needs the other. A way of logging in comes from \
         the provider block or from the environment as a whole, so APPSERVICES_{} is not looked at. Set `{missing}` too.",
        missing.to_uppercase()
    ))
}

fn base_url(url: &str) -> Result<BaseUrl> {
    Ok(BaseUrl::parse(url).map_err(|error| {
        Diagnostic::error("Invalid base URL").at("base_url").detail(format!(
            "What it says cannot be the base URL: {error}.\n\nCorrect `base_url`, or APPSERVICES_BASE_URL if that is where \
             it comes from. Without either, the provider talks to {}.",
            BaseUrl::DEFAULT
        ))
    })?)
}

/// Puts block and environment together. The block wins, row by row; a way of logging in wins as a whole.
///
/// # Errors
///
/// No App ID, or a base URL that cannot be one. That there is no way of logging in is told to whoever needs one.
pub(super) fn resolve(
    config: Config,
    terraform_version: &str,
    environment: impl Fn(&str) -> Option<String>,
) -> Result<Access> {
    let environment = |name: &str| environment(name).filter(|value| !value.trim().is_empty());
    let or_environment = |field: Field<String>, name| match field {
        Field::Null => environment(name).map_or(Field::Null, Field::Known),
        field => field,
    };
    let app_id = match or_environment(config.app_id, "APPSERVICES_APP_ID") {
        Field::Known(app_id) => app_id,
        Field::Unknown => return Ok(unknown("app_id")),
        Field::Null => return Err(no_app_id().into()),
    };
    let base = match or_environment(config.base_url, "APPSERVICES_BASE_URL") {
        Field::Known(url) => base_url(&url)?,
        Field::Unknown => return Ok(unknown("base_url")),
        Field::Null => BaseUrl::default(),
    };
    let credentials = match (config.email, config.password, config.api_key) {
        (Field::Unknown, _, _) => return Ok(unknown("email")),
        (_, Field::Unknown, _) => return Ok(unknown("password")),
        (_, _, Field::Unknown) => return Ok(unknown("api_key")),
        (Field::Known(email), Field::Known(password), _) => {
            Credentials::EmailPassword { email, password }
        }
        (_, _, Field::Known(key)) => Credentials::ApiKey(key),
        _ => match from_environment(environment)? {
            Some(credentials) => credentials,
            None => return Ok(Access::Missing(no_login())),
        },
    };
    let mut settings = Settings::new(app_id, credentials);
    settings.base_url = base;
    settings.user_agent = user_agent(terraform_version, environment("TF_APPEND_USER_AGENT"));
    Access::new(settings)
}

fn from_environment(environment: impl Fn(&str) -> Option<String>) -> Result<Option<Credentials>> {
    let [email, password, api_key] = [
        "APPSERVICES_EMAIL",
        "APPSERVICES_PASSWORD",
        "APPSERVICES_API_KEY",
    ]
    .map(environment);
    match (email, password, api_key) {
        (None, None, None) => Ok(None),
        (None, None, Some(key)) => Ok(Some(Credentials::ApiKey(key.into()))),
        (Some(email), Some(password), None) => Ok(Some(Credentials::EmailPassword {
            email,
            password: password.into(),
        })),
        (_, _, Some(_)) => Err(Diagnostic::error("Two ways of logging in")
            .detail(
                "The environment sets both APPSERVICES_API_KEY and APPSERVICES_EMAIL or APPSERVICES_PASSWORD. Unset \
                 one, or choose in the provider block.",
            )
            .into()),
        (email, _, None) => {
            let (there, missing) = if email.is_some() { ("EMAIL", "PASSWORD") } else { ("PASSWORD", "EMAIL") };
            Err(Diagnostic::error("Half a way of logging in")
                .detail(format!(
                    "The environment sets APPSERVICES_{there} but not APPSERVICES_{missing}, and one needs the other."
                ))
                .into())
        }
    }
}

fn user_agent(terraform_version: &str, appended: Option<String>) -> String {
    let mut agent =
        concat!("terraform-provider-appservices/", env!("CARGO_PKG_VERSION")).to_owned();
    if !terraform_version.is_empty() {
        let _ = write!(agent, " (terraform {terraform_version})");
    }
    if let Some(appended) = appended {
        agent += " ";
        agent += appended.trim();
    }
    // A header holds printable ASCII only, and nobody's plan should fail for want of a nice one.
    agent.retain(|c| c == ' ' || c.is_ascii_graphic());
    agent
}

fn no_app_id() -> Diagnostic {
    Diagnostic::error("No App ID")
        .at("app_id")
        .detail("Set `app_id` in the provider block, or APPSERVICES_APP_ID, to the client App ID, such as `myapp-abcde`.")
}

fn no_login() -> Diagnostic {
    Diagnostic::error("No way of logging in").detail(
        "The provider block names no way of logging in to App Services, and neither does the environment. Set `email` \
         and `password` (or APPSERVICES_EMAIL and APPSERVICES_PASSWORD), or set `api_key` (or APPSERVICES_API_KEY).",
    )
}

fn unknown(attribute: &'static str) -> Access {
    Access::Unknown(Diagnostic::error("The provider's configuration is still unknown").detail(format!(
        "`{attribute}` in the provider block is unknown until something else is applied, and this needs the server. \
         Apply what it depends on first (`terraform apply -target=...`), or set `{attribute}` from something that is \
         known while planning."
    )))
}

#[cfg(test)]
mod tests;
