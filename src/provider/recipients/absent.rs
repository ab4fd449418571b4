//! What stands in for encryption in a build without the feature `recipients`: every recipient is refused.

use secrecy::SecretString;

/// None can be made.
#[derive(Debug)]
pub(super) enum Recipients {}

/// Why a text names no recipient.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this build of the provider cannot encrypt: it was made without the feature `recipients`")]
pub(super) struct InvalidRecipient;

impl Recipients {
    /// Refuses.
    ///
    /// # Errors
    ///
    /// Always, unless there is no text.
    pub(super) fn parse<'a>(
        texts: impl IntoIterator<Item = &'a str>,
    ) -> Result<Self, Vec<(usize, InvalidRecipient)>> {
        let texts = texts.into_iter().enumerate();
        Err(texts.map(|(place, _)| (place, InvalidRecipient)).collect())
    }

    /// Cannot be called.
    ///
    /// # Errors
    ///
    /// None.
    pub(super) fn encrypt(&self, _value: &SecretString) -> Result<String, InvalidRecipient> {
        match *self {}
    }
}
