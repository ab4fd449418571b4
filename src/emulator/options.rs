//! What an emulator is started with: by a test, or by the flags of the program.

use std::ffi::OsStr;
use std::net::{AddrParseError, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use axum::http::uri::Authority;
use clap::builder::{NonEmptyStringValueParser, TypedValueParser};
use clap::error::ErrorKind;
use clap::{Arg, Args, Command, Error, FromArgMatches};
use jiff::{SignedDuration, Span, SpanRelativeTo};
use secrecy::SecretString;

use super::logins::{ExternalUser, ServerKey, User};
use super::tls::{Tls, text_file};

/// What to start an emulator with. The default is that of the flags, but for the port: a free one.
// The comment of a field is the help of its flag.
#[derive(Clone, Debug, Args)]
pub struct Options {
    /// Address to listen on; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:9090", value_parser = address)]
    pub listen: SocketAddr,

    /// Client app id that clients name in their URLs
    #[arg(long, value_name = "ID", default_value = "myapp-abcde", value_parser = NonEmptyStringValueParser::new())]
    pub app_id: String,

    /// Keep everything in this file, made if there is none [default: in memory]
    #[arg(long, value_name = "FILE")]
    pub data: Option<PathBuf>,

    /// User that exists from the start; repeat it for more users
    // One that the data file has gets this password.
    #[arg(long = "user", value_name = "EMAIL:PASSWORD", value_parser = Unquoted(User::from_str))]
    pub users: Vec<User>,

    /// Host name to answer for beside those of the address; repeatable
    #[arg(long = "allow-host", value_name = "HOST", value_parser = host)]
    pub allowed_hosts: Vec<String>,

    /// Server API key, whose user can't own keys; without a value one is made and printed; repeatable
    // One that the data file has and that is missing here is revoked.
    #[arg(long = "server-key", value_name = "NAME[=VALUE]", value_parser = Unquoted(ServerKey::from_str))]
    pub server_keys: Vec<ServerKey>,

    /// Log in by custom JWTs that are signed with this secret (HS256)
    #[arg(long, value_name = "SECRET", group = "jwt_key", value_parser = NonEmptyStringValueParser::new().map(SecretString::from))]
    pub jwt_secret: Option<SecretString>,

    /// Log in by custom JWTs whose key is this PEM file's (RSA for RS256, P-256 for ES256)
    #[arg(long, value_name = "FILE", group = "jwt_key", value_parser = text_file())]
    pub jwt_public_key: Option<String>,

    /// What the claim `aud` of custom JWTs has to name [default: the app id]
    #[arg(long, value_name = "AUDIENCE", requires = "jwt_key")]
    pub jwt_audience: Option<String>,

    /// JSON object that the custom function accepts, and whose it is; repeatable
    #[arg(long = "custom-function", value_name = "PAYLOAD=USER", value_parser = Unquoted(ExternalUser::custom_function))]
    pub custom_functions: Vec<ExternalUser>,

    /// Token of google, apple, facebook or custom-token that is accepted, and whose it is; repeatable
    #[arg(long = "third-party", value_name = "PROVIDER:TOKEN=USER", value_parser = Unquoted(ExternalUser::third_party))]
    pub third_parties: Vec<ExternalUser>,

    /// How many API keys one user may own
    #[arg(long, value_name = "N", default_value_t = 20)]
    pub max_keys: usize,

    /// How many users there may be, those from the start included
    #[arg(long, value_name = "N", default_value_t = 100_000)]
    pub max_users: usize,

    /// How many sessions may be open; one more closes the oldest
    #[arg(long, value_name = "N", default_value_t = 100_000)]
    pub max_sessions: usize,

    /// How long access tokens are valid
    #[arg(long, value_name = "DURATION", default_value = "30m", value_parser = ttl)]
    pub access_token_ttl: Duration,

    /// How long refresh tokens are valid, and with them their sessions; anonymous ones are for 50 years
    #[arg(long, value_name = "DURATION", default_value = "60d", value_parser = ttl)]
    pub refresh_token_ttl: Duration,

    /// How long every answer waits before it leaves
    #[arg(long, value_name = "DURATION", default_value = "0s", value_parser = duration)]
    pub latency: Duration,

    /// How far reads of keys trail behind writes: a time, or a number of reads
    #[arg(long, value_name = "DURATION|N", default_value = "0")]
    pub lag: Lag,

    /// How to serve HTTPS rather than HTTP.
    #[command(flatten)]
    pub tls: Option<Tls>,

    /// How far the server's clock is ahead of this machine's, for the header `Date`, ids and tokens.
    #[arg(skip)]
    pub clock_offset: SignedDuration,

    /// Whether answers carry the header `Date`.
    #[arg(skip = true)]
    pub date_header: bool,

    /// Take faults at /emulator/faults, from every client that can connect
    #[arg(long = "faults")]
    pub fault_endpoint: bool,

    /// Write a line to stderr for each request; lines that are not read are dropped and counted
    #[arg(long)]
    pub log: bool,
}

impl Default for Options {
    fn default() -> Self {
        let flags = Self::augment_args(Command::new("")).try_get_matches_from([""]);
        let options = flags.and_then(|flags| Self::from_arg_matches(&flags));
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            ..options.expect("no flag is required")
        }
    }
}

