//! The JSON of the API exactly as it travels.

use secrecy::{ExposeSecret, SecretString};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::KeyId;

#[derive(Serialize)]
pub(super) struct NewUserApiKey<'a> {
    pub(super) name: &'a str,
}

#[derive(Deserialize)]
pub(super) struct Location {
    /// Scheme and host for all further requests; empty means the host that was asked.
    pub(super) hostname: String,
}

#[derive(Deserialize)]
pub(super) struct Login {
    pub(super) access_token: SecretString,
    pub(super) refresh_token: SecretString,
    pub(super) user_id: String,
}

/// A refresh brings no new refresh token.
#[derive(Deserialize)]
pub(super) struct Refreshed {
    pub(super) access_token: SecretString,
}

/// Of the profile only the id matters, and no client demands even that.
#[derive(Deserialize)]
pub(super) struct Profile {
    pub(super) user_id: Option<String>,
}

/// Only what cannot be known otherwise is demanded: the value is not shown twice.
#[derive(Deserialize)]
pub(super) struct CreatedUserApiKey {
    #[serde(rename = "_id")]
    pub(super) id: KeyId,
    pub(super) key: SecretString,
    pub(super) name: Option<String>,
    pub(super) disabled: Option<bool>,
}

/// The body of an error. Members of other types than text read as absent.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct ErrorBody {
    pub(super) error: Value,
    pub(super) error_code: Value,
    pub(super) link: Value,
    /// Not the service's, but what proxies and compatible servers write instead.
    pub(super) message: Value,
}

/// The claims of a token that matter here; the signature is the server's business. Members of other
/// types read as absent.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Claims {
    pub(super) exp: Value,
    /// The user's id.
    pub(super) sub: Value,
}

/// Whether a token can travel in a header at all.
pub(super) fn fits_a_header(token: &SecretString) -> bool {
    let token = token.expose_secret();
    !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_graphic())
}

/// What is wrong with an answer, without a word of the answer itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Malformed(pub(super) String);

impl From<serde_json::Error> for Malformed {
    fn from(error: serde_json::Error) -> Malformed {
        use serde_json::error::Category;
        // The error's own text may quote a value, and values may be secrets.
        let what = match error.classify() {
            Category::Eof => "the JSON ends too early",
            Category::Syntax | Category::Io => "it is not JSON",
            Category::Data => "the JSON has another shape",
        };
        Malformed(format!(
            "{what} (line {}, column {})",
            error.line(),
            error.column()
        ))
    }
}

/// Reads an answer that must be JSON of one shape.
pub(super) fn decode<T: DeserializeOwned>(body: &[u8]) -> Result<T, Malformed> {
    Ok(serde_json::from_slice(body)?)
}

/// Reads an answer whose content does not matter: nothing, or any JSON.
///
/// Anything else did not come from the API, so it proves nothing about what was asked.
pub(super) fn decode_nothing(body: &[u8]) -> Result<(), Malformed> {
    if body.trim_ascii().is_empty() {
        return Ok(());
    }
    serde_json::from_slice::<serde::de::IgnoredAny>(body)?;
    Ok(())
}

/// Writes the body of a request.
pub(super) fn encode(value: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(value).expect("texts in a struct become JSON")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_read_whole() {
        let login: Login = decode(
            br#"{"access_token":"A","refresh_token":"R\u0041","user_id":"u","device_id":""}"#,
        )
        .unwrap();
        assert_eq!(login.access_token.expose_secret(), "A");
        assert_eq!(login.refresh_token.expose_secret(), "RA");
    }

    #[test]
    fn faults_are_told_without_the_text() {
        for (body, message) in [
            (&b""[..], "the JSON ends too early (line 1, column 0)"),
            (
                b"{\"access_token\":\"canary",
                "the JSON ends too early (line 1, column 23)",
            ),
            (
                b"\"canary\"",
                "the JSON has another shape (line 1, column 8)",
            ),
            (
                b"{\"access_token\":null}",
                "the JSON has another shape (line 1, column 20)",
            ),
            (b"<html>canary</html>", "it is not JSON (line 1, column 1)"),
        ] {
            let Err(malformed) = decode::<Refreshed>(body) else {
                panic!("{message}");
            };
            assert_eq!(malformed.0, message);
        }
    }

    #[test]
    fn nothing_is_nothing_or_json() {
        for body in [&b""[..], b" \r\n", b"{}", b"null", br#"{"status":"ok"}"#] {
            assert_eq!(decode_nothing(body), Ok(()));
        }
        for body in [&b"<html>"[..], b"ok", b"{"] {
            assert!(decode_nothing(body).is_err());
        }
    }
}
