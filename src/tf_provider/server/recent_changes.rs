//! Creates and updates that were answered a moment ago, in case the host did not live to write its state.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::super::context::Context;
use super::super::value::Object;

/// How long a host may live after an answer without having used it. Terraform prints that the creation is complete and
/// then writes the state; when its output has no reader (`terraform apply | head`), it dies in between. That took 4 to
/// 360 ms on a machine with fifteen busy processes for each core.
///
/// A state that was written all the same then names an object that is gone, which nothing has used yet, and the next apply
/// makes another. Without this, the object would be in no state.
const UNUSED_FOR: Duration = Duration::from_millis(500);
/// That, and how long it takes to be sure that a host is gone, and more.
const KEPT_FOR: Duration = Duration::from_secs(2);

/// The changes of the last [`KEPT_FOR`].
pub(super) struct RecentChanges<C>(Arc<Mutex<Vec<RecentChange<C>>>>);

/// An object that the host has just heard of.
pub(super) struct RecentChange<C> {
    at: Instant,
    pub(super) type_name: String,
    pub(super) cx: Context<C>,
    /// What an update began with, and what there is now.
    pub(super) change: (Option<Object>, Object),
}

impl<C: Send + 'static> RecentChanges<C> {
    /// Keeps in mind what is about to be answered, for a moment.
    pub(super) fn push(&self, type_name: String, cx: Context<C>, change: (Option<Object>, Object)) {
        let at = Instant::now();
        self.with(|changes| {
            changes.push(RecentChange {
                at,
                type_name,
                cx,
                change,
            });
        });
        let later = Self(self.0.clone());
        tokio::spawn(async move {
            sleep(KEPT_FOR).await;
            later.with(|changes| changes.retain(|change| change.at > at));
        });
    }

    /// What a host that vanished then had only just heard of.
    pub(super) fn take_unused(&self, vanished: Instant) -> Vec<RecentChange<C>> {
        let mut unused = self.with(std::mem::take);
        unused.retain(|change| change.at + UNUSED_FOR > vanished);
        unused
    }

    fn with<T>(&self, work: impl FnOnce(&mut Vec<RecentChange<C>>) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl<C> Default for RecentChanges<C> {
    fn default() -> Self {
        Self(Arc::default())
    }
}
