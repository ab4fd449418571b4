use std::process::ExitStatus;
use std::sync::{Arc, PoisonError};

use serde_json::Value;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::process::{Child, ChildStderr, ChildStdout};
use tokio::task::JoinHandle;

use crate::support::rpc::Log;
use crate::support::{patient, running};

/// A running process of the provider, with its two streams.
pub(crate) struct Plugin {
    child: Child,
    stdout: BufReader<ChildStdout>,
    stderr: JoinHandle<()>,
    log: ShownOnFailure,
    home: TempDir,
}

/// Some processes serve one case after the other; the last lines are of the one that failed.
const SHOWN: usize = 40;

/// Prints the provider's log when the test fails. What `TF_LOG_PROVIDER` lets through is in it.
struct ShownOnFailure(Log);

impl Drop for ShownOnFailure {
    #[expect(clippy::print_stderr, reason = "the harness shows it with the test")]
    fn drop(&mut self) {
        if std::thread::panicking() {
            let log = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            let lines = log.lines().collect::<Vec<_>>();
            let last = lines[lines.len().saturating_sub(SHOWN)..].join("\n");
            eprintln!("The log of the provider, as far as its last {SHOWN} lines:\n{last}");
        }
    }
}

/// Reads the log to its end, so that it is complete up to now.
async fn drained(mut stderr: BufReader<ChildStderr>, log: Log) {
    let mut line = String::new();
    while stderr.read_line(&mut line).await.expect("stderr is UTF-8") > 0 {
        log.lock().expect("no test panicked here").push_str(&line);
        line.clear();
    }
}

impl Plugin {
    pub(super) fn of(mut child: Child, home: TempDir, is_deaf: bool) -> Self {
        let stdout = BufReader::new(child.stdout.take().expect("stdout is piped"));
        let log = Log::default();
        let stderr = BufReader::new(child.stderr.take().expect("stderr is piped"));
        let shared = Arc::clone(&log);
        let stderr = tokio::spawn(async move {
            if is_deaf {
                std::mem::forget(stderr);
            } else {
                drained(stderr, shared).await;
            }
        });
        Self {
            child,
            stdout,
            stderr,
            log: ShownOnFailure(log),
            home,
        }
    }

    pub(super) fn log(&self) -> Log {
        Arc::clone(&self.log.0)
    }

    /// The next line of stdout, without its end.
    pub(crate) async fn line(&mut self) -> String {
        let mut line = String::new();
        patient("a line on stdout", self.stdout.read_line(&mut line))
            .await
            .expect("stdout is UTF-8");
        line.strip_suffix('\n')
            .unwrap_or_else(|| panic!("a whole line on stdout, not {line:?}"))
            .to_owned()
    }

    /// What a provider with `--debug` asks its user to put into Terraform's environment.
    pub(crate) async fn reattach(&mut self) -> Value {
        loop {
            let line = self.line().await;
            if let Some((_, assignment)) = line.split_once("TF_REATTACH_PROVIDERS=") {
                let json = assignment.trim().trim_matches('\'');
                return serde_json::from_str(json)
                    .unwrap_or_else(|error| panic!("{error}: {line}"));
            }
        }
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id().expect("the process runs")
    }

    pub(crate) async fn interrupt(&self) {
        self.signal("-INT").await;
    }

    /// What it has logged since this was asked last.
    pub(crate) fn take_log(&self) -> String {
        std::mem::take(&mut *self.log.0.lock().expect("no test panicked here"))
    }

    pub(crate) async fn signal(&self, which: &str) {
        running::signal(which, &self.id().to_string()).await;
    }

    /// Closes the read end of stderr, as the death of the host does.
    pub(crate) async fn close_stderr(&mut self) {
        self.stderr.abort();
        while !self.stderr.is_finished() {
            tokio::task::yield_now().await;
        }
    }

    /// Ends a provider with `--debug`, as its developer does.
    pub(crate) async fn interrupt_and_end(self) {
        self.interrupt().await;
        assert_eq!(self.end().await.status.code(), Some(0));
    }

    /// Waits until the process has ended by itself.
    pub(crate) async fn end(mut self) -> Ended {
        let mut stdout = String::new();
        let rest = self.stdout.read_to_string(&mut stdout);
        patient("the end of stdout", rest)
            .await
            .expect("stdout is UTF-8");
        let status = patient("the end of the process", self.child.wait())
            .await
            .expect("a status");
        // Closed by the test, it has nothing more to tell.
        match patient("the end of stderr", self.stderr).await {
            Err(closed) if closed.is_cancelled() => {}
            read => read.expect("stderr was read"),
        }
        let stderr = self.log.0.lock().expect("no test panicked here").clone();
        let mut left =
            std::fs::read_dir(self.home.path()).expect("the temporary directory is readable");
        Ended {
            status,
            stdout,
            stderr,
            left_a_file: left.next().is_some(),
        }
    }
}

/// What a process leaves behind.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) status: ExitStatus,
    /// Everything after the lines already read.
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    pub(crate) left_a_file: bool,
}
