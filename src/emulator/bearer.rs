//! Which token a call takes, said by its handler's signature.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;

use super::Shared;
use super::api_error::ApiError;
use super::records::Session;
use super::tokens::{Claims, Kind};

/// Signed with an access token. Logging out does not end these: they run until they expire, as documented.
pub(super) struct AccessToken(pub(super) Arc<Shared>, pub(super) Claims);

impl FromRequestParts<Arc<Shared>> for AccessToken {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, shared: &Arc<Shared>) -> Result<Self, ApiError> {
        let claims = claims(&parts.headers, shared, Kind::Access)?;
        Ok(Self(Arc::clone(shared), claims))
    }
}

/// Signed with the refresh token of an open session.
///
/// Key management takes this one too, like the session calls and unlike all else: every official client sends it.
/// That an access token is refused there is ASSUMED.
pub(super) struct RefreshToken(pub(super) Arc<Shared>, pub(super) Session);

impl FromRequestParts<Arc<Shared>> for RefreshToken {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, shared: &Arc<Shared>) -> Result<Self, ApiError> {
        let claims = claims(&parts.headers, shared, Kind::Refresh)?;
        let session = shared.state().session(claims.session)?;
        Ok(Self(Arc::clone(shared), session))
    }
}

/// What a token of this kind says that has not expired.
fn claims(headers: &HeaderMap, shared: &Shared, kind: Kind) -> Result<Claims, ApiError> {
    let header = headers.get(AUTHORIZATION).ok_or(ApiError::NO_TOKEN)?;
    let token = header.to_str().ok().and_then(token);
    let token = token.ok_or(ApiError::EMPTY_TOKEN)?;
    let claims = shared.tokens.read(token).ok_or(ApiError::FORGED_TOKEN)?;
    let (other, expired) = match kind {
        Kind::Access => (ApiError::REFRESH_FOR_ACCESS, ApiError::ACCESS_TOKEN_EXPIRED),
        Kind::Refresh => (ApiError::ACCESS_FOR_REFRESH, ApiError::SESSION_NOT_FOUND),
    };
    if claims.kind != kind {
        return Err(other);
    }
    if claims.expires_at <= shared.clock.now() {
        return Err(expired);
    }
    Ok(claims)
}

/// The token of a `Bearer` header; `None` for another scheme or an empty token.
fn token(header: &str) -> Option<&str> {
    let (scheme, token) = header.split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
}

#[cfg(test)]
mod tests {
    use super::token;

    #[test]
    fn only_a_bearer_header_holds_a_token() {
        assert_eq!(token("Bearer a.b.c"), Some("a.b.c"));
        assert_eq!(token("bearer  a.b.c "), Some("a.b.c"));
        for header in [
            "",
            "Bearer",
            "Bearer ",
            "a.b.c",
            "Basic dXNlcjpwYXNz",
            "Bearera.b.c",
        ] {
            assert_eq!(token(header), None, "{header:?}");
        }
    }
}
