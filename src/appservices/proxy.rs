//! Which proxy a request takes, from `HTTPS_PROXY` and `NO_PROXY`. Knows URLs and the environment; opens no connection.

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
mod tests;
