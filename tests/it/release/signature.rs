//! The signature of a release, by a real gpg with keys that live as long as the test.

use std::io::Write as _;
use std::path::Path;
use std::process::Output;
use std::{env, fs};

use tempfile::TempDir;
use tokio::process::Command;

use super::{NAME, VERSION, command, files, installing, small_program, texts};
use crate::support::patient;

const SIGNER: &str = "signer@example.com";
const LOCKED: &str = "locked@example.com";

/// A gpg with a home of its own.
struct Gpg {
    home: TempDir,
}

impl Gpg {
    /// None, with a line on stderr, where there is no gpg; refused where `CI` is set.
    async fn with_keys() -> Option<Self> {
        let path = env::var_os("PATH").unwrap_or_default();
        let name = format!("gpg{}", env::consts::EXE_SUFFIX);
        if !env::split_paths(&path).any(|folder| folder.join(&name).is_file()) {
            assert!(env::var_os("CI").is_none(), "this test needs gpg");
            // Not a print macro: the test harness would hide the line of a test that passes.
            writeln!(std::io::stderr(), "skipped, needs gpg: signature").expect("stderr is open");
            return None;
        }
        // gpg makes a socket in there, whose path has to be short.
        let gpg = Self {
            home: tempfile::tempdir().expect("a folder"),
        };
        // The registry wants RSA; the other key signs nothing, and is made at once.
        for (user, passphrase, kind) in [(SIGNER, "", "rsa2048"), (LOCKED, "secret", "ed25519")] {
            let key = [
                "--pinentry-mode",
                "loopback",
                "--passphrase",
                passphrase,
                "--quick-generate-key",
                user,
            ];
            let made = gpg
                .run(&[&key[..], &[kind, "sign", "never"]].concat())
                .await;
            assert!(made.status.success(), "{:?}", texts(&made));
        }
        // So that it knows no passphrase any longer.
        gpg.stop_agent();
        Some(gpg)
    }

    async fn run(&self, arguments: &[&str]) -> Output {
        let mut gpg = Command::new("gpg");
        gpg.args(["--batch", "--quiet"])
            .args(arguments)
            .env("GNUPGHOME", self.home.path());
        patient("gpg", gpg.output()).await.expect("gpg starts")
    }

    /// A release that is signed by `user`.
    async fn release(&self, user: &str, folder: &Path) -> Output {
        let program = small_program(folder, "program");
        let [program, folder] = [&program, folder].map(|path| path.to_str().expect("UTF-8"));
        let mut release = command(&["--binary", program, "--output", folder, "--sign", user]);
        release.env("GNUPGHOME", self.home.path());
        patient("a signed release", release.output())
            .await
            .expect("it starts")
    }

    fn stop_agent(&self) {
        let mut stop = std::process::Command::new("gpgconf");
        stop.args(["--kill", "gpg-agent"])
            .env("GNUPGHOME", self.home.path());
        stop.status().expect("gpgconf comes with gpg");
    }
}

impl Drop for Gpg {
    fn drop(&mut self) {
        self.stop_agent();
    }
}

#[tokio::test]
async fn a_signature_is_of_the_checksums_and_binary() {
    let Some(gpg) = Gpg::with_keys().await else {
        return;
    };
    let folder = tempfile::tempdir().expect("a folder");
    // The second time there is a signature already.
    for _ in 0..2 {
        let made = files(&gpg.release(SIGNER, folder.path()).await);
        assert_eq!(made.len(), 4);
    }
    let sums = folder.path().join(format!("{NAME}_{VERSION}_SHA256SUMS"));
    let signature = folder
        .path()
        .join(format!("{NAME}_{VERSION}_SHA256SUMS.sig"));
    let bytes = fs::read(&signature).expect("bytes");
    assert!(
        !bytes.starts_with(b"-----BEGIN"),
        "armour, which the registry does not take"
    );
    // As the page about installing says.
    let typed = installing::commands("A release")[0].replace("0.1.0", VERSION);
    let mut bash = Command::new("bash");
    bash.args(["-ec", &typed])
        .current_dir(folder.path())
        .env("GNUPGHOME", gpg.home.path());
    let verified = patient("gpg", bash.output()).await.expect("bash starts");
    assert!(verified.status.success(), "{:?}", texts(&verified));
    let [signed, by] = [&sums, &signature].map(|path| path.to_str().expect("UTF-8"));
    fs::write(&sums, "other checksums").expect("a file");
    let verified = gpg.run(&["--verify", by, signed]).await;
    assert!(!verified.status.success(), "{:?}", texts(&verified));
}

#[tokio::test]
async fn a_key_that_cannot_sign_is_an_error_and_no_prompt() {
    let Some(gpg) = Gpg::with_keys().await else {
        return;
    };
    for user in ["nobody@example.com", LOCKED] {
        let folder = tempfile::tempdir().expect("a folder");
        let ran = gpg.release(user, folder.path()).await;
        let (_, wrong) = texts(&ran);
        assert_eq!(ran.status.code(), Some(1), "{wrong}");
        assert!(
            wrong.contains(&format!("gpg could not sign with the key {user}")),
            "{wrong}"
        );
        let signature = folder
            .path()
            .join(format!("{NAME}_{VERSION}_SHA256SUMS.sig"));
        assert!(!signature.exists(), "half a signature");
    }
}
