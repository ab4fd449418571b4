use std::error::Error as StdError;
use std::io;

use rustls::{CertificateError, Error as RustlsError, InvalidMessage};
use thiserror::Error;

/// Why TLS with a server failed, in a way that the next attempt would meet again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum TlsProblem {
    /// The server's certificate is not signed by a trusted root, or cannot be used for another reason.
    #[error("the server's certificate is not trusted")]
    Certificate,
    /// The server's certificate is that of an authority (`CA:TRUE`), as `openssl req -x509` makes it.
    #[error("the server's certificate is that of an authority (CA:TRUE), not of a server")]
    AuthorityAsServer,
    /// The server's certificate is past its time.
    #[error("the server's certificate has expired")]
    Expired,
    /// The time of the server's certificate has not come.
    #[error("the server's certificate is not valid yet")]
    NotYetValid,
    /// The server's certificate does not name the host.
    #[error("the server's certificate is for another host")]
    OtherHost,
    /// What answers speaks no TLS.
    #[error("the server does not speak TLS")]
    NoTls,
}

impl TlsProblem {
    /// What TLS found wrong, anywhere inside an error.
    pub(super) fn of(error: &(dyn StdError + 'static)) -> Option<TlsProblem> {
        match error.downcast_ref() {
            Some(RustlsError::InvalidCertificate(reason)) => return Some(TlsProblem::with(reason)),
            Some(RustlsError::InvalidMessage(InvalidMessage::InvalidContentType)) => {
                return Some(TlsProblem::NoTls);
            }
            _ => {}
        }
        // An `io::Error` hides the error inside it from `source`.
        let inner = error
            .downcast_ref::<io::Error>()
            .and_then(io::Error::get_ref);
        match inner {
            Some(inner) => TlsProblem::of(inner),
            None => error.source().and_then(TlsProblem::of),
        }
    }

    fn with(reason: &CertificateError) -> TlsProblem {
        match reason {
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
                TlsProblem::Expired
            }
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                TlsProblem::NotYetValid
            }
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                TlsProblem::OtherHost
            }
            // The check of chains has this reason for itself, which Rustls passes on without a name of its own.
            CertificateError::Other(other) if other.0.to_string() == "CaUsedAsEndEntity" => {
                TlsProblem::AuthorityAsServer
            }
            _ => TlsProblem::Certificate,
        }
    }
}