/// How far the answers to list and get trail behind what was written, for the keys of each user.
///
/// Only those two. Whether a write finds its key, and whether a name is taken, is judged by what is; so are logins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lag {
    /// A write shows at once.
    None,
    /// A write shows when so much time has passed.
    Time(Duration),
    /// A write shows when so many reads did not show it.
    Reads(u32),
}

impl FromStr for Lag {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let reads = text.parse().map(Self::Reads);
        match reads.or_else(|_| duration(text).map(Self::Time))? {
            Self::Reads(0) | Self::Time(Duration::ZERO) => Ok(Self::None),
            some => Ok(some),
        }
    }
}

/// A value with a secret in it, which no error repeats.
#[derive(Clone)]
struct Unquoted<T>(fn(&str) -> Result<T, &'static str>);

impl<T: Clone + Send + Sync + 'static> TypedValueParser for Unquoted<T> {
    type Value = T;

    fn parse_ref(&self, program: &Command, flag: Option<&Arg>, value: &OsStr) -> Result<T, Error> {
        let parsed = value.to_str().ok_or("it is not UTF-8").and_then(self.0);
        parsed.map_err(|why| {
            let flag = flag.and_then(Arg::get_long).unwrap_or_default();
            let error = format!("--{flag}: {why}");
            program.clone().error(ErrorKind::ValueValidation, error)
        })
    }
}

/// An IPv4 address in the form of IPv6 is one of IPv4.
fn address(text: &str) -> Result<SocketAddr, AddrParseError> {
    let address: SocketAddr = text.parse()?;
    Ok(SocketAddr::new(address.ip().to_canonical(), address.port()))
}

/// A host as requests can name it.
fn host(text: &str) -> Result<String, &'static str> {
    let host = text.trim_end_matches('.');
    let is_host = host
        .parse::<Authority>()
        .is_ok_and(|own| own.host() == host);
    is_host
        .then(|| host.to_lowercase())
        .ok_or("expected a host name without a port")
}

/// Days have 24 hours.
fn duration(text: &str) -> Result<Duration, String> {
    let span: Result<Span, _> = text.parse();
    let duration = span.and_then(|span| span.to_duration(SpanRelativeTo::days_are_24_hours()));
    let duration = duration.map_err(|error| error.to_string())?;
    Duration::try_from(duration).map_err(|_| "less than nothing".to_owned())
}

/// The times in tokens are whole seconds.
fn ttl(text: &str) -> Result<Duration, String> {
    let ttl = duration(text)?;
    let least = Duration::from_secs(1);
    (ttl >= least)
        .then_some(ttl)
        .ok_or_else(|| "less than a second".to_owned())
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
    fn a_host_is_what_a_request_can_name() {
        for (text, expected) in [
            ("Emulator", Some("emulator")),
            ("my.host.", Some("my.host")),
            ("[::5]", Some("[::5]")),
            ("192.168.0.2", Some("192.168.0.2")),
            ("my.host:8080", None),
            ("http://my.host", None),
            ("me@my.host", None),
            ("::5", None),
            ("münchen.de", None),
            ("a b", None),
            ("", None),
        ] {
            assert_eq!(host(text).ok().as_deref(), expected, "{text:?}");
        }
    }

    #[test]
    fn an_address_of_ipv4_is_one_in_every_form() {
        let mapped = address("[::ffff:127.0.0.1]:0").unwrap();
        assert!(mapped.is_ipv4() && mapped.ip().is_loopback());
    }

    #[test]
    fn a_lag_is_a_time_or_a_number_of_reads() {
        assert_eq!("0".parse(), Ok(Lag::None));
        assert_eq!("0s".parse(), Ok(Lag::None));
        assert_eq!("3".parse(), Ok(Lag::Reads(3)));
        assert_eq!("2s".parse(), Ok(Lag::Time(Duration::from_secs(2))));
        assert!("3 times".parse::<Lag>().is_err());
    }
}
