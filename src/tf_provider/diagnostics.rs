use std::collections::HashSet;
use std::ops::Range;

use super::path::Path;

/// The outcome of everything that can fail in front of a practitioner.
///
/// Warnings travel apart, through [`Context::warn`](super::Context::warn), because they change no control flow.
pub type Result<T, E = Diagnostics> = std::result::Result<T, E>;

/// One message for the person who runs Terraform.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    pub(crate) severity: Severity,
    pub(crate) summary: String,
    pub(crate) detail: String,
    pub(crate) path: Path,
    pub(crate) cause: Option<SharedCause>,
}

/// What several operations of one run may fail of, such as a server that is down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SharedCause {
    key: String,
    brief: String,
    /// Where the detail tells it in full.
    cause_range: Range<usize>,
}

/// Whether a message stops the operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    /// The operation failed.
    Error,
    /// The operation went on; the practitioner should still know.
    Warning,
}

impl Diagnostic {
    /// A failure. The summary is one short line: what could not be done.
    #[must_use]
    pub fn error(summary: impl Into<String>) -> Self {
        Self::new(Severity::Error, summary.into())
    }

    /// Something worth knowing that stopped nothing.
    #[must_use]
    pub fn warning(summary: impl Into<String>) -> Self {
        Self::new(Severity::Warning, summary.into())
    }

    /// Why it happened and what to do next, in paragraphs. Terraform wraps them, except lines that begin with a space.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = detail.into();
        self.cause = None;
        self
    }

    /// One more paragraph at the end of the detail.
    #[must_use]
    pub fn and_detail(mut self, paragraph: &str) -> Self {
        self.detail = format!("{}\n\n{paragraph}", self.detail);
        self
    }

    /// Makes the detail, as far as it goes by now, the telling of something that other operations may fail of as well. Of
    /// all messages with this `key` only the first of a run has it; the others say `brief` in its place.
    #[must_use]
    pub fn of_shared_cause(mut self, key: impl Into<String>, brief: impl Into<String>) -> Self {
        self.cause = Some(SharedCause {
            key: key.into(),
            brief: brief.into(),
            cause_range: 0..self.detail.len(),
        });
        self
    }

    /// One more paragraph, which only the first message with this `key` of a run has; the others say `brief` in its place.
    #[must_use]
    pub fn and_detail_once(
        mut self,
        key: impl Into<String>,
        paragraph: &str,
        brief: impl Into<String>,
    ) -> Self {
        self = self.and_detail(paragraph);
        let end = self.detail.len();
        self.cause = Some(SharedCause {
            key: key.into(),
            brief: brief.into(),
            cause_range: end - paragraph.len()..end,
        });
        self
    }

    /// The attribute it belongs to; Terraform then shows that line of the configuration.
    #[must_use]
    pub fn at(mut self, path: impl Into<Path>) -> Self {
        self.path = path.into();
        self
    }

    /// A mistake in the provider itself, which no configuration can mend.
    #[must_use]
    pub fn bug(summary: impl Into<String>, detail: impl std::fmt::Display) -> Self {
        Self::error(summary).detail(format!(
            "{detail}\n\nThis is a bug in the provider. Please report it with the steps that led here."
        ))
    }

    fn new(severity: Severity, summary: String) -> Self {
        Self {
            severity,
            summary,
            detail: String::new(),
            path: Path::root(),
            cause: None,
        }
    }
}

/// Why an operation failed: one error or more, never none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostics(Vec<Diagnostic>);

impl Diagnostics {
    /// A failure by these messages. Warnings alone would stop nothing, so with no error among them one is added.
    fn new(mut messages: Vec<Diagnostic>) -> Self {
        let is_error = |message: &Diagnostic| message.severity == Severity::Error;
        if !messages.iter().any(is_error) {
            let detail =
                "The provider failed without an error of its own; its warnings say what it met.";
            messages.push(Diagnostic::bug("The operation failed", detail));
        }
        Self(messages)
    }

    /// `Ok` when nothing was collected, the failure otherwise.
    ///
    /// # Errors
    ///
    /// The collected messages, if there are any.
    pub fn check(collected: Vec<Diagnostic>) -> Result<()> {
        if collected.is_empty() {
            Ok(())
        } else {
            Err(Self::new(collected))
        }
    }

    /// `Ok` when all of them are, all their messages otherwise.
    ///
    /// # Errors
    ///
    /// The messages of every check that failed.
    pub fn all(checks: impl IntoIterator<Item = Result<()>>) -> Result<()> {
        let failed = checks.into_iter().filter_map(Result::err);
        Self::check(failed.flat_map(Self::into_vec).collect())
    }

