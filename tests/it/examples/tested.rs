//! Examples with tests of their own: `terraform test`, with real keys on a server.

use std::collections::BTreeSet;

use serde_json::json;

use super::example::Example;
use super::files::{files, files_with, root};
use crate::support::server::Server;
use crate::support::terraform::Terraform;

#[tokio::test]
async fn every_tested_example_passes_and_leaves_nothing() {
    let tests = files_with(&root(), ".tftest.hcl");
    let folders = tests
        .iter()
        .map(|file| file.split_once("/tests/").expect("it is in tests/").0);
    let folders = folders.collect::<BTreeSet<_>>();
    assert!(folders.len() > 2, "{folders:?}");
    for folder in folders {
        let Some(terraform) = Terraform::find() else {
            return;
        };
        let server = Server::start().await;
        // Of another run, which is not over yet.
        let other = format!("billing-blue-9-{}", "0".repeat(25));
        server.create(&other).await;
        let mut there = Example::named(folder).lay_out(terraform, |text| text);
        there.log_in_to(&server);
        there.terraform.lend_path();
        there.prepare().await;
        let ran = there.run(&["test"]).await.succeeds();
        ran.mentions(&["Success!", " passed, 0 failed."]);
        assert!(server.count("POST", "/auth/api_keys") > 1, "{folder}");
        assert_eq!(server.keys().await, json!({ other: "enabled" }), "{folder}");
        assert_eq!(server.open_sessions(), 0, "{folder}");
    }
}

/// A module without a test would be found here.
#[test]
fn every_module_has_tests() {
    let files = files(&root().join("modules"));
    let modules = files.iter().filter_map(|file| file.split_once('/'));
    let modules = modules.map(|(module, _)| module).collect::<BTreeSet<_>>();
    assert!(modules.len() > 1, "{modules:?}");
    for module in modules {
        let tests = format!("{module}/tests/");
        let mut tests = files.iter().filter(|file| file.starts_with(&tests));
        assert!(tests.any(|file| file.ends_with(".tftest.hcl")), "{module}");
        for file in [
            "main.tf",
            "variables.tf",
            "outputs.tf",
            "versions.tf",
            "README.md",
        ] {
            assert!(
                files.contains(&format!("{module}/{file}")),
                "{module}: {file}"
            );
        }
    }
}
