use std::fmt;

use jiff::Timestamp;
use serde::Deserialize;
use thiserror::Error;

/// The id of a user API key: an `ObjectId`, 24 hexadecimal digits in lower case.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(try_from = "String")]
pub struct KeyId {
    digits: String,
    created_at: Timestamp,
}

/// The text is not 24 hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the id of a user API key has exactly 24 hexadecimal digits")]
pub struct KeyIdError;

impl KeyId {
    /// Reads 24 hexadecimal digits; capitals become small letters.
    ///
    /// # Errors
    ///
    /// [`KeyIdError`] for any other text.
    pub fn parse(text: &str) -> Result<KeyId, KeyIdError> {
        if text.len() != 24 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(KeyIdError);
        }
        let seconds = u32::from_str_radix(&text[..8], 16).map_err(|_| KeyIdError)?;
        Ok(KeyId {
            digits: text.to_ascii_lowercase(),
            created_at: Timestamp::from_second(i64::from(seconds)).map_err(|_| KeyIdError)?,
        })
    }

    /// The id as the API writes it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.digits
    }

    /// When the server made the id, in whole seconds of the server's clock.
    ///
    /// The first four bytes of an `ObjectId` are its creation time (BSON specification,
    /// "`ObjectID`"); the API itself tells no creation time.
    #[must_use]
    pub fn created_at(&self) -> Timestamp {
        self.created_at
    }
}

impl TryFrom<String> for KeyId {
    type Error = KeyIdError;

    fn try_from(text: String) -> Result<KeyId, KeyIdError> {
        KeyId::parse(&text)
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.digits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_know_their_time() {
        for (text, created_at) in [
            ("65f0c0ffee0000000000d001", "2024-03-12T20:54:23Z"),
            ("000000000000000000000000", "1970-01-01T00:00:00Z"),
            ("FFFFFFFF0000000000000000", "2106-02-07T06:28:15Z"),
        ] {
            let id = KeyId::parse(text).unwrap();
            assert_eq!(id.to_string(), text.to_lowercase());
            assert_eq!(id.created_at().to_string(), created_at);
        }
    }

    #[test]
    fn other_texts_are_refused() {
        for text in [
            "",
            "1",
            "65f0c0ffee0000000000d00",
            "65f0c0ffee0000000000d0011",
            "65f0c0ffee0000000000d00g",
            "+5f0c0ffee0000000000d001",
            "65f0c0ffee0000000000d0é",
        ] {
            assert_eq!(KeyId::parse(text), Err(KeyIdError), "{text}");
        }
    }
}
