use std::future::Future;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::bounds::Bounds;
use super::single_flight::SingleFlight;
use super::{Error, UserApiKey, UserApiKeyList};

/// How long a list serves after it was received.
const FRESH_FOR: Duration = Duration::from_secs(1);

/// The same for somebody who waits for a change: the looks of many are shared, none is an old one.
const NEWS_FOR: Duration = Duration::from_millis(100);

/// One list of keys for all who ask at about the same time.
///
/// A list serves only if it was asked for after the last write of this process had ended, so nobody
/// reads a state from before a write that they know of; and for [`FRESH_FOR`] at most, so a change
/// made elsewhere is missed no longer. While reads go on, one asks for the next list before the last
/// one is too old, so that nobody has to wait for it.
///
/// Who waits for a write to show needs less: whatever list shows it, asked for since the write was
/// sent. Many writers share those across their writes.
pub(super) struct SharedList {
    era: Mutex<Arc<Era>>,
    looks: SingleFlight<Received>,
}

/// The time between two writes.
struct Era {
    now: SingleFlight<Received>,
    next: SingleFlight<Received>,
}

/// A list, as it came in.
#[derive(Clone)]
pub(super) struct Received {
    pub(super) keys: UserApiKeyList,
    /// Before it was asked for.
    pub(super) began: Instant,
    at: Instant,
    has_successor: Arc<AtomicBool>,
}

/// A write under way. Its end, however it ends, begins a new era.
#[must_use = "the era ends when this is dropped"]
pub(super) struct Write<'a>(&'a SharedList);

impl SharedList {
    pub(super) fn new() -> SharedList {
        SharedList {
            era: Mutex::new(Arc::new(Era::new())),
            looks: SingleFlight::new(),
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
    ) -> Result<Received, Error>
    where
        F: Future<Output = Result<Vec<UserApiKey>, Error>>,
    {
        self.era().get(bounds, Received::is_fresh, fetch).await
    }

    /// Fetches the list that follows this one, while this one still serves.
    pub(super) async fn follow<F>(
        &self,
        list: &Received,
        bounds: &Bounds,
        fetch: impl FnOnce() -> F,
    ) -> Result<Received, Error>
    where
        F: Future<Output = Result<Vec<UserApiKey>, Error>>,
    {
        let serves = |other: &Received| !other.is(list) && other.is_fresh();
        let next = || received(fetch);
        self.era().next.get(bounds, serves, next).await
    }

    /// A list that was asked for since a write was sent at `since`, and after `than`.
    ///
    /// # Errors
    ///
    /// As [`get`](SharedList::get).
    pub(super) async fn look<F>(
        &self,
        since: Instant,
        than: Option<&Received>,
        bounds: &Bounds,
        fetch: impl FnOnce() -> F,
    ) -> Result<Received, Error>
    where
        F: Future<Output = Result<Vec<UserApiKey>, Error>>,
    {
        let is_news = |list: &Received| match than {
            None => list.is_fresh(),
            Some(than) => !list.is(than) && list.at.elapsed() <= NEWS_FOR,
        };
        let serves = |list: &Received| list.began >= since && is_news(list);
        let era = self.era();
        let look = || era.get(bounds, serves, fetch);
        self.looks.get(bounds, serves, look).await
    }

    fn era(&self) -> Arc<Era> {
        let era = self.era.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(&era)
    }
}

impl Era {
    fn new() -> Era {
        Era {
            now: SingleFlight::new(),
            next: SingleFlight::new(),
        }
    }

    async fn get<F>(
        &self,
        bounds: &Bounds,
        serves: impl Fn(&Received) -> bool + Copy,
        fetch: impl FnOnce() -> F,
    ) -> Result<Received, Error>
    where
        F: Future<Output = Result<Vec<UserApiKey>, Error>>,
    {
        let next = || self.next.get(bounds, serves, || received(fetch));
        self.now.get(bounds, serves, next).await
    }
}

async fn received<F>(fetch: impl FnOnce() -> F) -> Result<Received, Error>
where
    F: Future<Output = Result<Vec<UserApiKey>, Error>>,
{
    let began = Instant::now();
    let keys = fetch().await?.into();
    Ok(Received {
        keys,
        began,
        at: Instant::now(),
        has_successor: Arc::default(),
    })
}

impl Received {
    /// Whether the next list is to be asked for now: once, and no sooner than a second after this one
    /// was. It then comes in when this one gets too old, if it takes as long.
    pub(super) fn is_to_be_followed(&self) -> bool {
        self.began.elapsed() >= FRESH_FOR && !self.has_successor.swap(true, Ordering::SeqCst)
    }

    fn is_fresh(&self) -> bool {
        self.at.elapsed() <= FRESH_FOR
    }

    fn is(&self, other: &Received) -> bool {
        self.keys.is(&other.keys)
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
        let since = Instant::now();
        let first = list.get(&free, || server.list()).await.unwrap();
        let newer = || list.look(since, Some(&first), &free, || server.list());
        let (one, other) = tokio::join!(newer(), newer());
        let (one, other) = (one.unwrap(), other.unwrap());
        assert!(one.is(&other) && !one.is(&first));
        let later = list.get(&free, || server.list()).await.unwrap();
        assert!(later.is(&one));
        assert_eq!(server.asked(), 2);
        advance(NEWS_FOR + Duration::from_millis(1)).await;
        newer().await.unwrap();
        assert_eq!(server.asked(), 3);
    }

    #[tokio::test(start_paused = true)]
    async fn writers_share_a_list_that_began_after_they_were_sent() {
        let (server, list, free) = (Server::default(), SharedList::new(), Bounds::default());
        // Ten writes sent together, whose answers come 5 ms apart.
        let write = async |number: u32| {
            let since = Instant::now();
            let write = list.write();
            sleep(Duration::from_millis(50 + 5 * u64::from(number))).await;
            drop(write);
            list.look(since, None, &free, || server.list())
                .await
                .unwrap()
        };
        let looks = futures_util::future::join_all((0..10).map(write)).await;
        assert!(looks.iter().all(|look| look.is(&looks[0])));
        assert_eq!(server.asked(), 1);
        // It began before the last of them had ended, so it is none for readers.
        list.get(&free, || server.list()).await.unwrap();
        assert_eq!(server.asked(), 2);
        // And it says nothing about a write that is sent now.
        let now = Instant::now() + Duration::from_millis(1);
        list.look(now, None, &free, || server.list()).await.unwrap();
        assert_eq!(server.asked(), 3);
    }

    #[tokio::test(start_paused = true)]
    async fn while_reads_go_on_nobody_waits_for_the_next_list() {
        let (server, list, free) = (Server::default(), SharedList::new(), Bounds::default());
        let mut list_of_now = list.get(&free, || server.list()).await.unwrap();
        let began = Instant::now();
        let mut followed = 0;
        while began.elapsed() < Duration::from_secs(10) {
            let asked = Instant::now();
            if list_of_now.is_to_be_followed() {
                followed += 1;
                let follow = list.follow(&list_of_now, &free, || server.list());
                let read_on = async {
                    for _ in 0..11 {
                        sleep(Duration::from_millis(10)).await;
                        list.get(&free, || server.list()).await.unwrap();
                    }
                };
                let (_, ()) = tokio::join!(follow, read_on);
            } else {
                sleep(Duration::from_millis(10)).await;
            }
            let rested = Instant::now();
            list_of_now = list.get(&free, || server.list()).await.unwrap();
            assert_eq!(rested.elapsed(), Duration::ZERO, "{:?}", asked - began);
        }
        assert!(followed >= 8 && server.asked() <= 11, "{}", server.asked());
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
