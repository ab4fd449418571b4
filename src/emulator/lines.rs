//! Lines on stdout and stderr, which may be unread.

use std::fmt;
use std::io::{self, Write};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{self, Receiver, SyncSender};
use std::sync::{Arc, LazyLock};
use std::thread;
use std::time::{Duration, Instant};

/// Lines for a stream, written by a thread of their own. A write never waits: when the stream is not read, lines
/// are dropped, and once it is read again a line says how many.
#[derive(Debug)]
pub struct Lines {
    sender: SyncSender<String>,
    counts: Arc<Counts>,
}

#[derive(Debug, Default)]
struct Counts {
    /// Those that wait to be written.
    waiting: AtomicU64,
    dropped: AtomicU64,
}

impl Lines {
    /// So many lines may wait.
    const LIMIT: usize = 1024;

    /// Those of stderr.
    #[must_use]
    pub fn stderr() -> &'static Self {
        static LINES: LazyLock<Lines> = LazyLock::new(|| Lines::to(io::stderr()));
        &LINES
    }

    /// Those of stdout.
    #[must_use]
    pub fn stdout() -> &'static Self {
        static LINES: LazyLock<Lines> = LazyLock::new(|| Lines::to(io::stdout()));
        &LINES
    }

    fn to(stream: impl Write + Send + 'static) -> Self {
        let (sender, inbox) = mpsc::sync_channel(Self::LIMIT);
        let counts = Arc::<Counts>::default();
        let shared = Arc::clone(&counts);
        // Without a thread there is no receiver, and every line counts as dropped.
        let _ = thread::Builder::new()
            .name("lines".to_owned())
            .spawn(move || copy(&inbox, stream, &shared));
        Self { sender, counts }
    }

    /// Writes a line, or drops it.
    pub fn write(&self, line: &dyn fmt::Display) {
        let Counts { waiting, dropped } = &*self.counts;
        waiting.fetch_add(1, Ordering::SeqCst);
        if self.sender.try_send(format!("{line}\n")).is_err() {
            waiting.fetch_sub(1, Ordering::SeqCst);
            dropped.fetch_add(1, Ordering::SeqCst);
        }
    }

    /// Waits until all lines are written, but no longer than `limit`.
    pub fn flush(&self, limit: Duration) {
        let end = Instant::now() + limit;
        while self.counts.waiting.load(Ordering::SeqCst) > 0 && Instant::now() < end {
            thread::yield_now();
        }
    }
}

/// A stream that is closed loses its lines.
fn copy(inbox: &Receiver<String>, mut stream: impl Write, counts: &Counts) {
    for mut line in inbox {
        let dropped = counts.dropped.swap(0, Ordering::SeqCst);
        if dropped > 0 {
            line = format!("{dropped} lines were dropped: the stream was not read\n{line}");
        }
        // In one piece, or lines of two programs would mix.
        let _ = stream.write_all(line.as_bytes());
        let _ = stream.flush();
        counts.waiting.fetch_sub(1, Ordering::SeqCst);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    /// A stream that takes bytes only while the gate is not held.
    struct Gated {
        gate: Arc<Mutex<()>>,
        written: Arc<Mutex<Vec<u8>>>,
    }

    impl Write for Gated {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let _open = self.gate.lock().unwrap();
            self.written.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_stream_that_is_not_read_holds_nothing_up_and_says_what_it_missed() {
        let (gate, written) = (Arc::default(), Arc::default());
        let lines = Lines::to(Gated {
            gate: Arc::clone(&gate),
            written: Arc::clone(&written),
        });
        let closed = gate.lock().unwrap();
        let count = 3 * Lines::LIMIT;
        for number in 0..count {
            lines.write(&number);
        }
        drop(closed);
        lines.write(&"last");
        lines.flush(Duration::from_secs(60));
        let text = String::from_utf8(written.lock().unwrap().clone()).unwrap();
        let told = text
            .lines()
            .filter_map(|line| line.strip_suffix(" lines were dropped: the stream was not read"));
        let dropped: usize = told.map(|number| number.parse::<usize>().unwrap()).sum();
        let whole = text
            .lines()
            .filter(|line| line.parse::<usize>().is_ok())
            .count();
        assert!(dropped >= count - Lines::LIMIT - 1, "{dropped}");
        assert_eq!(
            whole + dropped + usize::from(text.ends_with("last\n")),
            count + 1
        );
    }
}
