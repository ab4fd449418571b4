//! The workflows of examples: their steps run, in their order, with a release in the place of GitHub's.

use std::fmt::Write as _;
use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use yaml_rust2::{Yaml, YamlLoader};

use super::example::{Example, LaidOut};
use super::files::text;
use crate::release;
use crate::support::server::{EMAIL, PASSWORD, Server};
use crate::support::terraform::{Ran, Terraform};

/// What `gh release download TAG --repo REPOSITORY ...` does, with the files of a folder.
const GH: &str = r#"#!/usr/bin/env bash
set -euo pipefail
[ "$1 $2 $3" = "release download v$VERSION" ]
shift 3
into=.
files=()
while [ $# -gt 0 ]; do
  case $1 in
    --dir) into=$2 ;;
    --pattern) files+=("$2") ;;
    --repo) ;;
    *) exit 2 ;;
  esac
  shift 2
done
mkdir -p "$into"
for file in "${files[@]}"; do cp "$RELEASE/$file" "$into"; done
"#;

/// An example that a workflow stands in, and a release to install from.
async fn laid_out(example: &str) -> Option<LaidOut> {
    let terraform = Terraform::find()?;
    let mut there = Example::named(example).lay_out(terraform, |text| text);
    there.terraform.lend_path();
    let release = there.terraform.directory().join("release");
    release::of_this_build(&release).await;
    there.terraform.lend("gh", GH);
    let home = there
        .terraform
        .directory()
        .to_str()
        .expect("UTF-8")
        .to_owned();
    there.terraform.set("RELEASE", &format!("{home}/release"));
    there
        .terraform
        .set("GITHUB_STEP_SUMMARY", &format!("{home}/summary"));
    Some(there)
}

/// The steps of a workflow's only job as one script. GitHub's variables and secrets come from the environment.
fn script(workflow: &str) -> String {
    let mut documents = YamlLoader::load_from_str(workflow).expect("YAML");
    let workflow = documents.swap_remove(0);
    let jobs = workflow["jobs"].as_hash().expect("jobs");
    assert_eq!(jobs.len(), 1);
    let job = jobs.values().next().expect("a job");
    let mut script =
        "#!/usr/bin/env bash\nset -eo pipefail\ntrap 'kill $(jobs -p) 2>/dev/null || :' EXIT\n\
                      unset TF_CLI_CONFIG_FILE\n"
            .to_owned();
    export(&mut script, &job["env"]);
    for step in job["steps"].as_vec().expect("steps") {
        let Some(run) = step["run"].as_str() else {
            continue;
        };
        export(&mut script, &step["env"]);
        script.push_str(run);
        script.push('\n');
    }
    script
}

fn export(script: &mut String, environment: &Yaml) {
    for (name, value) in environment.as_hash().into_iter().flatten() {
        let [name, value] = [name, value].map(|text| text.as_str().expect("a text"));
        if value.starts_with("${{ secrets.") || value.starts_with("${{ vars.") {
            writeln!(script, ": \"${{{name}:?}}\"").expect("room for it");
        } else if !value.starts_with("${{") {
            writeln!(script, "export {name}={value:?}").expect("room for it");
        }
    }
}

async fn run(there: &LaidOut, script: &str) -> Ran {
    let file = there.folder.join("steps");
    fs::write(&file, script).expect("a file");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).expect("a file of ours");
    there.terraform.script(&there.folder, "./steps", &[]).await
}

#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
#[tokio::test]
async fn the_job_that_looks_for_drift_installs_the_provider_and_finds_some() {
    const FOLDER: &str = "drift-detection";
    let Some(mut there) = laid_out(FOLDER).await else {
        return;
    };
    let server = Server::start().await;
    there.log_in_to(&server);
    let script = script(&text(&format!("{FOLDER}/.github/workflows/drift.yml")));
    // A practitioner commits the lock file; here the first run writes it.
    let first = script.replace(" -lockfile=readonly", "");
    let ran = run(&there, &first).await;
    assert_eq!(ran.code, 2, "{}", ran.whole());
    let ran = ran.mentions(&[
        "Installed appservices/appservices",
        "create appservices_user_api_key",
    ]);
    let home = there.terraform.directory();
    let summary = fs::read_to_string(home.join("summary")).expect("a summary");
    assert!(summary.contains("To apply: yes."), "{}", ran.whole());
    let apply = script.replace("./drift |", "terraform apply -auto-approve |");
    run(&there, &apply).await.succeeds();
    run(&there, &script)
        .await
        .succeeds()
        .mentions(&["Drift: none."]);
    let keys = server.emulator.keys();
    server.delete(&keys[0].id).await;
    let ran = run(&there, &script).await;
    assert_eq!(ran.code, 2, "{}", ran.whole());
    ran.mentions(&["Drift: yes."]);
}

#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
#[tokio::test]
async fn the_job_that_tests_a_module_starts_an_emulator() {
    const FOLDER: &str = "terraform-test";
    let Some(mut there) = laid_out(FOLDER).await else {
        return;
    };
    there.terraform.set("APPSERVICES_EMAIL", EMAIL);
    there.terraform.set("APPSERVICES_PASSWORD", PASSWORD);
    let script = script(&text(&format!("{FOLDER}/.github/workflows/test.yml")));
    let free = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = free.local_addr().expect("an address").to_string();
    drop(free);
    let script = script.replace("127.0.0.1:9090", &address).replace(
        "./appservices-emulator >",
        &format!("./appservices-emulator --listen {address} >"),
    );
    let ran = run(&there, &script).await.succeeds();
    ran.mentions(&[" passed, 0 failed."]);
    assert!(Path::new(&there.folder).join("emulator.log").exists());
}
