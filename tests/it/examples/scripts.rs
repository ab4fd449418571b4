//! Scripts among the examples: all of them are known, and what can run in a test does.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use super::example::Example;
use super::files::{files, root};
use crate::support::server::Server;
use crate::support::terraform::Terraform;

/// Every program, and what runs it.
const PROGRAMS: [(&str, &str); 6] = [
    ("drift-detection/drift", "the module `drift`"),
    (
        "ephemeral-resources/appservices_user_api_key/migrate",
        "the example provisioner.tf beside it",
    ),
    (
        "ephemeral-resources/appservices_user_api_key/sweep",
        "a test below",
    ),
    ("quickstart/run", ".ci/run: it builds a release"),
    ("rotation/by-age/rotate", "a test below"),
    (
        "terraform-test/run",
        "nobody: it builds a release; its test runs in the module `tested`",
    ),
];

#[test]
fn every_program_is_run_by_something() {
    let is_program = |file: &String| {
        let metadata = fs::metadata(root().join(file)).expect("a file");
        metadata.permissions().mode() & 0o111 != 0
    };
    let programs = files(&root()).into_iter().filter(is_program);
    assert_eq!(programs.collect::<Vec<_>>(), PROGRAMS.map(|(file, _)| file));
}

#[tokio::test]
async fn the_rotation_job_applies_what_is_due_and_leaves_no_plan() {
    let Some(terraform) = Terraform::find() else {
        return;
    };
    let server = Server::start().await;
    let mut there = Example::named("rotation/by-age").lay_out(terraform, |text| text);
    there.log_in_to(&server);
    there.terraform.lend_path();
    let rotate = async || {
        let ran = there.terraform.script(&there.folder, "./rotate", &[]).await;
        assert!(!there.folder.join("rotation.tfplan").exists());
        ran
    };
    rotate().await.succeeds().mentions(&["1 added"]);
    rotate().await.succeeds().mentions(&["Nothing is due."]);
    assert_eq!(server.emulator.keys().len(), 1);
}

#[tokio::test]
async fn the_sweep_leaves_young_keys_and_no_session() {
    let Some(terraform) = Terraform::find() else {
        return;
    };
    let server = Server::start().await;
    let name = "ephemeral-resources/appservices_user_api_key/ephemeral-resource.tf";
    let mut there = Example::named(name).lay_out(terraform, |text| text);
    there.log_in_to(&server);
    there.terraform.lend_path();
    server.create("terraform-ephemeral-young").await;
    let ran = there.terraform.script(&there.folder, "./sweep", &[]).await;
    assert_eq!(ran.succeeds().text(), "");
    assert_eq!(server.emulator.keys().len(), 1);
    assert_eq!(server.open_sessions(), 0);
}
