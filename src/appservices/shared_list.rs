use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::bounds::Bounds;
use super::single_flight::SingleFlight;
use super::{Error, UserApiKey};

/// How long a list serves after it was received.
const FRESH_FOR: Duration = Duration::from_secs(1);

/// The same for somebody who waits for a change: the looks of many are shared, none is an old one.
const NEWS_FOR: Duration = Duration::from_millis(100);

/// One list of keys for all who ask at about the same time.
///
/// A list serves only if it was asked for after the last write of this process had ended, so nobody
/// reads a state from before a write that they know of; and for [`FRESH_FOR`] at most, so a change
/// made elsewhere is missed no longer.
pub(super) struct SharedList {
    era: Mutex<Arc<Era>>,
}

/// The time between two writes.
type Era = SingleFlight<Received>;

#[derive(Clone)]
struct Received {
    keys: Arc<[UserApiKey]>,
    at: Instant,
}

/// A write under way. Its end, however it ends, begins a new era.
#[must_use = "the era ends when this is dropped"]
pub(super) struct Write<'a>(&'a SharedList);

impl SharedList {
    pub(super) fn new() -> SharedList {
        SharedList {
            era: Mutex::new(Arc::new(Era::new())),
        }
    }

    /// Announces a write; keep the result until the write has ended.
    ///
    /// A refused write counts as well: a name that is taken is news about the list too.
    pub(super) fn write(&self) -> Write<'_> {
        Write(self)
    }

    /// The list of this era, fetched if nobody did within the last second.
    ///
    /// # Errors
    ///
    /// As [`SingleFlight::get`]: a failure is shared by those who waited for it.
    pub(super) async fn get<F>(
        &self,
        bounds: &Bounds,
        fetch: impl FnOnce() -> F,
    ) -> Result<Arc<[UserApiKey]>, Error>
    where
        F: Future<Output = Result<Vec<UserApiKey>, Error>>,
    {
        let serves = |list: &Received| list.at.elapsed() <= FRESH_FOR;
        Ok(self.receive(bounds, serves, fetch).await?.keys)
    }

    /// A list that was received after this one, and from now on serves in its place.
    ///
    /// # Errors
    ///
    /// As [`get`](SharedList::get).
    pub(super) async fn newer<F>(
        &self,
        than: &Arc<[UserApiKey]>,
        bounds: &Bounds,
        fetch: impl FnOnce() -> F,
    ) -> Result<Arc<[UserApiKey]>, Error>
    where
        F: Future<Output = Result<Vec<UserApiKey>, Error>>,
    {
        let serves =
            |list: &Received| !Arc::ptr_eq(&list.keys, than) && list.at.elapsed() <= NEWS_FOR;
        Ok(self.receive(bounds, serves, fetch).await?.keys)
    }

    async fn receive<F>(
        &self,
        bounds: &Bounds,
        serves: impl Fn(&Received) -> bool,
        fetch: impl FnOnce() -> F,
    ) -> Result<Received, Error>
    where
        F: Future<Output = Result<Vec<UserApiKey>, Error>>,
    {
        let era = self
            .era
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        let receive = || async {
            let keys = fetch().await?.into();
            Ok(Received {
                keys,
                at: Instant::now(),
            })
        };
        era.get(bounds, serves, receive).await
    }
}

impl Drop for Write<'_> {
    fn drop(&mut self) {
        // Readers who wait for a list of the old era began before the write ended; it is good
        // enough for them.
        *self.0.era.lock().unwrap_or_else(PoisonError::into_inner) = Arc::new(Era::new());
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use tokio::time::{advance, sleep};

    use super::*;

    /// A list that takes 100 ms, and counts how often it was asked for.
    #[derive(Default)]
    struct Server(AtomicU32);

    impl Server {
        async fn list(&self) -> Result<Vec<UserApiKey>, Error> {
            self.0.fetch_add(1, Ordering::SeqCst);
            sleep(Duration::from_millis(100)).await;
            Ok(Vec::new())
        }

        fn asked(&self) -> u32 {
            self.0.load(Ordering::SeqCst)
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_list_serves_for_a_second() {
        let (server, list, free) = (Server::default(), SharedList::new(), Bounds::default());
        for (after_ms, asked) in [(0, 1), (0, 1), (1000, 1), (1, 2), (0, 2)] {
            advance(Duration::from_millis(after_ms)).await;
            list.get(&free, || server.list()).await.unwrap();
            assert_eq!(server.asked(), asked);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_write_ends_the_era_when_it_ends() {
        let (server, list, free) = (Server::default(), SharedList::new(), Bounds::default());
        list.get(&free, || server.list()).await.unwrap();
        let write = list.write();
        list.get(&free, || server.list()).await.unwrap();
        assert_eq!(server.asked(), 1);
        drop(write);
        list.get(&free, || server.list()).await.unwrap();
        assert_eq!(server.asked(), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn who_waits_for_news_gets_a_list_of_now_that_then_serves_all() {
        let (server, list, free) = (Server::default(), SharedList::new(), Bounds::default());
        let first = list.get(&free, || server.list()).await.unwrap();
        let newer = || list.newer(&first, &free, || server.list());
        let (one, other) = tokio::join!(newer(), newer());
        let (one, other) = (one.unwrap(), other.unwrap());
        assert!(Arc::ptr_eq(&one, &other) && !Arc::ptr_eq(&one, &first));
        let later = list.get(&free, || server.list()).await.unwrap();
        assert!(Arc::ptr_eq(&later, &one));
        assert_eq!(server.asked(), 2);
        advance(NEWS_FOR + Duration::from_millis(1)).await;
        newer().await.unwrap();
        assert_eq!(server.asked(), 3);
    }

    #[tokio::test(start_paused = true)]
    async fn a_reader_after_a_write_does_not_wait_for_a_list_from_before() {
        let (server, list, free) = (Server::default(), SharedList::new(), Bounds::default());
        let early = list.get(&free, || server.list());
        let late = async {
            sleep(Duration::from_millis(50)).await;
            drop(list.write());
            list.get(&free, || server.list()).await
        };
        let (early, late) = tokio::join!(early, late);
        assert!(early.is_ok() && late.is_ok());
        assert_eq!(server.asked(), 2);
        list.get(&free, || server.list()).await.unwrap();
        assert_eq!(server.asked(), 2);
    }
}
