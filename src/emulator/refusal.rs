//! Every way to say no, with the words of the service.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use thiserror::Error;

/// Why a request is refused. `Display` is the member `error` of the answer.
///
/// Texts that start with `emulator:` are ours, because nobody saw those of the service.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub(super) enum Refusal {
    #[error("cannot find app using Client App ID '{0}'")]
    UnknownApp(String),
    #[error("authentication via '{0}' is unsupported")]
    UnsupportedProvider(String),
    #[error("emulator: the request body is not a JSON object")]
    MalformedBody,

    #[error("email invalid")]
    InvalidEmail,
    #[error("password must be between 6 and 128 characters")]
    PasswordLength,
    #[error("name already in use")]
    EmailTaken,
    #[error("emulator: user limit reached")]
    UserLimit,
    #[error("unauthorized")]
    WrongPassword,
    #[error("unauthorized")]
    WrongKey,
    #[error("unauthorized")]
    WrongToken,
    /// The function throws, and its words are the app's own.
    #[error("emulator: the function accepts no such payload")]
    WrongPayload,
    #[error("unauthorized")]
    UserDisabled,

    #[error("must authenticate first")]
    NoToken,
    #[error("expected Authorization header with JWT (Bearer schema)")]
    EmptyToken,
    #[error("unauthorized")]
    ForgedToken,
    #[error("invalid refresh token: incorrect token type")]
    AccessTokenForRefreshToken,
    #[error("emulator: invalid access token: incorrect token type")]
    RefreshTokenForAccessToken,
    #[error("invalid session: access token expired")]
    AccessTokenExpired,
    #[error("invalid session: failed to find refresh token")]
    SessionNotFound,
    #[error("emulator: invalid session: the user was deleted")]
    UserDeleted,

    #[error("'name' is a required string")]
    KeyNameMissing,
    #[error("can only contain ASCII letters, numbers, underscores, and hyphens")]
    KeyNameCharacter,
    #[error("emulator: the name has more than 256 characters")]
    KeyNameLength,
    #[error("API key with name already exists")]
    KeyNameTaken,
    #[error("emulator: API key limit reached")]
    KeyLimit,
    #[error("emulator: this user may not create API keys")]
    KeysForbidden,
    #[error("API key not found")]
    KeyNotFound,
    #[error("emulator: API key in use by this session")]
    KeyInUse,

    #[error("emulator: the data file cannot be written: {0}")]
    DataLost(String),
    #[error("emulator: it does not have {0}")]
    NotHere(String),
    #[error("emulator: it does not answer for the host '{0}'; --allow-host adds one")]
    ForeignHost(String),
    #[error("emulator: it does not answer to pages of '{0}'; --allow-host adds one")]
    ForeignOrigin(String),
    #[error("emulator: the body did not come in time")]
    BodyTimeout,
    #[error("emulator: the body has more than 1 MiB")]
    BodyLength,
    /// Whatever else the router turns away: wrong methods, malformed paths.
    #[error("emulator: {}: {request}", .status.canonical_reason().unwrap_or("refused"))]
    NotOfThisApi { status: StatusCode, request: String },
}

impl Refusal {
    /// The status of the answer.
    ///
    /// Stated by the vendor's tests or documentation for `UnknownApp`, `WrongPassword`, `WrongKey`, `WrongToken`,
    /// `WrongPayload`, `ForgedToken`, `AccessTokenForRefreshToken`, `AccessTokenExpired`,
    /// `SessionNotFound`, `KeyNameCharacter`, `KeyNameTaken`, `KeyNotFound` and `KeyInUse`; the rest is ASSUMED.
    pub(super) fn status(&self) -> StatusCode {
        match self {
            Self::MalformedBody
            | Self::InvalidEmail
            | Self::PasswordLength
            | Self::KeyNameMissing
            | Self::UserLimit
            | Self::KeyNameCharacter
            | Self::KeyNameLength
            | Self::KeyLimit => StatusCode::BAD_REQUEST,
            Self::UnsupportedProvider(_)
            | Self::WrongPassword
            | Self::WrongKey
            | Self::WrongToken
            | Self::WrongPayload
            | Self::UserDisabled
            | Self::NoToken
            | Self::EmptyToken
            | Self::ForgedToken
            | Self::AccessTokenForRefreshToken
            | Self::RefreshTokenForAccessToken
            | Self::AccessTokenExpired
            | Self::SessionNotFound
            | Self::UserDeleted => StatusCode::UNAUTHORIZED,
            Self::KeysForbidden | Self::KeyInUse | Self::ForeignOrigin(_) => StatusCode::FORBIDDEN,
            Self::UnknownApp(_) | Self::NotHere(_) | Self::KeyNotFound => StatusCode::NOT_FOUND,
            Self::EmailTaken | Self::KeyNameTaken => StatusCode::CONFLICT,
            Self::ForeignHost(_) => StatusCode::MISDIRECTED_REQUEST,
            Self::BodyTimeout => StatusCode::REQUEST_TIMEOUT,
            Self::BodyLength => StatusCode::PAYLOAD_TOO_LARGE,
            Self::DataLost(_) => StatusCode::INTERNAL_SERVER_ERROR,
            Self::NotOfThisApi { status, .. } => *status,
        }
    }

    /// The member `error_code`, which many answers lack.
    ///
    /// ASSUMED: the codes of `InvalidEmail`, `MalformedBody`, `KeyNameLength`, `WrongPayload`,
    /// `KeyNameTaken` and `UserDeleted`, taken from the list of codes that clients know.
    pub(super) fn code(&self) -> Option<&'static str> {
        match self {
            Self::MalformedBody | Self::InvalidEmail | Self::PasswordLength => Some("BadRequest"),
            Self::EmailTaken => Some("AccountNameInUse"),
            Self::WrongPassword => Some("InvalidPassword"),
            Self::WrongKey | Self::WrongPayload => Some("AuthError"),
            Self::UserDisabled => Some("UserDisabled"),
            Self::WrongToken
            | Self::AccessTokenExpired
            | Self::SessionNotFound
            | Self::UserDeleted => Some("InvalidSession"),
            Self::KeyNameCharacter | Self::KeyNameLength => Some("InvalidParameter"),
            Self::KeyNameTaken => Some("APIKeyAlreadyExists"),
            Self::KeyNotFound => Some("APIKeyNotFound"),
            Self::DataLost(_) => Some("InternalServerError"),
            _ => None,
        }
    }
}

/// The body needs the request's id and origin, so it is left to the frame that goes around every answer.
impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}
