//! The flags, and what they come to.

use std::ffi::OsString;
use std::fmt;

use clap::error::ErrorKind;
use clap::{CommandFactory, Error, Parser};
use terraform_provider_appservices::emulator::{Options, User, text_file};

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
    /// File with more users, one EMAIL:PASSWORD a line; empty lines and those with # in front are skipped
    #[arg(long, value_name = "FILE", value_parser = text_file())]
    user_file: Option<String>,

    #[command(flatten)]
    options: Options,
}

impl Arguments {
    /// Adds the users of the flags, of the file and of the environment.
    pub(super) fn options(self, environment: Option<OsString>) -> Result<Options, Error> {
        let environment = environment.map(OsString::into_string).transpose();
        let environment = environment.map_err(|_| invalid(USERS, "it is not UTF-8"))?;
        let mut options = self.options;
        let users = &mut options.users;
        users.extend(listed("--user-file", &self.user_file.unwrap_or_default())?);
        users.extend(listed(USERS, &environment.unwrap_or_default())?);
        Ok(options)
    }
}

/// Users line by line. No message quotes a line: it holds a password.
fn listed(place: &str, text: &str) -> Result<Vec<User>, Error> {
    let lines = text.lines().enumerate();
    let lines = lines.filter(|(_, line)| !line.trim().is_empty() && !line.starts_with('#'));
    let users = lines.map(|(number, line)| {
        let place = format_args!("{place}, line {}", number + 1);
        line.parse().map_err(|why| invalid(place, why))
    });
    users.collect()
}

fn invalid(place: impl fmt::Display, why: &str) -> Error {
    refused(format_args!("{place}: {why}"))
}

/// An error in the form of those that clap itself finds, which exit with status 2.
pub(super) fn refused(text: impl fmt::Display) -> Error {
    Arguments::command().error(ErrorKind::ValueValidation, text)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use secrecy::ExposeSecret;

    use super::*;

    fn parse(arguments: &[&str], environment: Option<OsString>) -> Result<Options, Error> {
        let arguments = ["appservices-emulator"].iter().chain(arguments);
        Arguments::try_parse_from(arguments)?.options(environment)
    }

    #[test]
    fn the_flags_are_sound_and_have_the_documented_defaults() {
        Arguments::command().debug_assert();
        let own = parse(&[], None).unwrap();
        assert_eq!(own.listen.to_string(), "127.0.0.1:9090");
        let library = Options {
            listen: own.listen,
            ..Options::default()
        };
        assert_eq!(format!("{own:?}"), format!("{library:?}"));
    }

    #[test]
    fn tables_part_at_the_last_equals_sign() {
        let options = parse(
            &[
                "--third-party",
                "google:abc==ci@example.com",
                "--custom-function",
                r#"{"a":"b=c"}=bob"#,
                "--server-key",
                "backend=x=y",
                "--server-key",
                "made",
            ],
            None,
        );
        let options = options.unwrap();
        let expected = [(r#"{"a":"b=c"}"#, "bob"), ("abc=", "ci@example.com")];
        let external = options
            .custom_functions
            .iter()
            .chain(&options.third_parties);
        for (external, (secret, user)) in external.zip(expected) {
            assert_eq!(
                (external.secret.expose_secret(), &*external.user),
                (secret, user)
            );
        }
        let values = options.server_keys.iter().map(|key| key.value.as_ref());
        let values: Vec<_> = values
            .map(|value| value.map(ExposeSecret::expose_secret))
            .collect();
        assert_eq!(values, [Some("x=y"), None]);
    }

    #[test]
    fn wrong_flags_are_told_by_name() {
        for (arguments, words) in [
            (&["--user", "canary"][..], ["--user", "EMAIL:PASSWORD"]),
            (
                &["--third-party", "github:canary=b"],
                ["--third-party", "google"],
            ),
            (
                &["--allow-host", "my.host:8080"],
                ["--allow-host", "without a port"],
            ),
            (
                &["--third-party", "google:a"],
                ["--third-party", "PROVIDER:TOKEN=USER"],
            ),
            (
                &["--custom-function", "{}"],
                ["--custom-function", "PAYLOAD=USER"],
            ),
            (&["--server-key", "x="], ["--server-key", "empty"]),
            (&["--latency", "soon"], ["--latency", "soon"]),
            (
                &["--refresh-token-ttl", "0s"],
                ["--refresh-token-ttl", "less than a second"],
            ),
            (&["--tls-cert", "Cargo.toml"], ["--tls-key", "required"]),
            (
                &["--jwt-audience", "x"],
                ["--jwt-secret", "--jwt-public-key"],
            ),
            (
                &["--jwt-secret", "x", "--jwt-public-key", "Cargo.toml"],
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
            let error = parse(arguments, None).unwrap_err();
            assert_eq!(error.exit_code(), 2);
            let text = error.to_string();
            let told = words.iter().all(|word| text.contains(word));
            assert!(told && !text.contains("canary"), "{arguments:?}: {text}");
        }
    }

    #[test]
    fn users_come_from_flags_file_and_environment() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let listed = "\u{feff}# of the team\none@example.com:a:b\r\n\ntwo@example.com:password\n";
        fs::write(file.path(), listed).unwrap();
        let path = file.path().to_str().unwrap();
        let arguments = ["--user", "zero@example.com:secret", "--user-file", path];
        let parse = |environment: &str| parse(&arguments, Some(environment.into()));
        let options = parse("three@example.com:secret\n").unwrap();
        let users = &options.users;
        let names = users
            .iter()
            .map(|user| &user.email[..user.email.len() - 12]);
        assert_eq!(names.collect::<Vec<_>>(), ["zero", "one", "two", "three"]);
        assert_eq!(users[1].password.expose_secret(), "a:b");
        let shown = format!("{options:?}");
        assert!(
            shown.contains("two@") && !shown.contains("password\""),
            "{shown}"
        );
        let text = parse("\nhorse").unwrap_err().to_string();
        let told = "APPSERVICES_EMULATOR_USERS, line 2: expected EMAIL:PASSWORD";
        assert!(text.contains(told) && !text.contains("horse"), "{text}");
    }
}
