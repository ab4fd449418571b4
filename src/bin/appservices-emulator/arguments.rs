//! The flags, and what they come to.

mod values;

use std::ffi::OsString;
use std::fmt;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::builder::NonEmptyStringValueParser;
use clap::error::ErrorKind;
use clap::{CommandFactory, Error, Parser};
use terraform_provider_appservices::emulator::{
    CustomJwt, ExternalUser, JwtKey, Lag, Options, ServerKey, Tls, User,
};

use values::{custom_function, duration, lag, server_key, third_party, ttl};

/// The environment variable with more users.
pub(super) const USERS: &str = "APPSERVICES_EMULATOR_USERS";

/// A local Atlas App Services: sessions and user API keys, in memory or in a file
#[derive(Debug, Parser)]
#[command(
    name = "appservices-emulator",
    term_width = 0, // each flag in one line
    version,
    after_help = "Durations are like `500ms`, `90s`, `1h30m` or `60d`. The first line on stdout is `listening on \
                  http://HOST:PORT`. Stop it with Ctrl-C or SIGTERM.\n\n\
                  Arguments show in `ps`. For passwords that are worth something, take --user-file or the environment \
                  variable APPSERVICES_EMULATOR_USERS: one EMAIL:PASSWORD a line.\n\n\
                  At most 512 connections are open, a request has at most 1 MiB, and one that does not come within 30 \
                  seconds ends its connection. What it holds in memory is bounded by --max-users, --max-keys and \
                  --max-sessions; an e-mail address has at most 128 characters, any other name 256 bytes.\n\n\
                  Exit codes: 0 after Ctrl-C or SIGTERM, 2 for a wrong argument, 1 for anything else."
)]
pub(super) struct Arguments {
    /// Address to listen on; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:9090")]
    listen: SocketAddr,

    /// Client app id that clients name in their URLs
    #[arg(long, value_name = "ID", default_value = "myapp-abcde", value_parser = NonEmptyStringValueParser::new())]
    app_id: String,

    /// Keep everything in this file, made if there is none [default: in memory]
    #[arg(long, value_name = "FILE")]
    data: Option<PathBuf>,

    /// User that exists from the start; repeat it for more users
    #[arg(long = "user", value_name = "EMAIL:PASSWORD")]
    users: Vec<String>,

    /// File with more users, one EMAIL:PASSWORD a line; empty lines and those with # in front are skipped
    #[arg(long, value_name = "FILE")]
    user_file: Option<PathBuf>,

    /// Host name to answer for beside those of the address; repeatable
    #[arg(long = "allow-host", value_name = "HOST", value_parser = NonEmptyStringValueParser::new())]
    allowed_hosts: Vec<String>,

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

    /// How many users there may be, those from the start included
    #[arg(long, value_name = "N", default_value_t = 100_000)]
    max_users: usize,

    /// How many sessions may be open; one more closes the oldest
    #[arg(long, value_name = "N", default_value_t = 100_000)]
    max_sessions: usize,

    /// How long access tokens are valid
    #[arg(long, value_name = "DURATION", default_value = "30m", value_parser = ttl)]
    access_token_ttl: Duration,

    /// How long refresh tokens are valid, and with them their sessions; anonymous ones are for 50 years
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

    /// Take faults at /emulator/faults, from every client that can connect
    #[arg(long)]
    faults: bool,

    /// Write a line to stderr for each request; lines that are not read are dropped and counted
    #[arg(long)]
    log: bool,
}

impl Arguments {
    /// Reads the files that the flags name. `users` is what the environment has of them.
    pub(super) fn options(self, users: Option<OsString>) -> Result<Options, Error> {
        let users = self.users(users)?;
        let custom_jwt = self.custom_jwt()?;
        let tls = self.tls()?;
        let mut external_users = self.custom_functions;
        external_users.extend(self.third_parties);
        Ok(Options {
            listen: self.listen,
            app_id: self.app_id,
            data: self.data,
            allowed_hosts: self.allowed_hosts,
            users,
            external_users,
            server_keys: self.server_keys,
            custom_jwt,
            max_keys: self.max_keys,
            max_users: self.max_users,
            max_sessions: self.max_sessions,
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

    /// Those of the flags, of the file and of the environment. No message quotes a line: it holds a password.
    fn users(&self, environment: Option<OsString>) -> Result<Vec<User>, Error> {
        let invalid = |place: &dyn fmt::Display, why: &dyn fmt::Display| {
            refused(ErrorKind::ValueValidation, format!("{place}: {why}"))
        };
        let mut users = Vec::new();
        for user in &self.users {
            users.push(user.parse().map_err(|why| invalid(&"--user", &why))?);
        }
        let mut lines = |place: &str, text: &str| {
            for (number, line) in text.lines().enumerate() {
                if line.trim().is_empty() || line.starts_with('#') {
                    continue;
                }
                let place = format!("{place}, line {}", number + 1);
                users.push(line.parse().map_err(|why| invalid(&place, &why))?);
            }
            Ok::<_, Error>(())
        };
        if let Some(path) = &self.user_file {
            let text = read("--user-file", path)?;
            lines(&format!("--user-file {}", path.display()), &text)?;
        }
        if let Some(text) = environment {
            let text = text
                .into_string()
                .map_err(|_| invalid(&USERS, &"it is not UTF-8"))?;
            lines(USERS, &text)?;
        }
        Ok(users)
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
    let text = fs::read_to_string(path).map_err(|error| {
        let path = path.display();
        refused(ErrorKind::Io, format!("{flag} {path}: {error}"))
    })?;
    // Some editors write a byte order mark, which is no part of the text.
    Ok(text.trim_start_matches('\u{feff}').to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(arguments: &[&str]) -> Options {
        let arguments = ["appservices-emulator"].iter().chain(arguments);
        Arguments::try_parse_from(arguments)
            .unwrap()
            .options(None)
            .unwrap()
    }

    fn error(arguments: &[&str]) -> String {
        let arguments = ["appservices-emulator"].iter().chain(arguments);
        let parsed =
            Arguments::try_parse_from(arguments).and_then(|arguments| arguments.options(None));
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
        let shown: Vec<_> = external
            .iter()
            .map(|one| (&*one.secret, &*one.user))
            .collect();
        let expected = [(r#"{"a":"b=c"}"#, "bob"), ("abc=", "ci@example.com")];
        assert_eq!(shown, expected);
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

    #[test]
    fn users_come_from_flags_file_and_environment() {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(
            file.path(),
            "\u{feff}# of the team\none@example.com:a:b\r\n\ntwo@example.com:password\n",
        )
        .unwrap();
        let path = file.path().to_str().unwrap();
        let arguments = [
            "appservices-emulator",
            "--user",
            "zero@example.com:secret",
            "--user-file",
            path,
        ];
        let parse = |environment: &str| {
            let arguments = Arguments::try_parse_from(arguments).unwrap();
            arguments.options(Some(environment.into()))
        };
        let users = parse("three@example.com:secret\n").unwrap().users;
        let names: Vec<_> = users
            .iter()
            .map(|user| &user.email[..user.email.len() - 12])
            .collect();
        assert_eq!(names, ["zero", "one", "two", "three"]);
        assert_eq!(users[1].password, "a:b");
        let text = parse("\nhorse").unwrap_err().to_string();
        assert!(
            text.contains("APPSERVICES_EMULATOR_USERS, line 2: expected EMAIL:PASSWORD"),
            "{text}"
        );
        assert!(!text.contains("horse"), "{text}");
    }
}
