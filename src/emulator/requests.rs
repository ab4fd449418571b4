//! The record of requests that tests read.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use jiff::Timestamp;

use super::lines::Lines;

/// One request that is over. It holds nothing of headers, query or body, where the secrets travel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The method in upper case, for example `GET`.
    pub method: String,
    /// The path without its query; its first 256 characters.
    pub path: String,
    /// The status with which the server answered; `None` when a fault kept the request from it.
    pub acted: Option<u16>,
    /// What the client got: the status of an answer, or a word for what came instead: `200`, `truncated 200`, `reset`,
    /// `garbage`. `gone` for nothing, because it went away before it was answered.
    pub status: String,
}

/// The latest requests. Bounded, so that an emulator can run for weeks.
pub(super) struct Requests {
    latest: Mutex<VecDeque<Request>>,
    /// Whether each is a line on stderr.
    log: bool,
}

impl Requests {
    const LIMIT: usize = 10_000;
    const LONGEST_PATH: usize = 256;
    const LONGEST_METHOD: usize = 16;

    pub(super) fn new(log: bool) -> Self {
        let latest = Mutex::default();
        Self { latest, log }
    }

    /// Starts the record of a request, which ends when the entry is dropped; without a status, because the client is gone.
    pub(super) fn open(&self, method: &str, path: &str) -> Entry<'_> {
        Entry {
            requests: self,
            started: Instant::now(),
            request: Request {
                method: method.chars().take(Self::LONGEST_METHOD).collect(),
                path: path.chars().take(Self::LONGEST_PATH).collect(),
                acted: None,
                status: "gone".to_owned(),
            },
        }
    }

    pub(super) fn latest(&self) -> Vec<Request> {
        self.record().iter().cloned().collect()
    }

    fn record(&self) -> MutexGuard<'_, VecDeque<Request>> {
        self.latest.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A request under way.
pub(super) struct Entry<'a> {
    requests: &'a Requests,
    started: Instant,
    pub(super) request: Request,
}

/// As it stands in the log: `POST /api/client/v2.0/auth/api_keys 201 0.4ms`.
impl fmt::Display for Entry<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let one = &self.request;
        let time = self.started.elapsed().as_secs_f64() * 1000.0;
        write!(f, "{} {} {} {time:.1}ms", one.method, one.path, one.status)?;
        match one.acted {
            Some(acted) if one.status == acted.to_string() => Ok(()),
            Some(acted) => write!(f, " (the server answered {acted})"),
            None => f.write_str(" (the server did not act)"),
        }
    }
}

impl Drop for Entry<'_> {
    fn drop(&mut self) {
        if self.requests.log {
            Lines::stderr().write(&format_args!("{:.3} {self}", Timestamp::now()));
        }
        let mut record = self.requests.record();
        if record.len() == Requests::LIMIT {
            record.pop_front();
        }
        record.push_back(self.request.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_requests_are_forgotten() {
        let requests = Requests::new(false);
        for n in 0..=Requests::LIMIT {
            drop(requests.open("GET", &format!("/{n}")));
        }
        let latest = requests.latest();
        assert_eq!(latest.len(), Requests::LIMIT);
        assert_eq!(latest[0].path, "/1");
    }

    #[test]
    fn a_line_of_the_log_says_what_a_fault_hid() {
        let requests = Requests::new(false);
        let mut entry = requests.open("PUT", "/x");
        let line = |entry: &Entry| entry.to_string();
        assert!(line(&entry).ends_with("ms (the server did not act)"));
        entry.request.acted = Some(204);
        entry.request.status = "reset".to_owned();
        assert!(line(&entry).starts_with("PUT /x reset "));
        assert!(line(&entry).ends_with("ms (the server answered 204)"));
        entry.request.status = "204".to_owned();
        assert!(line(&entry).starts_with("PUT /x 204 ") && line(&entry).ends_with("ms"));
    }

    #[test]
    fn an_entry_that_is_not_closed_is_of_a_client_that_went() {
        let requests = Requests::new(false);
        drop(requests.open("GET", "/"));
        assert_eq!(requests.latest()[0].status, "gone");
    }
}
