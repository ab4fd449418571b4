//! Faults on demand: which requests they meet, and what becomes of those.

mod answer;
mod fault;

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::http::Method;
use tokio::sync::watch;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

pub use self::answer::Answer;
pub use self::fault::{Effect, Fault, InvalidFault, When};

/// The faults of an emulator.
pub(super) struct Faults {
    /// What a fault can meet: methods, and paths below the prefix.
    calls: Vec<(Method, &'static str)>,
    armed: Mutex<Vec<Arc<Armed>>>,
    /// How many were injected so far.
    injected: AtomicU64,
    stop: CancellationToken,
}

/// A fault at work, and how far it has come.
pub(super) struct Armed {
    /// It grows in the order of injection.
    pub(super) id: u64,
    pub(super) fault: Fault,
    counts: watch::Sender<Counts>,
}

#[derive(Default)]
struct Counts {
    /// The requests that came as far as this fault.
    seen: u32,
    /// Those that it has met.
    hits: u32,
    /// Up to this one, those that it has met need not wait any more.
    released: u32,
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
        let mut armed = self.armed();
        let one = Arc::new(Armed {
            id: self.injected.fetch_add(1, Ordering::Relaxed) + 1,
            fault,
            counts: watch::Sender::default(),
        });
        armed.push(Arc::clone(&one));
        let faults = Arc::clone(self);
        Ok(Injected { armed: one, faults })
    }

    /// All of them, those that have done all they had to do included.
    pub(super) fn list(&self) -> Vec<Arc<Armed>> {
        self.armed().clone()
    }

    /// Ends the faults that are meant, and says how many there were.
    pub(super) fn end(&self, meant: impl Fn(&Armed) -> bool) -> usize {
        let mut armed = self.armed();
        let ended = armed.extract_if(.., |one| meant(one));
        ended.inspect(|one| one.release(u32::MAX)).count()
    }

    /// What the faults of this moment make of the request, once they have delayed it. `None`: the request goes on.
    pub(super) async fn next_for(&self, when: When, method: &str, path: &str) -> Option<Effect> {
        let mut last = 0;
        while let Some((armed, number)) = self.next(last, when, method, path) {
            last = armed.id;
            let limit = match &armed.fault.effect {
                Effect::Hang => Duration::MAX,
                Effect::Slow(time) => *time,
                effect => return Some(effect.clone()),
            };
            tokio::select! {
                () = armed.until(|counts| counts.released >= number) => {}
                () = sleep(limit) => {}
                () = self.stop.cancelled() => return Some(Effect::Garbage(String::new())),
            }
        }
        None
    }

    /// The next fault that meets the request, after the one of id `last`, and the how many-th it meets.
    fn next(&self, last: u64, when: When, method: &str, path: &str) -> Option<(Arc<Armed>, u32)> {
        let armed = self.armed();
        let mut candidates = armed
            .iter()
            .filter(|one| one.id > last && one.fault.meets(when, method, path));
        candidates.find_map(|one| Some((Arc::clone(one), one.count()?)))
    }

    fn armed(&self) -> MutexGuard<'_, Vec<Arc<Armed>>> {
        self.armed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Armed {
    pub(super) fn hits(&self) -> u32 {
        self.counts.borrow().hits
    }

    /// Counts a request: the how many-th it is, if this fault meets it.
    fn count(&self) -> Option<u32> {
        let mut number = None;
        self.counts.send_modify(|counts| {
            counts.seen += 1;
            let times = self.fault.times.unwrap_or(u32::MAX);
            let own = counts.seen.checked_sub(self.fault.skip);
            number = own.filter(|own| (1..=times).contains(own));
            counts.hits = number.unwrap_or(counts.hits);
        });
        number
    }

    fn release(&self, number: u32) {
        self.counts.send_modify(|counts| counts.released = number);
    }

    async fn until(&self, reached: impl Fn(&Counts) -> bool) {
        // Cannot fail: the sender is alive as long as this borrows it.
        let _ = self.counts.subscribe().wait_for(reached).await;
    }
}

/// A fault at work. It stays when this handle is dropped.
pub struct Injected {
    pub(super) armed: Arc<Armed>,
    faults: Arc<Faults>,
}

impl Injected {
    /// How many requests it has met.
    #[must_use]
    pub fn hits(&self) -> u32 {
        self.armed.hits()
    }

    /// Returns once it has met a request.
    pub async fn hit(&self) {
        self.hit_times(1).await;
    }

    /// Returns once it has met so many requests. A request that hangs is met from the start of its wait.
    pub async fn hit_times(&self, count: u32) {
        self.armed.until(|counts| counts.hits >= count).await;
    }

    /// Lets the requests that it delays now go on. It stays, and delays later ones.
    pub fn release(&self) {
        self.armed.release(self.hits());
    }

    /// Ends this fault, and lets the requests that it delays go on.
    pub fn clear(&self) {
        self.faults.end(|one| one.id == self.armed.id);
    }
}

impl fmt::Debug for Injected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Injected")
            .field("hits", &self.hits())
            .finish_non_exhaustive()
    }
}
