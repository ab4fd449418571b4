//! The places for connections, and which connection gives up its own for a new one.

use std::collections::BTreeMap;
use std::future::pending;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

/// So many connections may be open.
const MOST: usize = 512;

/// How long a connection is left alone when it is new or was just answered: its request or its answer may be on the way.
const GRACE: Duration = Duration::from_millis(20);

/// How often a place is looked for while there is none.
const PAUSE: Duration = Duration::from_millis(5);

/// All places.
#[derive(Clone, Default)]
pub(super) struct Places(Arc<Mutex<Taken>>);

#[derive(Default)]
struct Taken {
    last: u64,
    /// Connections that wait for a request. First comes the one that has been longest without a whole one.
    waiting: BTreeMap<u64, (Instant, CancellationToken)>,
    /// How many have a whole request and no answer yet.
    answering: usize,
}

impl Taken {
    fn wait(&mut self, eviction: &CancellationToken) -> u64 {
        self.last += 1;
        let waits = (Instant::now(), eviction.clone());
        self.waiting.insert(self.last, waits);
        self.last
    }

    /// Ends a connection if that takes one to have a place. False while none may end.
    fn make_room(&mut self) -> bool {
        if self.waiting.len() + self.answering < MOST {
            return true;
        }
        let oldest = self.waiting.first_entry();
        let oldest = oldest.filter(|oldest| oldest.get().0.elapsed() >= GRACE);
        oldest.map(|oldest| oldest.remove().1.cancel()).is_some()
    }
}

impl Places {
    /// A place for one more connection. If there is none, the connection that has been longest without a whole request
    /// ends for it; while all are being answered, this waits.
    pub(super) async fn take(&self) -> Place {
        while !self.taken().make_room() {
            sleep(PAUSE).await;
        }
        let eviction = CancellationToken::new();
        let number = self.taken().wait(&eviction);
        Place(Arc::new(Held {
            number: AtomicU64::new(number),
            eviction,
            places: self.clone(),
        }))
    }

    /// Whether any connection waits for a request.
    pub(super) fn any_waits(&self) -> bool {
        !self.taken().waiting.is_empty()
    }

    fn taken(&self) -> MutexGuard<'_, Taken> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
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
    }
}

/// A connection that is being answered.
pub(super) struct Answering(Place);

impl Drop for Answering {
    fn drop(&mut self) {
        let held = &*self.0.0;
        let mut taken = held.places.taken();
        taken.answering -= 1;
        let number = taken.wait(&held.eviction);
        held.number.store(number, Ordering::SeqCst);
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::timeout;

    use super::*;

    async fn take(places: &Places) -> Option<Place> {
        timeout(Duration::from_secs(1), places.take()).await.ok()
    }

    async fn answer(place: &Place) -> Option<Answering> {
        let answering = place.clone().answer();
        timeout(Duration::from_secs(1), answering).await.ok()
    }

    /// Takes all places.
    async fn all(places: &Places) -> Vec<Place> {
        let mut all = Vec::new();
        while all.len() < MOST {
            all.push(take(places).await.unwrap());
        }
        all
    }

    #[tokio::test(start_paused = true)]
    async fn the_longest_without_a_whole_request_ends_and_none_that_is_answered() {
        let places = Places::default();
        let all = all(&places).await;
        let answering = answer(&all[0]).await.unwrap();
        drop(answer(&all[1]).await.unwrap());
        let began = Instant::now();
        let more = (take(&places).await.unwrap(), take(&places).await.unwrap());
        assert_eq!(began.elapsed().as_millis().div_ceil(GRACE.as_millis()), 1);
        let gone = (0..MOST).filter(|number| all[*number].0.eviction.is_cancelled());
        assert_eq!(gone.collect::<Vec<_>>(), [2, 3]);
        // A request that comes too late is not answered.
        assert!(answer(&all[2]).await.is_none());
        drop((more, answering));
        assert!(take(&places).await.is_some());
        for number in [0, 1, 4] {
            assert!(!all[number].0.eviction.is_cancelled(), "{number}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_place_is_waited_for_while_all_are_answered() {
        let places = Places::default();
        let mut answering = Vec::new();
        for place in all(&places).await {
            answering.push(answer(&place).await.unwrap());
        }
        assert!(take(&places).await.is_none() && !places.any_waits());
        // The answer leaves a connection whose client may stay.
        let place = answering.pop().unwrap().0.clone();
        assert!(take(&places).await.is_some());
        assert!(place.0.eviction.is_cancelled());
        drop((place, answering));
        let taken = places.taken();
        assert_eq!((taken.waiting.len(), taken.answering), (0, 0));
    }
}
