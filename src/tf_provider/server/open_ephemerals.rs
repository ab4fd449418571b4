//! Ephemeral resources that were opened and not closed yet.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// What is open in this process, for the case that the host never closes it.
pub(super) struct OpenEphemerals<C>(Mutex<Vec<OpenEphemeral<C>>>);

/// What was opened and has to be closed, with what closing takes.
pub(super) struct OpenEphemeral<C> {
    pub(super) type_name: String,
    pub(super) client: C,
    pub(super) private: Vec<u8>,
}

impl<C> OpenEphemerals<C> {
    pub(super) fn push(&self, opened: OpenEphemeral<C>) {
        self.lock().push(opened);
    }

    /// It was closed.
    pub(super) fn remove(&self, type_name: &str, private: &[u8]) {
        let mut open = self.lock();
        let place = open
            .iter()
            .position(|open| open.type_name == type_name && open.private == private);
        if let Some(place) = place {
            open.swap_remove(place);
        }
    }

    pub(super) fn take(&self) -> Vec<OpenEphemeral<C>> {
        std::mem::take(&mut self.lock())
    }

    fn lock(&self) -> MutexGuard<'_, Vec<OpenEphemeral<C>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<C> Default for OpenEphemerals<C> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}
