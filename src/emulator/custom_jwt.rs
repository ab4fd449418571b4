//! Logins by a token that another system signed.

use std::io;

use jiff::Timestamp;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use secrecy::ExposeSecret;
use serde::Deserialize;

use super::invalid;
use super::options::Options;

/// Reads the tokens that the provider `custom-token` accepts.
///
/// A token has to be signed with the key, to name the audience in `aud`, not to be past its `exp`, nor before its
/// `nbf` if it has one, and to name a user in `sub`: one that there is already, or a new one.
pub(super) struct Verifier {
    key: DecodingKey,
    validation: Validation,
}

impl Verifier {
    /// `None` without a key. Fails when the key is unusable.
    pub(super) fn of(options: &Options) -> io::Result<Option<Self>> {
        let (key, algorithm) = if let Some(secret) = &options.jwt_secret {
            let secret = secret.expose_secret().as_bytes();
            (DecodingKey::from_secret(secret), Algorithm::HS256)
        } else if let Some(pem) = &options.jwt_public_key {
            let why = "not the PEM of an RSA or P-256 public key";
            let key = public_key(pem.as_bytes()).filter(|_| pem.contains(" PUBLIC KEY-----"));
            key.ok_or_else(|| invalid("JWT public key", why))?
        } else {
            return Ok(None);
        };
        let mut validation = Validation::new(algorithm);
        let audience = options.jwt_audience.as_ref();
        validation.set_audience(&[audience.unwrap_or(&options.app_id)]);
        validation.set_required_spec_claims(&["aud"]);
        // Times are checked by hand, against the emulator's own clock.
        validation.validate_exp = false;
        Ok(Some(Self { key, validation }))
    }

    /// Whose token it is; `None` if it is not to be accepted.
    pub(super) fn subject(&self, token: &str, now: Timestamp) -> Option<String> {
        let decoded = jsonwebtoken::decode::<Claims>(token, &self.key, &self.validation);
        let claims = decoded.ok()?.claims;
        let now = now.as_duration().as_secs_f64();
        let in_time = claims.exp > now && claims.nbf.is_none_or(|start| start <= now);
        (in_time && !claims.sub.is_empty()).then_some(claims.sub)
    }
}

/// An RSA or a P-256 key. The kind of any other is found out here, the curve only by the first token.
fn public_key(pem: &[u8]) -> Option<(DecodingKey, Algorithm)> {
    let rsa = || Some((DecodingKey::from_rsa_pem(pem).ok()?, Algorithm::RS256));
    let ec = || Some((DecodingKey::from_ec_pem(pem).ok()?, Algorithm::ES256));
    rsa().or_else(ec)
}

#[derive(Deserialize)]
struct Claims {
    sub: String,
    exp: f64,
    nbf: Option<f64>,
}

#[cfg(test)]
mod tests;
