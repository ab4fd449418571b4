use std::fmt;

/// The `error_code` of a refusal.
///
/// Only the codes that decide something here, or that point a user at something, have a name; the
/// service knows some sixty more, which read as [`ErrorCode::Other`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the variants are the server's own words")]
pub enum ErrorCode {
    APIKeyAlreadyExists,
    APIKeyNotFound,
    AuthError,
    AuthProviderNotFound,
    BadRequest,
    InternalServerError,
    InvalidParameter,
    InvalidPassword,
    InvalidSession,
    MaintenanceInProgress,
    MissingParameter,
    UserDisabled,
    UserNotFound,
    Other(String),
}

const NAMED: [(ErrorCode, &str); 13] = [
    (ErrorCode::APIKeyAlreadyExists, "APIKeyAlreadyExists"),
    (ErrorCode::APIKeyNotFound, "APIKeyNotFound"),
    (ErrorCode::AuthError, "AuthError"),
    (ErrorCode::AuthProviderNotFound, "AuthProviderNotFound"),
    (ErrorCode::BadRequest, "BadRequest"),
    (ErrorCode::InternalServerError, "InternalServerError"),
    (ErrorCode::InvalidParameter, "InvalidParameter"),
    (ErrorCode::InvalidPassword, "InvalidPassword"),
    (ErrorCode::InvalidSession, "InvalidSession"),
    (ErrorCode::MaintenanceInProgress, "MaintenanceInProgress"),
    (ErrorCode::MissingParameter, "MissingParameter"),
    (ErrorCode::UserDisabled, "UserDisabled"),
    (ErrorCode::UserNotFound, "UserNotFound"),
];

impl ErrorCode {
    /// The code as the server writes it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            ErrorCode::Other(text) => text,
            named => NAMED
                .iter()
                .find(|(code, _)| code == named)
                .map_or("", |(_, text)| text),
        }
    }

    /// The code with a name of its own here that a text is.
    pub(super) fn named(text: &str) -> Option<ErrorCode> {
        let (code, _) = NAMED.iter().find(|(_, name)| *name == text)?;
        Some(code.clone())
    }
}

impl From<&str> for ErrorCode {
    fn from(text: &str) -> ErrorCode {
        ErrorCode::named(text).unwrap_or_else(|| ErrorCode::Other(text.to_owned()))
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_read_and_write_alike() {
        for (code, text) in NAMED {
            assert_eq!(ErrorCode::from(text), code);
            assert_eq!(code.to_string(), text);
            assert_eq!(format!("{code:?}"), text);
        }
        assert_eq!(
            ErrorCode::from("DomainNotAllowed").as_str(),
            "DomainNotAllowed"
        );
    }
}
