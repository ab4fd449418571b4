//! What the host says through the environment, and the one line that answers it.

use std::fmt;
use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::path::PathBuf;

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

const COOKIE: (&str, &str) = (
    "TF_PLUGIN_MAGIC_COOKIE",
    "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2",
);

/// What the host that started this process wants.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Host {
    /// The certificate that the host will show. Without one, there is no TLS.
    pub(super) certificate: Option<CertificateDer<'static>>,
    /// The ports that a TCP listener may take.
    pub(super) ports: RangeInclusive<u16>,
    /// The folder for the unix socket, if the host has a wish.
    pub(super) socket_folder: Option<PathBuf>,
    /// Whether the host asked if this plugin multiplexes; hosts that did not ask stumble over an answer.
    pub(super) asks_for_multiplexing: bool,
}

/// Why no host can be served.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum HandshakeError {
    #[error("started without a host")]
    ByHand,
    #[error("PLUGIN_CLIENT_CERT does not hold a PEM certificate, so the host cannot be recognized")]
    Certificate,
    #[error("PLUGIN_MIN_PORT and PLUGIN_MAX_PORT are not a range of ports")]
    Ports,
}

impl Host {
    /// # Errors
    ///
    /// When the cookie is missing, which means that a person started the program, or when a variable is malformed.
    pub(super) fn from_environment(
        get: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, HandshakeError> {
        let get = |name: &str| get(name).filter(|value| !value.is_empty());
        if get(COOKIE.0).as_deref() != Some(COOKIE.1) {
            return Err(HandshakeError::ByHand);
        }
        let certificate =
            get("PLUGIN_CLIENT_CERT").map(|pem| CertificateDer::from_pem_slice(pem.as_bytes()));
        Ok(Self {
            certificate: certificate
                .transpose()
                .map_err(|_| HandshakeError::Certificate)?,
            ports: ports(get("PLUGIN_MIN_PORT"), get("PLUGIN_MAX_PORT"))
                .ok_or(HandshakeError::Ports)?,
            socket_folder: get("PLUGIN_UNIX_SOCKET_DIR").map(PathBuf::from),
            asks_for_multiplexing: get("PLUGIN_MULTIPLEX_GRPC").is_some(),
        })
    }
}

/// The range that the two name together. One of them alone names none, and then any port will do.
fn ports(min: Option<String>, max: Option<String>) -> Option<RangeInclusive<u16>> {
    let Some((min, max)) = min.zip(max) else {
        return Some(0..=0);
    };
    Some(min.parse().ok()?..=max.parse().ok()?).filter(|range| !range.is_empty())
}

/// Where the plugin listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Address {
    #[cfg(unix)]
    Unix(PathBuf),
    Tcp(SocketAddr),
}

impl Address {
    pub(super) fn network(&self) -> &'static str {
        match self {
            #[cfg(unix)]
            Self::Unix(_) => "unix",
            Self::Tcp(_) => "tcp",
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            #[cfg(unix)]
            Self::Unix(path) => path.display().fmt(f),
            Self::Tcp(address) => address.fmt(f),
        }
    }
}

/// The one line on stdout: protocol versions, address and certificate.
///
/// It says version 6 whatever the host accepts; a host that speaks another one then explains that itself. The
/// certificate is base64 without padding, and the last field is there only for a host that asked for it.
pub(super) fn line(
    host: &Host,
    address: &Address,
    certificate: Option<&CertificateDer<'_>>,
) -> String {
    let certificate = certificate
        .map(|der| STANDARD_NO_PAD.encode(der))
        .unwrap_or_default();
    let multiplexing = if host.asks_for_multiplexing {
        "|false"
    } else {
        ""
    };
    format!(
        "1|6|{}|{address}|grpc|{certificate}{multiplexing}\n",
        address.network()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn host(variables: &[(&str, &str)]) -> Result<Host, HandshakeError> {
        let find = |name: &str| {
            variables
                .iter()
                .find(|(key, _)| *key == name)
                .map(|(_, value)| (*value).to_owned())
        };
        Host::from_environment(find)
    }

    #[test]
    fn without_the_cookie_a_person_started_it() {
        assert_eq!(host(&[]), Err(HandshakeError::ByHand));
        assert_eq!(
            host(&[("TF_PLUGIN_MAGIC_COOKIE", "x")]),
            Err(HandshakeError::ByHand)
        );
    }

    #[test]
    fn malformed_wishes_are_refused() {
        assert_eq!(
            host(&[COOKIE, ("PLUGIN_CLIENT_CERT", "x")]),
            Err(HandshakeError::Certificate)
        );
        for (min, max) in [("x", "9"), ("9", "1"), ("1", "70000")] {
            assert_eq!(
                host(&[COOKIE, ("PLUGIN_MIN_PORT", min), ("PLUGIN_MAX_PORT", max)]),
                Err(HandshakeError::Ports)
            );
        }
        assert_eq!(
            host(&[COOKIE, ("PLUGIN_CLIENT_CERT", "")])
                .unwrap()
                .certificate,
            None
        );
    }

    #[test]
    fn ports_are_a_pair() {
        let (min, max) = (("PLUGIN_MIN_PORT", "10000"), ("PLUGIN_MAX_PORT", "10001"));
        for (variables, ports) in [
            (vec![], 0..=0),
            (vec![min], 0..=0),
            (vec![max], 0..=0),
            (vec![min, ("PLUGIN_MAX_PORT", "")], 0..=0),
            (vec![min, max], 10_000..=10_001),
        ] {
            let host = host(&[vec![COOKIE], variables].concat()).unwrap();
            assert_eq!(host.ports, ports);
        }
    }

    #[test]
    fn the_line_has_a_seventh_field_only_when_asked() {
        let address = Address::Tcp(([127, 0, 0, 1], 10_000).into());
        let plain = host(&[COOKIE]).unwrap();
        assert_eq!(
            line(&plain, &address, None),
            "1|6|tcp|127.0.0.1:10000|grpc|\n"
        );
        let asking = host(&[COOKIE, ("PLUGIN_MULTIPLEX_GRPC", "true")]).unwrap();
        let certificate = CertificateDer::from(vec![0, 1]);
        assert_eq!(
            line(&asking, &address, Some(&certificate)),
            "1|6|tcp|127.0.0.1:10000|grpc|AAE|false\n"
        );
    }
}
