//! The provider block and the environment, resolved into what the client needs.

mod login;

use std::fmt::Write as _;
use std::fs;

use secrecy::SecretString;
use serde_json::{Map, Value as Json};

use crate::appservices::{BaseUrl, Settings};
use crate::tf_provider::{
    Diagnostic, Field, Fields, Model, Object, Result, Validator, Value, text, whole_number,
};

use super::access::Access;
use super::duration;
use login::{Place, Presence, variable};

/// The provider block as it is written. Anything may be unknown while planning.
#[derive(Debug, Default)]
pub struct Config {
    app_id: Field<String>,
    base_url: Field<String>,
    email: Field<SecretString>,
    password: Field<SecretString>,
    api_key: Field<SecretString>,
    custom_jwt: Field<SecretString>,
    custom_function_payload: Field<SecretString>,
    google_id_token: Field<SecretString>,
    apple_id_token: Field<SecretString>,
    facebook_access_token: Field<SecretString>,
    refresh_token: Field<SecretString>,
    max_retries: Field<i64>,
    request_timeout: Field<String>,
    ca_certificate_file: Field<String>,
}

const RETRIES: std::ops::RangeInclusive<i64> = 0..=10;
const RETRIES_SENTENCE: &str = "must be a whole number from 0 to 10";

impl Model for Config {
    fn describe(fields: &mut Fields<Self>) {
        fields
            .optional("app_id", |m| &mut m.app_id)
            .doc(
                "Client App ID, such as `myapp-abcde`; not the internal id of 24 hexadecimal digits. Required, here \
                 or in the environment. Environment variable: `APPSERVICES_APP_ID`.",
            )
            .check(not_blank());
        fields
            .optional("base_url", |m| &mut m.base_url)
            .doc(
                "Where the service is. Default: `https://services.cloud.mongodb.com`. Slashes at the end do not \
                 matter. Plain `http://` is refused for any host but loopback. Environment variable: \
                 `APPSERVICES_BASE_URL`.",
            )
            .check(not_blank());
        login::describe(fields);
        fields
            .optional("max_retries", |m| &mut m.max_retries)
            .doc(
                "How often a request is repeated after trouble that may pass: a whole number from 0 to 10. Default: \
                 `4`. Environment variable: `APPSERVICES_MAX_RETRIES`.",
            )
            .check(whole_number(RETRIES, RETRIES_SENTENCE));
        fields
            .optional("request_timeout", |m| &mut m.request_timeout)
            .doc(
                "How long one HTTP request may take: a duration above zero with units, such as `30s` or `1m30s`. \
                 Default: `30s`. Environment variable: `APPSERVICES_REQUEST_TIMEOUT`.",
            )
            .check(text(duration::is_duration, duration::SENTENCE));
        fields
            .optional("ca_certificate_file", |m| &mut m.ca_certificate_file)
            .doc(
                "File with PEM certificates of authorities to trust, beside the platform's. A relative path counts \
                 from where Terraform runs. Environment variable: `APPSERVICES_CA_CERTIFICATE_FILE`.",
            )
            .check(not_blank());
    }
}

impl Config {
    /// An attribute of a way of logging in; every one that [`login::WAYS`] names.
    fn login(&mut self, attribute: &str) -> Option<&mut Field<SecretString>> {
        Some(match attribute {
            "email" => &mut self.email,
            "password" => &mut self.password,
            "api_key" => &mut self.api_key,
            "custom_jwt" => &mut self.custom_jwt,
            "custom_function_payload" => &mut self.custom_function_payload,
            "google_id_token" => &mut self.google_id_token,
            "apple_id_token" => &mut self.apple_id_token,
            "facebook_access_token" => &mut self.facebook_access_token,
            "refresh_token" => &mut self.refresh_token,
            _ => return None,
        })
    }
}

fn not_blank() -> impl Validator {
    text(|text| !text.trim().is_empty(), "must not be empty")
}

fn is_json_object(text: &str) -> bool {
    serde_json::from_str::<Map<String, Json>>(text).is_ok()
}

