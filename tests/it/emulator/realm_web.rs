//! The official SDK of the service against the emulator. See tests/realm-web.

use std::env;
use std::ffi::OsStr;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use tokio::process::Command;

use super::start;
use crate::support::patient;
use crate::support::server::Server;

const FLAGS: &[&str] = &[
    "--listen",
    "127.0.0.1:0",
    "--user",
    "web@example.com:correct-horse",
    "--jwt-secret",
    "a secret that two systems share",
    "--custom-function",
    r#"{"who":"web","pin":7,"rest":{"deep":[1.5,true,null]}}=web@example.com"#,
    "--third-party",
    "google:google.id.token=web@example.com",
    "--third-party",
    "apple:apple.id.token=web@example.com",
    "--third-party",
    "facebook:facebook-token=web@example.com",
    "--server-key",
    "backend=server-key-value",
];

#[tokio::test]
async fn the_official_sdk_works_unchanged() {
    let Some(modules) = modules() else { return };
    let (_emulator, url) = start(FLAGS).await;
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/realm-web/life.mjs");
    let stdout = node(&[script.as_os_str(), url.as_ref(), modules.as_os_str()]).await;
    assert_eq!(stdout.lines().count(), 4, "{stdout}");
}

#[cfg(unix)]
#[tokio::test]
async fn the_guide_shows_how() {
    let Some(modules) = modules() else { return };
    let server = Server::start().await;
    let page = include_str!("../../../docs/guides/emulator.md");
    let (_, block) = page.split_once("```js\n").expect("a block");
    let (block, _) = block.split_once("```").expect("its end");
    let folder = tempfile::tempdir().expect("a folder");
    std::os::unix::fs::symlink(modules, folder.path().join("node_modules")).expect("a link");
    let script = folder.path().join("page.mjs");
    let here = block.replace("http://127.0.0.1:9090", &server.url());
    fs::write(&script, format!("{here}console.log(key);\n")).expect("a file");
    let stdout = node(&[script.as_os_str()]).await;
    assert_eq!(server.log_in_with(stdout.trim()).await, 200);
}

/// What a script prints.
async fn node(arguments: &[&OsStr]) -> String {
    let mut node = Command::new("node");
    node.args(arguments).kill_on_drop(true);
    for proxy in ["HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"] {
        node.env_remove(proxy);
    }
    let output = patient("node", node.output()).await.expect("node starts");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
    assert!(output.status.success(), "{stdout}{stderr}");
    stdout
}

/// Where the SDK is installed. `None`, with a line on stderr, where it or Node.js is not; refused where `CI` is set.
fn modules() -> Option<PathBuf> {
    // Beside the temporary folder that cargo gives to tests, which is in its target folder.
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent()?;
    let folder = target.join("realm-web");
    let modules = folder.join("node_modules");
    // What an older lock file asked for counts as nothing.
    let lock = |folder: &Path| fs::read(folder.join("package-lock.json")).ok();
    let pinned = lock(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/realm-web"));
    let installed = modules.join("realm-web").is_dir() && lock(&folder) == pinned;
    let path = env::var_os("PATH").unwrap_or_default();
    let name = format!("node{}", env::consts::EXE_SUFFIX);
    let node = env::split_paths(&path).any(|folder| folder.join(&name).is_file());
    if installed && node {
        return Some(modules);
    }
    let missing = if node {
        "realm-web, which tests/realm-web/install gets"
    } else {
        "Node.js 18 or later"
    };
    assert!(env::var_os("CI").is_none(), "this test needs {missing}");
    // Not a print macro: the test harness would hide the line of a test that passes.
    writeln!(std::io::stderr(), "skipped, needs {missing}: realm_web").expect("stderr is open");
    None
}
