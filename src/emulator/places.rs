//! The places for connections, and which connection gives up its own for a new one.

use std::collections::HashMap;
use std::future::pending;
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
    connections: HashMap<u64, Connection>,
}

struct Connection {
    /// Since when it waits for a whole request; `None` while it is answered.
    waits: Option<Instant>,
    eviction: CancellationToken,
}

impl Taken {
    /// Ends the connection that has been longest without a whole request if that takes one to have a place. False while
    /// none may end.
    fn evict_oldest(&mut self) -> bool {
        if self.connections.len() < MOST {
            return true;
        }
        let connections = self.connections.iter();
        let waiting = connections.filter_map(|(number, one)| Some((one.waits?, *number)));
        let oldest = waiting.min().filter(|(since, _)| since.elapsed() >= GRACE);
        let ended = oldest.and_then(|(_, number)| self.connections.remove(&number));
        ended.map(|ended| ended.eviction.cancel()).is_some()
    }
}

impl Places {
    /// A place for one more connection. If there is none, the connection that has been longest without a whole request
    /// ends for it; while all are being answered, this waits.
    pub(super) async fn take(&self) -> Place {
        while !self.taken().evict_oldest() {
            sleep(PAUSE).await;
        }
        let eviction = CancellationToken::new();
        let mut taken = self.taken();
        taken.last += 1;
        let number = taken.last;
        let connection = Connection {
            waits: Some(Instant::now()),
            eviction: eviction.clone(),
        };
        taken.connections.insert(number, connection);
        Place(Arc::new(ConnectionGuard {
            number,
            eviction,
            places: self.clone(),
        }))
    }

    fn taken(&self) -> MutexGuard<'_, Taken> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The place of one connection. It is free again once this is dropped.
#[derive(Clone)]
pub(super) struct Place(Arc<ConnectionGuard>);

struct ConnectionGuard {
    number: u64,
    eviction: CancellationToken,
    places: Places,
}

impl Place {
    /// Tells that a whole request has come. No connection ends for another until the answer, when this is dropped.
    pub(super) async fn answer(self) -> Answering {
        if !self.0.set_waits(None) {
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

impl ConnectionGuard {
    /// False when the connection has lost its place.
    fn set_waits(&self, waits: Option<Instant>) -> bool {
        let mut taken = self.places.taken();
        let connection = taken.connections.get_mut(&self.number);
        connection.map(|one| one.waits = waits).is_some()
    }
}

impl Drop for ConnectionGuard {
    fn drop(&mut self) {
        self.places.taken().connections.remove(&self.number);
    }
}

/// A connection that is being answered.
pub(super) struct Answering(Place);

impl Drop for Answering {
    fn drop(&mut self) {
        self.0.0.set_waits(Some(Instant::now()));
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::{advance, timeout};

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
        advance(Duration::from_millis(1)).await;
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
        assert!(take(&places).await.is_none());
        // The answer leaves a connection whose client may stay.
        let place = answering.pop().unwrap().0.clone();
        assert!(take(&places).await.is_some());
        assert!(place.0.eviction.is_cancelled());
        drop((place, answering));
        assert!(places.taken().connections.is_empty());
    }
}
