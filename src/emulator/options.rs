//! What an emulator is started with.

use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::str::FromStr;
use std::time::Duration;

use super::tls::Tls;

/// What to start an emulator with. The default is an empty app `myapp-abcde` on a free loopback port.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where to listen; port 0 takes a free one. Without `tls`, traffic is plain HTTP, so stay on loopback.
    pub listen: SocketAddr,
    /// The client app id, as it stands in URLs.
    pub app_id: String,
    /// Users that exist from the start, registered with e-mail address and password.
    pub users: Vec<User>,
    /// How many API keys one user may own. The service documents 20.
    pub max_keys: usize,
    /// How far reads of keys trail behind writes.
    pub lag: Lag,
    /// How long every answer waits before it leaves.
    pub latency: Duration,
    /// To serve HTTPS rather than HTTP.
    pub tls: Option<Tls>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            app_id: "myapp-abcde".to_owned(),
            users: Vec::new(),
            max_keys: 20,
            lag: Lag::None,
            latency: Duration::ZERO,
            tls: None,
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
    type Err = InvalidUser;

    fn from_str(text: &str) -> Result<Self, InvalidUser> {
        match text.split_once(':') {
            Some((email, password)) if !email.is_empty() => Ok(Self {
                email: email.to_owned(),
                password: password.to_owned(),
            }),
            _ => Err(InvalidUser),
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

/// The text is not of the form `EMAIL:PASSWORD`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected EMAIL:PASSWORD")]
pub struct InvalidUser;

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
            assert_eq!(text.parse::<User>(), Err(InvalidUser), "{text:?}");
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
