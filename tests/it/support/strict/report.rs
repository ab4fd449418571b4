//! What was found wrong with an answer.

use std::fmt;

use super::rules::Rule;

/// One rule that an answer breaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Violation {
    pub(crate) rule: Rule,
    /// Which part of the answer, with the path inside.
    pub(crate) place: String,
    pub(crate) what: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { rule, place, what } = self;
        write!(
            f,
            "{rule:?} at {place}: {what}\n  {} ({})",
            rule.says(),
            rule.source()
        )
    }
}

/// All that was found so far.
#[derive(Debug, Default)]
pub(crate) struct Report(pub(crate) Vec<Violation>);

impl Report {
    pub(super) fn add(&mut self, rule: Rule, place: &str, what: impl Into<String>) {
        self.0.push(Violation {
            rule,
            place: place.to_owned(),
            what: what.into(),
        });
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }
}
