//! A release: its archive, how it installs, how it is signed, and how CI makes one.

mod archive;
mod installing;
mod mirror;
mod signature;
mod workflow;

use std::ffi::OsStr;
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::Output;
use std::{env, fs};

use tokio::process::Command;
use zip::{DateTime, ZipArchive};

use crate::support::patient;

const NAME: &str = "terraform-provider-appservices";
const VERSION: &str = env!("CARGO_PKG_VERSION");
const PROVIDER: &str = env!("CARGO_BIN_EXE_terraform-provider-appservices");

/// A platform that is not this one, as Rust and as Terraform call it.
const ELSEWHERE: (&str, &str) = if cfg!(target_os = "macos") {
    ("x86_64-unknown-linux-musl", "linux_amd64")
} else {
    ("aarch64-apple-darwin", "darwin_arm64")
};

/// What `.ci/release` runs.
fn command<A: AsRef<OsStr>>(arguments: &[A]) -> Command {
    let folder = Path::new(PROVIDER).parent().expect("a folder");
    let program = folder.join(format!("examples/release{}", env::consts::EXE_SUFFIX));
    assert!(
        program.is_file(),
        "no {} here: `cargo test` builds it, `cargo test --test it` does not. Run `cargo build --examples` first.",
        program.display()
    );
    let mut command = Command::new(program);
    command.args(arguments).kill_on_drop(true);
    command
}

async fn run<A: AsRef<OsStr>>(arguments: &[A]) -> Output {
    patient("a release", command(arguments).output())
        .await
        .expect("it starts")
}

/// The files of a run that has to work.
fn files(output: &Output) -> Vec<PathBuf> {
    let (stdout, stderr) = texts(output);
    assert!(output.status.success(), "{stdout}{stderr}");
    let files = stdout.lines().map(PathBuf::from).collect::<Vec<_>>();
    for file in &files {
        assert!(file.is_file(), "{}", file.display());
    }
    files
}

fn texts(output: &Output) -> (String, String) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("UTF-8");
    (text(&output.stdout), text(&output.stderr))
}

/// Packs a program as a version, and gives the archive.
async fn pack(program: &Path, version: &str, folder: &Path) -> PathBuf {
    let [program, folder] = [program, folder].map(|path| path.to_str().expect("UTF-8"));
    let arguments = [
        "--version",
        version,
        "--binary",
        program,
        "--output",
        folder,
    ];
    files(&run(&arguments).await).swap_remove(0)
}

/// A release of this build in a folder: the provider and the emulator.
pub(crate) async fn of_this_build(folder: &Path) {
    pack(Path::new(PROVIDER), VERSION, folder).await;
    let emulator = env!("CARGO_BIN_EXE_appservices-emulator");
    let folder = folder.to_str().expect("UTF-8");
    let arguments = ["--emulator", "--binary", emulator, "--output", folder];
    files(&run(&arguments).await);
}

/// A file in an archive.
struct Packed {
    name: String,
    mode: u32,
    date: Option<DateTime>,
    contents: Vec<u8>,
}

/// What is in an archive, in its order.
fn unpack(archive: &Path) -> Vec<Packed> {
    let mut zip = ZipArchive::new(File::open(archive).expect("a file")).expect("an archive");
    let files = (0..zip.len()).map(|at| {
        let mut file = zip.by_index(at).expect("a file");
        let mut contents = Vec::new();
        file.read_to_end(&mut contents).expect("bytes");
        Packed {
            name: file.name().expect("UTF-8").into_owned(),
            mode: file.unix_mode().expect("permissions") & 0o7777,
            date: file.last_modified(),
            contents,
        }
    });
    files.collect()
}

/// Something to pack that takes no time.
fn small_program(folder: &Path, contents: &str) -> PathBuf {
    let path = folder.join("small");
    fs::write(&path, contents).expect("the folder is writable");
    path
}
