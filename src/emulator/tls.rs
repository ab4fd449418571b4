//! HTTPS with a certificate from outside.

use std::fs;
use std::io;
use std::iter;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use clap::Args;
use clap::builder::{PathBufValueParser, TypedValueParser};
use rustls::ServerConfig;
use rustls::client::verify_server_name;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::server::ParsedCertificate;
use secrecy::{ExposeSecret, SecretString};
use tokio_rustls::TlsAcceptor;

use super::invalid;
use super::lines::Lines;

/// What its errors begin with.
const PLACE: &str = "TLS certificate and key";

/// What a server shows of itself, and how it proves it, both as PEM.
#[derive(Clone, Debug, Args)]
pub struct Tls {
    /// Serve HTTPS with the certificate chain in this PEM file
    #[arg(long = "tls-cert", value_name = "FILE", required = false, requires = "key_pem", value_parser = text_file())]
    pub cert_pem: String,

    /// PEM file of the certificate's private key
    #[arg(long = "tls-key", value_name = "FILE", required = false, requires = "cert_pem", value_parser = text_file().map(SecretString::from))]
    pub key_pem: SecretString,
}

/// Reads the file that a flag names.
#[must_use]
pub fn text_file() -> impl TypedValueParser<Value = String> {
    PathBufValueParser::new().try_map(|path| {
        let text = fs::read_to_string(path)?;
        // Some editors write a byte order mark, which is no part of the text.
        Ok::<_, io::Error>(text.trim_start_matches('\u{feff}').to_owned())
    })
}

impl Tls {
    /// Fails when the texts are no PEM, or the key is not the certificate's.
    pub(super) fn acceptor(&self) -> io::Result<TlsAcceptor> {
        let certificates = CertificateDer::pem_slice_iter(self.cert_pem.as_bytes())
            .collect::<Result<Vec<_>, _>>()
            .map_err(|error| invalid(PLACE, error))?;
        let key = PrivateKeyDer::from_pem_slice(self.key_pem.expose_secret().as_bytes())
            .map_err(|error| invalid(PLACE, error))?;
        let crypto = Arc::new(aws_lc_rs::default_provider());
        let mut config = ServerConfig::builder_with_provider(crypto)
            .with_safe_default_protocol_versions()
            .and_then(|config| {
                config
                    .with_no_client_auth()
                    .with_single_cert(certificates, key)
            })
            .map_err(|error| invalid(PLACE, error))?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(TlsAcceptor::from(Arc::new(config)))
    }
}

/// The base URL for clients on this machine: a host that they can connect to, and for which the certificate is, if it is
/// for any of those that the emulator answers for. If it is for none, that is told on stderr.
pub(super) fn origin(tls: Option<&Tls>, address: SocketAddr, names: &[String]) -> String {
    let local = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        other => other,
    };
    let direct = SocketAddr::new(local, address.port());
    let Some(tls) = tls else {
        return format!("http://{direct}");
    };
    let is_for = |name: &&str| {
        let certificate = CertificateDer::from_pem_slice(tls.cert_pem.as_bytes()).ok()?;
        let certificate = ParsedCertificate::try_from(&certificate).ok()?;
        let name = ServerName::try_from(*name).ok()?;
        verify_server_name(&certificate, &name).ok()
    };
    let own = local.to_string();
    let localhost = local.is_loopback().then_some("localhost");
    let mut hosts = iter::once(&*own)
        .chain(localhost)
        .chain(names.iter().map(String::as_str));
    match hosts.find(|name| is_for(name).is_some()) {
        Some(name) if name != own => return format!("https://{name}:{}", address.port()),
        Some(_) => {}
        None => Lines::stderr().write(&format_args!(
            "warning: the certificate is not for {own} nor for any other host that this emulator knows, so clients will \
             refuse it; --allow-host names one that it is for"
        )),
    }
    format!("https://{direct}")
}
