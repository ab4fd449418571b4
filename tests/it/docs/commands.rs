//! The commands on pages run, in their order, in an empty folder, with the configuration that stands between them.
//!
//! A page becomes one bash script: a block of configuration is written to `main.tf`, a block of commands is run. What a page
//! starts takes a free port and goes on beside the script; Terraform asks for no confirmation. What no such script can run
//! is checked in the module `elsewhere`.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use futures_util::future::join_all;
use regex::{NoExpand, Regex};

use super::elsewhere::NEWER;
use super::page::{Fence, Page, is_configuration, root};
use crate::age;
use crate::support::server::{EMAIL, PASSWORD, Server};
use crate::support::terraform::Terraform;

/// A page, a key that is there before, and what was done before the block that begins like this.
type Run = (
    &'static str,
    &'static str,
    &'static [(&'static str, &'static str)],
);

/// What the page about the first key does.
const A_KEY: &str = "example guides/first-key/emulator/main.tf";
const FORGET_IT: &str = "terraform state rm appservices_user_api_key.deploy";

/// Pages whose commands run.
pub(super) const PAGES: [Run; 18] = [
    ("docs/index.md", "", &[]),
    (
        "docs/guides/debugging.md",
        "",
        &[
            ("TF_LOG_PROVIDER=DEBUG terraform plan", A_KEY),
            // So that there is one to be found.
            ("env |", "export no_proxy=localhost"),
            // The reader pastes it into the other shell.
            ("terraform plan\n", "attach"),
        ],
    ),
    (
        "docs/guides/drift-detection.md",
        "",
        &[("terraform plan -refresh-only", A_KEY)],
    ),
    ("docs/guides/emulator.md", "", &[]),
    ("docs/guides/first-key.md", "", &[]),
    (
        "docs/guides/handing-on.md",
        "",
        &[("terraform output -raw deploy_key", A_KEY)],
    ),
    (
        "docs/guides/hosted-service-end.md",
        "",
        &[("terraform state rm", A_KEY)],
    ),
    (
        "docs/guides/importing.md",
        "deploy-bot",
        &[
            ("terraform import", FORGET_IT),
            // It takes a folder with `import` blocks alone.
            (
                "terraform plan -generate-config-out",
                "mv terraform.tfstate kept\n\
                 printf 'import {\\n  to = appservices_user_api_key.deploy\\n  id = \"name:deploy-bot\"\\n}\\n' | configuration",
            ),
            (
                "terraform apply\nterraform apply -replace",
                "mv kept terraform.tfstate\nrm generated.tf",
            ),
        ],
    ),
    ("docs/guides/keys-out-of-state.md", "", &[]),
    ("docs/guides/leaked-key.md", "", &[]),
    (
        "docs/guides/logging-in.md",
        "",
        &[(
            "export APPSERVICES_REFRESH_TOKEN",
            "cp \"$EXAMPLES/provider/refresh-token/log-in\" .",
        )],
    ),
    ("docs/guides/network.md", "", &[]),
    (
        "docs/guides/secrets-and-faults.md",
        "",
        &[("terraform output", A_KEY), ("terraform import", FORGET_IT)],
    ),
    (
        "docs/guides/testing.md",
        "",
        &[(
            "export ",
            "mkdir module\ncp -r \"$EXAMPLES/terraform-test/.\" module\ncp -r \"$EXAMPLES/mocks\" .\ncd module",
        )],
    ),
    (
        "docs/resources/rotating_user_api_key.md",
        "devices-1",
        &[(
            "terraform import",
            "configuration <\"$EXAMPLES/resources/appservices_rotating_user_api_key/resource.tf\"",
        )],
    ),
    (
        "docs/resources/user_api_key.md",
        "",
        &[
            (
                "printf",
                "example resources/appservices_user_api_key/resource.tf",
            ),
            (
                "terraform import",
                "configuration <\"$EXAMPLES/resources/appservices_user_api_key/resource.tf\"\n\
                 terraform state rm appservices_user_api_key.deploy",
            ),
        ],
    ),
    (
        "examples/modules/rotating-pair/README.md",
        "",
        &[(
            "export ",
            "cp -r \"$EXAMPLES\" .\ncd examples/modules/rotating-pair",
        )],
    ),
    (
        "examples/modules/service-key/README.md",
        "",
        &[(
            "export ",
            "cp -r \"$EXAMPLES\" .\ncd examples/modules/service-key",
        )],
    ),
];

/// Blocks that do not run here, by a command in them.
const NOT_HERE: [(&str, &str); 2] = [
    ("sops ", "SOPS is not here"),
    ("./tests/load/run", "takes minutes"),
];

/// Where pages say that a server is.
const ADDRESSES: &str = "http://127.0.0.1:9090|https://appservices.example.com";

const BEGIN: &str = r#"#!/usr/bin/env bash
set -euo pipefail
trap 'kill $(jobs -p) 2>/dev/null || :' EXIT
export KEY_ID=${KEY_ID:-}
url=$APPSERVICES_BASE_URL

# The id that pages name is that of the first key of the state, also when it is forgotten.
terraform() {
  case $1 in
    init) command terraform get ;;
    apply)
      command terraform apply -auto-approve "${@:2}"
      KEY_ID=$(jq -r 'first(.resources[] | select(.mode == "managed").instances[].attributes.id) // env.KEY_ID' terraform.tfstate)
      ;;
    destroy) command terraform destroy -auto-approve "${@:2}" ;;
    *) command terraform "$@" ;;
  esac
}

