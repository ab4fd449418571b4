use std::ffi::OsString;
use std::fmt;
use std::net::IpAddr;

use ipnet::IpNet;
use reqwest::Url;
use thiserror::Error;

/// Through which proxy a request goes, by the rules that Terraform follows: those of Go.
///
/// They are not the rules of curl, which the HTTP client would follow by itself: a name may begin with `*.`, an entry may
/// have a port, and a name with a dot in front does not mean the name itself.
#[derive(Clone, Default)]
pub struct Proxies {
    http: Option<Url>,
    https: Option<Url>,
    direct: NoProxy,
}

/// What a variable has in it that no [`Proxies`] can be made from; never a part of it, as it may hold a password.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{variable} {problem}")]
#[non_exhaustive]
pub struct ProxyError {
    /// The environment variable.
    pub variable: &'static str,
    /// The end of a sentence that begins with its name.
    pub problem: String,
}

const SCHEMES: [&str; 4] = ["http", "https", "socks5", "socks5h"];

impl Proxies {
    /// Reads `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY`, or else the same in small letters. Under CGI, where a client can
    /// set `HTTP_PROXY`, that one is left out.
    ///
    /// # Errors
    ///
    /// The [`ProxyError`] that names the variable.
    pub fn from_environment(get: impl Fn(&str) -> Option<OsString>) -> Result<Proxies, ProxyError> {
        let first = |names: [&'static str; 2]| {
            let set = names.into_iter().find_map(|name| {
                let value = get(name).filter(|value| !value.is_empty())?;
                Some((name, value))
            });
            let Some((variable, value)) = set else {
                return Ok(None);
            };
            match value.into_string() {
                Ok(text) => Ok(Some((variable, text))),
                Err(_) => Err(problem(variable, "is not UTF-8")),
            }
        };
        let proxy = |names| match first(names)? {
            Some((variable, text)) => proxy(variable, &text).map(Some),
            None => Ok(None),
        };
        let is_cgi = get("REQUEST_METHOD").is_some_and(|method| !method.is_empty());
        let no_proxy = first(["NO_PROXY", "no_proxy"])?;
        Ok(Proxies {
            http: if is_cgi {
                None
            } else {
                proxy(["HTTP_PROXY", "http_proxy"])?
            },
            https: proxy(["HTTPS_PROXY", "https_proxy"])?,
            direct: no_proxy.map_or_else(NoProxy::default, |(_, text)| NoProxy::parse(&text)),
        })
    }

    /// The proxy for a URL; none if it is reached directly, as this machine always is.
    pub(super) fn proxy_for(&self, url: &Url) -> Option<Url> {
        let proxy = match url.scheme() {
            "https" => &self.https,
            "http" => &self.http,
            _ => &None,
        };
        let (host, port) = (url.host_str()?, url.port_or_known_default()?);
        let proxy = proxy.as_ref()?;
        (!self.direct.covers(host, port)).then(|| proxy.clone())
    }
}

/// A whole URL, or what stands behind `http://` in one.
fn proxy(variable: &'static str, text: &str) -> Result<Url, ProxyError> {
    let text = text.trim();
    let url = match Url::parse(text) {
        Ok(url) if url.has_host() => Ok(url),
        _ if text.contains("://") => Err(()),
        _ => Url::parse(&format!("http://{text}")).map_err(drop),
    };
    let url = url.map_err(|()| {
        problem(
            variable,
            "is neither the URL of a proxy, such as http://proxy.example.com:3128, nor a host and a port",
        )
    })?;
    if SCHEMES.contains(&url.scheme()) {
        return Ok(url);
    }
    let schemes = SCHEMES.join(", ");
    let reason = format!("has the scheme {}; known are {schemes}", url.scheme());
    Err(problem(variable, &reason))
}

fn problem(variable: &'static str, problem: &str) -> ProxyError {
    ProxyError {
        variable,
        problem: problem.to_owned(),
    }
}

