//! A Terraform that is still running, and what it leaves in its directory.

use std::fs;
use std::path::Path;
use std::process::Stdio;

use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, BufReader};
use tokio::process::{Child, ChildStdout, Command};
use tokio::task::JoinHandle;

use super::{Ran, Terraform};
use crate::support::patient;

/// A run that a test has something to say to.
pub(crate) struct Running {
    arguments: String,
    child: Child,
    stdout: BufReader<ChildStdout>,
    said: String,
    stderr: JoinHandle<String>,
}

impl Running {
    /// Waits until a line of the output speaks of this.
    pub(crate) async fn says(&mut self, phrase: &str) {
        loop {
            let start = self.said.len();
            let read = patient(phrase, self.stdout.read_line(&mut self.said)).await;
            let read = read.expect("stdout is UTF-8");
            assert_ne!(read, 0, "{phrase:?} was never said: {}", self.said);
            if self.said[start..].contains(phrase) {
                return;
            }
        }
    }

    /// What Ctrl-C does, to Terraform alone.
    pub(crate) async fn interrupt(&self) {
        let id = self.child.id().expect("terraform runs").to_string();
        let sent = Command::new("kill").args(["-INT", &id]).status().await;
        assert!(sent.expect("kill can be run").success());
    }

    /// Waits for its end.
    pub(crate) async fn end(mut self) -> Ran {
        let rest = self.stdout.read_to_string(&mut self.said);
        patient("the end of stdout", rest).await.expect("UTF-8");
        let status = patient("the end of terraform", self.child.wait()).await;
        let stderr = patient("the end of stderr", self.stderr).await;
        Ran {
            arguments: self.arguments,
            code: status
                .expect("a status")
                .code()
                .expect("terraform was not killed"),
            stdout: self.said,
            stderr: stderr.expect("stderr was read"),
        }
    }
}

impl Terraform {
    /// Starts a run, and does not wait for its turn: it may have to outlast others.
    pub(crate) fn start(&self, arguments: &[&str]) -> Running {
        let mut command = self.command(arguments);
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("terraform starts");
        let stdout = BufReader::new(child.stdout.take().expect("stdout is piped"));
        let mut stderr = child.stderr.take().expect("stderr is piped");
        let stderr = tokio::spawn(async move {
            let mut text = String::new();
            let read = stderr.read_to_string(&mut text).await;
            read.expect("stderr is UTF-8");
            text
        });
        Running {
            arguments: arguments.join(" "),
            child,
            stdout,
            said: String::new(),
            stderr,
        }
    }

    pub(crate) fn folder(&self) -> &Path {
        self.directory.path()
    }

    /// The files that hold this text: states, backups, whatever a run leaves. Saved plans are archives, and unpacked.
    pub(crate) async fn files_with(&self, text: &str) -> Vec<String> {
        let mut found = Vec::new();
        let mut folders = vec![self.folder().to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).expect("a readable folder") {
                let path = entry.expect("an entry").path();
                if path.is_dir() {
                    folders.push(path);
                    continue;
                }
                let mut bytes = fs::read(&path).unwrap_or_default();
                if bytes.starts_with(b"PK") {
                    bytes.extend(unpacked(&path).await);
                }
                let mut parts = bytes.windows(text.len());
                if parts.any(|part| part == text.as_bytes()) {
                    found.push(path.display().to_string());
                }
            }
        }
        found
    }
}

/// All members of an archive, one after the other.
async fn unpacked(archive: &Path) -> Vec<u8> {
    let output = Command::new("unzip").arg("-p").arg(archive).output().await;
    let output = output.expect("`unzip`, to look into saved plans");
    assert!(output.status.success() && !output.stdout.is_empty());
    output.stdout
}
