//! The values of flags that need more than a `FromStr`.

use std::time::Duration;

use jiff::{SignedDuration, Span, SpanRelativeTo};
use terraform_provider_appservices::emulator::{External, ExternalUser, Lag, ServerKey};

pub(super) fn server_key(text: &str) -> Result<ServerKey, String> {
    let (name, value) = match text.split_once('=') {
        Some((_, "")) => {
            return Err("the value is empty; leave the `=` out to have one made".to_owned());
        }
        Some((name, value)) => (name, value),
        None => (text, ""),
    };
    if name.is_empty() {
        return Err("expected NAME or NAME=VALUE".to_owned());
    }
    Ok(ServerKey {
        name: name.to_owned(),
        value: value.to_owned(),
    })
}

pub(super) fn custom_function(text: &str) -> Result<ExternalUser, String> {
    let (payload, user) = credential(text).ok_or("expected PAYLOAD=USER")?;
    match serde_json::from_str::<serde_json::Map<_, _>>(payload) {
        Ok(_) => Ok(external_user(External::CustomFunction, payload, user)),
        Err(error) => Err(format!("the payload is not a JSON object: {error}")),
    }
}

pub(super) fn third_party(text: &str) -> Result<ExternalUser, String> {
    let form = "expected PROVIDER:TOKEN=USER";
    let (provider, rest) = text.split_once(':').ok_or(form)?;
    let provider = match provider {
        "google" => External::Google,
        "apple" => External::Apple,
        "facebook" => External::Facebook,
        "custom-token" => External::CustomToken,
        _ => {
            return Err("the provider is none of google, apple, facebook, custom-token".to_owned());
        }
    };
    let (token, user) = credential(rest).ok_or(form)?;
    Ok(external_user(provider, token, user))
}

/// Parts at the last equals sign: there may be some in a token or an address.
fn credential(text: &str) -> Option<(&str, &str)> {
    let parts = text.rsplit_once('=');
    parts.filter(|(secret, user)| !secret.is_empty() && !user.is_empty())
}

fn external_user(provider: External, secret: &str, user: &str) -> ExternalUser {
    ExternalUser {
        provider,
        secret: secret.to_owned(),
        user: user.to_owned(),
    }
}

/// Days have 24 hours.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    let span: Span = text
        .parse()
        .map_err(|error: jiff::Error| error.to_string())?;
    let span = span.to_duration(SpanRelativeTo::days_are_24_hours());
    let duration: SignedDuration = span.map_err(|error| error.to_string())?;
    Duration::try_from(duration).map_err(|_| "less than nothing".to_owned())
}

/// The times in tokens are whole seconds.
pub(super) fn ttl(text: &str) -> Result<Duration, String> {
    match duration(text)? {
        short if short < Duration::from_secs(1) => Err("less than a second".to_owned()),
        long => Ok(long),
    }
}

pub(super) fn lag(text: &str) -> Result<Lag, String> {
    let lag = match text.parse() {
        Ok(reads) => Lag::Reads(reads),
        Err(_) => Lag::Time(duration(text)?),
    };
    Ok(match lag {
        Lag::Reads(0) | Lag::Time(Duration::ZERO) => Lag::None,
        some => some,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_as_people_write_them() {
        for (text, millis) in [
            ("0s", 0),
            ("500ms", 500),
            ("1h30m", 5_400_000),
            ("2d", 172_800_000),
        ] {
            assert_eq!(duration(text), Ok(Duration::from_millis(millis)), "{text}");
        }
        for text in ["", "5", "soon", "-1s", "1mo"] {
            assert!(duration(text).is_err(), "{text:?}");
        }
        assert!(ttl("999ms").is_err());
    }

    #[test]
    fn a_lag_is_a_time_or_a_number_of_reads() {
        assert_eq!(lag("0"), Ok(Lag::None));
        assert_eq!(lag("0s"), Ok(Lag::None));
        assert_eq!(lag("3"), Ok(Lag::Reads(3)));
        assert_eq!(lag("2s"), Ok(Lag::Time(Duration::from_secs(2))));
        assert!(lag("3 times").is_err());
    }
}
