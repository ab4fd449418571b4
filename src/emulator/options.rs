//! What an emulator is started with.

use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use jiff::SignedDuration;

use super::custom_jwt::CustomJwt;
use super::tls::Tls;

/// What to start an emulator with. The default is an empty app `myapp-abcde` on a free loopback port.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where to listen; port 0 takes a free one. Without `tls`, traffic is plain HTTP, so stay on loopback.
    pub listen: SocketAddr,
    /// The client app id, as it stands in URLs.
    pub app_id: String,
    /// The file that everything is kept in, made if there is none; `None` keeps it in memory.
    pub data: Option<PathBuf>,
    /// Host names that it answers for beside those that it listens on, such as the name of a container.
    pub allowed_hosts: Vec<String>,
    /// Users that exist from the start, registered with e-mail address and password. Their ids come from the app id and
    /// the address, so they are the same after a restart. One that the data file has gets this password.
    pub users: Vec<User>,
    /// The secrets that providers accept, and whose they are. A provider of none of these is off.
    pub external_users: Vec<ExternalUser>,
    /// Server API keys, whose users own no keys. One that the data file has and that is missing here is revoked.
    pub server_keys: Vec<ServerKey>,
    /// Which tokens of another system log in by `custom-token`, beside those of `external_users`.
    pub custom_jwt: Option<CustomJwt>,
    /// How many API keys one user may own. The service documents 20.
    pub max_keys: usize,
    /// How many users there may be.
    pub max_users: usize,
    /// How many sessions may be open. One more closes the one that was opened first.
    pub max_sessions: usize,
    /// How long an access token is valid.
    pub access_token_ttl: Duration,
    /// How long a refresh token is valid, and with it its session; 50 years if the login was anonymous.
    pub refresh_token_ttl: Duration,
    /// How far reads of keys trail behind writes.
    pub lag: Lag,
    /// How long every answer waits before it leaves.
    pub latency: Duration,
    /// To serve HTTPS rather than HTTP.
    pub tls: Option<Tls>,
    /// How far the server's clock is ahead of this machine's, for the header `Date`, ids and tokens.
    pub clock_offset: SignedDuration,
    /// Whether answers carry the header `Date`.
    pub date_header: bool,
    /// Whether `/emulator/faults` takes faults over HTTP, from every client that can connect.
    pub fault_endpoint: bool,
    /// Whether each request that is over is a line on stderr.
    pub log: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            app_id: "myapp-abcde".to_owned(),
            data: None,
            allowed_hosts: Vec::new(),
            users: Vec::new(),
            external_users: Vec::new(),
            server_keys: Vec::new(),
            custom_jwt: None,
            max_keys: 20,
            max_users: 100_000,
            max_sessions: 100_000,
            access_token_ttl: Duration::from_secs(30 * 60),
            refresh_token_ttl: Duration::from_secs(60 * 24 * 60 * 60),
            lag: Lag::None,
            latency: Duration::ZERO,
            tls: None,
            clock_offset: SignedDuration::ZERO,
            date_header: true,
            fault_endpoint: false,
            log: false,
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

/// A user of the `local-userpass` provider. Parses from `EMAIL:PASSWORD`; the password may contain colons.
#[derive(Clone, PartialEq, Eq)]
pub struct User {
    /// The login name. Its form is not checked, and upper and lower case differ, as on the service.
    pub email: String,
    /// 6 to 128 characters.
    pub password: String,
}

impl FromStr for User {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, &'static str> {
        match text.split_once(':') {
            Some((email, password)) if !email.is_empty() => Ok(Self {
                email: email.to_owned(),
                password: password.to_owned(),
            }),
            _ => Err("expected EMAIL:PASSWORD"),
        }
    }
}

/// Shows the address only.
impl fmt::Debug for User {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("User")
            .field("email", &self.email)
            .finish_non_exhaustive()
    }
}

/// A provider whose secrets are made by another system.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum External {
    /// `custom-token`: the token of another system.
    CustomToken,
    /// `custom-function`: whatever object the app's own function wants.
    CustomFunction,
    /// `oauth2-google`
    Google,
    /// `oauth2-facebook`
    Facebook,
    /// `oauth2-apple`
    Apple,
}

impl External {
    pub(super) const ALL: [Self; 5] = [
        Self::CustomToken,
        Self::CustomFunction,
        Self::Google,
        Self::Facebook,
        Self::Apple,
    ];
}

/// A secret that a login may show, and who that is.
#[derive(Clone, PartialEq, Eq)]
pub struct ExternalUser {
    /// The provider that accepts it.
    pub provider: External,
    /// The token as it is sent. For `custom-function` the JSON object that the function accepts: the order of its
    /// members does not matter, nor does a member `options`, which clients add.
    pub secret: String,
    /// The user's name. The same name under another provider is another user.
    pub user: String,
}

/// Shows no secret.
impl fmt::Debug for ExternalUser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ExternalUser")
            .field("provider", &self.provider)
            .field("user", &self.user)
            .finish_non_exhaustive()
    }
}

/// A server API key.
#[derive(Clone, PartialEq, Eq)]
pub struct ServerKey {
    /// Shows in the profile.
    pub name: String,
    /// The secret, for logins by `api-key`. Empty: the one that the data file knows by its hash, or a new one, which
    /// [`Emulator::made_server_keys`](super::Emulator::made_server_keys) tells.
    pub value: String,
}

/// Shows the name only.
impl fmt::Debug for ServerKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServerKey")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_parses_at_the_first_colon() {
        let user: User = "ci@example.com:a:b:c".parse().unwrap();
        assert_eq!(
            user,
            User {
                email: "ci@example.com".to_owned(),
                password: "a:b:c".to_owned()
            }
        );
    }

    #[test]
    fn a_user_needs_an_address_and_a_colon() {
        for text in ["", "ci@example.com", ":correct-horse"] {
            assert!(text.parse::<User>().is_err(), "{text:?}");
        }
    }

    #[test]
    fn debug_shows_no_password() {
        let options = Options {
            users: vec!["ci@example.com:correct-horse".parse().unwrap()],
            ..Options::default()
        };
        let shown = format!("{options:?}");
        assert!(
            shown.contains("ci@example.com") && !shown.contains("horse"),
            "{shown}"
        );
    }
}
