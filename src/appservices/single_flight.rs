use std::future::Future;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::Mutex;

use super::Error;
use super::limits::Limits;

/// A value that many callers want at the same time and one of them fetches.
///
/// The others wait for their turn, and find the value there. A failure is shared as well, by all
/// callers who waited while it happened, so that a failing server is not asked once per caller;
/// later callers try anew, unless the failure is one to be remembered. An attempt
/// that ended because *its* caller was interrupted, ran out of time or went away says nothing about
/// the server: the next in line takes over.
pub(super) struct SingleFlight<T> {
    slot: Mutex<Slot<T>>,
    failures: AtomicU64,
    is_final: fn(&Error) -> bool,
}

struct Slot<T> {
    value: Option<T>,
    /// The last failure, and its number.
    failure: Option<(u64, Error)>,
}

impl<T: Clone> SingleFlight<T> {
    pub(super) fn new() -> SingleFlight<T> {
        SingleFlight {
            slot: Mutex::new(Slot {
                value: None,
                failure: None,
            }),
            failures: AtomicU64::new(0),
            is_final: |_| false,
        }
    }

    /// Holds a value from the start.
    pub(super) fn holding(value: T) -> SingleFlight<T> {
        let mut flight = SingleFlight::new();
        flight.slot.get_mut().value = Some(value);
        flight
    }

    /// Remembers failures for which `is_final` holds, for all callers to come.
    pub(super) fn remembering(mut self, is_final: fn(&Error) -> bool) -> SingleFlight<T> {
        self.is_final = is_final;
        self
    }

    /// The value held if it `serves`, or else what `fetch` brings.
    ///
    /// # Errors
    ///
    /// The error of `fetch`, one's own or that of the caller waited for; `is_interrupted` or
    /// `is_deadline_exceeded` when `limits` end the wait.
    pub(super) async fn get<F>(
        &self,
        limits: &Limits,
        serves: impl Fn(&T) -> bool,
        fetch: impl FnOnce() -> F,
    ) -> Result<T, Error>
    where
        F: Future<Output = Result<T, Error>>,
    {
        let arrived = self.failures.load(Ordering::SeqCst);
        let mut slot = limits.wait(self.slot.lock()).await.map_err(Error::limit)?;
        if let Some(value) = slot.value.as_ref().filter(|value| serves(value)) {
            return Ok(value.clone());
        }
        if let Some((number, error)) = &slot.failure
            && (*number > arrived || (self.is_final)(error))
        {
            return Err(error.clone());
        }
        slot.value = None;
        let fetched = fetch().await;
        match &fetched {
            Ok(value) => {
                *slot = Slot {
                    value: Some(value.clone()),
                    failure: None,
                }
            }
            Err(error) if error.is_interrupted() || error.is_deadline_exceeded() => {}
            Err(error) => {
                let number = self.failures.fetch_add(1, Ordering::SeqCst) + 1;
                slot.failure = Some((number, error.clone()));
            }
        }
        fetched
    }

    /// Waits for the caller who is fetching, if any, and forgets what it brought.
    pub(super) async fn clear(&self) {
        self.slot.lock().await.value = None;
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use futures_util::future::join_all;
    use tokio::time::{Instant, sleep};

    use super::*;
    use crate::appservices::ErrorKind;
    use crate::appservices::limits::LimitReached;

    /// A fetch that takes a second and counts itself.
    #[derive(Default)]
    struct Source(AtomicU64);

    impl Source {
        async fn fetch(&self, result: Result<(), Error>) -> Result<u64, Error> {
            let number = self.0.fetch_add(1, Ordering::SeqCst) + 1;
            sleep(Duration::from_secs(1)).await;
            result.map(|()| number)
        }
    }

    fn failure() -> Error {
        Error::new(ErrorKind::InvalidSettings("test".to_owned()))
    }

    #[tokio::test(start_paused = true)]
    async fn callers_together_share_one_fetch_and_one_failure() {
        for result in [Ok(()), Err(failure())] {
            let (source, flight, free) =
                (Source::default(), SingleFlight::new(), Limits::default());
            let fetch = || source.fetch(result.clone());
            let all = join_all((0..100).map(|_| flight.get(&free, |_| true, fetch))).await;
            assert!(all.iter().all(|got| got.is_ok() == result.is_ok()));
            assert_eq!(source.0.load(Ordering::SeqCst), 1);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn who_comes_after_a_failure_tries_anew_unless_it_is_final() {
        for (is_final, fetches) in [(false, 2), (true, 1)] {
            let (source, free) = (Source::default(), Limits::default());
            let flight =
                SingleFlight::new().remembering(if is_final { |_| true } else { |_| false });
            assert!(
                flight
                    .get(&free, |_| true, || source.fetch(Err(failure())))
                    .await
                    .is_err()
            );
            let again = flight.get(&free, |_| true, || source.fetch(Ok(()))).await;
            assert_eq!(again.is_ok(), !is_final);
            assert_eq!(source.0.load(Ordering::SeqCst), fetches);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_value_that_does_not_serve_is_fetched_again() {
        let (source, flight, free) = (
            Source::default(),
            SingleFlight::holding(0),
            Limits::default(),
        );
        let fetch = || source.fetch(Ok(()));
        assert_eq!(flight.get(&free, |_| true, fetch).await.unwrap(), 0);
        assert_eq!(
            flight
                .get(&free, |number| *number > 0, fetch)
                .await
                .unwrap(),
            1
        );
        flight.clear().await;
        assert_eq!(flight.get(&free, |_| true, fetch).await.unwrap(), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn a_leader_that_leaves_hands_over() {
        let flight = Arc::new(SingleFlight::new());
        let source = Arc::new(Source::default());
        let free = Limits::default();
        let dropped = tokio::spawn({
            let (flight, source) = (flight.clone(), source.clone());
            async move {
                flight
                    .get(&Limits::default(), |_| true, || source.fetch(Ok(())))
                    .await
            }
        });
        let interrupted = async {
            sleep(Duration::from_millis(1)).await;
            let interruption = Error::limit(LimitReached::Stopped);
            flight
                .get(&free, |_| true, || source.fetch(Err(interruption)))
                .await
        };
        let follower = async {
            sleep(Duration::from_millis(2)).await;
            flight.get(&free, |_| true, || source.fetch(Ok(()))).await
        };
        let abort = async {
            sleep(Duration::from_millis(500)).await;
            dropped.abort();
        };
        let (interrupted, follower, ()) = tokio::join!(interrupted, follower, abort);
        assert!(interrupted.unwrap_err().is_interrupted());
        assert_eq!(follower.unwrap(), 3);
    }

    #[tokio::test(start_paused = true)]
    async fn a_follower_waits_no_longer_than_its_own_limits() {
        let (source, flight, free) = (Source::default(), SingleFlight::new(), Limits::default());
        let began = Instant::now();
        let short = Limits {
            deadline: Some(began + Duration::from_millis(100)),
            ..Limits::default()
        };
        let fetch = || source.fetch(Ok(()));
        let hasty = async {
            let got = flight.get(&short, |_| true, fetch).await;
            (got, began.elapsed())
        };
        let (led, (hasty, waited)) = tokio::join!(flight.get(&free, |_| true, fetch), hasty);
        assert_eq!(led.unwrap(), 1);
        assert!(hasty.unwrap_err().is_deadline_exceeded());
        assert_eq!(waited, Duration::from_millis(100));
    }
}
