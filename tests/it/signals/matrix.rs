//! All cells at the same time, each as a test of its own.

use std::collections::HashMap;
use std::env;
use std::sync::{LazyLock, Mutex};

use tokio::runtime::Runtime;
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;

use super::cell::{self, Cell};
use super::{EVENTS, SITUATIONS};
use crate::support::server::Server;

/// Cells wait for seconds, so more of them run than the test harness has threads.
static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().expect("a runtime"));

/// The cells that were asked for, by name, each already running.
static RUNNING: LazyLock<Mutex<HashMap<String, JoinHandle<()>>>> = LazyLock::new(|| {
    let server = RUNTIME.block_on(Server::start());
    let shared = Box::leak(Box::new(Shared {
        server,
        turns: Semaphore::new(8),
    }));
    let wanted = Wanted::by_arguments();
    let mut running = HashMap::new();
    for &(situation, of) in SITUATIONS {
        for &(event, then) in EVENTS {
            let name = format!("{situation}::{event}");
            if wanted.includes(&format!("signals::{name}")) {
                let cell = Cell {
                    name: name.clone(),
                    situation: of,
                    event: then,
                };
                running.insert(name, RUNTIME.spawn(cell::run(cell, shared)));
            }
        }
    }
    Mutex::new(running)
});

/// What the cells share. Each has a user of its own.
pub(super) struct Shared {
    pub(super) server: Server,
    /// How many Terraforms compute at the same time; more would only slow each other down.
    pub(super) turns: Semaphore,
}

/// Waits for this cell, and tells its failure.
pub(super) fn run(situation: &str, event: &str) {
    let name = format!("{situation}::{event}");
    let cell = RUNNING.lock().expect("no test panicked here").remove(&name);
    let cell = cell.unwrap_or_else(|| panic!("{name} was asked for, and is not in the matrix"));
    if let Err(failed) = RUNTIME.block_on(cell) {
        let panic = failed.into_panic();
        let text = panic.downcast_ref::<String>().map(String::as_str);
        let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
        panic!("{name}: {}", text.unwrap_or("failed"));
    }
}

/// Which tests this process was asked for: `--skip`, `--exact` and parts of names, as the test harness reads them.
struct Wanted {
    parts: Vec<String>,
    skipped: Vec<String>,
    exact: bool,
}

impl Wanted {
    fn by_arguments() -> Self {
        let mut wanted = Self {
            parts: Vec::new(),
            skipped: Vec::new(),
            exact: false,
        };
        let mut arguments = env::args().skip(1);
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                "--exact" => wanted.exact = true,
                "--skip" => wanted.skipped.extend(arguments.next()),
                "--test-threads" | "--format" | "--color" | "--logfile" | "-Z"
                | "--shuffle-seed" => {
                    drop(arguments.next());
                }
                flag if flag.starts_with('-') => {}
                part => wanted.parts.push(part.to_owned()),
            }
        }
        wanted
    }

    fn includes(&self, name: &str) -> bool {
        let is_meant = |part: &String| {
            if self.exact {
                name == part
            } else {
                name.contains(part.as_str())
            }
        };
        (self.parts.is_empty() || self.parts.iter().any(is_meant))
            && !self.skipped.iter().any(is_meant)
    }
}
