//! The handle of one fault, and what it shares with the requests that meet it.

use std::fmt;
use std::sync::Arc;

use tokio::sync::watch;

use super::Faults;

/// A fault at work. It stays when this handle is dropped.
pub struct Injected {
    pub(in crate::emulator) id: u64,
    pub(super) progress: Arc<Progress>,
    pub(super) faults: Arc<Faults>,
}

impl Injected {
    /// How many requests it has met.
    #[must_use]
    pub fn hits(&self) -> u32 {
        self.progress.hits()
    }

    /// Returns once it has met a request.
    pub async fn hit(&self) {
        self.hit_times(1).await;
    }

    /// Returns once it has met so many requests. A request that hangs is met from the start of its wait.
    pub async fn hit_times(&self, count: u32) {
        wait(&self.progress.hits, count).await;
    }

    /// Lets the requests that it delays now go on. It stays, and delays later ones.
    pub fn release(&self) {
        let hits = self.hits();
        let released = &self.progress.released;
        released.send_modify(|released| *released = hits.max(*released));
    }

    /// Ends this fault, and lets the requests that it delays go on.
    pub fn clear(&self) {
        self.faults.remove(self.id);
    }
}

impl fmt::Debug for Injected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Injected")
            .field("hits", &self.hits())
            .finish_non_exhaustive()
    }
}

/// How far a fault has come.
#[derive(Debug, Default)]
pub(super) struct Progress {
    hits: watch::Sender<u32>,
    /// The requests up to this one need not wait any more.
    released: watch::Sender<u32>,
}

impl Progress {
    pub(super) fn hits(&self) -> u32 {
        *self.hits.borrow()
    }

    pub(super) fn hit(&self, number: u32) {
        self.hits.send_replace(number);
    }

    /// Returns once the request that came as this `number` may go on.
    pub(super) async fn released(&self, number: u32) {
        wait(&self.released, number).await;
    }

    pub(super) fn clear(&self) {
        self.released.send_replace(u32::MAX);
    }
}

async fn wait(counter: &watch::Sender<u32>, least: u32) {
    // Cannot fail: the sender is alive as long as this borrows it.
    let _ = counter.subscribe().wait_for(|count| *count >= least).await;
}
