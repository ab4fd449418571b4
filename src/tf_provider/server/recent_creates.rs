//! Creates that were answered a moment ago, in case the host did not live to write its state.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::super::context::Context;
use super::super::value::Object;

/// How long a host may live after an answer without having used it. Terraform prints that the creation is complete and
/// then writes the state; when its output has no reader (`terraform apply | head`), it dies in between.
///
/// A state that was written all the same then names an object that is gone, which nothing has used yet, and the next apply
/// makes another. Without this, the object would be in no state.
const UNUSED_FOR: Duration = Duration::from_millis(100);
/// How long it takes to be sure that a host is gone, and more.
const KEPT_FOR: Duration = Duration::from_secs(1);

/// The creates of the last second.
pub(super) struct RecentCreates<C>(Arc<Mutex<Vec<RecentCreate<C>>>>);

/// An object that the host has just heard of.
pub(super) struct RecentCreate<C> {
    at: Instant,
    pub(super) type_name: String,
    pub(super) cx: Context<C>,
    pub(super) made: Object,
}

impl<C: Send + 'static> RecentCreates<C> {
    /// Keeps in mind what is about to be answered, for a moment.
    pub(super) fn push(&self, type_name: String, cx: Context<C>, made: Object) {
        let at = Instant::now();
        self.with(|creates| {
            creates.push(RecentCreate {
                at,
                type_name,
                cx,
                made,
            });
        });
        let later = Self(self.0.clone());
        tokio::spawn(async move {
            sleep(KEPT_FOR).await;
            later.with(|creates| creates.retain(|create| create.at > at));
        });
    }

    /// What a host that vanished then had only just heard of.
    pub(super) fn take_unused(&self, vanished: Instant) -> Vec<RecentCreate<C>> {
        let mut unused = self.with(std::mem::take);
        unused.retain(|create| create.at + UNUSED_FOR > vanished);
        unused
    }

    fn with<T>(&self, work: impl FnOnce(&mut Vec<RecentCreate<C>>) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl<C> Default for RecentCreates<C> {
    fn default() -> Self {
        Self(Arc::default())
    }
}
