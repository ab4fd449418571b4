//! Scripts that run Terraform on their own account.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;

use tokio::task::yield_now;

use super::{Ran, Terraform};
use crate::support::patient;

impl Terraform {
    /// Lets what Terraform starts find the tools of this machine, and under `terraform` this one.
    pub(crate) fn lend_path(&mut self) {
        let tools = self.directory.path().join("tools");
        fs::create_dir(&tools).expect("a writable directory");
        symlink(&self.binary, tools.join("terraform")).expect("a link");
        let mut path = OsString::from(tools);
        path.push(":");
        path.push(env::var_os("PATH").unwrap_or_default());
        self.set("PATH", path.to_str().expect("UTF-8"));
    }

    /// Puts a program beside them, under its own name. [`Self::lend_path`] comes first.
    pub(crate) fn lend_program(&self, program: &Path) {
        let name = program.file_name().expect("a program");
        let link = self.directory.path().join("tools").join(name);
        symlink(program, link).expect("a link");
    }

    /// Puts a program of the test's own before the others. [`Self::lend_path`] comes first.
    pub(crate) fn lend(&self, name: &str, script: &str) {
        let file = self.directory.path().join("tools").join(name);
        fs::write(&file, script).expect("a writable directory");
        let executable = fs::Permissions::from_mode(0o755);
        fs::set_permissions(&file, executable).expect("a file of ours");
    }

    /// Runs a script in a folder, with the environment of this Terraform.
    pub(crate) async fn script(&self, folder: &Path, script: &str, arguments: &[&str]) -> Ran {
        let terraform = self.command(&[]);
        let mut command = tokio::process::Command::new(folder.join(script));
        let environment = terraform.as_std().get_envs();
        let environment = environment.filter_map(|(name, value)| Some((name, value?)));
        command
            .args(arguments)
            .current_dir(folder)
            .stdin(std::process::Stdio::null())
            .env_clear()
            .envs(environment)
            .kill_on_drop(true);
        let output = patient(script, async {
            loop {
                match command.output().await {
                    // A child that another test is about to start still has the file open, as its writer had.
                    Err(busy) if busy.kind() == ErrorKind::ExecutableFileBusy => yield_now().await,
                    output => break output,
                }
            }
        })
        .await;
        Ran::of(
            &[&[script], arguments].concat(),
            &output.expect("the script starts"),
        )
    }
}
