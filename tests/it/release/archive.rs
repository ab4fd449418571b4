//! The files of a release, byte by byte.

use std::fs::{self, File};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, SystemTime};

use serde_json::{Value, json};
use zip::DateTime;

use super::{ELSEWHERE, NAME, VERSION, files, pack, run, small_program, texts, unpack};

#[tokio::test]
async fn a_release_is_what_the_registry_wants() {
    let folder = tempfile::tempdir().expect("a folder");
    let program = small_program(folder.path(), "program");
    let output = folder.path().join("made/dist");
    let archive = pack(&program, "1.2.3-beta.1", &output).await;
    let name = archive
        .file_name()
        .expect("a name")
        .to_str()
        .expect("UTF-8");
    let stem = format!("{NAME}_1.2.3-beta.1");
    assert!(name.starts_with(&format!("{stem}_")), "{name}");

    let found = unpack(&archive).into_iter().map(|file| {
        assert_eq!(file.date, Some(DateTime::default()));
        let contents = String::from_utf8(file.contents).expect("UTF-8");
        (file.name, file.mode, contents)
    });
    let ours = |file: &str| {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
        (
            file.to_owned(),
            0o644,
            fs::read_to_string(path).expect("a text"),
        )
    };
    let program = format!("{NAME}_v1.2.3-beta.1{}", std::env::consts::EXE_SUFFIX);
    let program = (program, 0o755, "program".to_owned());
    assert_eq!(
        found.collect::<Vec<_>>(),
        [ours("LICENSE"), ours("README.md"), program]
    );

    let manifest =
        fs::read_to_string(output.join(format!("{stem}_manifest.json"))).expect("a text");
    let manifest: Value = serde_json::from_str(&manifest).expect("JSON");
    let expected = json!({ "version": 1, "metadata": { "protocol_versions": ["6.0"] } });
    assert_eq!(manifest, expected);

    let sums = format!("{stem}_SHA256SUMS");
    verifies(&output, &sums, true);
    fs::write(&archive, "other").expect("a file");
    verifies(&output, &sums, false);
}

/// What the system's own tool makes of the checksums.
fn verifies(folder: &Path, sums: &str, expected: bool) {
    // macOS has the second one.
    let tools = [("sha256sum", &["-c"][..]), ("shasum", &["-a", "256", "-c"])];
    let ran = tools.iter().find_map(|(tool, arguments)| {
        let mut command = Command::new(tool);
        command.args(*arguments).arg(sums).current_dir(folder);
        command.output().ok()
    });
    let output = ran.expect("sha256sum or shasum");
    let (stdout, stderr) = texts(&output);
    assert_eq!(output.status.success(), expected, "{stdout}{stderr}");
    assert_eq!(
        stdout.lines().count(),
        2,
        "the archive and the manifest: {stdout}"
    );
}

#[tokio::test]
async fn the_same_program_gives_the_same_bytes() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut made = Vec::new();
    for (output, date) in [("one", 1_000_000_000), ("two", 1_700_000_000)] {
        let program = small_program(folder.path(), &"program ".repeat(100_000));
        // The date of the program is not that of the archive.
        let date = SystemTime::UNIX_EPOCH + Duration::from_secs(date);
        let file = File::options().append(true).open(&program).expect("a file");
        file.set_modified(date).expect("a date");
        let output = folder.path().join(output);
        pack(&program, VERSION, &output).await;
        let files = fs::read_dir(&output).expect("a folder").map(|entry| {
            let path = entry.expect("an entry").path();
            let name = path.file_name().expect("a name").to_owned();
            (name, fs::read(&path).expect("bytes"))
        });
        let mut files = files.collect::<Vec<_>>();
        files.sort_unstable();
        made.push(files);
    }
    assert_eq!(made[0].len(), 3);
    assert!(made[0] == made[1], "the files differ");
}

