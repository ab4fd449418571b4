//! Every way to say no, with the words of the service.

use std::borrow::Cow;

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

/// Why a request is refused: status, and the members `error` and `error_code` of the answer.
///
/// Texts that start with `emulator:` are ours, because those of the service are unknown. The status is stated by the
/// vendor's tests or documentation for the app, a wrong password, key, token or payload, a forged token, an access token
/// for a refresh token, an expired access token, a session, and the characters, the name, the id and the use of a key;
/// the rest is ASSUMED. The codes of a wrong address, body, length, payload and of a name that is taken are ASSUMED, from
/// the list of codes that clients know.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{error}")]
pub(super) struct ApiError {
    status: u16,
    /// The member `error_code`, which many answers lack.
    pub(super) code: Option<&'static str>,
    error: Cow<'static, str>,
}

/// Requests and registration.
impl ApiError {
    pub(super) const MALFORMED_BODY: Self = Self::coded(
        400,
        "BadRequest",
        "emulator: the request body is not a JSON object",
    );
    pub(super) const BODY_TIMEOUT: Self =
        Self::plain(408, "emulator: the body did not come in time");
    pub(super) const BODY_LENGTH: Self = Self::plain(413, "emulator: the body has more than 1 MiB");
    pub(super) const INVALID_EMAIL: Self = Self::coded(400, "BadRequest", "email invalid");
    pub(super) const PASSWORD_LENGTH: Self = Self::coded(
        400,
        "BadRequest",
        "password must be between 6 and 128 characters",
    );
    pub(super) const EMAIL_TAKEN: Self =
        Self::coded(409, "AccountNameInUse", "name already in use");
    pub(super) const USER_LIMIT: Self = Self::plain(400, "emulator: user limit reached");
}

/// Logins, tokens and sessions.
impl ApiError {
    pub(super) const WRONG_PASSWORD: Self = Self::coded(401, "InvalidPassword", "unauthorized");
    pub(super) const WRONG_KEY: Self = Self::coded(401, "AuthError", "unauthorized");
    pub(super) const WRONG_TOKEN: Self = Self::coded(401, "InvalidSession", "unauthorized");
    /// The function throws, and its words are the app's own.
    pub(super) const WRONG_PAYLOAD: Self = Self::coded(
        401,
        "AuthError",
        "emulator: the function accepts no such payload",
    );
    pub(super) const NO_TOKEN: Self = Self::plain(401, "must authenticate first");
    pub(super) const EMPTY_TOKEN: Self = Self::plain(
        401,
        "expected Authorization header with JWT (Bearer schema)",
    );
    pub(super) const FORGED_TOKEN: Self = Self::plain(401, "unauthorized");
    pub(super) const ACCESS_FOR_REFRESH: Self =
        Self::plain(401, "invalid refresh token: incorrect token type");
    pub(super) const REFRESH_FOR_ACCESS: Self =
        Self::plain(401, "emulator: invalid access token: incorrect token type");
    pub(super) const ACCESS_TOKEN_EXPIRED: Self = Self::coded(
        401,
        "InvalidSession",
        "invalid session: access token expired",
    );
    pub(super) const SESSION_NOT_FOUND: Self = Self::coded(
        401,
        "InvalidSession",
        "invalid session: failed to find refresh token",
    );
    pub(super) const USER_DELETED: Self = Self::coded(
        401,
        "InvalidSession",
        "emulator: invalid session: the user was deleted",
    );
}

/// User API keys.
impl ApiError {
    pub(super) const KEY_NAME_MISSING: Self = Self::plain(400, "'name' is a required string");
    pub(super) const KEY_NAME_CHARACTER: Self = Self::coded(
        400,
        "InvalidParameter",
        "can only contain ASCII letters, numbers, underscores, and hyphens",
    );
    pub(super) const KEY_NAME_LENGTH: Self = Self::coded(
        400,
        "InvalidParameter",
        "emulator: the name has more than 256 characters",
    );
    pub(super) const KEY_NAME_TAKEN: Self = Self::coded(
        409,
        "APIKeyAlreadyExists",
        "API key with name already exists",
    );
    pub(super) const KEY_LIMIT: Self = Self::plain(400, "emulator: API key limit reached");
    pub(super) const KEYS_FORBIDDEN: Self =
        Self::plain(403, "emulator: this user may not create API keys");
    pub(super) const KEY_NOT_FOUND: Self = Self::coded(404, "APIKeyNotFound", "API key not found");
    pub(super) const KEY_IN_USE: Self =
        Self::plain(403, "emulator: API key in use by this session");
}

impl ApiError {
    const fn plain(status: u16, error: &'static str) -> Self {
        Self {
            status,
            code: None,
            error: Cow::Borrowed(error),
        }
    }

    const fn coded(status: u16, code: &'static str, error: &'static str) -> Self {
        Self {
            status,
            code: Some(code),
            error: Cow::Borrowed(error),
        }
    }

    /// Without a code, and with words that no list can hold.
    pub(super) fn because(status: StatusCode, error: String) -> Self {
        Self {
            status: status.as_u16(),
            code: None,
            error: error.into(),
        }
    }

    /// What the service may have, and the emulator does not.
    pub(super) fn not_here(what: &str) -> Self {
        let error = format!("emulator: it does not have {what}");
        Self::because(StatusCode::NOT_FOUND, error)
    }

    pub(super) fn data_lost(why: &str) -> Self {
        let error = format!("emulator: the data file cannot be written: {why}");
        Self {
            code: Some("InternalServerError"),
            ..Self::because(StatusCode::INTERNAL_SERVER_ERROR, error)
        }
    }

    pub(super) fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.status).expect("all above are between 400 and 500")
    }
}

/// The body needs the request's id and origin, so it is left to the frame that goes around every answer.
impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}
