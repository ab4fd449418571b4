use std::error::Error;
use std::fmt::Write as _;
use std::io;

use super::diagnostics::{Diagnostic, Result};

/// An error of another layer or library that knows how to tell a practitioner of itself.
///
/// Implement it for the errors of your client, with advice on what to do next. Those of the file system have it.
///
/// # Example
///
/// ```
/// use terraform_provider_appservices::tf_provider::prelude::*;
///
/// #[derive(Debug)]
/// struct QuotaReached;
///
/// impl std::fmt::Display for QuotaReached {
///     fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
///         f.write_str("the quota is reached")
///     }
/// }
///
/// impl std::error::Error for QuotaReached {}
///
/// impl IntoDiagnostic for QuotaReached {
///     fn diagnostic(&self, doing: &str) -> Diagnostic {
///         Diagnostic::error(format!("Could not {doing}"))
///             .detail(self.chain())
///             .and_detail("Delete a volume that is no longer used.")
///     }
/// }
///
/// fn create() -> Result<()> {
///     Err(QuotaReached).context("create the volume")
/// }
/// # assert!(create().is_err());
/// ```
pub trait IntoDiagnostic: Error {
    /// The message. `doing` completes the sentence "Could not ...".
    fn diagnostic(&self, doing: &str) -> Diagnostic {
        Diagnostic::error(format!("Could not {doing}")).detail(self.chain())
    }

    /// The error and its reasons, outermost first, none of them twice.
    fn chain(&self) -> String {
        let mut text = self.to_string();
        let mut source = self.source();
        while let Some(reason) = source {
            let reason_text = reason.to_string();
            if !text.ends_with(&reason_text) {
                let _ = write!(text, ": {reason_text}");
            }
            source = reason.source();
        }
        text
    }
}

impl IntoDiagnostic for io::Error {}

/// Says what could not be done.
pub trait ErrorContext<T> {
    /// `doing` completes the sentence "Could not ...".
    ///
    /// # Errors
    ///
    /// The failure, as a message.
    fn context(self, doing: &str) -> Result<T>;
}

impl<T, E: IntoDiagnostic> ErrorContext<T> for std::result::Result<T, E> {
    fn context(self, doing: &str) -> Result<T> {
        self.map_err(|error| error.diagnostic(doing).into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("the disk is gone")]
    struct Outer(#[source] io::Error);

    impl IntoDiagnostic for Outer {}

    #[test]
    fn a_failure_says_what_could_not_be_done_and_every_reason_once() {
        let repeated = io::Error::other(Outer(io::Error::other("the reason is unknown")));
        let failed: Result<()> = Err(repeated).context("write the file");
        let [diagnostic] = &failed.unwrap_err().into_vec()[..] else {
            panic!("one message");
        };
        assert_eq!(diagnostic.summary, "Could not write the file");
        assert_eq!(diagnostic.detail, "the disk is gone: the reason is unknown");
    }
}
