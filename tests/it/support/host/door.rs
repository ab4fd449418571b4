//! The ways to a provider's socket: Terraform's own, and those of strangers.

use std::io;
use std::sync::Arc;

use hyper_util::rt::TokioIo;
use rustls::client::ResolvesClientCert;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::sign::CertifiedKey;
use rustls::version::{TLS12, TLS13};
use rustls::{ClientConfig, RootCertStore, SignatureScheme};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpStream, UnixStream};
use tokio_rustls::TlsConnector;
use tonic::transport::{Channel, Endpoint, Error, Uri};

use super::Identity;
use crate::support::patient;

/// Where a provider listens.
#[derive(Clone, Debug)]
pub(crate) enum Address {
    Unix(String),
    Tcp(String),
}

impl Address {
    pub(super) fn new(network: &str, address: &str) -> Self {
        match network {
            "unix" => Self::Unix(address.to_owned()),
            "tcp" => Self::Tcp(address.to_owned()),
            other => panic!("a network that Terraform knows, not {other}"),
        }
    }

    async fn dial(&self) -> io::Result<Box<dyn Stream>> {
        Ok(match self {
            Self::Unix(path) => Box::new(UnixStream::connect(path).await?),
            Self::Tcp(address) => Box::new(TcpStream::connect(address).await?),
        })
    }
}

/// Any two-way stream of bytes.
pub(crate) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// What a client shows when the server asks who it is.
pub(crate) enum Presented<'a> {
    Nothing,
    Certificate(&'a Identity),
    /// The certificate is public, since the environment holds it; this one lacks the key to it.
    Copied {
        certificate: &'a Identity,
        key: &'a Identity,
    },
    /// No TLS at all, although the server wants it.
    Plain,
}

/// The TLS versions that a client offers.
#[derive(Clone, Copy)]
pub(crate) enum Versions {
    Any,
    Only12,
}

/// A connection the way gRPC wants it, secured if the plugin's line has a certificate.
pub(super) async fn channel(
    address: Address,
    certificate: Option<CertificateDer<'static>>,
    presented: Presented<'_>,
    versions: Versions,
) -> Result<Channel, Error> {
    let tls = match (certificate, presented) {
        (None, _) | (_, Presented::Plain) => None,
        (Some(server), presented) => Some((client_config(&server, &presented, versions), server)),
    };
    let origin = if tls.is_some() {
        "https://localhost"
    } else {
        "http://unused"
    };
    let connector = tower::service_fn(move |_: Uri| {
        let (address, tls) = (address.clone(), tls.clone());
        async move {
            let stream = address.dial().await?;
            let stream = match tls {
                None => stream,
                Some((config, server)) => secured(stream, config, &server).await?,
            };
            Ok::<_, io::Error>(TokioIo::new(stream))
        }
    });
    let endpoint = Endpoint::from_static("http://localhost").origin(Uri::from_static(origin));
    patient(
        "a connection or a refusal",
        endpoint.connect_with_connector(connector),
    )
    .await
}

/// Accepts the certificate of the line and no other, valid for `localhost`, and insists on HTTP/2 as Go's gRPC does.
async fn secured(
    stream: Box<dyn Stream>,
    config: ClientConfig,
    server: &CertificateDer<'_>,
) -> io::Result<Box<dyn Stream>> {
    let name = ServerName::try_from("localhost").expect("a DNS name");
    let stream = TlsConnector::from(Arc::new(config))
        .connect(name, stream)
        .await?;
    let session = stream.get_ref().1;
    assert_eq!(
        session.peer_certificates().and_then(<[_]>::first),
        Some(server),
        "the certificate of the line"
    );
    assert_eq!(
        session.alpn_protocol(),
        Some(&b"h2"[..]),
        "Go's gRPC refuses a server without ALPN"
    );
    Ok(Box::new(stream))
}

fn client_config(
    server: &CertificateDer<'static>,
    presented: &Presented<'_>,
    versions: Versions,
) -> ClientConfig {
    let mut roots = RootCertStore::empty();
    roots
        .add(server.clone())
        .expect("the line's certificate can be a root");
    let provider = Arc::new(aws_lc_rs::default_provider());
    let versions = match versions {
        Versions::Any => &[&TLS13, &TLS12][..],
        Versions::Only12 => &[&TLS12][..],
    };
    let builder = ClientConfig::builder_with_provider(provider).with_protocol_versions(versions);
    let builder = builder
        .expect("versions that the provider knows")
        .with_root_certificates(roots);
    let mut config = match presented {
        Presented::Nothing | Presented::Plain => builder.with_no_client_auth(),
        Presented::Certificate(identity) => {
            builder.with_client_cert_resolver(resolver(identity, identity))
        }
        Presented::Copied { certificate, key } => {
            builder.with_client_cert_resolver(resolver(certificate, key))
        }
    };
    config.alpn_protocols = vec![b"h2".to_vec()];
    config
}

/// Signs with the key whether it fits the certificate or not.
fn resolver(certificate: &Identity, key: &Identity) -> Arc<AsGo> {
    let key = aws_lc_rs::sign::any_supported_type(&key.key()).expect("a key that can sign");
    Arc::new(AsGo(Arc::new(CertifiedKey::new(
        vec![certificate.certificate()],
        key,
    ))))
}

/// Withholds the certificate where Go would: from a server that hints at other issuers, or cannot verify P-521.
#[derive(Debug)]
struct AsGo(Arc<CertifiedKey>);

impl ResolvesClientCert for AsGo {
    fn resolve(
        &self,
        root_hint_subjects: &[&[u8]],
        schemes: &[SignatureScheme],
    ) -> Option<Arc<CertifiedKey>> {
        let welcome = root_hint_subjects.is_empty()
            && schemes.contains(&SignatureScheme::ECDSA_NISTP521_SHA512);
        welcome.then(|| Arc::clone(&self.0))
    }

    fn has_certs(&self) -> bool {
        true
    }
}

/// Writes `bytes` and reads until the other side hangs up.
pub(crate) async fn raw_stream(address: &Address, bytes: &[u8]) -> Vec<u8> {
    let mut stream = address.dial().await.expect("the listener accepts");
    // A side that has seen enough may hang up in the middle of this; both ways out are a refusal.
    let _ = stream.write_all(bytes).await;
    let _ = stream.shutdown().await;
    let mut answer = Vec::new();
    let _ = patient("the other side hangs up", stream.read_to_end(&mut answer)).await;
    answer
}

/// Connects and then says nothing for as long as the stream is held.
pub(crate) async fn silent_stream(address: &Address) -> Box<dyn Stream> {
    address.dial().await.expect("the listener accepts")
}
