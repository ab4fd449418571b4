//! When and how the process ends, whatever happens to the terminal.
//!
//! Signals reach the whole process group: a closed terminal, Ctrl-C, `timeout`, the cancel of a CI job. None of them says
//! that the host is done with this process, so none of them ends it. It ends for one of three reasons ([`Ending`]):
//!
//! **Shutdown.** The host called Shutdown, or its last connection ended after it was interrupted (`StopProvider`, or a
//! SIGTERM to this process). A host that kills its plugins does so [`AFTER_SHUTDOWN`] later.
//!
//! **The host is gone.** No connection of the host is open, and one of these is observed:
//!
//! - *The parent has changed.* The kernel gives a process another parent only when its parent has died. The id is compared
//!   with the one at the start, and with no fixed number: an orphan goes to the nearest subreaper (systemd, a container's
//!   init, a CI runner), not always to process 1. A wrapper that started this process and left (`sh -c 'provider &'`)
//!   changes the parent too, while the host lives; that is why a connection outweighs it.
//! - *stderr has no reader any more.* The read end of that pipe belongs to the host alone; it closes when the host dies, even
//!   where a wrapper that waits for this process is still the parent, and where the parent's id does not change because
//!   it is outside of this process's PID namespace. A pipe that had no reader at the start proves nothing. It has to last
//!   for [`UNREAD_FOR`], since a host that lives may close that pipe and come back with another connection.
//!
//! Where the host is process 1 of a container, the kernel kills all processes of the container together with it. Nothing
//! can be observed then; an init (`docker run --init`) leaves the time.
//!
//! **No host ever came** within [`FIRST_CONNECTION`].
//!
//! With `--debug` there is no host to watch: hosts come and go, and the developer's Ctrl-C is the shutdown.
//!
//! [`Lifecycle`] knows these rules and neither signals nor clocks; [`Watch`] feeds it, and does the same on each way out, in
//! the same order.

#[cfg(unix)]
mod unix;
mod watch;
#[cfg(windows)]
mod windows;

use std::time::Duration;

use tokio::time::Instant;

#[cfg(unix)]
use unix as os;
#[cfg(windows)]
use windows as os;

pub(super) use watch::Watch;

/// From Shutdown to the end: the host kills a process that is still there after 2 s.
const AFTER_SHUTDOWN: Schedule = Schedule {
    answers: Duration::from_millis(400),
    rollback: Duration::from_millis(800),
    release: Duration::from_millis(300),
};
/// The same when the host is gone. No host kills the process then, and none waits for it. `answers` begins when a request
/// that was just sent has reached its own limit.
const HOST_GONE: Schedule = Schedule {
    answers: Duration::from_secs(1),
    rollback: Duration::from_secs(6),
    release: Duration::from_secs(3),
};
/// How long a host may take for its first connection. It gives a plugin a minute to start, and connects at once.
const FIRST_CONNECTION: Duration = Duration::from_secs(60);
/// How long stderr has to be without a reader, and the process without a connection.
const UNREAD_FOR: Duration = Duration::from_secs(2);
/// How often a process without a connection looks for its parent and at stderr. It costs two system calls.
const LOOK_EVERY: Duration = Duration::from_millis(250);
/// How long the answer to Shutdown may take to reach the host, and the socket to go. A host closes its connection when it
/// has the answer; its streams would stay open for ever.
pub(super) const HANG_UP: Duration = Duration::from_millis(50);
/// How long the answer to Shutdown waits until what is under way is answered and undone, and what the host left open is
/// closed. The host would wait for ever, and kills only after the answer; a person at the terminal has less patience.
pub(super) const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(10);

/// How the time until the end is divided, at most. What is done early makes the process end early.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Schedule {
    /// For the answers to requests that are under way.
    answers: Duration,
    /// For undoing what reaches no host, and for closing ephemeral resources.
    rollback: Duration,
    /// For giving back what the clients hold: their sessions.
    release: Duration,
}

impl Schedule {
    fn waiting_for(self, request: Duration) -> Self {
        Self {
            answers: request.saturating_add(self.answers),
            ..self
        }
    }

    /// When each part is over, counted from the beginning.
    fn ends(self) -> [Duration; 3] {
        let rollback = self.answers.saturating_add(self.rollback);
        [
            self.answers,
            rollback,
            rollback.saturating_add(self.release),
        ]
    }
}

