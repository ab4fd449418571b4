//! The real `age` opens what the provider encrypts. It is built by Go from the versions in tests/age.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::host::Host;
use crate::support::server::Server;

#[tokio::test]
async fn age_opens_the_file_of_every_kind_of_recipient_and_of_three_at_once() {
    let Some(programs) = build() else {
        return;
    };
    let folder = tempfile::tempdir().expect("a folder");
    let keys = [
        age_key(&programs, &folder),
        ssh_key(&folder, "ed25519", &[]),
        ssh_key(&folder, "rsa", &["-b", "2048"]),
    ];
    let server = Server::start().await;
    let host = Host::start().await;
    host.configure(server.config()).await.fine();
    let age = programs.join("age");
    for (recipient, identity) in &keys {
        let (file, fingerprint) = encrypted(&host, &[recipient]).await;
        let value = open(&age, &folder, &file, identity);
        assert_eq!(server.log_in_with(&value).await, 200, "{recipient}");
        assert!(fingerprint.starts_with("SHA256:"));
    }
    let recipients: Vec<_> = keys.iter().map(|(recipient, _)| &**recipient).collect();
    let (file, _) = encrypted(&host, &recipients).await;
    let opened = keys.map(|(_, identity)| open(&age, &folder, &file, &identity));
    assert_eq!(server.log_in_with(&opened[0]).await, 200);
    assert!(opened.iter().all(|value| *value == opened[0]));
    host.shut_down().await;
}

/// Makes a key, and gives its `encrypted_key` and `key_fingerprint`.
async fn encrypted(host: &Host, recipients: &[&str]) -> (String, String) {
    let config = json!({ "name_prefix": "ci-", "recipients": recipients });
    let state = host.create(config).await;
    assert_eq!(state["key"], Value::Null);
    let text = |name: &str| state[name].as_str().expect("a text").to_owned();
    (text("encrypted_key"), text("key_fingerprint"))
}

fn open(age: &Path, folder: &TempDir, file: &str, identity: &Path) -> String {
    let armored = folder.path().join("file.age");
    fs::write(&armored, file).expect("a file");
    let mut command = Command::new(age);
    output(command.arg("-d").arg("-i").arg(identity).arg(armored))
}

/// Recipient and identity.
fn age_key(programs: &Path, folder: &TempDir) -> (String, PathBuf) {
    let identity = folder.path().join("age");
    let keygen = programs.join("age-keygen");
    output(Command::new(&keygen).arg("-o").arg(&identity));
    let recipient = output(Command::new(&keygen).arg("-y").arg(&identity));
    (recipient, identity)
}

/// The line of the public half, with its comment and line end, and the private one.
fn ssh_key(folder: &TempDir, kind: &str, more: &[&str]) -> (String, PathBuf) {
    let identity = folder.path().join(kind);
    let mut command = Command::new("ssh-keygen");
    command.args(["-q", "-N", "", "-C", "somebody@example.com", "-t", kind]);
    output(command.args(more).arg("-f").arg(&identity));
    let public = fs::read_to_string(identity.with_extension("pub"));
    (public.expect("a public key"), identity)
}

fn output(command: &mut Command) -> String {
    let output = command.output().expect("it starts");
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).expect("UTF-8")
}

/// The folder with `age` and `age-keygen`; none without Go, which builds nothing that is up to date. Refused where `CI` is set.
#[expect(clippy::print_stderr, reason = "a skipped test says so")]
pub(crate) fn build() -> Option<PathBuf> {
    let programs = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("age");
    fs::create_dir_all(&programs).expect("a folder");
    let built = Command::new("go")
        .args(["build", "-o"])
        .arg(&programs)
        .args(["filippo.io/age/cmd/age", "filippo.io/age/cmd/age-keygen"])
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/age"))
        .status();
    let Ok(status) = built else {
        assert!(env::var_os("CI").is_none(), "this test needs Go");
        eprintln!("skipped, needs Go");
        return None;
    };
    assert!(status.success(), "age cannot be built: {status}");
    Some(programs)
}
