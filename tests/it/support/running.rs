//! A Terraform at work, and what happens to it: Ctrl-C, or the end of its provider.

use std::fs;
use std::path::Path;
use std::process::{Output, Stdio};

use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::process::{Child, ChildStdout, Command};
use tokio::task::JoinHandle;

use super::patient;
use super::terraform::Ran;

pub(crate) struct Running {
    arguments: Vec<String>,
    child: Child,
    /// The id of the process, which is that of its group too.
    id: u32,
    stdout: BufReader<ChildStdout>,
    seen: String,
    stderr: JoinHandle<Vec<u8>>,
}

impl Running {
    pub(super) fn start(mut command: Command, arguments: &[&str]) -> Self {
        command
            .process_group(0)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().expect("terraform starts");
        let stdout = BufReader::new(child.stdout.take().expect("stdout is piped"));
        let mut stderr = child.stderr.take().expect("stderr is piped");
        let stderr = tokio::spawn(async move {
            let mut bytes = Vec::new();
            stderr.read_to_end(&mut bytes).await.expect("stderr");
            bytes
        });
        Self {
            arguments: arguments.iter().map(|&text| text.to_owned()).collect(),
            id: child.id().expect("it runs"),
            child,
            stdout,
            seen: String::new(),
            stderr,
        }
    }

    /// Ctrl-C: the whole group gets it, the provider's process too.
    pub(crate) async fn interrupt(&self) {
        signal("-INT", &format!("-{}", self.id)).await;
    }

    /// Waits until Terraform has said this.
    pub(crate) async fn says(&mut self, text: &str) {
        while !self.seen.contains(text) {
            let mut line = String::new();
            let read = patient(text, self.stdout.read_line(&mut line)).await;
            assert_ne!(
                read.expect("UTF-8"),
                0,
                "{text:?} never came: {}",
                self.seen
            );
            self.seen.push_str(&line);
        }
    }

    /// The processes of the provider that belong to this run.
    pub(crate) fn providers(&self) -> Vec<Provider> {
        let tasks = fs::read_dir(format!("/proc/{}/task", self.id)).expect("it runs");
        let children = tasks.flat_map(|task| {
            let path = task.expect("a task").path().join("children");
            let ids = fs::read_to_string(path).unwrap_or_default();
            ids.split_whitespace()
                .map(str::to_owned)
                .collect::<Vec<_>>()
        });
        let is_provider = |id: &String| {
            let binary = fs::read_link(format!("/proc/{id}/exe")).unwrap_or_default();
            binary.ends_with(Path::new("terraform-provider-appservices"))
        };
        children.filter(is_provider).map(Provider).collect()
    }

    /// Waits until Terraform has ended.
    pub(crate) async fn end(mut self) -> Ran {
        let mut rest = String::new();
        patient("the end of stdout", self.stdout.read_to_string(&mut rest))
            .await
            .expect("UTF-8");
        let status = patient("the end of terraform", self.child.wait()).await;
        let stderr = patient("the end of stderr", self.stderr).await;
        let arguments = self.arguments.iter().map(String::as_str);
        let output = Output {
            status: status.expect("a status"),
            stdout: (self.seen + &rest).into_bytes(),
            stderr: stderr.expect("stderr was read"),
        };
        Ran::of(&arguments.collect::<Vec<_>>(), &output)
    }
}

/// A process of the provider, by its id.
pub(crate) struct Provider(String);

impl Provider {
    /// `kill -9`.
    pub(crate) async fn kill(&self) {
        signal("-KILL", &self.0).await;
    }

    /// Waits until the process is no more.
    pub(crate) async fn ends(&self) {
        let runs = || {
            let binary = fs::read_link(format!("/proc/{}/exe", self.0)).unwrap_or_default();
            binary.ends_with(Path::new("terraform-provider-appservices"))
        };
        patient("the end of the provider", async {
            while runs() {
                tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            }
        })
        .await;
    }
}

/// `kill`, with the name of the signal and whom to send it to.
pub(crate) async fn signal(which: &str, whom: &str) {
    let sent = Command::new("kill")
        .args([which, "--", whom])
        .status()
        .await;
    assert!(sent.expect("kill can be run").success(), "{which} {whom}");
}