/// Proxies may have a password in their URL.
impl fmt::Debug for Proxies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let host = |url: &Option<Url>| url.as_ref().map(|url| url.origin().ascii_serialization());
        f.debug_struct("Proxies")
            .field("http", &host(&self.http))
            .field("https", &host(&self.https))
            .field("direct", &self.direct)
            .finish()
    }
}

/// The hosts that are reached without a proxy.
#[derive(Clone, Debug, Default)]
struct NoProxy(Vec<Entry>);

#[derive(Clone, Debug)]
enum Entry {
    All,
    Network(IpNet),
    Address(IpAddr, Option<String>),
    Domain {
        /// With a dot in front.
        suffix: String,
        /// Whether the name without the dot is meant as well.
        itself: bool,
        port: Option<String>,
    },
}

impl NoProxy {
    fn parse(text: &str) -> NoProxy {
        NoProxy(text.split(',').filter_map(Entry::parse).collect())
    }

    fn covers(&self, host: &str, port: u16) -> bool {
        let address = host.trim_matches(['[', ']']).parse::<IpAddr>().ok();
        let address = address.map(|address| address.to_canonical());
        let is_this_machine =
            host == "localhost" || address.is_some_and(|address| address.is_loopback());
        let port = port.to_string();
        is_this_machine
            || self
                .0
                .iter()
                .any(|entry| entry.covers(host, address, &port))
    }
}

impl Entry {
    /// None for what means no host at all.
    fn parse(text: &str) -> Option<Entry> {
        let text = text.trim().to_lowercase();
        if text == "*" {
            return Some(Entry::All);
        }
        if let Ok(network) = text.parse() {
            return Some(Entry::Network(network));
        }
        let (host, port) = split_port(&text).unwrap_or((&text, ""));
        let port = Some(port.to_owned()).filter(|port| !port.is_empty());
        if let Ok(address) = host.parse::<IpAddr>() {
            return Some(Entry::Address(address.to_canonical(), port));
        }
        let domain = host.strip_prefix('*').filter(|rest| rest.starts_with('.'));
        let domain = domain.unwrap_or(host);
        let itself = !domain.starts_with('.');
        let name = domain.strip_prefix('.').unwrap_or(domain);
        (!host.is_empty()).then(|| Entry::Domain {
            suffix: format!(".{}", ascii(name)),
            itself,
            port,
        })
    }

    fn covers(&self, host: &str, address: Option<IpAddr>, port: &str) -> bool {
        let is_port = |wanted: &Option<String>| wanted.as_ref().is_none_or(|wanted| wanted == port);
        match self {
            Entry::All => true,
            Entry::Network(network) => address.is_some_and(|address| network.contains(&address)),
            Entry::Address(one, wanted) => address == Some(*one) && is_port(wanted),
            Entry::Domain {
                suffix,
                itself,
                port: wanted,
            } => {
                let is_below = host.ends_with(suffix.as_str());
                let is_itself = *itself && host == &suffix[1..];
                address.is_none() && (is_below || is_itself) && is_port(wanted)
            }
        }
    }
}

/// `host:port` and `[address]:port` apart; none if there is no port, or more than one colon.
fn split_port(text: &str) -> Option<(&str, &str)> {
    let (host, port) = text.rsplit_once(':')?;
    match host.strip_prefix('[') {
        Some(address) => Some((address.strip_suffix(']')?, port)),
        None => (!host.contains([':', '[', ']'])).then_some((host, port)),
    }
}

