use std::fmt;

use reqwest::Url;
use thiserror::Error;

/// Where requests go: a scheme, a host, and perhaps a path in front of the API's own.
///
/// Always `https`, except on loopback, and without anything in it that could be a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BaseUrl(Url);

/// Why a text is no [`BaseUrl`].
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum BaseUrlError {
    /// Nothing but space and slashes.
    #[error("it is empty")]
    Empty,
    /// Longer than any URL of a server.
    #[error("it has more than {} bytes", BaseUrl::LONGEST)]
    TooLong,
    /// The text cannot be read as an absolute URL with a host.
    #[error("it is not an absolute URL such as {}", BaseUrl::DEFAULT)]
    NotAUrl,
    /// Another scheme than `https` and `http`.
    #[error("its scheme is {scheme}, not https")]
    UnsupportedScheme {
        /// The scheme found.
        scheme: String,
    },
    /// Plain `http` to a host that is not loopback.
    #[error(
        "plain http to {host} would carry passwords and keys in the clear; only loopback hosts may go without TLS"
    )]
    PlainHttp {
        /// The host found.
        host: String,
    },
    /// A user name or a password stands before the host.
    #[error("it has a user name or a password in it")]
    UserInfo,
    /// Something follows the path.
    #[error("it has a query or a fragment")]
    QueryOrFragment,
    /// The path of the API itself.
    #[error("its path ends in {surplus}, which every request adds")]
    ApiPath {
        /// What is too much.
        surplus: String,
    },
}

/// What stands in front of the version in the API's own path.
const API_PATH: &str = "/api/client";

impl BaseUrl {
    /// The service's own address.
    pub const DEFAULT: &'static str = "https://services.cloud.mongodb.com";

    /// The longest that is read, since it stands in messages and may come from a server.
    pub(super) const LONGEST: usize = 1024;

    /// Reads a URL as a user writes it; slashes at its end do not matter.
    ///
    /// A doubled slash in front of the API's path is answered with 404 by the service, hence the
    /// trimming.
    ///
    /// # Errors
    ///
    /// The [`BaseUrlError`] that names what is wrong with it.
    pub fn parse(text: &str) -> Result<BaseUrl, BaseUrlError> {
        let text = text.trim().trim_end_matches('/');
        if text.is_empty() {
            return Err(BaseUrlError::Empty);
        }
        if text.len() > BaseUrl::LONGEST {
            return Err(BaseUrlError::TooLong);
        }
        let mut url = Url::parse(text).map_err(|_| BaseUrlError::NotAUrl)?;
        let Some(host) = url.host_str().map(str::to_owned) else {
            return Err(match url.scheme() {
                "http" | "https" => BaseUrlError::NotAUrl,
                scheme => unsupported(scheme),
            });
        };
        match url.scheme() {
            "https" => {}
            "http" if is_loopback(&url) => {}
            "http" => return Err(BaseUrlError::PlainHttp { host }),
            scheme => return Err(unsupported(scheme)),
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(BaseUrlError::UserInfo);
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(BaseUrlError::QueryOrFragment);
        }
        let path = url.path().trim_end_matches('/').to_owned();
        if let Some(surplus) = surplus(&path) {
            return Err(BaseUrlError::ApiPath {
                surplus: surplus.to_owned(),
            });
        }
        url.set_path(&path);
        Ok(BaseUrl(url))
    }

    /// A text that is no base URL, for messages: without what may be a secret, in one short line.
    #[must_use]
    pub fn shown(text: &str) -> String {
        let scheme = text.find("://").map_or(0, |at| at + "://".len());
        let host = text.rfind('@').map_or(scheme, |at| at + 1);
        let rest = text[host..].split(['?', '#']).next().unwrap_or_default();
        let shown = format!("{}{rest}", &text[..scheme.min(host)]);
        match shown.char_indices().nth(100) {
            Some((at, _)) => format!("{}…", &shown[..at]),
            None => shown,
        }
    }

    /// Whether the host is this machine.
    pub(super) fn is_loopback(&self) -> bool {
        is_loopback(&self.0)
    }

    /// Whether requests go without TLS.
    pub(super) fn is_plain(&self) -> bool {
        self.0.scheme() == "http"
    }

    /// This URL with further path segments; each is escaped as needed.
    pub(super) fn join<'a>(&self, segments: impl IntoIterator<Item = &'a str>) -> Url {
        let mut url = self.0.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(segments);
        }
        url
    }

    /// Scheme, host and port, for messages.
    pub(super) fn origin(&self) -> String {
        self.0.origin().ascii_serialization()
    }
}

