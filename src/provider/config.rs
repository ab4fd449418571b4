//! The provider block and the environment, resolved into what the client needs.
//!
//! `login` chooses one login method, `text` cleans what comes from files and variables, `values` reads
//! each setting. The environment is an argument: only
//! `src/main.rs` hands over the process's own. Nothing is sent from here.

mod login;
mod text;
mod values;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::time::Duration;

use secrecy::SecretString;

use crate::appservices::{Proxies, Settings};
use crate::tf_provider::{
    Diagnostic, Field, Fields, FromText, Model, Object, Result, Set, Validator, Value, text,
    whole_number,
};

use super::access::Access;
use login::Presence;
use text::{Environment, Kind, Place, variable};
use values::{
    allowed_user_ids, base_url, max_retries, request_timeout, root_certificates, user_agent,
};

pub(super) use login::{attributes, list};

/// The provider block as it is written. Anything may be unknown while planning.
#[derive(Debug, Default)]
pub struct Config {
    app_id: Field<String>,
    base_url: Field<String>,
    /// By name: the attributes of all login methods.
    logins: BTreeMap<&'static str, Field<SecretString>>,
    max_retries: Field<i64>,
    request_timeout: Field<String>,
    allowed_user_ids: Field<Set<Field<String>>>,
    ca_certificate_file: Field<String>,
}

const RETRIES: std::ops::RangeInclusive<i64> = 0..=10;
const RETRIES_SENTENCE: &str = "must be a whole number from 0 to 10";

impl Model for Config {
    fn describe(fields: &mut Fields<Self>) {
        fields
            .optional("app_id", |m| &mut m.app_id)
            .doc(with_variable(
                "Client App ID, such as `myapp-abcde`; not the internal id of 24 hexadecimal digits. Required, here or in \
                 the environment.",
                "app_id",
            ))
            .check(not_blank());
        fields
            .optional("base_url", |m| &mut m.base_url)
            .doc(with_variable(
                "Address of the service. Default: `https://services.cloud.mongodb.com`. Plain `http://` works \
                 for loopback only.",
                "base_url",
            ))
            .check(not_blank());
        login::describe(fields);
        fields
            .optional("max_retries", |m| &mut m.max_retries)
            .doc(with_variable(
                "Retries of a request after a failure that may pass: 0 to 10. Default: `4`.",
                "max_retries",
            ))
            .check(whole_number(RETRIES, RETRIES_SENTENCE));
        fields
            .optional("request_timeout", |m| &mut m.request_timeout)
            .doc(with_variable(
                "Limit for one HTTP request, such as `1m30s`. Default: `30s`.",
                "request_timeout",
            ))
            .check(text(
                |text| Duration::from_text(text).is_some(),
                Duration::SENTENCE,
            ));
        fields
            .optional("allowed_user_ids", |m| &mut m.allowed_user_ids)
            .doc(
                "Ids of the users that this configuration may work for. A login as another user is an error before \
                 any key is created, read or deleted. Default: any user.",
            );
        fields
            .optional("ca_certificate_file", |m| &mut m.ca_certificate_file)
            .doc(with_variable(
                "PEM file of certificate authorities to trust besides the platform's. A relative path counts from \
                 where Terraform runs.",
                "ca_certificate_file",
            ))
            .check(not_blank());
    }
}

/// A description, with the variable that stands for the attribute.
fn with_variable(about: &str, attribute: &str) -> String {
    format!("{about} Environment: `{}`.", variable(attribute))
}

fn not_blank() -> impl Validator {
    text(|text| !text.trim().is_empty(), "must not be empty")
}

/// What the block alone decides, whatever is unknown in it: that values can be what they are called, and that there are
/// not two login methods, nor one without all of its values.
///
/// # Errors
///
/// What has to be corrected.
pub(super) fn validate(config: &Object) -> Result<()> {
    login::check(Place::Block, |attribute| match config.value(attribute) {
        // What is unknown may still turn out to be null, and decides nothing.
        Value::Unknown(_) => Presence::Unknown,
        Value::Null => Presence::Unset,
        _ => Presence::Set,
    })?;
    // Of a value that is blank, the schema says so.
    let text = |attribute: &str| match config.value(attribute) {
        Value::String(text) if !text.trim().is_empty() => Some(text),
        _ => None,
    };
    for value in login::values() {
        if let Some(text) = text(value.name) {
            login::read(Place::Block, value, &text.as_str().into())?;
        }
    }
    for (attribute, kind) in TEXTS {
        if let Some(text) = text(attribute) {
            let value = kind.read(text);
            let value = value.map_err(|reason| Place::Block.invalid(attribute, &reason))?;
            if attribute == "base_url" {
                base_url(Place::Block, value)?;
            }
        }
    }
    if let Value::List(ids) = config.value("allowed_user_ids") {
        let known = ids.iter().map(|id| match id {
            Value::String(id) => Some(id.as_str()),
            Value::Null => Some(""),
            _ => None,
        });
        if let Some(known) = known.collect::<Option<Vec<_>>>() {
            allowed_user_ids(known)?;
        }
    }
    Ok(())
}

/// The texts of the block that are no credentials.
const TEXTS: [(&str, Kind); 4] = [
    ("app_id", Kind::Word),
    ("base_url", Kind::Word),
    ("request_timeout", Kind::Line),
    ("ca_certificate_file", Kind::Line),
];

