//! Scripts among the examples: all of them are known, and all of them run.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use super::example::{Example, LaidOut};
use super::files::{files, root};
use crate::support::server::Server;
use crate::support::terraform::{Ran, Terraform};

/// Every program, and what runs it.
const PROGRAMS: [(&str, &str); 8] = [
    ("drift-detection/drift", "the module `drift`"),
    (
        "ephemeral-resources/appservices_user_api_key/migrate",
        "the example provisioner.tf beside it",
    ),
    (
        "ephemeral-resources/appservices_user_api_key/sweep",
        "a test below",
    ),
    (
        "guides/installing/write-index",
        "the tests of installing a release",
    ),
    ("provider/refresh-token/log-in", "a test below"),
    ("quickstart/run", "a test below; .ci/run with a build"),
    ("rotation/by-age/rotate", "a test below"),
    ("terraform-test/run", "a test below"),
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

/// An example in a folder with a space in its name, for a script that takes the programs of this build.
fn with_programs(example: &str) -> Option<LaidOut> {
    let terraform = Terraform::find()?;
    let mut there = Example::named(example).lay_out(terraform, |text| text);
    let spaced = there.terraform.directory().join("a folder");
    fs::rename(there.terraform.directory().join("examples"), &spaced).expect("a new name");
    there.folder = spaced.join(example);
    there.terraform.lend_path();
    let programs = Path::new(env!("CARGO_BIN_EXE_appservices-emulator")).parent();
    let programs = programs.and_then(Path::to_str).expect("a folder");
    there.terraform.set("PROGRAMS", programs);
    Some(there)
}

fn assert_nothing_is_left(ran: &Ran, there: &LaidOut) {
    let left = fs::read_dir(there.terraform.directory()).expect("a folder");
    let names = left.map(|entry| entry.expect("an entry").file_name());
    let mut temporary = names.filter(|name| name.to_string_lossy().starts_with("appservices-"));
    assert_eq!(temporary.next(), None, "{}", ran.whole());
}

#[tokio::test]
async fn the_quick_start_makes_rotates_and_repairs_a_key_twice() {
    let Some(mut there) = with_programs("quickstart") else {
        return;
    };
    // Settings of the caller's own, which must not steer it.
    there
        .terraform
        .set("APPSERVICES_EMAIL", "other@example.com");
    there.terraform.set("TF_VAR_rotation", "7");
    for _ in 0..2 {
        let ran = there.terraform.script(&there.folder, "./run", &[]).await;
        let ran = ran.succeeds().mentions(&[
            "==> Rotate",
            "~ enabled = false -> true",
            "no key is left",
            "What to try next",
        ]);
        assert_nothing_is_left(&ran, &there);
    }
}

#[tokio::test]
async fn the_quick_start_says_what_is_missing() {
    let Some(mut there) = with_programs("quickstart") else {
        return;
    };
    there.terraform.set("PROGRAMS", "");
    // It says which Rust it takes.
    let manifest = include_str!("../../../Cargo.toml");
    there.terraform.write("Cargo.toml", manifest);
    there
        .terraform
        .set("TERRAFORM", "terraform-that-is-not-there");
    let tools = there.terraform.directory().join("few-tools");
    fs::create_dir(&tools).expect("a folder");
    for tool in ["bash", "dirname", "sed", "env"] {
        let found = ["/bin", "/usr/bin"].map(|folder| Path::new(folder).join(tool));
        let found = found.iter().find(|path| path.exists()).expect(tool);
        std::os::unix::fs::symlink(found, tools.join(tool)).expect("a link");
    }
    let cargo = tools.join("cargo");
    fs::write(&cargo, "#!/usr/bin/env bash\necho cargo 1.70.0\n").expect("a file");
    fs::set_permissions(&cargo, fs::Permissions::from_mode(0o755)).expect("a file of ours");
    there.terraform.set("PATH", tools.to_str().expect("UTF-8"));
    let ran = there.terraform.script(&there.folder, "./run", &[]).await;
    assert_eq!(ran.code, 1, "{}", ran.whole());
    let ran = ran.mentions(&[
        "'terraform-that-is-not-there' was not found",
        "'curl' was not found",
        "Rust 1.70 is too old",
        "no C compiler was found",
    ]);
    assert_nothing_is_left(&ran, &there);
}

#[tokio::test]
async fn the_tested_example_tests_itself() {
    let Some(there) = with_programs("terraform-test") else {
        return;
    };
    let ran = there.terraform.script(&there.folder, "./run", &[]).await;
    let ran = ran.succeeds().mentions(&[" passed, 0 failed."]);
    assert_nothing_is_left(&ran, &there);
}

#[tokio::test]
async fn a_session_is_opened_and_stays_open() {
    let Some(terraform) = Terraform::find() else {
        return;
    };
    let server = Server::start().await;
    let mut there = Example::named("provider/environment").lay_out(terraform, |text| text);
    there.log_in_to(&server);
    there.terraform.lend_path();
    let folder = there.folder.with_file_name("refresh-token");
    let ran = there.terraform.script(&folder, "./log-in", &[]).await;
    let token = ran.succeeds().text();
    there.terraform.set("APPSERVICES_REFRESH_TOKEN", &token);
    for variable in ["APPSERVICES_EMAIL", "APPSERVICES_PASSWORD"] {
        there.terraform.set(variable, "");
    }
    there.write(
        "probe.tf",
        "data \"appservices_user_api_keys\" \"probe\" {}\n",
    );
    there.apply().await.succeeds();
    assert_eq!(server.open_sessions(), 1);
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
