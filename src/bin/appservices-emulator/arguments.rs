//! The flags, and what they come to.

use std::fmt;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::builder::NonEmptyStringValueParser;
use clap::error::ErrorKind;
use clap::{CommandFactory, Error, Parser};
use jiff::{SignedDuration, Span, SpanRelativeTo};
use terraform_provider_appservices::emulator::{
    CustomJwt, External, ExternalUser, JwtKey, Lag, Options, ServerKey, Tls, User,
};

/// A local Atlas App Services: sessions and user API keys, in memory or in a file
#[derive(Debug, Parser)]
#[command(
    name = "appservices-emulator",
    term_width = 0, // each flag in one line
    version,
    after_help = "Durations are like `500ms`, `90s`, `1h30m` or `60d`. The first line on stdout is `listening on \
                  http://HOST:PORT`. Stop it with Ctrl-C or SIGTERM."
)]
pub(super) struct Arguments {
    /// Address to listen on; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:9090")]
    listen: SocketAddr,

    /// Client app id that callers name in their URLs
    #[arg(long, value_name = "ID", default_value = "myapp-abcde", value_parser = NonEmptyStringValueParser::new())]
    app_id: String,

    /// Keep everything in this file, made if there is none [default: in memory]
    #[arg(long, value_name = "FILE")]
    data: Option<PathBuf>,

    /// User that exists from the start; repeat it for more users
    #[arg(long = "user", value_name = "EMAIL:PASSWORD")]
    users: Vec<User>,

    /// Server API key, whose user can't own keys; without a value one is made and printed; repeatable
    #[arg(long = "server-key", value_name = "NAME[=VALUE]", value_parser = server_key)]
    server_keys: Vec<ServerKey>,

    /// Log in by custom JWTs that are signed with this secret (HS256)
    #[arg(long, value_name = "SECRET", conflicts_with = "jwt_public_key", value_parser = NonEmptyStringValueParser::new())]
    jwt_secret: Option<String>,

    /// Log in by custom JWTs whose key is this PEM file's (RSA for RS256, P-256 for ES256)
    #[arg(long, value_name = "FILE")]
    jwt_public_key: Option<PathBuf>,

    /// What the claim `aud` of custom JWTs has to name [default: the app id]
    #[arg(long, value_name = "AUDIENCE")]
    jwt_audience: Option<String>,

    /// JSON object that the custom function accepts, and whose it is; repeatable
    #[arg(long = "custom-function", value_name = "PAYLOAD=USER", value_parser = custom_function)]
    custom_functions: Vec<ExternalUser>,

    /// Token of google, apple, facebook or custom-token that is accepted, and whose it is; repeatable
    #[arg(long = "third-party", value_name = "PROVIDER:TOKEN=USER", value_parser = third_party)]
    third_parties: Vec<ExternalUser>,

    /// How many API keys one user may own
    #[arg(long, value_name = "N", default_value_t = 20)]
    max_keys: usize,

    /// How long access tokens are valid
    #[arg(long, value_name = "DURATION", default_value = "30m", value_parser = ttl)]
    access_token_ttl: Duration,

    /// How long refresh tokens are valid, and with them their sessions
    #[arg(long, value_name = "DURATION", default_value = "60d", value_parser = ttl)]
    refresh_token_ttl: Duration,

    /// How long every answer waits before it leaves
    #[arg(long, value_name = "DURATION", default_value = "0s", value_parser = duration)]
    latency: Duration,

    /// How far reads of keys trail behind writes: a time, or a number of reads
    #[arg(long, value_name = "DURATION|N", default_value = "0", value_parser = lag)]
    lag: Lag,

    /// Serve HTTPS with the certificate chain in this PEM file
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_cert: Option<PathBuf>,

    /// PEM file of the certificate's private key
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,

    /// Take faults at /emulator/faults, from anybody who can connect
    #[arg(long)]
    faults: bool,

    /// Write a line to stderr for each request
    #[arg(long)]
    log: bool,
}

impl Arguments {
    /// Reads the files that the flags name.
    pub(super) fn options(self) -> Result<Options, Error> {
        let custom_jwt = self.custom_jwt()?;
        let tls = self.tls()?;
        let mut external_users = self.custom_functions;
        external_users.extend(self.third_parties);
        Ok(Options {
            listen: self.listen,
            app_id: self.app_id,
            data: self.data,
            users: self.users,
            external_users,
            server_keys: self.server_keys,
            custom_jwt,
            max_keys: self.max_keys,
            access_token_ttl: self.access_token_ttl,
            refresh_token_ttl: self.refresh_token_ttl,
            lag: self.lag,
            latency: self.latency,
            tls,
            fault_endpoint: self.faults,
            log: self.log,
            ..Options::default()
        })
    }

    fn custom_jwt(&self) -> Result<Option<CustomJwt>, Error> {
        let secret = self.jwt_secret.clone().map(JwtKey::Secret);
        let pem = self.jwt_public_key.as_deref();
        let pem = pem.map(|path| read("--jwt-public-key", path)).transpose()?;
        let Some(key) = secret.or(pem.map(JwtKey::PublicKeyPem)) else {
            if self.jwt_audience.is_some() {
                let text = "--jwt-audience needs --jwt-secret or --jwt-public-key";
                return Err(refused(ErrorKind::MissingRequiredArgument, text));
            }
            return Ok(None);
        };
        Ok(Some(CustomJwt {
            key,
            audience: self.jwt_audience.clone(),
        }))
    }