    /// The failure, and another one beside it.
    #[must_use]
    pub(crate) fn and(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }

    /// The failure of a change that left something behind.
    #[must_use]
    pub fn leaving<M>(self, left: M) -> Partial<M> {
        Partial {
            diagnostics: self,
            left: Some(left),
        }
    }

    /// The messages.
    #[must_use]
    pub fn into_vec(self) -> Vec<Diagnostic> {
        self.0
    }
}

/// The causes that were told in full already.
#[derive(Debug, Default)]
pub(crate) struct ShownCauses(HashSet<String>);

impl ShownCauses {
    /// Shortens what was told before, and remembers the rest.
    pub(crate) fn shorten(&mut self, mut diagnostics: Diagnostics) -> Diagnostics {
        self.shorten_all(&mut diagnostics.0);
        diagnostics
    }

    /// The same for warnings.
    pub(crate) fn shorten_all(&mut self, diagnostics: &mut [Diagnostic]) {
        for diagnostic in diagnostics {
            let Some(cause) = &diagnostic.cause else {
                continue;
            };
            if !self.0.insert(cause.key.clone()) {
                diagnostic
                    .detail
                    .replace_range(cause.cause_range.clone(), &cause.brief);
            }
        }
    }
}

impl From<Diagnostic> for Diagnostics {
    fn from(diagnostic: Diagnostic) -> Self {
        Self::new(vec![diagnostic])
    }
}

/// A failed change, and what it left behind.
///
/// What a failed create leaves is kept in the state as tainted; what a failed update leaves is kept as it stands. With
/// nothing left, a failed create leaves no state and a failed update leaves the prior one.
#[derive(Debug)]
pub struct Partial<M> {
    pub(crate) diagnostics: Diagnostics,
    pub(crate) left: Option<M>,
}

impl<M> Partial<M> {
    /// The same failure, where what was left behind is part of something larger.
    #[must_use]
    pub fn map<N>(self, with: impl FnOnce(M) -> N) -> Partial<N> {
        Partial {
            diagnostics: self.diagnostics,
            left: self.left.map(with),
        }
    }
}

impl<M> From<Diagnostics> for Partial<M> {
    fn from(diagnostics: Diagnostics) -> Self {
        Self {
            diagnostics,
            left: None,
        }
    }
}

impl<M> From<Diagnostic> for Partial<M> {
    fn from(diagnostic: Diagnostic) -> Self {
        Diagnostics::from(diagnostic).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_holds_an_error_whatever_it_was_made_of() {
        let warning = || Diagnostic::warning("Slow");
        let collected = Diagnostics::check(vec![warning(), warning()]).unwrap_err();
        for (failure, length) in [(warning().into(), 2), (collected, 3)] {
            let messages = failure.into_vec();
            assert_eq!(messages.len(), length);
            let last = messages.last().expect("a message");
            assert_eq!(last.severity, Severity::Error);
            assert_eq!(last.summary, "The operation failed");
        }
        assert_eq!(Diagnostics::check(Vec::new()), Ok(()));
        let error = Diagnostics::from(Diagnostic::error("Broken"));
        assert_eq!(error.into_vec().len(), 1);
    }

    #[test]
    fn one_cause_is_shown_in_full_once_and_what_an_operation_adds_always() {
        let failed = |doing: &str, server: &str| {
            Diagnostic::error(format!("Could not {doing}"))
                .detail(format!("{server} is down. Start it."))
                .of_shared_cause(server, format!("{server} is down, as told above."))
                .and_detail(&format!("So nothing could {doing}."))
        };
        let mut causes = ShownCauses::default();
        let mut details = |diagnostic: Diagnostic| {
            let shortened = causes.shorten(diagnostic.into()).into_vec();
            shortened.into_iter().next().unwrap().detail
        };
        assert_eq!(
            details(failed("read", "a")),
            "a is down. Start it.\n\nSo nothing could read."
        );
        assert_eq!(
            details(failed("write", "a")),
            "a is down, as told above.\n\nSo nothing could write."
        );
        assert_eq!(
            details(failed("read", "b")),
            "b is down. Start it.\n\nSo nothing could read."
        );
        assert_eq!(details(Diagnostic::error("x").detail("plain")), "plain");
        assert_eq!(details(failed("read", "a").detail("other")), "other");
        for advice in ["Start c.", "See above."] {
            let failed = Diagnostic::error("x").detail("Broken.");
            let failed = failed.and_detail_once("c", "Start c.", "See above.");
            let expected = format!("Broken.\n\n{advice}\n\nMore.");
            assert_eq!(details(failed.and_detail("More.")), expected);
        }
    }
}
