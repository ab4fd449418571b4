//! Faults on demand: which requests it meets, and what becomes of them.

mod answer;
mod fault;
mod injected;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::response::Response;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

pub use self::answer::Answer;
pub use self::fault::{Effect, Fault, InvalidFault, When};
pub use self::injected::Injected;

use self::injected::Progress;

/// The faults of an emulator.
pub(super) struct Faults {
    armed: Mutex<Vec<Armed>>,
    /// How many were injected so far.
    injected: AtomicU64,
    stop: CancellationToken,
}

struct Armed {
    fault: Fault,
    /// Faults are told apart by it, and it grows in the order of injection.
    number: u64,
    /// The requests that came as far as this fault.
    seen: u32,
    progress: Arc<Progress>,
}

impl Faults {
    /// `stop` ends all waiting.
    pub(super) fn new(stop: CancellationToken) -> Self {
        Self {
            armed: Mutex::default(),
            injected: AtomicU64::new(0),
            stop,
        }
    }

    pub(super) fn inject(self: &Arc<Self>, fault: Fault) -> Result<Injected, InvalidFault> {
        let progress = Arc::default();
        self.arm(fault, Arc::clone(&progress))?;
        Ok(Injected::new(progress, Arc::downgrade(self)))
    }

    /// Injects a fault without a handle; its number is returned.
    pub(super) fn add(&self, fault: Fault) -> Result<u64, InvalidFault> {
        self.arm(fault, Arc::default())
    }

    fn arm(&self, fault: Fault, progress: Arc<Progress>) -> Result<u64, InvalidFault> {
        fault.check()?;
        let mut armed = self.armed();
        let number = self.injected.fetch_add(1, Ordering::Relaxed) + 1;
        armed.push(Armed {
            fault,
            number,
            seen: 0,
            progress,
        });
        Ok(number)
    }

    /// Number, hits and text of each, those that have done all they had to do included.
    pub(super) fn list(&self) -> Vec<(u64, u32, Fault)> {
        let armed = self.armed();
        let listed = armed
            .iter()
            .map(|one| (one.number, one.progress.hits(), one.fault.clone()));
        listed.collect()
    }

    pub(super) fn clear(&self) {
        for armed in self.armed().drain(..) {
            armed.progress.clear();
        }
    }

    /// Ends the fault of this number. False when there is none.
    pub(super) fn remove(&self, number: u64) -> bool {
        let mut armed = self.armed();
        let removed = armed.extract_if(.., |armed| armed.number == number);
        removed.inspect(|armed| armed.progress.clear()).count() > 0
    }

    fn end(&self, progress: &Arc<Progress>) {
        self.armed()
            .retain(|armed| !Arc::ptr_eq(&armed.progress, progress));
        progress.clear();
    }

    /// What the faults of this moment make of the request, once they have delayed it. `None`: the request goes on.
    pub(super) async fn next_for(
        &self,
        when: When,
        method: &str,
        path: &str,
    ) -> Option<FaultEffect> {
        let mut last = 0;
        while let Some(hit) = self.next(last, when, method, path) {
            last = hit.fault;
            let limit = match hit.effect {
                Effect::Answer(answer) => return Some(FaultEffect::Answer(answer.response())),
                Effect::Reset => return Some(FaultEffect::Reset),
                Effect::Truncate => return Some(FaultEffect::Truncate),
                Effect::Garbage(bytes) => return Some(FaultEffect::Garbage(bytes)),
                Effect::Hang => None,
                Effect::Slow(duration) => Some(duration),
            };
            let time_is_up = async {
                match limit {
                    Some(duration) => sleep(duration).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = hit.progress.released(hit.number) => {}
                () = time_is_up => {}
                () = self.stop.cancelled() => return Some(FaultEffect::Garbage(String::new())),
            }
        }
        None
    }

    /// The next fault that meets the request, after the one of number `last`.
    fn next(&self, last: u64, when: When, method: &str, path: &str) -> Option<Hit> {
        let mut armed = self.armed();
        let mut candidates = armed
            .iter_mut()
            .filter(|one| one.number > last && one.fault.meets(when, method, path));
        candidates.find_map(|one| {
            one.seen += 1;
            let number = one.seen.checked_sub(one.fault.skip)?;
            if number == 0 || one.fault.times.is_some_and(|times| number > times) {
                return None;
            }
            one.progress.hit(number);
            Some(Hit {
                fault: one.number,
                number,
                effect: one.fault.effect.clone(),
                progress: Arc::clone(&one.progress),
            })
        })
    }

    fn armed(&self) -> MutexGuard<'_, Vec<Armed>> {
        self.armed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a fault makes of a request that has to go no further.
pub(super) enum FaultEffect {
    Answer(Response),
    Reset,
    Truncate,
    Garbage(String),
}

/// A request met a fault, which had met `number - 1` before.
struct Hit {
    fault: u64,
    number: u32,
    effect: Effect,
    progress: Arc<Progress>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_makes_no_http_is_refused() {
        let faults = Arc::new(Faults::new(CancellationToken::new()));
        let refused = |path: &str, effect: Effect| {
            faults
                .inject(Fault::before("GET", path, effect))
                .unwrap_err()
        };
        let path = "/auth/profile";
        assert_eq!(
            refused("auth", Effect::Reset),
            InvalidFault::Path("auth".to_owned())
        );
        for status in [0, 100, 199, 600] {
            assert_eq!(
                refused(path, Answer::new(status).into()),
                InvalidFault::Status(status)
            );
        }
        for (name, value) in [("Retry After", "1"), ("Retry-After", "1\r\nX: 2")] {
            assert_eq!(
                refused(path, Answer::new(429).header(name, value).into()),
                InvalidFault::Header(name.to_owned())
            );
        }
    }
}