/// The part of a path that the API has itself.
fn surplus(path: &str) -> Option<&str> {
    let surplus = &path[path.find(API_PATH)?..];
    let rest = &surplus[API_PATH.len()..];
    (rest.is_empty() || rest.starts_with('/')).then_some(surplus)
}

fn unsupported(scheme: &str) -> BaseUrlError {
    BaseUrlError::UnsupportedScheme {
        scheme: scheme.to_owned(),
    }
}

/// `localhost` by name, or an address that never leaves the machine.
///
/// Names are not resolved, so a name that happens to point at loopback today does not count.
fn is_loopback(url: &Url) -> bool {
    let Some(host) = url.host_str() else {
        return false;
    };
    if host == "localhost" {
        return true;
    }
    host.trim_matches(['[', ']'])
        .parse::<std::net::IpAddr>()
        .is_ok_and(|address| address.is_loopback())
}

impl Default for BaseUrl {
    fn default() -> BaseUrl {
        BaseUrl::parse(BaseUrl::DEFAULT).expect("the default is a URL")
    }
}

impl fmt::Display for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_str().trim_end_matches('/'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn good_urls_lose_their_last_slashes() {
        for (text, shown) in [
            (BaseUrl::DEFAULT, BaseUrl::DEFAULT),
            ("https://eu.example.com///", "https://eu.example.com"),
            (
                " https://proxy.example.com/apps/ ",
                "https://proxy.example.com/apps",
            ),
            ("HTTPS://Example.com:443", "https://example.com"),
            ("http://localhost:9090/", "http://localhost:9090"),
            ("http://127.1.2.3:80", "http://127.1.2.3"),
            ("http://[::1]:9090", "http://[::1]:9090"),
        ] {
            assert_eq!(BaseUrl::parse(text).unwrap().to_string(), shown, "{text}");
        }
    }

    #[test]
    fn each_fault_has_its_reason() {
        let plain = |host: &str| BaseUrlError::PlainHttp { host: host.into() };
        for (text, reason) in [
            ("", BaseUrlError::Empty),
            (" // ", BaseUrlError::Empty),
            (
                &format!("https://{}", "a".repeat(1017)),
                BaseUrlError::TooLong,
            ),
            ("services.cloud.mongodb.com", BaseUrlError::NotAUrl),
            ("https://", BaseUrlError::NotAUrl),
            ("ftp://example.com", unsupported("ftp")),
            ("localhost:9090", unsupported("localhost")),
            ("http://example.com", plain("example.com")),
            (
                "http://localhost.example.com",
                plain("localhost.example.com"),
            ),
            ("http://10.0.0.1", plain("10.0.0.1")),
            ("http://[::2]", plain("[::2]")),
            ("https://me:secret@example.com", BaseUrlError::UserInfo),
            ("https://example.com?key=1", BaseUrlError::QueryOrFragment),
            ("https://example.com#top", BaseUrlError::QueryOrFragment),
            (
                "https://example.com/x/api/client/v2.0/",
                BaseUrlError::ApiPath {
                    surplus: "/api/client/v2.0".into(),
                },
            ),
        ] {
            assert_eq!(BaseUrl::parse(text).unwrap_err(), reason, "{text}");
        }
    }

    #[test]
    fn what_is_no_base_url_is_shown_without_passwords() {
        for (text, shown) in [
            ("ftp://example.com/x", "ftp://example.com/x"),
            ("https://me:canary@example.com", "https://example.com"),
            ("https://me:can/ary@example.com", "https://example.com"),
            ("me:canary@example.com", "example.com"),
            (
                "https://me:canary#1@example.com/x#y",
                "https://example.com/x",
            ),
            ("https://example.com?key=canary", "https://example.com"),
            ("https://example.com#canary", "https://example.com"),
            ("nonsense", "nonsense"),
        ] {
            assert_eq!(BaseUrl::shown(text), shown);
        }
        let long = BaseUrl::shown(&"é".repeat(2000));
        assert_eq!(long.chars().count(), 101);
    }

    #[test]
    fn segments_are_escaped() {
        let base = BaseUrl::parse("https://example.com/apps").unwrap();
        assert_eq!(
            base.join(["app", "a/b c"]).as_str(),
            "https://example.com/apps/app/a%2Fb%20c"
        );
    }
}
