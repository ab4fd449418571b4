use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::limits::Limits;
use super::single_flight::SingleFlight;
use super::{Error, UserApiKeyList};

/// How old a list may be that answers a read.
const MAX_AGE: Duration = Duration::from_secs(1);

/// One list of keys for all callers to whom it is fresh enough.
///
/// A caller says since when the list must have begun, and gets the newest one if that serves, or
/// joins the one under way, or starts one. One is under way at a time, so callers whose time has
/// come while it was share the next.
pub(super) struct KeyList {
    newest: Mutex<Option<Snapshot>>,
    last_write: Mutex<Option<Instant>>,
    flight: SingleFlight<Snapshot>,
}

/// A list, and when the request for it began.
#[derive(Clone)]
pub(super) struct Snapshot {
    pub(super) began: Instant,
    pub(super) keys: Arc<UserApiKeyList>,
}

/// A write under way. Dropping it, however the write ended, notes its end.
#[must_use = "the write ends when this is dropped"]
pub(super) struct Write<'a>(&'a KeyList);

impl KeyList {
    pub(super) fn new() -> KeyList {
        KeyList {
            newest: Mutex::default(),
            last_write: Mutex::default(),
            flight: SingleFlight::new(),
        }
    }

    /// A list that began no earlier than `since`.
    ///
    /// # Errors
    ///
    /// As [`SingleFlight::get`]: a failure is shared by those who waited for it.
    pub(super) async fn since<F>(
        &self,
        since: Instant,
        limits: &Limits,
        fetch: impl FnOnce() -> F,
    ) -> Result<Snapshot, Error>
    where
        F: Future<Output = Result<UserApiKeyList, Error>>,
    {
        let serves = |list: &Snapshot| list.began >= since;
        if let Some(list) = lock(&self.newest).as_ref().filter(|list| serves(list)) {
            return Ok(list.clone());
        }
        let fetch = || async {
            let began = Instant::now();
            let keys = Arc::new(fetch().await?);
            let list = Snapshot { began, keys };
            *lock(&self.newest) = Some(list.clone());
            Ok(list)
        };
        self.flight.get(limits, serves, fetch).await
    }

    /// Since when a list must have begun that answers a read now: a second ago, or the end of the
    /// last write if that is later.
    pub(super) fn since_for_read(&self) -> Instant {
        let now = Instant::now();
        let recent = now.checked_sub(MAX_AGE).unwrap_or(now);
        lock(&self.last_write).map_or(recent, |end| end.max(recent))
    }

    /// Announces a write; keep the result until the write has ended.
    ///
    /// A refused write counts as well: a name that is taken is news about the list too.
    pub(super) fn write(&self) -> Write<'_> {
        Write(self)
    }
}

impl Drop for Write<'_> {
    fn drop(&mut self) {
        *lock(&self.0.last_write) = Some(Instant::now());
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use futures_util::future::join_all;
    use tokio::time::{advance, sleep};

    use super::*;

    /// A list that takes 100 ms, and counts how often it was asked for.
    #[derive(Default)]
    struct Server(AtomicU32);

    impl Server {
        async fn list(&self) -> Result<UserApiKeyList, Error> {
            self.0.fetch_add(1, Ordering::SeqCst);
            sleep(Duration::from_millis(100)).await;
            Ok(Vec::new().into())
        }

        fn asked(&self) -> u32 {
            self.0.load(Ordering::SeqCst)
        }
    }

    async fn read(list: &KeyList, server: &Server) {
        let since = list.since_for_read();
        let free = Limits::default();
        list.since(since, &free, || server.list()).await.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn a_list_answers_reads_for_a_second_from_its_beginning() {
        let (server, list) = (Server::default(), KeyList::new());
        for (after_ms, asked) in [(2000, 1), (0, 1), (900, 1), (1, 2), (0, 2)] {
            advance(Duration::from_millis(after_ms)).await;
            read(&list, &server).await;
            assert_eq!(server.asked(), asked, "{after_ms}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_read_after_a_write_sees_it_and_one_during_it_need_not() {
        let (server, list) = (Server::default(), KeyList::new());
        read(&list, &server).await;
        let write = list.write();
        read(&list, &server).await;
        assert_eq!(server.asked(), 1);
        drop(write);
        read(&list, &server).await;
        assert_eq!(server.asked(), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn callers_whose_time_came_during_a_list_share_the_next() {
        let (server, list, free) = (Server::default(), KeyList::new(), Limits::default());
        let callers = (0..50).map(|n| {
            let (list, server, free) = (&list, &server, &free);
            async move {
                sleep(Duration::from_millis(n)).await;
                let arrival = Instant::now();
                list.since(arrival, free, || server.list()).await.unwrap();
                arrival.elapsed()
            }
        });
        let waits = join_all(callers).await;
        assert_eq!(server.asked(), 2);
        assert!(waits.iter().all(|wait| *wait <= Duration::from_millis(200)));
    }

    #[tokio::test(start_paused = true)]
    async fn an_older_list_goes_on_answering_reads_while_a_newer_one_is_under_way() {
        let (server, list, free) = (Server::default(), KeyList::new(), Limits::default());
        read(&list, &server).await;
        let newer = list.since(Instant::now(), &free, || server.list());
        let meanwhile = async {
            sleep(Duration::from_millis(50)).await;
            let asked = Instant::now();
            read(&list, &server).await;
            asked.elapsed()
        };
        let (newer, waited) = tokio::join!(newer, meanwhile);
        assert!(newer.is_ok() && waited.is_zero() && server.asked() == 2);
    }
}
