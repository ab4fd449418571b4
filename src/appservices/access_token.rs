use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};

use super::{BaseUrl, wire};

/// A short-lived token for the other endpoints of App Services.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct AccessToken {
    /// What goes behind `Authorization: Bearer`.
    pub value: SecretString,
    /// When it stops being valid, by the server's clock.
    pub expires_at: Timestamp,
    /// The user whom it stands for.
    pub user_id: String,
    /// Where it is valid: the app's location.
    pub base_url: BaseUrl,
}

/// How long access tokens live, whatever the provider they come from (documented by the vendor in
/// "User Sessions").
const LIFETIME: Duration = Duration::from_secs(30 * 60);

/// What is left of a token when it is replaced rather than handed out.
const REFRESH_MARGIN: Duration = Duration::from_secs(5 * 60);

impl AccessToken {
    /// Whether the token is worth handing out.
    pub(super) fn lasts(&self, now: Timestamp) -> bool {
        now + REFRESH_MARGIN < self.expires_at
    }
}

/// When a token expires: its own `exp`, or the documented lifetime from now on if that cannot be
/// read.
pub(super) fn expiry(token: &SecretString, now: Timestamp) -> Timestamp {
    claimed_expiry(token).unwrap_or(now + LIFETIME)
}

fn claimed_expiry(token: &SecretString) -> Option<Timestamp> {
    Timestamp::from_second(claims(token)?.exp.as_i64()?).ok()
}

/// The id of the user whom a token stands for, if it says so.
pub(super) fn user_id(token: &SecretString) -> Option<String> {
    let sub = claims(token)?.sub;
    Some(sub.as_str()?.to_owned()).filter(|id| !id.is_empty())
}

fn claims(token: &SecretString) -> Option<wire::Claims> {
    let mut parts = token.expose_secret().split('.');
    let (_header, claims, _signature) = (parts.next()?, parts.next()?, parts.next()?);
    let claims = URL_SAFE_NO_PAD.decode(claims.trim_end_matches('=')).ok()?;
    wire::decode(&claims).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn jwt(claims: &str) -> SecretString {
        format!("e30.{}.c2ln", URL_SAFE_NO_PAD.encode(claims)).into()
    }

    #[test]
    fn the_token_knows_its_end_or_lives_half_an_hour() {
        let now: Timestamp = "2024-03-12T20:00:00Z".parse().unwrap();
        let half_an_hour = "2024-03-12T20:30:00Z";
        for (token, expires_at) in [
            (
                jwt(r#"{"exp":1710275400,"iat":1710273600}"#),
                "2024-03-12T20:30:00Z",
            ),
            (jwt(r#"{"exp":1710277200}"#), "2024-03-12T21:00:00Z"),
            (jwt(r#"{"exp":"soon"}"#), half_an_hour),
            (jwt(r#"{"exp":9223372036854775807}"#), half_an_hour),
            (jwt("not json"), half_an_hour),
            ("opaque".into(), half_an_hour),
            ("a.!.c".into(), half_an_hour),
            ("".into(), half_an_hour),
        ] {
            assert_eq!(expiry(&token, now).to_string(), expires_at);
        }
    }

    #[test]
    fn the_token_knows_its_user_or_not() {
        for (token, user_id) in [
            (jwt(r#"{"sub":"65f0c0ffee0000000000a001"}"#), true),
            (jwt(r#"{"sub":""}"#), false),
            (jwt(r#"{"sub":17}"#), false),
            (jwt("[]"), false),
            ("opaque".into(), false),
        ] {
            let expected = user_id.then_some("65f0c0ffee0000000000a001");
            assert_eq!(super::user_id(&token).as_deref(), expected);
        }
    }

    #[test]
    fn a_token_near_its_end_is_not_handed_out() {
        let now: Timestamp = "2024-03-12T20:00:00Z".parse().unwrap();
        for (left_s, lasts) in [(301, true), (300, false), (0, false), (-1, false)] {
            let token = AccessToken {
                value: "a".into(),
                expires_at: now + jiff::SignedDuration::from_secs(left_s),
                user_id: String::new(),
                base_url: BaseUrl::default(),
            };
            assert_eq!(token.lasts(now), lasts, "{left_s}");
        }
    }
}
