//! A key to be made, and why there may be none.

use tokio::time::Instant;

use crate::appservices::Client;
use crate::tf_provider::{Diagnostic, Result};

use super::super::deletion::RandomName;
use super::super::state::State;

/// A key to be made.
#[derive(Debug)]
pub(in super::super) struct Creation<'a> {
    pub(in super::super) client: &'a Client,
    pub(in super::super) name: &'a NewName,
    pub(in super::super) replace_existing: bool,
    /// When the operation's time is up.
    pub(in super::super) deadline: Instant,
    /// Whether the key is a resource's, which can be imported and can set `replace_existing`.
    pub(in super::super) is_resource: bool,
}

/// The name of a key to be made.
#[derive(Clone, Debug)]
pub(in super::super) enum NewName {
    /// As it is configured. Other runs may use it.
    Fixed(String),
    Random(RandomName),
}

/// Why there is no new key.
#[derive(Debug)]
pub(in super::super) enum NotCreated {
    /// Nothing enters the state.
    Failed(Diagnostic),
    /// The state keeps the random name: what has it is this create's, and no list has shown it yet.
    Unfinished(Diagnostic),
}

impl NewName {
    /// The name that a plan asks for.
    ///
    /// # Errors
    ///
    /// A plan without one.
    pub(in super::super) fn planned(plan: &State) -> Result<Self> {
        match (&plan.name, &plan.name_prefix) {
            (_, Some(prefix)) => Ok(Self::Random(RandomName::new(prefix))),
            (name, None) => name.known().cloned().map(Self::Fixed).ok_or_else(|| {
                let detail = "The plan holds neither a name nor a prefix.";
                Diagnostic::bug("No name", detail).into()
            }),
        }
    }

    pub(in super::super) fn as_str(&self) -> &str {
        match self {
            Self::Fixed(name) => name,
            Self::Random(name) => name.as_str(),
        }
    }
}

impl From<Diagnostic> for NotCreated {
    fn from(diagnostic: Diagnostic) -> Self {
        Self::Failed(diagnostic)
    }
}
