//! What is to be done with a rotating key: a pure function of what the last read found and what the configuration changes.

#[cfg(test)]
mod tests;

use std::ops::Not;

/// An answer that a plan may not have yet, because a value of the configuration is not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Answer {
    No,
    Maybe,
    Yes,
}

impl Not for Answer {
    type Output = Self;

    fn not(self) -> Self {
        match self {
            Self::No => Self::Yes,
            Self::Maybe => Self::Maybe,
            Self::Yes => Self::No,
        }
    }
}

/// The current key, as the last read found it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Current {
    Lives,
    /// It was deleted outside of Terraform.
    Gone,
    /// Its creation was never answered: the state has its full name, and no value.
    Unfinished,
}

/// The previous key, as the last read found it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Previous {
    None,
    Lives,
    /// No value of it was ever known: the creation of a new current key was never answered.
    Unfinished,
}

/// What the decision goes by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Facts {
    pub(super) current: Current,
    pub(super) previous: Previous,
    /// The last read found the current key past the `rotate_after` of the state.
    pub(super) rotation_due: bool,
    /// The last read found the previous key past the `overlap` of the state.
    pub(super) retirement_due: bool,
    pub(super) rotate_after_changes: Answer,
    pub(super) overlap_changes: Answer,
    /// Whether `keepers` or `recipients` ask for another value.
    pub(super) value_changes: Answer,
}

/// What is to be done; nothing on a quiet day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Decision {
    /// Make a new current key. The one that lives becomes the previous one.
    pub(super) rotate: Answer,
    /// Delete the previous key, before anything else.
    pub(super) retire: Answer,
}

impl Facts {
    /// What was found due holds for the time span of the state only: another one is looked at by the next read.
    pub(super) fn decide(self) -> Decision {
        let due = |is_due, changes: Answer| if is_due { !changes } else { Answer::No };
        let lives = self.current == Current::Lives;
        let rotate = if lives {
            due(self.rotation_due, self.rotate_after_changes).max(self.value_changes)
        } else {
            Answer::Yes
        };
        let makes_room = if lives { rotate } else { Answer::No };
        let retire = match self.previous {
            Previous::None => Answer::No,
            Previous::Lives => due(self.retirement_due, self.overlap_changes).max(makes_room),
            Previous::Unfinished => Answer::Yes,
        };
        Decision { rotate, retire }
    }
}
