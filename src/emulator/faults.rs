//! Faults on demand: which requests they meet, and what becomes of those.

mod answer;
mod fault;
mod injected;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::http::Method;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

pub use self::answer::Answer;
pub use self::fault::{Effect, Fault, InvalidFault, When};
pub use self::injected::Injected;

use self::injected::Progress;

/// The faults of an emulator.
pub(super) struct Faults {
    /// What a fault can meet: methods, and paths below the prefix.
    calls: Vec<(Method, &'static str)>,
    armed: Mutex<Vec<Armed>>,
    /// How many were injected so far.
    injected: AtomicU64,
    stop: CancellationToken,
}

#[derive(Clone)]
struct Armed {
    /// It grows in the order of injection.
    id: u64,
    fault: Fault,
    /// The requests that came as far as this fault.
    seen: u32,
    progress: Arc<Progress>,
}

impl Faults {
    /// `stop` ends all waiting.
    pub(super) fn new(calls: Vec<(Method, &'static str)>, stop: CancellationToken) -> Self {
        Self {
            calls,
            armed: Mutex::default(),
            injected: AtomicU64::new(0),
            stop,
        }
    }

    pub(super) fn inject(self: &Arc<Self>, fault: Fault) -> Result<Injected, InvalidFault> {
        fault.check(&self.calls)?;
        let progress = Arc::default();
        let mut armed = self.armed();
        let id = self.injected.fetch_add(1, Ordering::Relaxed) + 1;
        armed.push(Armed {
            id,
            fault,
            seen: 0,
            progress: Arc::clone(&progress),
        });
        Ok(Injected {
            id,
            progress,
            faults: Arc::clone(self),
        })
    }

    /// Id, hits and fault of each, those that have done all they had to do included.
    pub(super) fn list(&self) -> Vec<(u64, u32, Fault)> {
        let armed = self.armed();
        let listed = armed
            .iter()
            .map(|one| (one.id, one.progress.hits(), one.fault.clone()));
        listed.collect()
    }

    pub(super) fn clear(&self) {
        for armed in self.armed().drain(..) {
            armed.progress.clear();
        }
    }

    /// Ends the fault of this id. False when there is none.
    pub(super) fn remove(&self, id: u64) -> bool {
        let mut armed = self.armed();
        let removed = armed.extract_if(.., |armed| armed.id == id);
        removed.inspect(|armed| armed.progress.clear()).count() > 0
    }

    /// What the faults of this moment make of the request, once they have delayed it. `None`: the request goes on.
    pub(super) async fn next_for(&self, when: When, method: &str, path: &str) -> Option<Effect> {
        let mut last = 0;
        while let Some(hit) = self.next(last, when, method, path) {
            last = hit.id;
            let limit = match hit.fault.effect {
                Effect::Hang => Duration::MAX,
                Effect::Slow(time) => time,
                effect => return Some(effect),
            };
            tokio::select! {
                () = hit.progress.released(hit.seen - hit.fault.skip) => {}
                () = sleep(limit) => {}
                () = self.stop.cancelled() => return Some(Effect::Garbage(String::new())),
            }
        }
        None
    }

    /// The next fault that meets the request, after the one of id `last`.
    fn next(&self, last: u64, when: When, method: &str, path: &str) -> Option<Armed> {
        let mut armed = self.armed();
        let mut candidates = armed
            .iter_mut()
            .filter(|one| one.id > last && one.fault.meets(when, method, path));
        candidates.find_map(|one| {
            one.seen += 1;
            let number = one.seen.checked_sub(one.fault.skip)?;
            if number == 0 || one.fault.times.is_some_and(|times| number > times) {
                return None;
            }
            one.progress.hit(number);
            Some(one.clone())
        })
    }

    fn armed(&self) -> MutexGuard<'_, Vec<Armed>> {
        self.armed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
