//! The places for connections, and which connection gives up its own for a new one.

use std::collections::BTreeMap;
use std::future::pending;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

/// So many connections may be open.
const MOST: usize = 512;

/// All places.
#[derive(Clone, Default)]
pub(super) struct Places(Arc<Shared>);

#[derive(Default)]
struct Shared {
    taken: Mutex<Taken>,
    /// Told when a place can be had.
    changed: Notify,
}

#[derive(Default)]
struct Taken {
    last: u64,
    /// Connections that wait for a request. First comes the one that has been longest without a whole one.
    waiting: BTreeMap<u64, CancellationToken>,
    /// How many have a whole request and no answer yet.
    answering: usize,
}

impl Taken {
    fn wait(&mut self, eviction: CancellationToken) -> u64 {
        self.last += 1;
        self.waiting.insert(self.last, eviction);
        self.last
    }
}

impl Places {
    /// A place for one more connection. If there is none, the connection that has been longest without a whole request
    /// ends for it; while all are being answered, this waits.
    pub(super) async fn take(&self) -> Place {
        while !self.make_room() {
            self.0.changed.notified().await;
        }
        let eviction = CancellationToken::new();
        let number = self.taken().wait(eviction.clone());
        Place(Arc::new(Held {
            number: AtomicU64::new(number),
            eviction,
            places: self.clone(),
        }))
    }

    fn make_room(&self) -> bool {
        let mut taken = self.taken();
        if taken.waiting.len() + taken.answering < MOST {
            return true;
        }
        let oldest = taken.waiting.pop_first();
        oldest.is_some_and(|(_, oldest)| {
            oldest.cancel();
            true
        })
    }

    /// Whether any connection waits for a request.
    pub(super) fn any_waits(&self) -> bool {
        !self.taken().waiting.is_empty()
    }

    fn taken(&self) -> MutexGuard<'_, Taken> {
        let taken = self.0.taken.lock();
        taken.unwrap_or_else(PoisonError::into_inner)
    }
}

/// The place of one connection. It is free again once this is dropped.
#[derive(Clone)]
pub(super) struct Place(Arc<Held>);

struct Held {
    /// Under which the connection waits.
    number: AtomicU64,
    eviction: CancellationToken,
    places: Places,
}

impl Place {
    /// Tells that a whole request has come. No connection ends for another until the answer, when this is dropped.
    pub(super) async fn answer(self) -> Answering {
        let number = self.0.number.load(Ordering::SeqCst);
        let waited = {
            let mut taken = self.0.places.taken();
            let waited = taken.waiting.remove(&number).is_some();
            taken.answering += usize::from(waited);
            waited
        };
        if !waited {
            // It is ending for another one, so nothing comes of the request.
            pending::<()>().await;
        }
        Answering(self)
    }

    /// Returns when the connection has to end for another.
    pub(super) async fn evicted(&self) {
        self.0.eviction.cancelled().await;
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let number = self.number.load(Ordering::SeqCst);
        self.places.taken().waiting.remove(&number);
        self.places.0.changed.notify_one();
    }
}

/// A connection that is being answered.
pub(super) struct Answering(Place);

impl Drop for Answering {
    fn drop(&mut self) {
        let Held {
            number,
            eviction,
            places,
        } = &*self.0.0;
        let mut taken = places.taken();
        taken.answering -= 1;
        number.store(taken.wait(eviction.clone()), Ordering::SeqCst);
        places.0.changed.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    fn take(places: &Places) -> Option<Place> {
        places.take().now_or_never()
    }

    #[test]
    fn the_longest_without_a_whole_request_ends_and_none_that_is_answered() {
        let places = Places::default();
        let all: Vec<_> = (0..MOST).map(|_| take(&places).unwrap()).collect();
        let evicted = |number: usize| all[number].0.eviction.is_cancelled();
        let answering = all[0].clone().answer().now_or_never().unwrap();
        drop(all[1].clone().answer().now_or_never().unwrap());
        let more: Vec<_> = (0..2).map(|_| take(&places).unwrap()).collect();
        let gone = (0..MOST).filter(|number| evicted(*number));
        assert_eq!(gone.collect::<Vec<_>>(), [2, 3]);
        // A request that comes too late is not answered.
        assert!(all[2].clone().answer().now_or_never().is_none());
        drop(more);
        drop(answering);
        assert!(take(&places).is_some());
        assert!(!evicted(0) && !evicted(1) && !evicted(4));
    }

    #[test]
    fn a_place_is_waited_for_while_all_are_answered() {
        let places = Places::default();
        let all = (0..MOST).map(|_| take(&places).unwrap());
        let all = all.map(|place| place.answer().now_or_never().unwrap());
        let mut all: Vec<_> = all.collect();
        assert!(take(&places).is_none() && !places.any_waits());
        // The answer leaves a connection that waits, whose client may go or may not.
        let place = all.pop().unwrap().0.clone();
        assert!(take(&places).is_some());
        assert!(place.0.eviction.is_cancelled());
        drop((place, all));
        let taken = places.taken();
        assert_eq!((taken.waiting.len(), taken.answering), (0, 0));
    }
}
