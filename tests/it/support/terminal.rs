//! A program in a terminal of its own: a session with a controlling terminal, as a shell in a window has it.

use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use pty_process::OwnedWritePty;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, ChildStdout, Command};
use tokio::task::JoinHandle;

use super::patient;
use super::running::signal;

/// The program, which leads the terminal's foreground process group.
pub(crate) struct Terminal {
    child: Child,
    /// The id of the process, which is that of its group and of its session too.
    pub(crate) id: u32,
    screen: Arc<Mutex<String>>,
    open: Option<(OwnedWritePty, JoinHandle<()>)>,
    stdout: Option<ChildStdout>,
}

impl Terminal {
    /// Everything goes to the terminal.
    pub(crate) fn run(command: Command) -> Self {
        Self::start(command.into(), false)
    }

    /// stdout goes to a pipe: `command | head`.
    pub(crate) fn run_piped(command: Command) -> Self {
        Self::start(command.into(), true)
    }

    fn start(mut command: pty_process::Command, is_piped: bool) -> Self {
        let (terminal, inside) = pty_process::open().expect("a pseudo-terminal");
        if is_piped {
            command = command.stdout(Stdio::piped());
        }
        let mut child = command.spawn(inside).expect("the program starts");
        let (mut reader, writer) = terminal.into_split();
        let screen = Arc::new(Mutex::new(String::new()));
        let shown = Arc::clone(&screen);
        let reading = tokio::spawn(async move {
            let mut bytes = [0; 4096];
            // Fails when no process has the terminal any more.
            while let Ok(count @ 1..) = reader.read(&mut bytes).await {
                let text = String::from_utf8_lossy(&bytes[..count]);
                shown.lock().expect("no test panicked here").push_str(&text);
            }
        });
        Self {
            id: child.id().expect("it runs"),
            stdout: child.stdout.take(),
            child,
            screen,
            open: Some((writer, reading)),
        }
    }

    pub(crate) fn screen(&self) -> String {
        self.screen.lock().expect("no test panicked here").clone()
    }

    /// Waits until the screen has shown this.
    pub(crate) async fn shows(&self, text: &str) {
        wait_until(text, || self.screen().contains(text)).await;
    }

    /// Ctrl-C at the keyboard: the kernel sends SIGINT to the foreground process group.
    pub(crate) async fn press_ctrl_c(&mut self) {
        let (keyboard, _) = self.open.as_mut().expect("the terminal is open");
        keyboard.write_all(b"\x03").await.expect("a keyboard");
    }

    /// The window is closed: the kernel sends SIGHUP to the session.
    pub(crate) async fn close(&mut self) {
        if let Some((keyboard, reading)) = self.open.take() {
            reading.abort();
            let _ = reading.await;
            drop(keyboard);
        }
    }

    /// The reader of the pipe ends.
    pub(crate) fn close_stdout(&mut self) {
        self.stdout = None;
    }

    /// A signal to all processes of the group.
    pub(crate) async fn signal_group(&self, which: &str) {
        signal(which, &format!("-{}", self.id)).await;
    }

    /// Waits until the program has ended, on whatever way.
    pub(crate) async fn ends(&mut self) {
        let status = patient("the end of the program", self.child.wait()).await;
        status.expect("a status");
    }
}

/// The processes that work in this folder, by id, and the names of their programs.
pub(crate) fn processes_in(folder: &Path) -> Vec<(String, String)> {
    let entries = fs::read_dir("/proc").expect("the processes of this machine");
    let ids = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let here = ids.filter(|id| is_in(folder, id));
    let named = here.filter_map(|id| {
        let program = fs::read_link(format!("/proc/{id}/exe")).ok()?;
        let name = program.file_name()?.to_string_lossy().into_owned();
        Some((id, name))
    });
    named.collect()
}

fn is_in(folder: &Path, id: &str) -> bool {
    fs::read_link(format!("/proc/{id}/cwd")).is_ok_and(|at| at == folder)
}

/// Waits until the last process in this folder has ended. All processes of the machine are looked through twice only.
pub(crate) async fn no_process_in(folder: &Path) {
    let mut here = processes_in(folder);
    while !here.is_empty() {
        let all_ended = || here.iter().all(|(id, _)| !is_in(folder, id));
        wait_until(&format!("the end of {here:?}"), all_ended).await;
        here = processes_in(folder);
    }
}

/// Looks again and again, and fails the test by name when it never comes true.
pub(crate) async fn wait_until(what: &str, is_true: impl Fn() -> bool) {
    patient(what, async {
        while !is_true() {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    })
    .await;
}
