//! Logins by a token that another system signed.

use std::fmt;
use std::io;

use jiff::Timestamp;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde::Deserialize;

/// Which tokens the provider `custom-token` accepts, and so which users there are.
///
/// A token has to be signed with the key, to name the audience in `aud`, not to be past its `exp`, nor before its
/// `nbf` if it has one, and to name a user in `sub`: one that there is already, or a new one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CustomJwt {
    /// What the signature is verified with.
    pub key: JwtKey,
    /// What `aud` has to be or to hold; `None` for the client app id.
    pub audience: Option<String>,
}

/// What signatures are verified with.
#[derive(Clone, PartialEq, Eq)]
pub enum JwtKey {
    /// The secret of HS256, byte by byte.
    Secret(String),
    /// A public key as PEM: RSA for RS256, or P-256 for ES256.
    PublicKeyPem(String),
}

/// Shows the kind only.
impl fmt::Debug for JwtKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Secret(_) => "Secret",
            Self::PublicKeyPem(_) => "PublicKeyPem",
        })
    }
}

/// Reads tokens.
pub(super) struct Verifier {
    key: DecodingKey,
    validation: Validation,
    audience: String,
}

impl Verifier {
    /// Fails when the key is none.
    pub(super) fn new(jwt: CustomJwt, app_id: &str) -> io::Result<Self> {
        let (key, algorithm) = match jwt.key {
            JwtKey::Secret(secret) => (
                DecodingKey::from_secret(secret.as_bytes()),
                Algorithm::HS256,
            ),
            JwtKey::PublicKeyPem(pem) => public_key(pem.as_bytes()).ok_or_else(unusable)?,
        };
        let mut validation = Validation::new(algorithm);
        // What is no signature is checked by hand, against the emulator's own clock.
        validation.required_spec_claims.clear();
        validation.validate_exp = false;
        validation.validate_aud = false;
        Ok(Self {
            key,
            validation,
            audience: jwt.audience.unwrap_or_else(|| app_id.to_owned()),
        })
    }

    /// Whose token it is; `None` if it is not to be accepted.
    pub(super) fn subject(&self, token: &str, now: Timestamp) -> Option<String> {
        let decoded = jsonwebtoken::decode::<Claims>(token, &self.key, &self.validation);
        let claims = decoded.ok()?.claims;
        let now = now.as_duration().as_secs_f64();
        let meant = match &claims.aud {
            Audience::One(one) => *one == self.audience,
            Audience::Many(many) => many.contains(&self.audience),
        };
        let in_time = claims.exp > now && claims.nbf.is_none_or(|start| start <= now);
        (meant && in_time && !claims.sub.is_empty()).then_some(claims.sub)
    }
}

/// An RSA or a P-256 key. The kind of any other is found out here, the curve only by the first token.
fn public_key(pem: &[u8]) -> Option<(DecodingKey, Algorithm)> {
    let rsa = || Some((DecodingKey::from_rsa_pem(pem).ok()?, Algorithm::RS256));
    let ec = || Some((DecodingKey::from_ec_pem(pem).ok()?, Algorithm::ES256));
    rsa().or_else(ec)
}

fn unusable() -> io::Error {
    io::Error::new(
        io::ErrorKind::InvalidInput,
        "JWT public key: not the PEM of an RSA or P-256 public key",
    )
}

#[derive(Deserialize)]
struct Claims {
    sub: String,
    aud: Audience,
    exp: f64,
    nbf: Option<f64>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Many(Vec<String>),
}

#[cfg(test)]
mod tests;
