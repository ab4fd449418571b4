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
    InvalidParameter,
    InvalidPassword,
    InvalidSession,
    UserDisabled,
    UserNotFound,
    Other(String),
}

const NAMED: [ErrorCode; 9] = [
    ErrorCode::APIKeyAlreadyExists,
    ErrorCode::APIKeyNotFound,
    ErrorCode::AuthError,
    ErrorCode::AuthProviderNotFound,
    ErrorCode::InvalidParameter,
    ErrorCode::InvalidPassword,
    ErrorCode::InvalidSession,
    ErrorCode::UserDisabled,
    ErrorCode::UserNotFound,
];

impl ErrorCode {
    /// The code with a name of its own here that a text is.
    pub(super) fn named(text: &str) -> Option<ErrorCode> {
        NAMED.into_iter().find(|code| code.to_string() == text)
    }
}

impl From<&str> for ErrorCode {
    fn from(text: &str) -> ErrorCode {
        ErrorCode::named(text).unwrap_or_else(|| ErrorCode::Other(text.to_owned()))
    }
}

/// The code as the server writes it.
impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ErrorCode::Other(text) => f.write_str(text),
            named => fmt::Debug::fmt(named, f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_read_and_write_alike() {
        for code in NAMED {
            assert_eq!(ErrorCode::from(&*code.to_string()), code);
        }
        let other = ErrorCode::from("DomainNotAllowed");
        assert_eq!(other.to_string(), "DomainNotAllowed");
        assert_eq!(other, ErrorCode::Other("DomainNotAllowed".to_owned()));
    }
}
