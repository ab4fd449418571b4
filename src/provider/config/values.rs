//! What single settings have to be.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::time::Duration;

use crate::appservices::{BaseUrl, BaseUrlError, RootCertificates};
use crate::tf_provider::{Diagnostic, FromText, Result};

use super::text::{Kind, Place};
use super::{RETRIES, RETRIES_SENTENCE};

pub(super) fn base_url(place: Place, url: &str) -> Result<BaseUrl> {
    Ok(BaseUrl::parse(url).map_err(|error| {
        let advice = match &error {
            BaseUrlError::ApiPath { surplus } => {
                format!("Leave out {surplus}: the provider adds it itself.")
            }
            _ => format!(
                "Correct it; without it, the provider talks to {}.",
                BaseUrl::DEFAULT
            ),
        };
        Diagnostic::error("Invalid base URL")
            .at("base_url")
            .detail(format!(
                "{}{} is {:?}, and that cannot be the base URL: {error}.\n\n{advice}",
                place.name("base_url"),
                place.of(),
                BaseUrl::shown(url),
            ))
    })?)
}

/// # Errors
///
/// None at all, or an id that is empty or cannot be one.
pub(super) fn allowed_user_ids<'a>(
    ids: impl IntoIterator<Item = &'a str>,
) -> Result<BTreeSet<String>> {
    let invalid = |reason: &str| Place::Block.invalid("allowed_user_ids", reason);
    let mut allowed = BTreeSet::new();
    for id in ids {
        let id = Kind::Word.read(id).map_err(|reason| invalid(&reason))?;
        if id.is_empty() {
            return Err(invalid("must not hold an empty id").into());
        }
        allowed.insert(id.to_owned());
    }
    if allowed.is_empty() {
        return Err(invalid(
            "must hold at least one id: with none, no user would be allowed. Leave it out to allow any user",
        )
        .into());
    }
    Ok(allowed)
}

pub(super) fn max_retries(place: Place, text: &str) -> Result<u32> {
    let retries = text.parse().ok();
    let retries = retries.filter(|retries| RETRIES.contains(retries));
    let retries = retries.and_then(|retries| u32::try_from(retries).ok());
    retries.ok_or_else(|| invalid(place, "max_retries", text, RETRIES_SENTENCE).into())
}

pub(super) fn request_timeout(place: Place, text: &str) -> Result<Duration> {
    Duration::from_text(text)
        .ok_or_else(|| invalid(place, "request_timeout", text, Duration::SENTENCE).into())
}

/// A value that is no secret, and the sentence that it does not fulfil.
fn invalid(place: Place, attribute: &'static str, text: &str, sentence: &str) -> Diagnostic {
    place.invalid(attribute, &format!("{sentence}. Got {text:?}"))
}

pub(super) fn root_certificates(place: Place, file: &str) -> Result<RootCertificates> {
    let name = place.name("ca_certificate_file");
    let pem = fs::read(file).map_err(|error| {
        Diagnostic::error("Cannot read the CA certificates").at("ca_certificate_file").detail(format!(
            "The file {file:?} cannot be read: {error}.\n\n{name} names a file with one PEM certificate or more. A relative \
             path counts from where Terraform runs; `path.module` and `path.root` lead elsewhere."
        ))
    })?;
    Ok(RootCertificates::parse(&pem).map_err(|error| {
        Diagnostic::error("Cannot use the CA certificates").at("ca_certificate_file").detail(format!(
            "The file {file:?} cannot be used: {error}.\n\n{name} names a file with one PEM certificate or more."
        ))
    })?)
}

pub(super) fn user_agent(terraform_version: &str, appended: Option<String>) -> String {
    let mut agent =
        concat!("terraform-provider-appservices/", env!("CARGO_PKG_VERSION")).to_owned();
    if !terraform_version.is_empty() {
        let _ = write!(agent, " (terraform {terraform_version})");
    }
    if let Some(appended) = appended {
        agent += " ";
        agent += appended.trim();
    }
    // A header holds printable ASCII only, and no plan should fail for want of a nice one.
    agent.retain(|c| c == ' ' || c.is_ascii_graphic());
    agent
}
