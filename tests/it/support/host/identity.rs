//! The certificate that Terraform makes for each process it starts.

use std::time::{Duration, SystemTime};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, KeyUsagePurpose, PKCS_ECDSA_P521_SHA512,
};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

const DAY: Duration = Duration::from_secs(86_400);

/// A key and a certificate for it.
pub(crate) struct Identity {
    certificate: CertificateDer<'static>,
    key: PrivateKeyDer<'static>,
}

impl Identity {
    /// P-521 with SHA-512, self-signed, and marked as a CA: the part that standard verifiers stumble over.
    pub(crate) fn like_terraforms() -> Self {
        let key = KeyPair::generate_for(&PKCS_ECDSA_P521_SHA512).expect("a P-521 key");
        let mut subject = DistinguishedName::new();
        subject.push(DnType::OrganizationName, "HashiCorp");
        subject.push(DnType::CommonName, "localhost");
        let now = SystemTime::now();
        let mut params = CertificateParams::new(["localhost".to_owned()]).expect("a DNS name");
        params.distinguished_name = subject;
        params.not_before = (now - Duration::from_secs(30)).into();
        params.not_after = (now + DAY * 365 * 30).into();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![
            KeyUsagePurpose::DigitalSignature,
            KeyUsagePurpose::KeyEncipherment,
            KeyUsagePurpose::KeyAgreement,
            KeyUsagePurpose::KeyCertSign,
        ];
        params.extended_key_usages = vec![
            ExtendedKeyUsagePurpose::ClientAuth,
            ExtendedKeyUsagePurpose::ServerAuth,
        ];
        let certificate = params
            .self_signed(&key)
            .expect("a certificate")
            .der()
            .clone();
        let key = PrivateKeyDer::try_from(key.serialize_der()).expect("a PKCS #8 key");
        Self { certificate, key }
    }

    /// As `PLUGIN_CLIENT_CERT` carries it: 64 characters a line.
    pub(super) fn pem(&self) -> String {
        let base64 = STANDARD.encode(&self.certificate);
        let lines = base64
            .as_bytes()
            .chunks(64)
            .map(String::from_utf8_lossy)
            .collect::<Vec<_>>();
        format!(
            "-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n",
            lines.join("\n")
        )
    }

    pub(super) fn certificate(&self) -> CertificateDer<'static> {
        self.certificate.clone()
    }

    pub(super) fn key(&self) -> PrivateKeyDer<'static> {
        self.key.clone_key()
    }
}
