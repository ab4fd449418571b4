//! The emulator as a program, as a quick start uses it.

mod concurrent;
mod edges;
mod kill;
mod realm_web;

use std::process::{Output, Stdio};

use serde_json::json;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

use crate::support::host::Host;
use crate::support::patient;

/// The binary, without the environment of the tests.
fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_appservices-emulator"));
    command.args(arguments).env_clear().kill_on_drop(true);
    command.stdin(Stdio::null()).stdout(Stdio::piped());
    command
}

/// A running emulator, and the URL of its first line.
async fn start(arguments: &[&str]) -> (Child, String) {
    let mut child = command(arguments).spawn().expect("the binary starts");
    let url = listens(&mut child).await;
    (child, url)
}

/// The URL of its first line.
async fn listens(child: &mut Child) -> String {
    let stdout = child.stdout.take().expect("stdout is piped");
    let mut line = String::new();
    let mut stdout = BufReader::new(stdout);
    let read = patient("the first line", stdout.read_line(&mut line)).await;
    read.expect("stdout is UTF-8");
    let url = line.strip_prefix("listening on ").map(str::trim_end);
    let url = url.unwrap_or_else(|| panic!("the first line is {line:?}"));
    url.to_owned()
}

async fn output(arguments: &[&str]) -> Output {
    let output = command(arguments).stderr(Stdio::piped()).output();
    patient("the end of the process", output)
        .await
        .expect("the binary starts")
}

#[tokio::test]
async fn its_first_line_is_all_that_a_provider_needs() {
    let users = [
        "--user",
        "one@example.com:pass:word",
        "--user",
        "two@example.com:password",
    ];
    let options = ["--listen", "127.0.0.1:0", "--app-id", "other-abcde"];
    let (_emulator, url) = start(&[&options[..], &users[..]].concat()).await;
    for (email, password) in [
        ("one@example.com", "pass:word"),
        ("two@example.com", "password"),
    ] {
        let host = Host::start().await;
        let config = json!({
            "base_url": url, "app_id": "other-abcde", "email": email, "password": password,
        });
        host.configure(config).await.fine();
        // Names are unique for each user, so both may have this one.
        host.create(json!({ "name": "ci" })).await;
        host.shut_down().await;
    }
}

#[tokio::test]
async fn a_port_that_is_taken_is_named() {
    let (_emulator, url) = start(&["--listen", "127.0.0.1:0"]).await;
    let taken = url.trim_start_matches("http://");
    let second = output(&["--listen", taken]).await;
    assert!(!second.status.success());
    assert!(second.stdout.is_empty(), "{second:?}");
    assert!(
        String::from_utf8_lossy(&second.stderr).contains(taken),
        "{second:?}"
    );
}

#[tokio::test]
async fn a_wrong_flag_is_told_with_status_2() {
    for (flags, word) in [
        (
            ["--user", "one@example.com"],
            "--user: expected EMAIL:PASSWORD",
        ),
        (["--user", "one@example.com:short"], "between 6 and 128"),
        (["--data", "Cargo.toml/x"], "Cargo.toml/x"),
        (["--data", "Cargo.toml"], "not a data file"),
        (["--user-file", "Cargo.toml"], "line 1"),
        (["--lag", "soon"], "--lag"),
        (["--nonsense", "x"], "--nonsense"),
        (["--jwt-public-key", "Cargo.toml"], "public key"),
    ] {
        let refused = output(&[&["--listen", "127.0.0.1:0"], &flags[..]].concat()).await;
        let text = String::from_utf8_lossy(&refused.stderr);
        assert!(
            refused.stdout.is_empty() && text.contains(word),
            "{flags:?}: {text}"
        );
        assert_eq!(text.lines().count(), 1, "{flags:?}: {text}");
        // A file that cannot be opened is no mistake in the flags.
        let expected = if flags[0] == "--data" { 1 } else { 2 };
        assert_eq!(refused.status.code(), Some(expected), "{flags:?}: {text}");
    }
}

#[tokio::test]
async fn every_flag_is_explained_in_a_line() {
    let help = String::from_utf8(output(&["-h"]).await.stdout).expect("UTF-8");
    let flags = help
        .lines()
        .filter(|line| line.trim_start().starts_with('-'));
    let flags: Vec<_> = flags.collect();
    assert!(flags.len() > 20, "{help}");
    for line in flags {
        // Two spaces part the flag and its value from the text.
        let text = line.trim_start().rsplit("  ").next().unwrap_or_default();
        assert!(text.starts_with(char::is_uppercase), "{line}");
    }
}

#[tokio::test]
async fn a_server_key_is_made_and_printed_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data");
    let data = data.to_str().expect("a path in UTF-8");
    let flags = ["--listen", "127.0.0.1:0", "--data", data, "--server-key"];
    let mut child = command(&[&flags[..], &["backend"]].concat())
        .spawn()
        .expect("the binary starts");
    let mut lines = BufReader::new(child.stdout.take().expect("stdout is piped")).lines();
    let mut line = async || {
        let line = patient("a line", lines.next_line()).await;
        line.expect("UTF-8").expect("a line")
    };
    assert!(line().await.starts_with("listening on http://127.0.0.1:"));
    let printed = line().await;
    let value = printed.strip_prefix("server key backend: ");
    assert_eq!(value.map(str::len), Some(64), "{printed}");
    child.kill().await.expect("it runs");
    // Now there is one, and only its hash: nothing is printed between the first line and the end.
    let mut again = command(&[&flags[..], &["backend"]].concat())
        .spawn()
        .expect("the binary starts");
    let mut lines = BufReader::new(again.stdout.take().expect("stdout is piped")).lines();
    let first = patient("a line", lines.next_line()).await.expect("UTF-8");
    assert!(first.is_some_and(|line| line.starts_with("listening")));
    again.kill().await.expect("it runs");
    assert_eq!(lines.next_line().await.expect("UTF-8"), None);
}
