//! The emulator as a program, as a quick start uses it.

use std::process::{Output, Stdio};

use serde_json::json;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

use crate::support::host::Host;
use crate::support::patient;

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_appservices-emulator"));
    command.args(arguments).env_clear().kill_on_drop(true);
    command.stdin(Stdio::null()).stdout(Stdio::piped());
    command
}

/// A running emulator, and the URL of its first line.
async fn start(arguments: &[&str]) -> (Child, String) {
    let mut child = command(arguments).spawn().expect("the binary starts");
    let stdout = child.stdout.take().expect("stdout is piped");
    let mut line = String::new();
    let mut stdout = BufReader::new(stdout);
    let read = patient("the first line", stdout.read_line(&mut line)).await;
    read.expect("stdout is UTF-8");
    let url = line.strip_prefix("listening on ").map(str::trim_end);
    let url = url.unwrap_or_else(|| panic!("the first line is {line:?}"));
    (child, url.to_owned())
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
async fn a_user_without_a_password_is_refused() {
    let refused = output(&["--listen", "127.0.0.1:0", "--user", "one@example.com"]).await;
    assert!(!refused.status.success());
    let text = String::from_utf8_lossy(&refused.stderr);
    assert!(
        text.contains("--user") && text.contains("EMAIL:PASSWORD"),
        "{text}"
    );
}
