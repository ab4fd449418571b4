//! For which hosts the emulator answers, so that no web page can reach it through a name of its own.

use std::net::{IpAddr, SocketAddr};

use axum::http::header::{HOST, ORIGIN};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, StatusCode, Uri};

use super::api_error::ApiError;

/// The hosts that a request may name in `Host` and `Origin`, with any port: ports may be forwarded.
///
/// A page that lets its own name lead to this machine (DNS rebinding) sends that name. An address is no name, so it can
/// only be meant.
pub(super) struct Hosts {
    listening: IpAddr,
    /// In lower case.
    names: Vec<String>,
}

impl Hosts {
    pub(super) fn new(listening: SocketAddr, names: &[String]) -> Self {
        Self {
            listening: listening.ip(),
            names: names.to_vec(),
        }
    }

    /// Whether `host` or `host:port` is one of them.
    fn allow(&self, authority: &str) -> bool {
        let Ok(authority) = authority.parse::<Authority>() else {
            return false;
        };
        let host = authority.host();
        let is_more = authority != host && authority.port().is_none();
        if is_more || authority.as_str().contains('@') {
            return false;
        }
        let host = host.trim_end_matches('.').to_lowercase();
        if let Ok(address) = host.trim_matches(['[', ']']).parse::<IpAddr>() {
            let address = address.to_canonical();
            let own = self.listening.to_canonical();
            if own.is_unspecified() || own == address || own.is_loopback() && address.is_loopback()
            {
                return true;
            }
        }
        let local = self.listening.is_loopback() || self.listening.is_unspecified();
        local && host == "localhost" || self.names.contains(&host)
    }

    /// Fails when a request is meant for another host, or comes from the page of one.
    pub(super) fn check(&self, uri: &Uri, headers: &HeaderMap) -> Result<(), ApiError> {
        // Two of them are for a reader of the other one.
        let text = |name| match &headers.get_all(name).iter().collect::<Vec<_>>()[..] {
            [] => None,
            [value] => Some(value.to_str().unwrap_or("?")),
            _ => Some("?"),
        };
        let (target, host) = (uri.authority().map(Authority::as_str), text(HOST));
        let named = [target.or(host), host.or(target)].map(Option::unwrap_or_default);
        if let Some(named) = named.into_iter().find(|named| !self.allow(named)) {
            let error = format!(
                "emulator: it does not answer for the host '{named}'; --allow-host adds one"
            );
            return Err(ApiError::because(StatusCode::MISDIRECTED_REQUEST, error));
        }
        let foreign = |origin: &&str| {
            let host = origin.split_once("://").map(|(_, host)| host);
            !host.is_some_and(|host| self.allow(host))
        };
        if let Some(origin) = text(ORIGIN).filter(foreign) {
            let error = format!(
                "emulator: it does not answer to pages of '{origin}'; --allow-host adds one"
            );
            return Err(ApiError::because(StatusCode::FORBIDDEN, error));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_hosts_that_it_listens_on_and_those_that_are_added_are_allowed() {
        let cases = [
            ("127.0.0.1:9090", "127.0.0.1", true),
            ("127.0.0.1:9090", "127.0.0.1:8080", true),
            ("127.0.0.1:9090", "LOCALHOST.:1", true),
            ("127.0.0.1:9090", "[::1]:9090", true),
            ("127.0.0.1:9090", "Emulator:9090", true),
            ("127.0.0.1:9090", "192.168.0.2:9090", false),
            ("127.0.0.1:9090", "evil.example.com:9090", false),
            ("127.0.0.1:9090", "localhost.evil.example.com", false),
            ("127.0.0.1:9090", "127.0.0.1.evil.example.com", false),
            ("127.0.0.1:9090", "127.0.0.1:x", false),
            ("127.0.0.1:9090", "localhost:9090@evil.example.com", false),
            ("127.0.0.1:9090", "evil@localhost:9090", false),
            ("127.0.0.1:9090", "", false),
            ("[::1]:9090", "[::1]", true),
            ("0.0.0.0:9090", "192.168.0.2:9090", true),
            ("[::]:9090", "[2001:db8::1]:9090", true),
            ("[::]:9090", "localhost", true),
            ("0.0.0.0:9090", "evil.example.com", false),
            ("192.168.0.2:9090", "192.168.0.2:9090", true),
            ("192.168.0.2:9090", "localhost", false),
            ("192.168.0.2:9090", "127.0.0.1", false),
        ];
        for (listening, authority, expected) in cases {
            let hosts = Hosts::new(listening.parse().unwrap(), &["emulator".to_owned()]);
            assert_eq!(
                hosts.allow(authority),
                expected,
                "{listening} {authority:?}"
            );
        }
    }

    #[test]
    fn a_page_of_another_site_is_refused() {
        let hosts = Hosts::new("127.0.0.1:9090".parse().unwrap(), &[]);
        let checked_at =
            |target: &'static str, pairs: &[(axum::http::HeaderName, &'static str)]| {
                let mut headers = HeaderMap::new();
                for (name, value) in pairs {
                    headers.append(name, axum::http::HeaderValue::from_static(value));
                }
                hosts.check(&Uri::from_static(target), &headers).is_ok()
            };
        let checked = |pairs: &[_]| checked_at("/", pairs);
        let own = (HOST, "127.0.0.1:9090");
        assert!(checked(std::slice::from_ref(&own)));
        assert!(checked(&[own.clone(), (ORIGIN, "http://localhost:3000")]));
        assert!(!checked(&[
            own.clone(),
            (ORIGIN, "https://evil.example.com")
        ]));
        assert!(!checked(&[own.clone(), (ORIGIN, "null")]));
        assert!(!checked(&[own.clone(), (HOST, "evil.example.com")]));
        assert!(!checked(&[]));
        let whole = "http://127.0.0.1:9090/";
        assert!(checked_at(whole, &[]));
        assert!(!checked_at(whole, &[(HOST, "evil.example.com")]));
        assert!(!checked_at(
            "http://evil.example.com/",
            std::slice::from_ref(&own)
        ));
    }
}