/// A name as URLs have it: in Punycode.
fn ascii(name: &str) -> String {
    if name.is_ascii() {
        return name.to_owned();
    }
    let url = Url::parse(&format!("https://{name}")).ok();
    let host = url.as_ref().and_then(Url::host_str);
    host.unwrap_or(name).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(variables: &[(&str, &str)]) -> Result<Proxies, ProxyError> {
        Proxies::from_environment(|name| {
            let found = variables.iter().find(|(variable, _)| *variable == name);
            found.map(|(_, value)| (*value).into())
        })
    }

    fn goes_by(variables: &[(&str, &str)], url: &str) -> Option<String> {
        let url = Url::parse(url).unwrap();
        let proxy = of(variables).unwrap().proxy_for(&url);
        proxy.map(|proxy| proxy.origin().ascii_serialization())
    }

    /// What Go's `golang.org/x/net/http/httpproxy` v0.62.0 says: `NO_PROXY`, URL, whether a proxy is used.
    #[rustfmt::skip]
    const OF_GO: &[(&str, &str, bool)] = &[
        ("", "https://example.com", true),
        ("*", "https://example.com", false),
        ("other.com,*", "https://10.1.2.3", false),
        ("*.com", "https://example.com", false),
        ("**", "https://example.com", true),
        ("example.com", "https://example.com", false),
        ("example.com", "https://eu.example.com", false),
        ("example.com", "https://notexample.com", true),
        ("example.com", "https://example.com.evil.test", true),
        (".example.com", "https://example.com", true),
        (".example.com", "https://eu.example.com", false),
        ("*.example.com", "https://example.com", true),
        ("*.example.com", "https://a.b.example.com", false),
        ("*example.com", "https://example.com", true),
        ("*example.com", "https://eu.example.com", true),
        ("eu.*.com", "https://eu.example.com", true),
        ("EXAMPLE.com", "https://example.COM", false),
        (" other.com , example.com ", "https://example.com", false),
        ("other.com example.com", "https://example.com", true),
        ("other.com;example.com", "https://example.com", true),
        ("example.com:8443", "https://example.com:8443", false),
        ("example.com:8443", "https://example.com", true),
        ("example.com:443", "https://example.com", false),
        ("example.com:", "https://example.com:8443", false),
        (".example.com:8443", "https://eu.example.com:8443", false),
        ("*.example.com:8443", "https://eu.example.com:8443", false),
        ("*.example.com:8443", "https://eu.example.com", true),
        ("example.com:0443", "https://example.com", true),
        (":443", "https://example.com", true),
        ("https://example.com", "https://example.com", true),
        ("example.com.", "https://example.com", true),
        ("example.com", "https://example.com.", true),
        ("com", "https://example.com", false),
        (".", "https://example.com", true),
        ("10.1.2.3", "https://10.1.2.3", false),
        ("10.1.2.3", "https://10.1.2.4", true),
        ("10.1.2.3:443", "https://10.1.2.3", false),
        ("10.1.2.3:8443", "https://10.1.2.3", true),
        ("10.", "https://10.1.2.3", true),
        ("2.3", "https://10.1.2.3", true),
        ("10.0.0.0/8", "https://10.1.2.3", false),
        ("10.1.2.9/24", "https://10.1.2.3", false),
        ("10.0.0.0/8", "https://11.1.2.3", true),
        ("10.0.0.0/33", "https://10.1.2.3", true),
        ("0.0.0.0/0", "https://10.1.2.3", false),
        ("0.0.0.0/0", "https://example.com", true),
        ("0.0.0.0/0", "https://[2001:db8::1]", true),
        ("10.0.0.0/8:443", "https://10.1.2.3", true),
        ("2001:db8::1", "https://[2001:db8::1]", false),
        ("2001:DB8:0::1", "https://[2001:db8::1]", false),
        ("[2001:db8::1]", "https://[2001:db8::1]", true),
        ("[2001:db8::1]:443", "https://[2001:db8::1]", false),
        ("[2001:db8::1]:8443", "https://[2001:db8::1]", true),
        ("[2001:db8::1]:8443", "https://[2001:db8::1]:8443", false),
        ("2001:db8::/32", "https://[2001:db8::1]", false),
        ("[2001:db8::]/32", "https://[2001:db8::1]", true),
        ("2001:db8::/32", "https://[2001:db9::1]", true),
        ("::ffff:10.1.2.3", "https://10.1.2.3", false),
        ("10.1.2.3", "https://[::ffff:10.1.2.3]", false),
        ("", "https://localhost", false),
        ("", "https://localhost:8443", false),
        ("", "https://127.0.0.1", false),
        ("", "https://127.9.9.9", false),
        ("", "https://[::1]", false),
        ("", "https://localhost.example.com", true),
        ("", "https://a.localhost", true),
        ("bücher.example", "https://xn--bcher-kva.example", false),
        ("BÜCHER.example", "https://www.xn--bcher-kva.example", false),
        ("", "http://example.com", true),
        ("example.com:80", "http://example.com", false),
    ];

    #[test]
    fn no_proxy_is_read_as_go_reads_it() {
        for (no_proxy, url, expected) in OF_GO {
            let variables = [
                ("HTTP_PROXY", "p.test:1"),
                ("HTTPS_PROXY", "p.test:2"),
                ("NO_PROXY", no_proxy),
            ];
            let is_used = goes_by(&variables, url).is_some();
            assert_eq!(is_used, *expected, "{no_proxy:?} {url}");
        }
    }

    #[test]
    fn variables_are_found_as_go_finds_them() {
        let url = "https://example.com";
        for (variables, expected) in [
            (&[][..], None),
            (&[("HTTPS_PROXY", "p.test:2")], Some("http://p.test:2")),
            (&[("https_proxy", "p.test:2")], Some("http://p.test:2")),
            (
                &[("HTTPS_PROXY", ""), ("https_proxy", "p.test:2")],
                Some("http://p.test:2"),
            ),
            (
                &[("HTTPS_PROXY", "a.test"), ("https_proxy", "b.test")],
                Some("http://a.test"),
            ),
            (&[("HTTP_PROXY", "p.test:1")], None),
            (&[("ALL_PROXY", "p.test:1")], None),
            (&[("HTTPS_PROXY", "p.test"), ("no_proxy", "*")], None),
            (
                &[("HTTPS_PROXY", "https://u:p@p.test")],
                Some("https://p.test"),
            ),
        ] {
            assert_eq!(
                goes_by(variables, url).as_deref(),
                expected,
                "{variables:?}"
            );
        }
        let http = ("HTTP_PROXY", "p.test:1");
        let plain = "http://example.com";
        assert_eq!(goes_by(&[http], plain).as_deref(), Some("http://p.test:1"));
        assert_eq!(goes_by(&[http, ("REQUEST_METHOD", "GET")], plain), None);
    }

    #[test]
    fn a_proxy_url_that_cannot_be_read_names_its_variable_and_no_password() {
        for text in [
            "://",
            "http://",
            "http://[::1",
            "http://me:canary@pro xy",
            "p.test:port",
            "p.test:99999",
            "ftp://me:canary@p.test",
            "me:canary@",
        ] {
            for variable in ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY"] {
                let error = of(&[(variable, text)]).expect_err(text);
                let message = format!("{error} {error:?}");
                assert_eq!(error.variable, variable);
                assert!(
                    message.contains(variable) && !message.contains("canary"),
                    "{message}"
                );
            }
        }
        let proxies = of(&[("HTTPS_PROXY", "http://me:canary@p.test")]).unwrap();
        assert!(!format!("{proxies:?}").contains("canary"));
    }

    #[cfg(unix)]
    #[test]
    fn a_variable_that_is_not_utf_8_is_named() {
        use std::os::unix::ffi::OsStringExt;
        for wanted in ["HTTPS_PROXY", "NO_PROXY"] {
            let get = |name: &str| (name == wanted).then(|| OsString::from_vec(vec![0xe4]));
            assert_eq!(Proxies::from_environment(get).unwrap_err().variable, wanted);
        }
    }
}
