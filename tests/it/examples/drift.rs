//! The script that looks for drift: its exit codes, and what it says.

use std::fs;

use super::example::{Example, LaidOut};
use super::files::text;
use crate::support::detour::{Deed, Detour};
use crate::support::server::Server;
use crate::support::terraform::{Ran, Terraform};

const FOLDER: &str = "drift-detection";

/// The example, applied.
async fn applied() -> Option<(Server, LaidOut)> {
    let terraform = Terraform::find()?;
    let server = Server::start().await;
    let mut there = Example::named(FOLDER).lay_out(terraform, |text| text);
    there.log_in_to(&server);
    there.terraform.lend_path();
    there.apply().await.succeeds();
    Some((server, there))
}

/// Runs the script, which has to end with `code`, to show no value, and to leave no plan behind.
async fn drift(there: &LaidOut, code: i32) -> Ran {
    let ran = there.terraform.script(&there.folder, "./drift", &[]).await;
    assert_eq!(ran.code, code, "{}", ran.whole());
    for key in values(there) {
        assert!(!ran.whole().contains(&key), "{}", ran.whole());
    }
    let left = fs::read_dir(there.terraform.directory()).expect("a folder");
    let names = left.map(|entry| entry.expect("an entry").file_name());
    let mut plans = names.filter(|name| name.to_string_lossy().starts_with("drift."));
    assert_eq!(plans.next(), None, "plans hold secrets");
    ran
}

fn state(there: &LaidOut) -> serde_json::Value {
    let state = fs::read_to_string(there.folder.join("terraform.tfstate"));
    serde_json::from_str(&state.expect("a state")).expect("JSON")
}

/// What the instances of the state have under this name.
fn texts(there: &LaidOut, resource: &str, name: &str) -> Vec<String> {
    let state = state(there);
    let resources = state["resources"].as_array().expect("resources").iter();
    let mine = resources.filter(|one| resource.is_empty() || one["name"] == resource);
    let texts = mine.map(|one| &one["instances"][0]["attributes"][name]);
    texts
        .filter_map(|text| text.as_str().map(str::to_owned))
        .collect()
}

/// What is not for a log that many read.
fn values(there: &LaidOut) -> Vec<String> {
    ["key", "key_fingerprint"]
        .map(|name| texts(there, "", name))
        .concat()
}

#[tokio::test]
async fn no_drift_ends_with_0() {
    let Some((_server, there)) = applied().await else {
        return;
    };
    let ran = drift(&there, 0).await;
    ran.mentions(&["Drift: none.", "To apply: nothing.", "exit code 0"]);
}

#[tokio::test]
async fn a_key_disabled_elsewhere_ends_with_2() {
    let Some((server, there)) = applied().await else {
        return;
    };
    let [id] = &texts(&there, "reports", "id")[..] else {
        panic!("one key");
    };
    server.disable(id).await;
    let update = "update appservices_user_api_key.reports (enabled)";
    let ran = drift(&there, 2).await;
    let output = ran.mentions(&["Drift: yes.", "To apply: yes.", "exit code 2"]);
    assert_eq!(
        output.text().matches(update).count(),
        2,
        "{}",
        output.whole()
    );
    // It looked, and did nothing about it.
    drift(&there, 2).await;
    there.apply().await.succeeds();
    drift(&there, 0).await;
}

#[tokio::test]
async fn a_key_deleted_elsewhere_ends_with_2() {
    let Some((server, there)) = applied().await else {
        return;
    };
    server.delete(&texts(&there, "reports", "id")[0]).await;
    let ran = drift(&there, 2).await;
    ran.mentions(&[
        "delete appservices_user_api_key.reports",
        "create appservices_user_api_key.reports",
    ]);
}

#[tokio::test]
async fn drift_that_the_configuration_allows_is_told_apart() {
    let Some((server, there)) = applied().await else {
        return;
    };
    let allow = "name = \"reports\"\n  lifecycle { ignore_changes = [enabled] }";
    there.edit("main.tf", "name = \"reports\"", allow);
    server.disable(&texts(&there, "reports", "id")[0]).await;
    let ran = drift(&there, 2).await;
    ran.mentions(&["Drift: yes.", "To apply: nothing.", "-refresh-only"]);
}

#[tokio::test]
async fn a_configuration_that_waits_for_its_apply_is_no_drift_and_ends_with_2() {
    let Some((_server, there)) = applied().await else {
        return;
    };
    there.edit("main.tf", "90d", "30d");
    let ran = drift(&there, 2).await;
    let update = "update appservices_user_api_key.deploy (rotate_after, rotates_at)";
    ran.mentions(&["Drift: none.", "To apply: yes.", update]);
    there.edit("main.tf", "30d", "90d");
    there.write("more.tf", "output \"more\" {\n  value = 1\n}\n");
    let ran = drift(&there, 2).await;
    ran.mentions(&["Drift: none. Outputs differ", "create output.more"]);
}

#[tokio::test]
async fn a_key_that_is_due_is_no_drift_and_ends_with_2() {
    let Some(terraform) = Terraform::find() else {
        return;
    };
    let server = Server::start().await;
    let detour = Detour::to(&server).await;
    let mut there = Example::named(FOLDER).lay_out(terraform, |text| text);
    there.log_in_to(&server);
    there.terraform.lend_path();
    there.terraform.set("APPSERVICES_BASE_URL", &detour.url());
    for _ in 0..2 {
        detour.next("POST", "/auth/api_keys", Deed::Backdate(91 * 86_400));
    }
    there.apply().await.succeeds();
    let ran = drift(&there, 2).await;
    ran.mentions(&[
        "Drift: none. Outputs differ from the state, or a key has become due",
        "create, then delete appservices_user_api_key.deploy",
        "Warning: A user API key is due for rotation",
    ]);
}

#[tokio::test]
async fn a_wrong_password_ends_with_1() {
    let Some((_server, mut there)) = applied().await else {
        return;
    };
    there.terraform.set("APPSERVICES_PASSWORD", "wrong-horse");
    let ran = drift(&there, 1).await;
    ran.mentions(&["Could not log in", "Nothing is known about drift"])
        .never_mentions(&["Drift: none", "wrong-horse"]);
}

#[tokio::test]
async fn a_folder_that_is_none_of_terraforms_ends_with_1() {
    let Some((_server, there)) = applied().await else {
        return;
    };
    there.edit("main.tf", "resource ", "resources ");
    drift(&there, 1).await;
}

/// The workflow asks for no right but to read. The module `workflows` runs it.
#[test]
fn the_workflow_reads_and_keeps_secrets_out_of_command_lines() {
    let workflow = text("drift-detection/.github/workflows/drift.yml");
    let lines = workflow.lines().map(str::trim).collect::<Vec<_>>();
    let about = |what: &str| {
        let lines = lines.iter().filter(|line| line.contains(what));
        lines.copied().collect::<Vec<_>>()
    };
    assert_eq!(about("permissions:"), ["permissions:"]);
    assert_eq!(about("contents:"), ["contents: read"]);
    assert_eq!(about(": write"), [""; 0]);
    assert_eq!(about("cron:").len(), 1);
    // Secrets reach the provider by the environment, and no other process by a command line.
    for line in about("${{ secrets.") {
        let (variable, secret) = line.split_once(": ").expect("a variable");
        assert_eq!(secret, format!("${{{{ secrets.{variable} }}}}"));
        assert!(variable.starts_with("APPSERVICES_"), "{line}");
    }
}