#[tokio::test]
async fn checksums_are_of_every_archive_of_the_version() {
    let folder = tempfile::tempdir().expect("a folder");
    let program = small_program(folder.path(), "program");
    let output = folder.path().join("dist");
    let [small, dist] = [&program, &output].map(|path| path.to_str().expect("UTF-8"));
    let empty = run(&["--sums", "--output", dist]).await;
    assert_eq!(empty.status.code(), Some(1));
    assert!(texts(&empty).1.contains("there is no archive"));

    pack(&program, "0.0.1", &output).await;
    let here = pack(&program, VERSION, &output).await;
    let arguments = ["--target", ELSEWHERE.0, "--binary", small, "--output", dist];
    let elsewhere = files(&run(&arguments).await).swap_remove(0);
    let stem = format!("{NAME}_{VERSION}");
    let sums = output.join(format!("{stem}_SHA256SUMS"));
    let text = fs::read_to_string(&sums).expect("a text");
    let mut expected = [&here, &elsewhere].map(|path| {
        path.file_name()
            .expect("a name")
            .to_str()
            .expect("UTF-8")
            .to_owned()
    });
    expected.sort_unstable();
    let named = text
        .lines()
        .map(|line| line.split_once("  ").expect("two spaces"));
    let found = named.map(|(sum, name)| {
        assert_eq!(sum.len(), 64, "{sum}");
        name
    });
    let [first, second] = expected;
    assert_eq!(
        found.collect::<Vec<_>>(),
        [first, second, format!("{stem}_manifest.json")]
    );

    // On the machine that brings the archives of others together.
    fs::remove_file(&sums).expect("a file");
    let stale = output.join(format!("{stem}_SHA256SUMS.sig"));
    fs::write(&stale, "of other checksums").expect("a file");
    files(&run(&["--sums", "--output", dist]).await);
    assert_eq!(fs::read_to_string(&sums).expect("a text"), text);
    assert!(!stale.exists(), "an old signature is gone");
}

#[tokio::test]
async fn the_emulator_has_an_archive_and_checksums_of_its_own() {
    let folder = tempfile::tempdir().expect("a folder");
    let program = small_program(folder.path(), "program");
    let output = folder.path().join("dist");
    pack(&program, VERSION, &output).await;
    let [small, dist] = [&program, &output].map(|path| path.to_str().expect("UTF-8"));
    let arguments = ["--emulator", "--binary", small, "--output", dist];
    let made = files(&run(&arguments).await);
    let names = made.iter().map(|path| path.file_name().expect("a name"));
    let names: Vec<_> = names.map(|name| name.to_str().expect("UTF-8")).collect();
    let stem = format!("appservices-emulator_{VERSION}_");
    assert!(
        names[0].starts_with(&stem) && made[0].extension() == Some("zip".as_ref()),
        "{names:?}"
    );
    assert_eq!(names[1..], [format!("{stem}SHA256SUMS")]);
    let sums = fs::read_to_string(&made[1]).expect("a text");
    assert!(
        sums.ends_with(&format!("  {}\n", names[0])) && sums.lines().count() == 1,
        "{sums}"
    );
    let packed = unpack(&made[0]);
    let program = format!("appservices-emulator{}", std::env::consts::EXE_SUFFIX);
    assert_eq!(
        (packed[2].name.as_str(), packed[2].mode),
        (program.as_str(), 0o755)
    );
}

#[tokio::test]
async fn a_program_for_windows_is_an_exe() {
    let folder = tempfile::tempdir().expect("a folder");
    let program = small_program(folder.path(), "program");
    let [program, output] =
        [program.as_path(), folder.path()].map(|path| path.to_str().expect("UTF-8"));
    let arguments = [
        "--target",
        "x86_64-pc-windows-msvc",
        "--binary",
        program,
        "--output",
        output,
    ];
    let archive = files(&run(&arguments).await).swap_remove(0);
    assert!(
        archive.ends_with(format!("{NAME}_{VERSION}_windows_amd64.zip")),
        "{}",
        archive.display()
    );
    let program = format!("{NAME}_v{VERSION}.exe");
    assert!(unpack(&archive).iter().any(|file| file.name == program));
}

#[tokio::test]
async fn what_cannot_be_released_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let output = folder.path().to_str().expect("UTF-8");
    let cases: [(&[&str], i32, &str); 8] = [
        (&["--colour"], 2, "--colour"),
        (&["extra"], 2, "extra"),
        (&["--version", "v1.2.3"], 2, "not a version"),
        (&["--version", "1.02.3"], 2, "not a version"),
        (&["--sums", "--binary", "x"], 2, "--binary"),
        (&["--version", "99.0.0"], 1, "Cargo.toml says version"),
        (&["--binary", "not-there"], 1, "not-there: "),
        (
            &["--binary", "x", "--target", "riscv64gc-unknown-linux-gnu"],
            1,
            "riscv64gc",
        ),
    ];
    for (arguments, code, phrase) in cases {
        let arguments = [arguments, &["--output", output]].concat();
        let ran = run(&arguments).await;
        let (stdout, stderr) = texts(&ran);
        assert_eq!(
            ran.status.code(),
            Some(code),
            "{arguments:?}: {stdout}{stderr}"
        );
        assert!(stderr.contains(phrase), "{arguments:?}: {stderr}");
        assert_eq!(
            fs::read_dir(output).expect("a folder").count(),
            0,
            "{arguments:?}"
        );
    }
    let help = run(&["--help"]).await;
    assert!(help.status.success() && texts(&help).0.contains("Usage: .ci/release"));
}