    fn tls(&self) -> Result<Option<Tls>, Error> {
        let (Some(cert), Some(key)) = (&self.tls_cert, &self.tls_key) else {
            return Ok(None);
        };
        Ok(Some(Tls {
            cert_pem: read("--tls-cert", cert)?,
            key_pem: read("--tls-key", key)?,
        }))
    }
}

/// An error in the form of those that clap itself finds, which exit with status 2.
pub(super) fn refused(kind: ErrorKind, text: impl fmt::Display) -> Error {
    Arguments::command().error(kind, text)
}

fn read(flag: &str, path: &Path) -> Result<String, Error> {
    fs::read_to_string(path).map_err(|error| {
        let path = path.display();
        refused(ErrorKind::Io, format!("{flag} {path}: {error}"))
    })
}

fn server_key(text: &str) -> Result<ServerKey, String> {
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

fn custom_function(text: &str) -> Result<ExternalUser, String> {
    let (payload, user) = credential(text).ok_or("expected PAYLOAD=USER")?;
    match serde_json::from_str::<serde_json::Map<_, _>>(payload) {
        Ok(_) => Ok(external_user(External::CustomFunction, payload, user)),
        Err(error) => Err(format!("the payload is not a JSON object: {error}")),
    }
}

fn third_party(text: &str) -> Result<ExternalUser, String> {
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

/// Parts at the last equals sign: there may be some in a token.
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
fn duration(text: &str) -> Result<Duration, String> {
    let span: Span = text
        .parse()
        .map_err(|error: jiff::Error| error.to_string())?;
    let span = span.to_duration(SpanRelativeTo::days_are_24_hours());
    let duration: SignedDuration = span.map_err(|error| error.to_string())?;
    Duration::try_from(duration).map_err(|_| "less than nothing".to_owned())
}

/// The times in tokens are whole seconds.
fn ttl(text: &str) -> Result<Duration, String> {
    match duration(text)? {
        short if short < Duration::from_secs(1) => Err("less than a second".to_owned()),
        long => Ok(long),
    }
}

fn lag(text: &str) -> Result<Lag, String> {
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

    fn options(arguments: &[&str]) -> Options {
        let arguments = ["appservices-emulator"].iter().chain(arguments);
        Arguments::try_parse_from(arguments)
            .unwrap()
            .options()
            .unwrap()
    }

    fn error(arguments: &[&str]) -> String {
        let arguments = ["appservices-emulator"].iter().chain(arguments);
        let parsed = Arguments::try_parse_from(arguments).and_then(Arguments::options);
        let error = parsed.unwrap_err();
        assert_eq!(error.exit_code(), 2);
        error.to_string()
    }

    #[test]
    fn the_flags_are_sound_and_have_the_documented_defaults() {
        Arguments::command().debug_assert();
        let (own, library) = (options(&[]), Options::default());
        assert_eq!(own.listen.to_string(), "127.0.0.1:9090");
        let library = Options {
            listen: own.listen,
            ..library
        };
        assert_eq!(format!("{own:?}"), format!("{library:?}"));
    }

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

    #[test]
    fn tables_part_at_the_last_equals_sign() {
        let options = options(&[
            "--third-party",
            "google:abc==ci@example.com",
            "--custom-function",
            r#"{"a":"b=c"}=bob"#,
            "--server-key",
            "backend=x=y",
            "--server-key",
            "made",
        ]);
        let external: Vec<_> = options.external_users.iter().collect();
        assert_eq!(
            external[0],
            &external_user(External::CustomFunction, r#"{"a":"b=c"}"#, "bob")
        );
        assert_eq!(
            external[1],
            &external_user(External::Google, "abc=", "ci@example.com")
        );
        assert_eq!(options.server_keys[0].value, "x=y");
        assert_eq!(options.server_keys[1].value, "");
    }

    #[test]
    fn wrong_flags_are_told_by_name() {
        for (arguments, words) in [
            (&["--user", "x"][..], ["--user", "EMAIL:PASSWORD"]),
            (
                &["--third-party", "github:a=b"],
                ["--third-party", "google"],
            ),
            (
                &["--third-party", "google:a"],
                ["--third-party", "PROVIDER:TOKEN=USER"],
            ),
            (
                &["--custom-function", "[]=x"],
                ["--custom-function", "JSON object"],
            ),
            (&["--server-key", "x="], ["--server-key", "empty"]),
            (&["--latency", "soon"], ["--latency", "soon"]),
            (
                &["--refresh-token-ttl", "0s"],
                ["--refresh-token-ttl", "less than a second"],
            ),
            (&["--tls-cert", "x"], ["--tls-key", "required"]),
            (&["--jwt-audience", "x"], ["--jwt-audience", "--jwt-secret"]),
            (
                &["--jwt-secret", "x", "--jwt-public-key", "y"],
                ["--jwt-secret", "--jwt-public-key"],
            ),
            (
                &["--jwt-public-key", "/does/not/exist"],
                ["--jwt-public-key", "/does/not/exist"],
            ),
            (
                &["--tls-cert", "/no/cert", "--tls-key", "/no/key"],
                ["--tls-cert", "/no/cert"],
            ),
        ] {
            let text = error(arguments);
            assert!(
                words.iter().all(|word| text.contains(word)),
                "{arguments:?}: {text}"
            );
        }
    }
}
