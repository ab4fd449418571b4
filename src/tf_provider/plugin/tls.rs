//! Mutual TLS with a certificate of our own, and with exactly one that is accepted.

use std::sync::Arc;

use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::{CryptoProvider, aws_lc_rs, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, UnixTime};
use rustls::server::NoServerSessionStorage;
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{
    CertificateError, DigitallySignedStruct, DistinguishedName, ServerConfig, SignatureScheme,
};

/// Our side of the TLS connection.
#[derive(Debug)]
pub(super) struct ServerIdentity {
    /// What the handshake line tells the host; it will accept nothing else.
    pub(super) certificate: CertificateDer<'static>,
    pub(super) config: Arc<ServerConfig>,
}

impl ServerIdentity {
    /// Makes a key and a certificate for this process alone, which talks only to the owner of `host`.
    ///
    /// # Errors
    ///
    /// When the system has no randomness to give.
    pub(super) fn generate(
        host: CertificateDer<'static>,
    ) -> Result<Self, Box<dyn std::error::Error>> {
        // The name is what hosts ask for. P-256 rather than the host's own P-521: hosts take any curve, and this one
        // costs a tenth.
        let own = rcgen::generate_simple_self_signed([String::from("localhost")])?;
        let certificate = own.cert.der().clone();
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(own.signing_key.serialize_der()));
        let crypto = Arc::new(aws_lc_rs::default_provider());
        let mut config = ServerConfig::builder_with_provider(crypto.clone())
            .with_safe_default_protocol_versions()?
            .with_client_cert_verifier(Arc::new(PinnedClientCert { host, crypto }))
            .with_single_cert(vec![certificate.clone()], key)?;
        // Hosts since Terraform 1.12 refuse a connection without it.
        config.alpn_protocols = vec![b"h2".to_vec()];
        // Every connection proves itself anew.
        config.session_storage = Arc::new(NoServerSessionStorage {});
        config.send_tls13_tickets = 0;
        Ok(Self {
            certificate,
            config: Arc::new(config),
        })
    }
}

/// Accepts the one certificate that the host announced, and the proof that the other side has its key.
///
/// The usual verifier cannot do this: Terraform's certificate is its own authority and an end entity in one, which webpki
/// refuses, and its curve is P-521, which the provider of `ring` does not know.
#[derive(Debug)]
struct PinnedClientCert {
    host: CertificateDer<'static>,
    crypto: Arc<CryptoProvider>,
}

impl ClientCertVerifier for PinnedClientCert {
    /// Without hints: a Go client that finds no match among them keeps its certificate to itself.
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: UnixTime,
    ) -> Result<ClientCertVerified, rustls::Error> {
        if *end_entity == self.host {
            Ok(ClientCertVerified::assertion())
        } else {
            Err(CertificateError::ApplicationVerificationFailure.into())
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(
            message,
            certificate,
            signature,
            &self.crypto.signature_verification_algorithms,
        )
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(
            message,
            certificate,
            signature,
            &self.crypto.signature_verification_algorithms,
        )
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.crypto
            .signature_verification_algorithms
            .supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_curve_of_terraform_is_offered() {
        let identity = ServerIdentity::generate(CertificateDer::from(vec![1])).unwrap();
        let verifier = PinnedClientCert {
            host: CertificateDer::from(vec![1]),
            crypto: identity.config.crypto_provider().clone(),
        };
        assert!(
            verifier
                .supported_verify_schemes()
                .contains(&SignatureScheme::ECDSA_NISTP521_SHA512)
        );
        assert!(verifier.client_auth_mandatory());
    }
}
