//! What the operations of one process of the provider know of each other. Nothing here asks the server.

mod names;
mod names_in_walk;

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crate::appservices::KeyId;

use names_in_walk::NamesInWalk;

pub(super) use names::{Made, Names, unique};
pub(super) use names_in_walk::Validated;

/// What the operations of one run of Terraform know of each other.
#[derive(Debug, Default)]
pub(super) struct Run {
    pub(super) names: NamesInWalk,
    pub(super) open: OpenKeys,
    pub(super) import_warning: Once,
    pub(super) clock_warning: Once,
}

impl Run {
    /// A run that begins now.
    pub(super) fn begin(validated: Arc<Validated>) -> Self {
        Self {
            names: NamesInWalk::begin(validated),
            ..Self::default()
        }
    }
}

/// The ephemeral keys that this run holds open.
#[derive(Debug, Default)]
pub(super) struct OpenKeys(Mutex<HashSet<KeyId>>);

impl OpenKeys {
    pub(super) fn opened(&self, id: KeyId) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(id);
    }

    pub(super) fn closed(&self, id: &KeyId) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(id);
    }

    pub(super) fn contains(&self, id: &KeyId) -> bool {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .contains(id)
    }
}

/// Something that is told once.
#[derive(Debug, Default)]
pub(super) struct Once(AtomicBool);

impl Once {
    /// Whether it has not been told yet.
    pub(super) fn is_first(&self) -> bool {
        !self.0.swap(true, Ordering::Relaxed)
    }
}