/// What needs no value to be known: two ways of logging in, half a way, a base URL that cannot be one.
///
/// # Errors
///
/// What has to be corrected.
pub(super) fn validate(config: &Object) -> Result<()> {
    login::check(Place::Block, |attribute| match config.value(attribute) {
        // What is unknown may still turn out to be null, and settles nothing.
        Value::Unknown(_) => Presence::Unknown,
        Value::Null => Presence::Unset,
        _ => Presence::Set,
    })?;
    if let Value::String(url) = config.value("base_url") {
        base_url(url)?;
    }
    Ok(())
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
/// No App ID, or a value that cannot be used. That there is no way of logging in is told to whoever needs one.
pub(super) fn resolve(
    mut config: Config,
    terraform_version: &str,
    environment: impl Fn(&str) -> Option<String>,
) -> Result<Access> {
    let environment = |name: &str| environment(name).filter(|value| !value.trim().is_empty());
    if let Some(attribute) = first_unknown(&mut config) {
        return Ok(Access::Unknown(unknown(attribute)));
    }
    let or_environment = |field: &mut Field<String>, attribute| match std::mem::take(field) {
        Field::Known(value) => Some(value),
        _ => environment(&variable(attribute)),
    };
    let Some(app_id) = or_environment(&mut config.app_id, "app_id") else {
        return Err(no_app_id().into());
    };
    let base = or_environment(&mut config.base_url, "base_url");
    let base = base.map(|url| base_url(&url)).transpose()?;
    let retries = match config.max_retries {
        Field::Known(retries) => Some(retries.to_string()),
        _ => environment(&variable("max_retries")),
    };
    let retries = retries.map(|text| max_retries(&text)).transpose()?;
    let timeout = or_environment(&mut config.request_timeout, "request_timeout");
    let timeout = timeout.map(|text| request_timeout(&text)).transpose()?;
    let file = or_environment(&mut config.ca_certificate_file, "ca_certificate_file");
    let certificates = file.as_deref().map(ca_certificates).transpose()?;
    let appended = environment("TF_APPEND_USER_AGENT");
    let Some(credentials) = credentials(&mut config, environment)? else {
        return Ok(Access::Missing(login::missing()));
    };

    let mut settings = Settings::new(app_id, credentials);
    settings.base_url = base.unwrap_or_default();
    settings.max_retries = retries.unwrap_or(settings.max_retries);
    settings.request_timeout = timeout.unwrap_or(settings.request_timeout);
    settings.ca_certificates = certificates;
    settings.user_agent = user_agent(terraform_version, appended);
    Access::new(settings)
}

/// The attribute that cannot be waited for. The environment never stands in for a value that is still to come.
fn first_unknown(config: &mut Config) -> Option<&'static str> {
    let others = [
        ("app_id", config.app_id.is_unknown()),
        ("base_url", config.base_url.is_unknown()),
        ("max_retries", config.max_retries.is_unknown()),
        ("request_timeout", config.request_timeout.is_unknown()),
        (
            "ca_certificate_file",
            config.ca_certificate_file.is_unknown(),
        ),
    ];
    let mut logins = login::WAYS.into_iter().flatten().copied();
    others
        .into_iter()
        .find_map(|(attribute, is_unknown)| is_unknown.then_some(attribute))
        .or_else(|| {
            logins.find(|attribute| {
                config
                    .login(attribute)
                    .is_some_and(|field| field.is_unknown())
            })
        })
}

/// From the block if it sets any attribute of any way, and else from the environment.
fn credentials(
    config: &mut Config,
    environment: impl Fn(&str) -> Option<String>,
) -> Result<Option<crate::appservices::Credentials>> {
    let mut from_block = |attribute: &str| match std::mem::take(config.login(attribute)?) {
        Field::Known(value) => Some(value),
        Field::Null | Field::Unknown => None,
    };
    if let Some(credentials) = login::credentials(&mut from_block) {
        return Ok(Some(credentials));
    }
    let from_environment =
        |attribute: &str| environment(&variable(attribute)).map(SecretString::from);
    login::check(Place::Environment, |attribute| {
        match from_environment(attribute) {
            Some(_) => Presence::Set,
            None => Presence::Unset,
        }
    })?;
    Ok(login::credentials(from_environment))
}

fn max_retries(text: &str) -> Result<u32> {
    let retries = text
        .trim()
        .parse()
        .ok()
        .filter(|retries| RETRIES.contains(retries));
    let retries = retries.and_then(|retries| u32::try_from(retries).ok());
    retries.ok_or_else(|| invalid("max_retries", text, RETRIES_SENTENCE).into())
}

fn request_timeout(text: &str) -> Result<std::time::Duration> {
    duration::parse(text).ok_or_else(|| invalid("request_timeout", text, duration::SENTENCE).into())
}

/// A value that the block's own checks have not seen: it comes from the environment.
fn invalid(attribute: &'static str, text: &str, sentence: &str) -> Diagnostic {
    let variable = variable(attribute);
    Diagnostic::error(format!("Invalid value for {variable}"))
        .at(attribute)
        .detail(format!("{variable} {sentence}. It says {text:?}."))
}

fn ca_certificates(file: &str) -> Result<Vec<u8>> {
    Ok(fs::read(file).map_err(|error| {
        Diagnostic::error("Cannot read the CA certificates").at("ca_certificate_file").detail(format!(
            "The file {file:?} cannot be read: {error}.\n\n`ca_certificate_file` (APPSERVICES_CA_CERTIFICATE_FILE) names a \
             file with one PEM certificate or more. A relative path counts from where Terraform runs; `path.module` and \
             `path.root` lead elsewhere."
        ))
    })?)
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

fn unknown(attribute: &'static str) -> Diagnostic {
    Diagnostic::error("The provider's configuration is still unknown").detail(format!(
        "`{attribute}` in the provider block is unknown until something else is applied, and this needs the server. \
         Apply what it depends on first (`terraform apply -target=...`), or set `{attribute}` from something that is \
         known while planning."
    ))
}

#[cfg(test)]
mod tests;
