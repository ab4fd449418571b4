use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::Certificate;
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use thiserror::Error;

/// Certificates of authorities to trust beside the platform's: at least one.
#[derive(Clone, Debug)]
pub struct RootCertificates(Vec<Certificate>);

/// Why a text holds no [`RootCertificates`].
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum RootCertificatesError {
    /// No certificate begins anywhere.
    #[error("there is no line `{BEGIN}` in it{}", found(.0))]
    NoCertificate(
        /// What begins in it instead, such as `PRIVATE KEY`.
        Vec<String>,
    ),
    /// A certificate does not end.
    #[error("the certificate that begins in line {line} has no line `{END}`")]
    #[non_exhaustive]
    Unfinished {
        /// Where it begins, counted from 1.
        line: usize,
    },
    /// What stands between the two lines is not a certificate.
    #[error("the certificate that begins in line {line} cannot be used: {reason}")]
    #[non_exhaustive]
    Unusable {
        /// Where it begins, counted from 1.
        line: usize,
        /// What is wrong with it.
        reason: String,
    },
}

const BEGIN: &str = "-----BEGIN CERTIFICATE-----";
const END: &str = "-----END CERTIFICATE-----";

impl RootCertificates {
    /// Reads one PEM certificate or more; whatever else stands in the text is passed over.
    ///
    /// # Errors
    ///
    /// The [`RootCertificatesError`] that names the line and the reason.
    pub fn parse(pem: &[u8]) -> Result<RootCertificates, RootCertificatesError> {
        let text = String::from_utf8_lossy(pem);
        let mut lines = text.lines().map(str::trim).zip(1..);
        let (mut certificates, mut others) = (Vec::new(), Vec::new());
        while let Some((line, number)) = lines.next() {
            if line != BEGIN {
                let label = line.strip_prefix("-----BEGIN ");
                others.extend(label.and_then(|label| label.strip_suffix("-----")));
                continue;
            }
            let mut base64 = String::new();
            loop {
                match lines.next() {
                    Some((END, _)) => break,
                    Some((line, _)) if !line.starts_with("-----") => base64 += line,
                    _ => return Err(RootCertificatesError::Unfinished { line: number }),
                }
            }
            let unusable = |reason| RootCertificatesError::Unusable {
                line: number,
                reason,
            };
            certificates.push(certificate(&base64).map_err(unusable)?);
        }
        if certificates.is_empty() {
            let others = others.into_iter().map(str::to_owned).collect();
            return Err(RootCertificatesError::NoCertificate(others));
        }
        Ok(RootCertificates(certificates))
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = Certificate> {
        self.0.iter().cloned()
    }
}

fn certificate(base64: &str) -> Result<Certificate, String> {
    let der = STANDARD.decode(base64);
    let der = der.map_err(|error| format!("it is not base64 ({error})"))?;
    // Whether TLS takes it is found out here, where the line is known.
    let added = RootCertStore::empty().add(CertificateDer::from(&der[..]));
    added.map_err(|error| format!("it is not an X.509 certificate ({error})"))?;
    Certificate::from_der(&der).map_err(|error| error.to_string())
}

fn found(labels: &[String]) -> String {
    match labels {
        [] => String::new(),
        labels => format!(", only {}", labels.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pem() -> String {
        let made = rcgen::generate_simple_self_signed(["ca.example.com".to_owned()]);
        let der = made.unwrap().cert.der().to_vec();
        format!("{BEGIN}\n{}\n{END}\n", STANDARD.encode(der))
    }

    #[test]
    fn an_unusable_ca_file_names_line_and_reason() {
        use RootCertificatesError::{NoCertificate, Unfinished};
        let good = pem();
        for (text, expected) in [
            (String::new(), NoCertificate(Vec::new())),
            (
                "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----".to_owned(),
                NoCertificate(vec!["PRIVATE KEY".to_owned()]),
            ),
            (format!("# mine\n{BEGIN}\nAAAA"), Unfinished { line: 2 }),
            (format!("{BEGIN}\nAAAA\n{good}"), Unfinished { line: 1 }),
        ] {
            assert_eq!(
                RootCertificates::parse(text.as_bytes()).unwrap_err(),
                expected
            );
        }
        let lines = good.lines().count();
        for (body, reason) in [("???", "base64"), ("AAAA", "X.509"), ("", "X.509")] {
            let text = format!("{good}{BEGIN}\n{body}\n{END}\n");
            let told = RootCertificates::parse(text.as_bytes())
                .unwrap_err()
                .to_string();
            let line = format!("line {}", lines + 1);
            assert!(told.contains(&line) && told.contains(reason), "{told}");
        }
    }

    #[test]
    fn certificates_are_read_among_other_things_and_with_any_line_ends() {
        let text = format!("Subject: me\n{}\nnonsense\n{}", pem(), pem());
        for text in [text.clone(), text.replace('\n', "\r\n")] {
            assert_eq!(RootCertificates::parse(text.as_bytes()).unwrap().0.len(), 2);
        }
    }
}
