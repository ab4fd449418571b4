use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::Certificate;
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;

/// Certificates of authorities to trust beside the platform's: at least one.
#[derive(Clone, Debug)]
pub struct RootCertificates(Vec<Certificate>);

const BEGIN: &str = "-----BEGIN CERTIFICATE-----";
const END: &str = "-----END CERTIFICATE-----";

impl RootCertificates {
    /// Reads one PEM certificate or more; whatever else stands in the text is passed over.
    ///
    /// # Errors
    ///
    /// What is wrong, and in which line.
    pub fn parse(pem: &[u8]) -> Result<RootCertificates, String> {
        let text = String::from_utf8_lossy(pem);
        let text = text.trim_start_matches('\u{feff}');
        let mut lines = text.lines().map(str::trim).zip(1..);
        let (mut certificates, mut others) = (Vec::new(), Vec::new());
        while let Some((line, number)) = lines.next() {
            if line != BEGIN {
                others.extend(label(line));
                continue;
            }
            let mut base64 = String::new();
            loop {
                match lines.next() {
                    Some((END, _)) => break,
                    Some((line, _)) if !line.starts_with("-----") => base64 += line,
                    _ => {
                        return Err(format!(
                            "the certificate that begins in line {number} has no line `{END}`"
                        ));
                    }
                }
            }
            let unusable = |reason| {
                format!("the certificate that begins in line {number} cannot be used: {reason}")
            };
            certificates.push(certificate(&base64).map_err(unusable)?);
        }
        if certificates.is_empty() {
            let found = if others.is_empty() {
                String::new()
            } else {
                format!(", only {}", others.join(", "))
            };
            let hint = if text.contains(BEGIN) {
                " of its own: line ends may have been lost"
            } else {
                ""
            };
            return Err(format!("there is no line `{BEGIN}`{hint} in it{found}"));
        }
        Ok(RootCertificates(certificates))
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = Certificate> {
        self.0.iter().cloned()
    }
}

/// What a line says to begin; nothing of a line that goes on behind that, as a key does whose line ends were lost.
fn label(line: &str) -> Option<&str> {
    let label = line.strip_prefix("-----BEGIN ")?.strip_suffix("-----")?;
    label
        .bytes()
        .all(|byte| byte.is_ascii_uppercase() || byte == b' ')
        .then_some(label)
}

fn certificate(base64: &str) -> Result<Certificate, String> {
    let der = STANDARD.decode(base64);
    let der = der.map_err(|error| format!("it is not base64 ({error})"))?;
    // Whether TLS takes it is found out here, where the line is known.
    let added = RootCertStore::empty().add(CertificateDer::from(&der[..]));
    added.map_err(|error| format!("it is not an X.509 certificate ({error})"))?;
    Certificate::from_der(&der).map_err(|error| error.to_string())
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
        let good = pem();
        for (text, expected) in [
            (String::new(), format!("there is no line `{BEGIN}` in it")),
            (
                "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----".to_owned(),
                format!("there is no line `{BEGIN}` in it, only PRIVATE KEY"),
            ),
            (
                "-----BEGIN PRIVATE KEY-----AAAA-----END PRIVATE KEY-----".to_owned(),
                format!("there is no line `{BEGIN}` in it"),
            ),
            (
                good.replace('\n', " "),
                format!(
                    "there is no line `{BEGIN}` of its own: line ends may have been lost in it"
                ),
            ),
            (
                format!("# mine\n{BEGIN}\nAAAA"),
                format!("the certificate that begins in line 2 has no line `{END}`"),
            ),
            (
                format!("{BEGIN}\nAAAA\n{good}"),
                format!("the certificate that begins in line 1 has no line `{END}`"),
            ),
        ] {
            assert_eq!(
                RootCertificates::parse(text.as_bytes()).unwrap_err(),
                expected
            );
        }
        let lines = good.lines().count();
        for (body, reason) in [("???", "base64"), ("AAAA", "X.509"), ("", "X.509")] {
            let text = format!("{good}{BEGIN}\n{body}\n{END}\n");
            let error = RootCertificates::parse(text.as_bytes()).unwrap_err();
            let line = format!("line {}", lines + 1);
            assert!(error.contains(&line) && error.contains(reason), "{error}");
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
