//! What Unix tells a process: signals, its parent, and who reads its stderr.

use std::io;
use std::os::fd::AsFd;
use std::os::unix::process::parent_id;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc;

use super::{Event, Evidence, Mode};

/// All signals that end a process unless it handles them, and that a process group is sent; what each is to the provider of
/// a host, and to a developer's. The host gets them too, and says by itself what it wants.
///
/// SIGPIPE is not among them: any Rust program ignores it from the start, and a write fails instead.
const SIGNALS: [(SignalKind, Option<Event>, Option<Event>); 7] = [
    (SignalKind::interrupt(), None, Some(Event::Shutdown)),
    (SignalKind::hangup(), None, Some(Event::Shutdown)),
    (SignalKind::quit(), None, Some(Event::Shutdown)),
    (
        SignalKind::terminate(),
        Some(Event::Interrupted),
        Some(Event::Shutdown),
    ),
    (SignalKind::alarm(), None, None),
    (SignalKind::user_defined1(), None, None),
    (SignalKind::user_defined2(), None, None),
];

/// Has all signals arrive as events. From here on none of them ends the process.
///
/// # Errors
///
/// When the system refuses a handler.
pub(super) fn signals(mode: Mode) -> io::Result<mpsc::UnboundedReceiver<Event>> {
    let (sender, receiver) = mpsc::unbounded_channel();
    for (kind, hosted, debugged) in SIGNALS {
        let event = match mode {
            Mode::Hosted => hosted,
            Mode::Debugged => debugged,
        };
        let (mut stream, sender) = (signal(kind)?, sender.clone());
        tokio::spawn(async move {
            while stream.recv().await.is_some() {
                let _ = event.map(|event| sender.send(event));
            }
        });
    }
    Ok(receiver)
}

/// How things stood at the start.
#[derive(Debug)]
pub(super) struct Start {
    parent: u32,
    had_reader: bool,
}

impl Start {
    pub(super) fn now() -> Self {
        Self {
            parent: parent_id(),
            had_reader: !is_unread(),
        }
    }

    pub(super) fn look(&self) -> Evidence {
        Evidence {
            is_orphan: parent_id() != self.parent,
            is_unread: self.had_reader && is_unread(),
        }
    }
}

/// Whether stderr is a pipe or a socket without another end. A file or `/dev/null` never is.
fn is_unread() -> bool {
    let stderr = io::stderr();
    let mut fds = [PollFd::from_borrowed_fd(stderr.as_fd(), PollFlags::empty())];
    let at_once = Timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    let looked = poll(&mut fds, Some(&at_once));
    looked.is_ok() && fds[0].revents().intersects(PollFlags::ERR | PollFlags::HUP)
}
