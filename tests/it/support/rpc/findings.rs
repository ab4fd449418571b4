//! Diagnostics as a practitioner reads them, held against what core demands of one.

use std::fmt;

use crate::support::proto::tfplugin6::attribute_path::step::Selector;
use crate::support::proto::tfplugin6::diagnostic::Severity;
use crate::support::proto::tfplugin6::{AttributePath, Diagnostic};

/// What a practitioner is told.
#[derive(Debug)]
pub(crate) struct Finding {
    pub(crate) severity: Severity,
    /// As a practitioner writes it; empty for the block as a whole.
    pub(crate) path: String,
    pub(crate) summary: String,
    pub(crate) detail: String,
}

impl Finding {
    pub(crate) fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }

    /// Fails the test unless it points there.
    pub(crate) fn is_at(&self, path: &str) {
        assert_eq!(self.path, path, "the place of:\n{self}");
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:?} at `{}`: {}\n{}",
            self.severity, self.path, self.summary, self.detail
        )
    }
}

/// Everything a call had to say.
#[derive(Debug)]
pub(crate) struct Findings(pub(crate) Vec<Finding>);

impl Findings {
    /// Holds every finding against what core demands of one.
    pub(crate) fn of(diagnostics: Vec<Diagnostic>) -> Self {
        Self(diagnostics.into_iter().map(finding).collect())
    }

    pub(crate) fn has_error(&self) -> bool {
        self.0.iter().any(Finding::is_error)
    }

    /// Fails the test if there is an error.
    pub(crate) fn fine(&self) -> &Self {
        assert!(!self.has_error(), "no error, but:\n{self}");
        self
    }

    /// The one error there is. It speaks of every phrase.
    pub(crate) fn one_error(&self, phrases: &[&str]) -> &Finding {
        let errors = self
            .0
            .iter()
            .filter(|finding| finding.is_error())
            .collect::<Vec<_>>();
        let [error] = errors[..] else {
            panic!("one error, but:\n{self}")
        };
        let text = error.to_string().to_lowercase();
        for phrase in phrases {
            assert!(
                text.contains(&phrase.to_lowercase()),
                "{phrase:?} is not in:\n{error}"
            );
        }
        error
    }
}

impl fmt::Display for Findings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0
            .iter()
            .try_for_each(|finding| writeln!(f, "{finding}"))
    }
}

fn finding(diagnostic: Diagnostic) -> Finding {
    let severity = diagnostic.severity();
    assert_ne!(
        severity,
        Severity::Invalid,
        "a run goes on after severity 0: {diagnostic:?}"
    );
    assert!(
        !diagnostic.summary.is_empty() && !diagnostic.summary.contains('\n'),
        "one line: {diagnostic:?}"
    );
    let path = match &diagnostic.attribute {
        None => String::new(),
        Some(path) if path.steps.is_empty() => panic!("unset, not empty: {diagnostic:?}"),
        Some(path) => place(path),
    };
    Finding {
        severity,
        path,
        summary: diagnostic.summary,
        detail: diagnostic.detail,
    }
}

/// A path as a practitioner writes it.
pub(crate) fn place(path: &AttributePath) -> String {
    path.steps
        .iter()
        .fold(String::new(), |place, step| match &step.selector {
            Some(Selector::AttributeName(name)) if place.is_empty() => name.clone(),
            Some(Selector::AttributeName(name)) => format!("{place}.{name}"),
            Some(Selector::ElementKeyString(key)) => format!("{place}[{key:?}]"),
            Some(Selector::ElementKeyInt(index)) => format!("{place}[{index}]"),
            None => panic!("a step without a selector: {path:?}"),
        })
}
