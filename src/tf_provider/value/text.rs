//! Text as Terraform has it.

use std::borrow::Cow;

use icu_normalizer::ComposingNormalizerBorrowed;

/// The text in normalization form C, to which Terraform brings all text that it reads.
pub(super) fn normalized(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return Cow::Borrowed(text);
    }
    ComposingNormalizerBorrowed::new_nfc().normalize(text)
}