/// Puts block and environment together. The block wins, attribute by attribute; credentials win as a whole.
///
/// # Errors
///
/// No App ID, or a value that cannot be used. Missing credentials are told to the operation that needs them.
pub(super) fn resolve(
    mut config: Config,
    terraform_version: &str,
    environment: &dyn Fn(&str) -> Option<OsString>,
) -> Result<Access> {
    if let Some(attribute) = first_unknown(&config) {
        return Ok(Access::Unknown(unknown(attribute)));
    }
    let proxies = Proxies::from_environment(environment);
    let proxies = proxies.map_err(|error| {
        Diagnostic::error(format!("Invalid value for {}", error.variable)).detail(format!(
            "The environment variable {error}. Correct it, or unset it if no proxy is needed."
        ))
    })?;
    let environment = Environment(environment);
    let app_id = setting(&mut config.app_id, "app_id", environment)?;
    let Some((_, app_id)) = app_id else {
        return Err(no_app_id().into());
    };
    let base = setting(&mut config.base_url, "base_url", environment)?;
    let base = base.map(|(place, url)| base_url(place, &url)).transpose()?;
    let retries = match config.max_retries {
        Field::Known(retries) => Some((Place::Block, retries.to_string())),
        _ => environment
            .value("max_retries", Kind::Word)?
            .map(|text| (Place::Environment, text)),
    };
    let retries = retries.map(|(place, text)| max_retries(place, &text));
    let timeout = setting(&mut config.request_timeout, "request_timeout", environment)?;
    let timeout = timeout.map(|(place, text)| request_timeout(place, &text));
    let file = setting(
        &mut config.ca_certificate_file,
        "ca_certificate_file",
        environment,
    )?;
    let roots = file.map(|(place, file)| root_certificates(place, &file));
    let allowed = match &config.allowed_user_ids {
        Field::Known(Set(ids)) => {
            let ids = ids.iter().map(|id| id.known().map_or("", String::as_str));
            Some(allowed_user_ids(ids)?)
        }
        _ => None,
    };
    let appended = environment.get("TF_APPEND_USER_AGENT")?;
    let credentials = login::credentials(&mut config, environment)?;

    let defaults = |credentials| Settings::new(app_id, credentials);
    let (retries, timeout, roots) = (
        retries.transpose()?,
        timeout.transpose()?,
        roots.transpose()?,
    );
    let Some(credentials) = credentials else {
        return Ok(Access::Missing(login::missing()));
    };
    let mut settings = defaults(credentials);
    settings.base_url = base.unwrap_or_default();
    settings.max_retries = retries.unwrap_or(settings.max_retries);
    settings.request_timeout = timeout.unwrap_or(settings.request_timeout);
    settings.root_certificates = roots;
    settings.proxies = proxies;
    settings.allowed_user_ids = allowed;
    settings.user_agent = user_agent(terraform_version, appended);
    Access::new(settings)
}

/// A text of the block, or else of the environment, and where it stands.
fn setting(
    field: &mut Field<String>,
    attribute: &'static str,
    environment: Environment<'_>,
) -> Result<Option<(Place, String)>> {
    let kind = TEXTS.iter().find(|(name, _)| *name == attribute);
    let kind = kind.map_or(Kind::Line, |(_, kind)| *kind);
    let Field::Known(text) = std::mem::take(field) else {
        let value = environment.value(attribute, kind)?;
        return Ok(value.map(|text| (Place::Environment, text)));
    };
    let value = kind.read(&text);
    let value = value.map_err(|reason| Place::Block.invalid(attribute, &reason))?;
    Ok(Some((Place::Block, value.to_owned())))
}

/// The attribute that cannot be waited for. The environment never stands in for a value that is still to come.
fn first_unknown(config: &Config) -> Option<&'static str> {
    let has_unknown_id = |field: &Field<Set<Field<String>>>| match field {
        Field::Known(Set(ids)) => ids.iter().any(Field::is_unknown),
        other => other.is_unknown(),
    };
    let others = [
        ("app_id", config.app_id.is_unknown()),
        ("base_url", config.base_url.is_unknown()),
        ("max_retries", config.max_retries.is_unknown()),
        ("request_timeout", config.request_timeout.is_unknown()),
        ("allowed_user_ids", has_unknown_id(&config.allowed_user_ids)),
        (
            "ca_certificate_file",
            config.ca_certificate_file.is_unknown(),
        ),
    ];
    let logins = config.logins.iter();
    let logins = logins.map(|(attribute, field)| (*attribute, field.is_unknown()));
    let mut all = others.into_iter().chain(logins);
    all.find_map(|(attribute, is_unknown)| is_unknown.then_some(attribute))
}

fn no_app_id() -> Diagnostic {
    Diagnostic::error("No App ID")
        .at("app_id")
        .detail("Set `app_id` in the provider block, or APPSERVICES_APP_ID, to the client App ID, such as `myapp-abcde`.")
}

fn unknown(attribute: &'static str) -> Diagnostic {
    Diagnostic::error("The provider's configuration is still unknown")
        .detail(format!(
            "`{attribute}` in the provider block is unknown until something else is applied, and this needs the server. \
             Apply what it depends on first (`terraform apply -target=...`), or set `{attribute}` from something that is \
             known while planning."
        ))
        .of_shared_cause(
            "unknown configuration",
            format!("`{attribute}` in the provider block is still unknown; another message of this run says what to do."),
        )
}

#[cfg(test)]
mod tests;
