//! The way to stderr: a thread that may block, so that nothing else has to.

use std::io::{self, Write};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;
use std::time::Duration;

/// How many lines wait for a host that does not read them. Further ones are dropped: a log is no reason to stand still.
const WAITING: usize = 4096;
/// How long the end of the process waits for the host to read the last lines.
const FLUSH: Duration = Duration::from_millis(100);

enum Job {
    Line(Vec<u8>),
    /// Everything before it is written.
    Flushed(SyncSender<()>),
}

static JOBS: OnceLock<SyncSender<Job>> = OnceLock::new();
static DROPPED: AtomicU64 = AtomicU64::new(0);

/// Writes a line, soon. Never blocks, and never fails: no reader is left.
pub(super) fn write(line: Vec<u8>) {
    if jobs().try_send(Job::Line(line)).is_err() {
        DROPPED.fetch_add(1, Ordering::Relaxed);
    }
}

/// Waits until all lines so far are written, or the host has shown for long enough that it does not read them.
pub(in super::super) fn flush() {
    let Some(jobs) = JOBS.get() else { return };
    let (done, flushed) = sync_channel(1);
    if jobs.try_send(Job::Flushed(done)).is_ok() {
        let _ = flushed.recv_timeout(FLUSH);
    }
}

fn jobs() -> &'static SyncSender<Job> {
    JOBS.get_or_init(|| {
        let (sender, receiver) = sync_channel(WAITING);
        // Without a thread the lines are dropped, as the receiver is.
        let _ = thread::Builder::new()
            .name("log".to_owned())
            .spawn(move || work(&receiver));
        sender
    })
}

fn work(jobs: &Receiver<Job>) {
    for job in jobs {
        match job {
            // A pipe without a reader fails; SIGPIPE is ignored from the start.
            Job::Line(line) => {
                drop(io::stderr().write_all(&line));
                if let count @ 1.. = DROPPED.swap(0, Ordering::Relaxed) {
                    drop(io::stderr().write_all(&super::dropped(count)));
                }
            }
            Job::Flushed(done) => drop(done.try_send(())),
        }
    }
}
