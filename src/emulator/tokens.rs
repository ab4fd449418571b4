//! Access and refresh tokens: JWTs with the claims that the vendor's samples carry.

use std::time::Duration;

use jiff::Timestamp;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::app::Identity;
use super::object_id::ObjectId;
use super::records::Session;

/// The `device_id` of a login for which no device was made.
pub(super) const NO_DEVICE: &str = "000000000000000000000000";

/// What tokens are signed with.
pub(super) type SigningKey = [u8; 32];

/// Signs and reads tokens.
pub(super) struct Tokens {
    domain: ObjectId,
    signing: EncodingKey,
    verifying: DecodingKey,
    access_ttl: Duration,
}

impl Tokens {
    pub(super) fn new(domain: ObjectId, key: SigningKey, access_ttl: Duration) -> Self {
        Self {
            domain,
            signing: EncodingKey::from_secret(&key),
            verifying: DecodingKey::from_secret(&key),
            access_ttl,
        }
    }

    /// A token for the calls made in the user's name.
    pub(super) fn access(&self, session: &Session, now: Timestamp) -> String {
        let expires_at = now.saturating_add(self.access_ttl);
        self.sign(&json!({
            "typ": Kind::Access,
            "sub": session.user,
            "iat": now.as_second(),
            "exp": expires_at.unwrap_or(Timestamp::MAX).as_second(),
            "iss": session.id,
            "baas_device_id": NO_DEVICE,
            "baas_domain_id": self.domain,
        }))
    }

    /// The token that stands for the session itself.
    pub(super) fn refresh(&self, session: &Session, now: Timestamp) -> String {
        let Identity { id, provider } = session.identity;
        self.sign(&json!({
            "typ": Kind::Refresh,
            "sub": session.user,
            "iat": now.as_second(),
            "exp": session.expires_at.as_second(),
            "baas_id": session.id,
            "baas_device_id": NO_DEVICE,
            "baas_domain_id": self.domain,
            "baas_identity": {
                "id": id,
                "provider_type": provider.name(),
                "provider_id": provider.id(),
            },
            "baas_data": null,
        }))
    }

    /// What a token says, or `None` when it was not signed here. Whether it has expired is not looked at.
    pub(super) fn read(&self, token: &str) -> Option<Claims> {
        let mut validation = Validation::new(Algorithm::HS256);
        validation.required_spec_claims.clear();
        validation.validate_exp = false;
        let read = jsonwebtoken::decode(token, &self.verifying, &validation);
        read.ok().map(|read| read.claims)
    }

    fn sign(&self, claims: &Value) -> String {
        jsonwebtoken::encode(&Header::new(Algorithm::HS256), claims, &self.signing)
            .expect("an HMAC over plain claims cannot fail")
    }
}

/// The kind of a token, its claim `typ`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Kind {
    Access,
    Refresh,
}

/// What a genuine token says.
#[derive(Debug, PartialEq, Eq, Deserialize)]
pub(super) struct Claims {
    #[serde(rename = "typ")]
    pub(super) kind: Kind,
    #[serde(rename = "sub")]
    pub(super) user: ObjectId,
    #[serde(alias = "iss", alias = "baas_id")]
    pub(super) session: ObjectId,
    #[serde(rename = "exp", with = "jiff::fmt::serde::timestamp::second::required")]
    pub(super) expires_at: Timestamp,
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::prelude::BASE64_URL_SAFE_NO_PAD;

    use super::*;
    use crate::emulator::app::Provider;

    fn session() -> Session {
        let identity = Identity {
            id: ObjectId::new(),
            provider: Provider::LocalUserpass,
        };
        Session {
            id: ObjectId::new(),
            user: ObjectId::new(),
            identity,
            key: None,
            expires_at: Timestamp::from_second(1_705_184_000).unwrap(),
        }
    }

    fn tokens() -> Tokens {
        Tokens::new(ObjectId::new(), rand::random(), Duration::from_mins(30))
    }

    fn payload(token: &str) -> Value {
        let payload = token.split('.').nth(1).unwrap();
        serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
    }

    #[test]
    fn an_access_token_carries_the_documented_claims() {
        let (tokens, session) = (tokens(), session());
        let now = Timestamp::from_second(1_700_000_000).unwrap();
        let expected = json!({
            "typ": "access", "sub": session.user.to_string(), "iat": 1_700_000_000, "exp": 1_700_001_800,
            "iss": session.id.to_string(), "baas_device_id": NO_DEVICE, "baas_domain_id": tokens.domain.to_string(),
        });
        assert_eq!(payload(&tokens.access(&session, now)), expected);
    }

    #[test]
    fn a_refresh_token_carries_the_documented_claims() {
        let (tokens, session) = (tokens(), session());
        let now = Timestamp::from_second(1_700_000_000).unwrap();
        let expected = json!({
            "typ": "refresh", "sub": session.user.to_string(), "iat": 1_700_000_000, "exp": 1_705_184_000,
            "baas_id": session.id.to_string(), "baas_device_id": NO_DEVICE, "baas_domain_id": tokens.domain.to_string(),
            "baas_identity": {
                "id": session.identity.id.to_string(), "provider_type": "local-userpass",
                "provider_id": Provider::LocalUserpass.id(),
            },
            "baas_data": null,
        });
        assert_eq!(payload(&tokens.refresh(&session, now)), expected);
    }

    #[test]
    fn a_token_reads_back_even_when_expired() {
        let (tokens, session) = (tokens(), session());
        let claims = tokens
            .read(&tokens.access(&session, Timestamp::UNIX_EPOCH))
            .unwrap();
        let expires_at = Timestamp::from_second(1800).unwrap();
        assert_eq!(
            claims,
            Claims {
                kind: Kind::Access,
                user: session.user,
                session: session.id,
                expires_at
            }
        );
    }

    #[test]
    fn a_token_of_another_emulator_is_not_read() {
        let (tokens, others) = (tokens(), tokens());
        assert_eq!(
            tokens.read(&others.access(&session(), Timestamp::now())),
            None
        );
        for garbage in ["", "a.b.c", "not a token"] {
            assert_eq!(tokens.read(garbage), None, "{garbage:?}");
        }
    }

    #[test]
    fn an_unsigned_token_is_not_read() {
        let tokens = tokens();
        let genuine = tokens.refresh(&session(), Timestamp::now());
        let header = BASE64_URL_SAFE_NO_PAD.encode(br#"{"alg":"none","typ":"JWT"}"#);
        let forged = format!("{header}.{}.", genuine.split('.').nth(1).unwrap());
        assert_eq!(tokens.read(&forged), None);
    }
}
