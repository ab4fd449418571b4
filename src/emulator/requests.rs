//! The record of answered requests that tests read.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

/// One answered request. It holds nothing of headers, query or body, where the secrets travel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The method in upper case, for example `GET`.
    pub method: String,
    /// The path without its query.
    pub path: String,
    /// The status of the answer.
    pub status: u16,
}

/// The latest requests. Bounded, so that an emulator can run for weeks.
#[derive(Default)]
pub(super) struct Requests(Mutex<VecDeque<Request>>);

impl Requests {
    const LIMIT: usize = 10_000;

    pub(super) fn record(&self, request: Request) {
        let mut requests = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if requests.len() == Self::LIMIT {
            requests.pop_front();
        }
        requests.push_back(request);
    }

    pub(super) fn latest(&self) -> Vec<Request> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .iter()
            .cloned()
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_requests_are_forgotten() {
        let requests = Requests::default();
        for n in 0..=Requests::LIMIT {
            requests.record(Request {
                method: "GET".to_owned(),
                path: format!("/{n}"),
                status: 200,
            });
        }
        let latest = requests.latest();
        assert_eq!(latest.len(), Requests::LIMIT);
        assert_eq!(latest[0].path, "/1");
    }
}