/// Whom the process serves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// The host that started it.
    Hosted,
    /// A developer, who started it with `--debug` and attaches hosts.
    Debugged,
}

/// Why the process ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    /// The host, or the developer, is done.
    Shutdown,
    /// The host has died.
    HostGone,
    /// The host never connected.
    NoHost,
}

/// What happens to the process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Event {
    /// The host has opened a connection, and proved itself.
    Connected,
    /// The host's last connection is closed.
    Disconnected,
    /// `StopProvider` or SIGTERM.
    Interrupted,
    /// Shutdown was called, or a developer pressed Ctrl-C.
    Shutdown,
    /// It is not known that anything happened: time has passed, and this is what a look around has shown.
    Looked(Evidence),
}

/// What tells of the host where no connection does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Evidence {
    /// The parent is another process than at the start.
    is_orphan: bool,
    /// The stderr pipe had a reader at the start, and has none now.
    is_unread: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// No host has connected yet.
    Awaited { since: Instant },
    /// A connection is open.
    Served,
    /// The host has closed its last connection, without Shutdown.
    Alone { since: Instant },
    /// There is a reason to end.
    Ending(Ending),
}

/// The rules of the life of a process, as a state machine.
#[derive(Debug)]
struct Lifecycle {
    mode: Mode,
    state: State,
    interrupted: bool,
    evidence: Evidence,
    /// When the last connection was closed, if none has come since.
    hung_up: Option<Instant>,
}

impl Lifecycle {
    fn new(mode: Mode, now: Instant) -> Self {
        Self {
            mode,
            state: State::Awaited { since: now },
            interrupted: false,
            evidence: Evidence::default(),
            hung_up: None,
        }
    }

    fn on(&mut self, event: Event, now: Instant) {
        match event {
            Event::Interrupted => self.interrupted = true,
            Event::Looked(evidence) => self.evidence = evidence,
            Event::Connected => self.hung_up = None,
            Event::Disconnected => self.hung_up = Some(now),
            Event::Shutdown => {}
        }
        self.state = match (self.state, event) {
            (State::Ending(reason), _) => State::Ending(reason),
            (_, Event::Shutdown) => State::Ending(Ending::Shutdown),
            (_, Event::Connected) => State::Served,
            (State::Served, Event::Disconnected) => State::Alone { since: now },
            (state, _) => state,
        };
        if let Some(reason) = self.reason(now) {
            self.state = State::Ending(reason);
        }
    }

    /// Why a process without a connection should end.
    fn reason(&self, now: Instant) -> Option<Ending> {
        if self.mode == Mode::Debugged {
            return None;
        }
        let Evidence {
            is_orphan,
            is_unread,
        } = self.evidence;
        match self.state {
            State::Awaited { .. } | State::Alone { .. } if is_orphan => Some(Ending::HostGone),
            State::Awaited { since } if now >= since + FIRST_CONNECTION => Some(Ending::NoHost),
            State::Alone { .. } if self.interrupted => Some(Ending::Shutdown),
            State::Alone { since } if is_unread && now >= since + UNREAD_FOR => {
                Some(Ending::HostGone)
            }
            _ => None,
        }
    }

    /// When the host died without a word: neither interrupted nor with Shutdown.
    fn vanished(&self) -> Option<Instant> {
        let is_dead = self.ending() == Some(Ending::HostGone) && self.evidence.is_orphan;
        self.hung_up.filter(|_| is_dead && !self.interrupted)
    }

    fn ending(&self) -> Option<Ending> {
        match self.state {
            State::Ending(reason) => Some(reason),
            _ => None,
        }
    }

    /// Whether a look around could change anything: no connection speaks for the host.
    fn looks_around(&self) -> bool {
        self.mode == Mode::Hosted && !self.is_served()
    }

    fn is_served(&self) -> bool {
        self.state == State::Served
    }

    /// The time until the end. A host that calls Shutdown and then dies can no longer kill this process.
    fn schedule(&self, request_timeout: Duration) -> Schedule {
        let is_gone = self.evidence.is_orphan || self.ending() == Some(Ending::HostGone);
        if is_gone {
            HOST_GONE.waiting_for(request_timeout)
        } else {
            AFTER_SHUTDOWN
        }
    }
}

#[cfg(test)]
mod tests;
