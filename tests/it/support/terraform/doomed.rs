//! Runs that come to a bad end.

use std::process::Stdio;

use tokio::process::Child;

use super::Terraform;

impl Terraform {
    /// Starts a run that is to come to a bad end.
    pub(crate) fn doomed(&self, arguments: &[&str]) -> Child {
        let mut command = self.command(arguments);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        command.spawn().expect("terraform starts")
    }
}
