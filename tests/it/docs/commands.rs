//! The commands on pages run, in their order, in an empty folder, with the configuration that stands between them.
//!
//! A page becomes one bash script: a block of configuration is written to `main.tf`, a block of commands is run. The emulator
//! that a page starts is one of the test's own, and Terraform asks for no confirmation.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use regex::Regex;

use super::page::{Fence, Page};
use crate::support::server::{EMAIL, PASSWORD, Server};
use crate::support::terraform::Terraform;

/// Pages whose commands run, with the keys that are there before.
const PAGES: [(&str, &[&str]); 4] = [
    ("docs/index.md", &[]),
    ("docs/guides/first-key.md", &[]),
    ("docs/guides/importing.md", &["deploy-bot"]),
    ("docs/guides/leaked-key.md", &[]),
];

/// Commands of those pages that do not run here, by how they begin.
const NOT_HERE: [(&str, &str); 4] = [
    ("appservices-emulator ", "the test has one"),
    ("terraform query ", "needs Terraform 1.14"),
    (
        "terraform plan -generate-config-out=",
        "needs a folder with `import` blocks alone",
    ),
    (
        "terraform import ",
        "the same as the `import` block above it",
    ),
];

/// All other pages with commands, and what runs them.
const OTHER_PAGES: [(&str, &str); 22] = [
    ("README.md", "CI: the quick start and the tests"),
    (
        "docs/actions/user_api_key_delete.md",
        "needs Terraform 1.14",
    ),
    (
        "docs/actions/user_api_key_disable.md",
        "needs Terraform 1.14",
    ),
    ("docs/contributing.md", "CI, and developers"),
    (
        "docs/ephemeral-resources/user_api_key.md",
        "a script of the examples",
    ),
    (
        "docs/guides/debugging.md",
        "nothing: curl and a provider that waits",
    ),
    (
        "docs/guides/drift-detection.md",
        "the script of the examples",
    ),
    ("docs/guides/emulator.md", "the tests of the emulator"),
    ("docs/guides/handing-on.md", "the page about importing"),
    (
        "docs/guides/hosted-service-end.md",
        "the page about importing",
    ),
    ("docs/guides/installing.md", "a test of the release"),
    ("docs/guides/keys-out-of-state.md", "needs the program age"),
    ("docs/guides/logging-in.md", "a script of the examples"),
    ("docs/guides/network.md", "the tests of TLS"),
    ("docs/guides/performance.md", "the benches"),
    ("docs/guides/rotation.md", "a script of the examples"),
    (
        "docs/guides/secrets-and-faults.md",
        "the pages that it links to",
    ),
    ("docs/guides/testing.md", "a script of the examples"),
    (
        "docs/list-resources/user_api_key.md",
        "needs Terraform 1.14",
    ),
    (
        "docs/resources/rotating_user_api_key.md",
        "needs a key with the id on the page",
    ),
    (
        "docs/resources/user_api_key.md",
        "the pages that it links to",
    ),
    ("docs/write-a-provider.md", "a test of the tiny provider"),
];

/// Where pages say that a server is.
const ADDRESSES: [&str; 2] = ["http://127.0.0.1:9090", "https://appservices.example.com"];

/// The id of a key on the page about a leaked one.
const LEAKED: &str = "6b04615cfcc797f19729e947";

/// `terraform init` needs no registry here, and nobody is there to say yes or to type a password.
const BEGIN: &str = r#"set -euo pipefail
terraform() {
  case $1 in
    init) ;;
    apply | destroy) command terraform "$1" -auto-approve "${@:2}" ;;
    *) command terraform "$@" ;;
  esac
}
read() { printf -v "${@: -1}" %s "$TYPED"; }
"#;

const REQUIREMENT: &str = "terraform {\n  required_providers {\n    appservices = { source = \"appservices/appservices\" }\n  }\n}\n";

fn script(page: &Page, url: &str) -> String {
    let mut script = BEGIN.to_owned();
    for Fence { language, text } in page.fences() {
        if language == "terraform" {
            let versions = if text.contains("required_providers") {
                ""
            } else {
                REQUIREMENT
            };
            let file = [
                "cat >main.tf <<'END_OF_FILE'\n",
                &text,
                versions,
                "END_OF_FILE\n",
            ];
            script += &file.concat();
        } else if language == "shell" && !NOT_HERE.iter().any(|(begin, _)| text.starts_with(begin))
        {
            script += &text;
        }
    }
    for address in ADDRESSES {
        script = script.replace(address, url);
    }
    let id = "$(terraform show -json | jq -r '.values.root_module.resources[0].values.id')";
    script.replace(LEAKED, id)
}

async fn runs(page: &str, keys: &[&str]) {
    let Some(mut terraform) = Terraform::find() else {
        return;
    };
    let server = Server::start().await;
    for key in keys {
        server.create(key).await;
    }
    let script = script(&Page::read(page), &server.url());
    terraform.write("page", &format!("#!/usr/bin/env bash\n{script}"));
    let folder = terraform.directory().to_owned();
    let executable = fs::Permissions::from_mode(0o755);
    fs::set_permissions(folder.join("page"), executable).expect("a file of ours");
    terraform.lend_path();
    for (variable, value) in [
        ("APPSERVICES_BASE_URL", server.url().as_str()),
        ("APPSERVICES_APP_ID", server.emulator.app_id()),
        ("APPSERVICES_EMAIL", EMAIL),
        ("APPSERVICES_PASSWORD", PASSWORD),
        ("TYPED", PASSWORD),
    ] {
        terraform.set(variable, value);
    }
    let ran = terraform.script(&folder, "./page", &[]).await;
    assert_eq!(ran.code, 0, "{page}: {}\n{script}", ran.whole());
    assert!(server.count("POST", "/auth/api_keys") > 0, "{page}");
}

#[tokio::test]
async fn what_pages_tell_readers_to_type_works() {
    for (page, keys) in PAGES {
        runs(page, keys).await;
    }
}

#[test]
fn every_page_with_commands_is_run_by_something() {
    let pages = Page::all().into_iter().filter(|page| {
        let mut fences = page.fences().into_iter();
        fences.any(|fence| fence.language == "shell") && !page.path.starts_with("examples/")
    });
    let found: BTreeSet<_> = pages.map(|page| page.path).collect();
    let run = PAGES.iter().map(|(page, _)| page);
    let other = OTHER_PAGES.iter().map(|(page, _)| page);
    let known: BTreeSet<_> = run.chain(other).map(|&page| page.to_owned()).collect();
    assert_eq!(found, known);
}

/// An interactive zsh takes a comment for a command.
#[test]
fn commands_have_no_comments() {
    let comment = Regex::new(r"(?m)(?:^|\s)#\s").expect("a pattern");
    // Its commands stand in lists, each with what it is for.
    let pages = Page::all().into_iter();
    for page in pages.filter(|page| page.path != "docs/guides/emulator.md") {
        for fence in page.fences() {
            let is_typed = fence.language == "shell" && !fence.text.starts_with("#!");
            assert!(
                !is_typed || !comment.is_match(&fence.text),
                "{}:\n{}",
                page.path,
                fence.text
            );
        }
    }
}
