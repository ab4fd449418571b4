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
    /// What the client got. Differs from what the server answered only by a fault.
    pub status: Status,
}

/// What a client got. Displays as the status, or as a word for what came instead: `200`, `truncated 200`, `reset`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// An answer of this status.
    Code(u16),
    /// A part of an answer of this status.
    Truncated(u16),
    /// A reset of the connection.
    Reset,
    /// Bytes that are none of the server's, or none.
    Garbage,
    /// Nothing: it went away before it was answered.
    Gone,
}

impl From<u16> for Status {
    fn from(code: u16) -> Self {
        Self::Code(code)
    }
}

/// As simple as comparing numbers, where nothing else can be.
impl PartialEq<u16> for Status {
    fn eq(&self, code: &u16) -> bool {
        *self == Self::Code(*code)
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Code(code) => code.fmt(f),
            Self::Truncated(code) => write!(f, "truncated {code}"),
            Self::Reset => f.write_str("reset"),
            Self::Garbage => f.write_str("garbage"),
            Self::Gone => f.write_str("gone"),
        }
    }
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

    /// Starts the record of a request, which ends when the entry is closed or, with the client gone, dropped.
    pub(super) fn open(&self, method: &str, path: &str) -> Entry<'_> {
        Entry {
            requests: self,
            started: Instant::now(),
            request: Request {
                method: method.chars().take(Self::LONGEST_METHOD).collect(),
                path: path.chars().take(Self::LONGEST_PATH).collect(),
                acted: None,
                status: Status::Gone,
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

impl Entry<'_> {
    pub(super) fn close(mut self, status: Status) {
        self.request.status = status;
    }
}

/// As it stands in the log: `POST /api/client/v2.0/auth/api_keys 201 0.4ms`.
impl fmt::Display for Entry<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Request {
            method,
            path,
            acted,
            status,
        } = &self.request;
        let time = self.started.elapsed().as_secs_f64() * 1000.0;
        write!(f, "{method} {path} {status} {time:.1}ms")?;
        match acted {
            Some(acted) if *status == *acted => Ok(()),
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
            let entry = requests.open("GET", &format!("/{n}"));
            entry.close(Status::Code(200));
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
        entry.request.status = Status::Reset;
        assert!(line(&entry).starts_with("PUT /x reset "));
        assert!(line(&entry).ends_with("ms (the server answered 204)"));
        entry.request.status = Status::Code(204);
        assert!(line(&entry).starts_with("PUT /x 204 ") && line(&entry).ends_with("ms"));
    }

    #[test]
    fn an_entry_that_nobody_closes_is_of_a_client_that_went() {
        let requests = Requests::new(false);
        drop(requests.open("GET", "/"));
        assert_eq!(requests.latest()[0].status, Status::Gone);
    }
}
