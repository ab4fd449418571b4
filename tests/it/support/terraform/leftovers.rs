//! What runs of Terraform leave in their directory.

use std::fs;
use std::path::Path;
use std::process::Stdio;

use tokio::process::{Child, Command};

use super::Terraform;

impl Terraform {
    /// Starts a run that is to come to a bad end.
    pub(crate) fn doomed(&self, arguments: &[&str]) -> Child {
        let mut command = self.command(arguments);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        command.spawn().expect("terraform starts")
    }

    /// The files that hold this text: states, backups, whatever a run leaves. Saved plans are archives, and unpacked.
    pub(crate) async fn files_with(&self, text: &str) -> Vec<String> {
        let mut found = Vec::new();
        let mut folders = vec![self.directory.path().to_owned()];
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
