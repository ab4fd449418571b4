//! What Linux knows about processes.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// What a process holds in memory right now, in bytes.
pub(crate) fn resident(id: u32) -> u64 {
    memory(id, "status", "VmRSS:")
}

/// The same, with pages that several processes share as a part for each: the program itself, above all.
fn share(id: u32) -> u64 {
    memory(id, "smaps_rollup", "Pss:")
}

fn memory(id: u32, file: &str, name: &str) -> u64 {
    let text = fs::read_to_string(format!("/proc/{id}/{file}")).unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    let kibibytes = line.and_then(|line| line.trim().strip_suffix(" kB")?.trim().parse().ok());
    kibibytes.unwrap_or(0) * 1024
}

pub(crate) fn megabytes(bytes: u64) -> String {
    format!("{:.1} MB", crate::report::as_f64(bytes) / 1e6)
}

/// The time on a processor that a process has had, all its threads together.
fn on_cpu(id: u32) -> Duration {
    let tasks = fs::read_dir(format!("/proc/{id}/task"));
    let times = tasks.into_iter().flatten().flatten().filter_map(|task| {
        let text = fs::read_to_string(task.path().join("schedstat")).ok()?;
        text.split(' ').next()?.parse::<u64>().ok()
    });
    Duration::from_nanos(times.sum())
}

/// What is looked at. Linux stops a process to add up its memory, which would show in its times.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Look {
    AtTimes,
    AtMemory,
}

/// Looks at all processes of a program, every few milliseconds, until it is told to stop.
pub(crate) struct Watch {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<Seen>,
}

/// What was seen of them.
#[derive(Default)]
pub(crate) struct Seen {
    /// The last that was seen of each process.
    cpu: BTreeMap<u32, Duration>,
    /// The most that all had in memory at one time, what that is with shared pages counted once, and how many they were.
    pub(crate) most_resident: u64,
    pub(crate) together: u64,
    pub(crate) processes: usize,
}

impl Seen {
    pub(crate) fn cpu(&self) -> Duration {
        self.cpu.values().sum()
    }
}

impl Watch {
    #[expect(
        clippy::disallowed_methods,
        reason = "a thread of its own, beside the runtime"
    )]
    pub(crate) fn over(program: &Path, look: Look) -> Self {
        let program = program.canonicalize().expect("a program");
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let thread = thread::spawn(move || {
            let mut seen = Seen::default();
            while !stopped.load(Ordering::SeqCst) {
                seen.look(&program, look);
                thread::sleep(Duration::from_millis(5));
            }
            seen
        });
        Self { stop, thread }
    }

    pub(crate) fn end(self) -> Seen {
        self.stop.store(true, Ordering::SeqCst);
        self.thread.join().expect("the watch does not panic")
    }
}

impl Seen {
    fn look(&mut self, program: &Path, look: Look) {
        let (mut all_resident, mut together, mut processes) = (0, 0, 0);
        for id in ids() {
            if fs::read_link(format!("/proc/{id}/exe")).is_ok_and(|exe| exe == program) {
                let cpu = on_cpu(id);
                let last = self.cpu.entry(id).or_default();
                *last = cpu.max(*last);
                processes += 1;
                if look == Look::AtMemory {
                    all_resident += resident(id);
                    together += share(id);
                }
            }
        }
        if all_resident > self.most_resident {
            (self.most_resident, self.together) = (all_resident, together);
            self.processes = processes;
        }
    }
}

fn ids() -> impl Iterator<Item = u32> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok())
}
