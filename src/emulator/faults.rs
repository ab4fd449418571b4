//! Faults on demand: which requests they meet, and what becomes of those.

mod answer;
mod fault;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::http::Method;
use tokio::sync::watch;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

pub use self::answer::Answer;
pub use self::fault::{Fault, FaultEffect, When};

/// So many faults may be there.
const MOST: usize = 1000;

/// The faults of an emulator.
pub(super) struct Faults {
    /// What a fault can meet: methods, and paths below the prefix.
    calls: Vec<(Method, &'static str)>,
    at_work: Mutex<Vec<Injected>>,
    /// How many were injected so far.
    injected: AtomicU64,
    stop: CancellationToken,
}

impl Faults {
    /// `stop` ends all waiting.
    pub(super) fn new(calls: Vec<(Method, &'static str)>, stop: CancellationToken) -> Self {
        Self {
            calls,
            at_work: Mutex::default(),
            injected: AtomicU64::new(0),
            stop,
        }
    }

    /// Fails when no request can ever meet the fault, or its answer has no form in HTTP: with the member that is wrong.
    pub(super) fn inject(&self, fault: Fault) -> Result<Injected, String> {
        fault.check(&self.calls)?;
        let mut at_work = self.at_work();
        if at_work.len() >= MOST {
            return Err(format!("there are {MOST} faults already; delete some"));
        }
        let injected = Injected(Arc::new(AtWork {
            id: self.injected.fetch_add(1, Ordering::Relaxed) + 1,
            fault,
            counts: watch::Sender::default(),
        }));
        at_work.push(injected.clone());
        Ok(injected)
    }

    /// All of them, those that have done all they had to do included, in the order of injection.
    pub(super) fn list(&self) -> Vec<Injected> {
        self.at_work().clone()
    }

    /// What the faults of this moment make of the request, once they have delayed it. `None`: the request goes on.
    pub(super) async fn next_for(
        &self,
        when: When,
        method: &str,
        path: &str,
    ) -> Option<FaultEffect> {
        let mut last = 0;
        while let Some(met) = self.next(last, when, method, path) {
            last = met.id();
            let limit = match &met.fault().effect {
                FaultEffect::Hang => Duration::MAX,
                FaultEffect::Slow(time) => *time,
                effect => return Some(effect.clone()),
            };
            tokio::select! {
                () = met.until(|counts| counts.cleared) => {}
                () = sleep(limit) => {}
                () = self.stop.cancelled() => return Some(FaultEffect::Garbage(String::new())),
            }
        }
        None
    }

    /// The next fault that meets the request, after the one of id `last`.
    fn next(&self, last: u64, when: When, method: &str, path: &str) -> Option<Injected> {
        let mut candidates = self.list().into_iter();
        candidates.find(|one| {
            one.id() > last && one.fault().applies_to(when, method, path) && one.count()
        })
    }

    fn at_work(&self) -> MutexGuard<'_, Vec<Injected>> {
        let at_work = self.at_work.lock();
        let mut at_work = at_work.unwrap_or_else(PoisonError::into_inner);
        at_work.retain(|one| !one.0.counts.borrow().cleared);
        at_work
    }
}

/// A fault at work. It stays when this handle is dropped.
#[derive(Clone, Debug)]
pub struct Injected(Arc<AtWork>);

#[derive(Debug)]
struct AtWork {
    id: u64,
    fault: Fault,
    counts: watch::Sender<Counts>,
}

/// How far a fault has come.
#[derive(Debug, Default)]
struct Counts {
    /// The requests that it has let pass.
    passed: u32,
    /// Those that it has met.
    hits: u32,
    cleared: bool,
}

impl Injected {
    /// How many requests it has met.
    #[must_use]
    pub fn hits(&self) -> u32 {
        self.0.counts.borrow().hits
    }

    /// Returns once it has met so many requests. A request that hangs is met from the start of its wait.
    pub async fn hit_times(&self, count: u32) {
        self.until(|counts| counts.hits >= count).await;
    }

    /// Ends this fault, and lets the requests that it delays go on.
    pub fn clear(&self) {
        self.0.counts.send_modify(|counts| counts.cleared = true);
    }

    /// It grows in the order of injection.
    pub(super) fn id(&self) -> u64 {
        self.0.id
    }

    pub(super) fn fault(&self) -> &Fault {
        &self.0.fault
    }

    /// Counts a request, and tells whether this fault meets it.
    fn count(&self) -> bool {
        let Fault { skip, times, .. } = self.0.fault;
        let mut meets = false;
        self.0.counts.send_modify(|counts| {
            meets = counts.passed >= skip && times.is_none_or(|times| counts.hits < times);
            let count = if meets {
                &mut counts.hits
            } else {
                &mut counts.passed
            };
            *count = count.saturating_add(1);
        });
        meets
    }

    async fn until(&self, reached: impl Fn(&Counts) -> bool) {
        // Cannot fail: the sender is alive as long as this borrows it.
        let _ = self.0.counts.subscribe().wait_for(reached).await;
    }
}