configuration() {
  sed -E "s#ADDRESSES#$url#; s/[0-9a-f]{24}/$KEY_ID/" >main.tf
  grep -q required_providers main.tf ||
    printf 'terraform {\n  required_providers {\n    appservices = { source = "appservices/appservices" }\n  }\n}\n' >>main.tf
}

example() {
  configuration <"$EXAMPLES/$1"
  terraform apply
}

# beside FILE PATTERN COMMAND: starts it, and waits until it has printed what it begins with.
beside() {
  # Now, and not when the command begins: the last one has printed the same.
  : >"$1"
  "${@:3}" >"$1" 2>"${1%.out}.log" &
  until grep -q "$2" "$1"; do
    kill -0 $! || { cat "${1%.out}.log"; exit 1; }
    sleep 0.02
  done
}

appservices-emulator() {
  beside emulator.out '^listening on' command appservices-emulator "$@" --listen 127.0.0.1:0
  url=$(sed -n 's/^listening on //p' emulator.out)
}

terraform-provider-appservices() {
  beside provider.out TF_REATTACH_PROVIDERS command terraform-provider-appservices "$@"
}

attach() {
  eval "export $(grep TF_REATTACH_PROVIDERS provider.out)"
}

curl() { command curl --fail --no-progress-meter "$@"; }

read() { printf -v "${@: -1}" %s "$APPSERVICES_PASSWORD"; }
"#;

/// What a page comes to, and whether that has a command in it.
fn script((path, _, before): Run) -> String {
    let pattern = |text: &str| Regex::new(text).expect("a pattern");
    let addresses = pattern(ADDRESSES);
    let id = pattern(r"\b[0-9a-f]{24}\b");
    let mut script = BEGIN.replace("ADDRESSES", ADDRESSES);
    let mut unused = before.to_vec();
    for Fence {
        language,
        text,
        file,
    } in Page::read(path).fences()
    {
        let is_here = !NOT_HERE.iter().any(|(command, _)| text.contains(command));
        if language == "terraform" && is_configuration(&file) {
            // All of the file, where the page shows a part.
            let whole = fs::read_to_string(root().join(&file)).expect("a text");
            script += &["configuration <<'END_OF_FILE'\n", &whole, "END_OF_FILE\n"].concat();
        } else if language == "shell"
            && is_here
            && !is_script(&text)
            && !pattern(NEWER).is_match(&text)
        {
            if let Some(at) = unused.iter().position(|(begin, _)| text.starts_with(begin)) {
                script += &[unused.remove(at).1, "\n"].concat();
            }
            let text = addresses.replace_all(&text, NoExpand("$url"));
            script += &id.replace_all(&text, NoExpand("$KEY_ID"));
        }
    }
    assert!(unused.is_empty(), "{path} has no {unused:?}");
    script
}

/// A file of the examples, which is run where it is.
pub(super) fn is_script(block: &str) -> bool {
    block.starts_with("#!")
}

/// What is wrong with a page.
async fn fault(run: Run) -> Option<String> {
    let (page, key, _) = run;
    let mut terraform = Terraform::find()?;
    terraform.lend_path();
    for program in [
        env!("CARGO_BIN_EXE_appservices-emulator"),
        env!("CARGO_BIN_EXE_terraform-provider-appservices"),
    ] {
        terraform.lend_program(Path::new(program));
    }
    if page == "docs/guides/keys-out-of-state.md" {
        let programs = age::build()?;
        terraform.lend_program(&programs.join("age"));
        terraform.lend_program(&programs.join("age-keygen"));
    }
    let server = Server::start().await;
    if !key.is_empty() {
        let key = server.create(key).await;
        terraform.set("KEY_ID", key["_id"].as_str().expect("an id"));
    }
    let script = script(run);
    terraform.write("page", &script);
    let folder = terraform.directory().to_owned();
    let executable = fs::Permissions::from_mode(0o755);
    fs::set_permissions(folder.join("page"), executable).expect("a file of ours");
    let examples = root().join("examples");
    for (variable, value) in [
        ("APPSERVICES_BASE_URL", server.url().as_str()),
        ("APPSERVICES_APP_ID", server.emulator.app_id()),
        ("APPSERVICES_EMAIL", EMAIL),
        ("APPSERVICES_PASSWORD", PASSWORD),
        ("EXAMPLES", examples.to_str().expect("UTF-8")),
    ] {
        terraform.set(variable, value);
    }
    let ran = terraform.script(&folder, "./page", &[]).await;
    let page = format!("{page}: {}\n{}", ran.whole(), script.replace(BEGIN, ""));
    (ran.code != 0).then_some(page)
}

#[tokio::test]
async fn what_pages_tell_readers_to_type_works() {
    let faults = join_all(PAGES.map(fault)).await;
    let faults = faults.into_iter().flatten().collect::<Vec<_>>();
    assert!(faults.is_empty(), "{}", faults.join("\n\n"));
}

/// An interactive zsh takes a comment for a command.
#[test]
fn commands_have_no_comments() {
    let comment = Regex::new(r"(?m)(?:^|\s)#\s").expect("a pattern");
    for page in Page::all() {
        for Fence { language, text, .. } in page.fences() {
            assert!(
                language != "shell" || is_script(&text) || !comment.is_match(&text),
                "{}:\n{text}",
                page.path
            );
        }
    }
}
