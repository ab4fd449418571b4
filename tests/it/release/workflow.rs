//! The workflows of public hosting, read as data: they cannot run here.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use regex::Regex;
use yaml_rust2::{Yaml, YamlLoader};

use super::{NAME, VERSION, files, run, small_program};

const PLATFORMS: [&str; 6] = [
    "darwin_amd64",
    "darwin_arm64",
    "linux_amd64",
    "linux_arm64",
    "windows_amd64",
    "windows_arm64",
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn workflow(name: &str) -> Yaml {
    let path = root().join(".github/workflows").join(name);
    let text = fs::read_to_string(&path).expect(name);
    let mut documents = YamlLoader::load_from_str(&text).expect(name);
    assert_eq!(documents.len(), 1, "{name}");
    documents.swap_remove(0)
}

/// What the steps of a job run, or use.
fn steps<'a>(job: &'a Yaml, key: &'static str) -> impl Iterator<Item = &'a str> {
    let steps = job["steps"].as_vec().expect("steps").iter();
    steps.filter_map(move |step| step[key].as_str())
}

#[tokio::test]
async fn a_tag_releases_every_platform_with_the_command_of_the_tests() {
    let workflow = workflow("release.yml");
    assert_eq!(workflow["on"]["push"]["tags"][0].as_str(), Some("v*"));
    let [archive, publish] = ["archive", "publish"].map(|job| &workflow["jobs"][job]);
    let packs = steps(archive, "run").filter(|script| script.starts_with(".ci/release "));
    let expected = [
        r#".ci/release --version "${TAG#v}" --target "$TARGET" --output dist"#,
        r#".ci/release --emulator --version "${TAG#v}" --target "$TARGET" --output dist"#,
    ];
    assert_eq!(packs.collect::<Vec<_>>(), expected);
    assert_eq!(
        archive["env"]["TARGET"].as_str(),
        Some("${{ matrix.target }}")
    );
    assert_eq!(archive["runs-on"].as_str(), Some("${{ matrix.runner }}"));
    let signs = steps(publish, "run").any(|script| {
        ["", "--emulator "].iter().all(|product| {
            let command = format!(".ci/release {product}--sums --version");
            script.contains(&format!(r#"{command} "${{TAG#v}}" --output dist --sign "#))
        })
    });
    assert!(signs && publish["needs"].as_str() == Some("archive"));

    // The names that the command itself gives to the targets.
    let folder = tempfile::tempdir().expect("a folder");
    let program = small_program(folder.path(), "program");
    let [program, output] = [&program, folder.path()].map(|path| path.to_str().expect("UTF-8"));
    let mut platforms = BTreeSet::new();
    let matrix = archive["strategy"]["matrix"]["include"]
        .as_vec()
        .expect("a matrix");
    for row in matrix {
        let [target, runner] = ["target", "runner"].map(|key| row[key].as_str().expect(key));
        let system = |name: &str| {
            ["ubuntu", "macos", "windows"]
                .iter()
                .position(|one| name.starts_with(one))
        };
        let arguments = ["--target", target, "--binary", program, "--output", output];
        let archive = files(&run(&arguments).await).swap_remove(0);
        let name = archive
            .file_name()
            .expect("a name")
            .to_str()
            .expect("UTF-8");
        let platform = name
            .strip_prefix(&format!("{NAME}_{VERSION}_"))
            .expect(name);
        let platform = platform.strip_suffix(".zip").expect(name);
        let host = platform
            .replace("linux", "ubuntu")
            .replace("darwin", "macos");
        assert_eq!(
            system(runner),
            system(&host),
            "{target} is built on {runner}"
        );
        platforms.insert(platform.to_owned());
    }
    assert_eq!(matrix.len(), PLATFORMS.len());
    assert_eq!(
        platforms.iter().map(String::as_str).collect::<Vec<_>>(),
        PLATFORMS
    );
}

#[test]
fn ci_runs_the_checks_of_a_developer() {
    let workflow = workflow("ci.yml");
    let jobs = workflow["jobs"].as_hash().expect("jobs");
    let runs = jobs
        .values()
        .any(|job| steps(job, "run").any(|script| script == ".ci/run"));
    assert!(runs, "no step is `.ci/run`");
}

/// What a job may do beyond reading the repository.
fn more(name: &str, job: &str) -> &'static [(&'static str, &'static str)] {
    match (name, job) {
        ("release.yml", "publish") => &[
            ("contents", "write"),
            ("id-token", "write"),
            ("attestations", "write"),
        ],
        _ => &[],
    }
}

#[test]
fn workflows_pin_actions_and_may_do_no_more_than_they_need() {
    let pinned = Regex::new("^[a-z]+/[a-z-]+@[0-9a-f]{40}$").expect("a pattern");
    // A reader can tell which release that commit is.
    let with_version =
        Regex::new("(?m)uses: .*@[0-9a-f]{40} # v[0-9]+[.][0-9]+[.][0-9]+$").expect("a pattern");
    for name in ["ci.yml", "release.yml"] {
        let workflow = workflow(name);
        let read: &[_] = &[("contents", "read")];
        assert_eq!(permissions(&workflow), read, "{name}");
        let mut actions = 0;
        for (id, job) in workflow["jobs"].as_hash().expect("jobs") {
            let id = id.as_str().expect("a name");
            assert_eq!(permissions(job), more(name, id), "{id} in {name}");
            for action in steps(job, "uses") {
                actions += 1;
                assert!(pinned.is_match(action), "{action} in {name}");
            }
            // What comes from outside reaches a script as a variable, never as its text.
            for script in steps(job, "run") {
                assert!(!script.contains("${{"), "{script} in {name}");
            }
        }
        let path = root().join(".github/workflows").join(name);
        let text = fs::read_to_string(path).expect(name);
        assert_eq!(with_version.find_iter(&text).count(), actions, "{name}");
    }
}

fn permissions(of: &Yaml) -> Vec<(&str, &str)> {
    let permissions = of["permissions"].as_hash().into_iter().flatten();
    let text = |yaml| Yaml::as_str(yaml).expect("a text");
    permissions
        .map(|(what, how)| (text(what), text(how)))
        .collect()
}

#[test]
fn the_oldest_rust_of_ci_is_that_of_the_package() {
    let workflow = workflow("ci.yml");
    let oldest = env!("CARGO_PKG_RUST_VERSION");
    let runs = steps(&workflow["jobs"]["oldest-rust"], "run").collect::<Vec<_>>();
    let check = format!("cargo +{oldest} check --locked --bins");
    assert!(runs.contains(&check.as_str()), "{runs:?}");
    let page = fs::read_to_string(root().join("README.md")).expect("a text");
    assert!(page.contains(&format!("[Rust](https://rustup.rs) {oldest} or later")));
}

#[test]
fn the_newest_entry_of_the_changelog_is_this_version() {
    let changes = fs::read_to_string(root().join("CHANGELOG.md")).expect("a text");
    let newest = changes.lines().find_map(|line| line.strip_prefix("## "));
    let (version, when) = newest
        .and_then(|entry| entry.split_once(' '))
        .expect("an entry");
    assert_eq!(version, VERSION);
    let date = Regex::new(r"^\((unreleased|[0-9]{4}-[0-9]{2}-[0-9]{2})\)$").expect("a pattern");
    assert!(date.is_match(when), "{when}");
}

#[test]
fn a_release_needs_its_date_in_the_changelog() {
    let workflow = workflow("release.yml");
    let refuses =
        steps(&workflow["jobs"]["publish"], "run").find(|run| run.contains("CHANGELOG.md"));
    let refuses = refuses.expect("a step");
    for (entry, passes) in [
        ("## 1.2.3 (2026-11-25)", true),
        ("## 1.2.3 (unreleased)", false),
        ("## 1.2.4 (2026-11-25)", false),
    ] {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(
            folder.path().join("CHANGELOG.md"),
            format!("# Changelog\n\n{entry}\n"),
        )
        .expect("a file");
        let mut bash = std::process::Command::new("bash");
        bash.args(["-ec", refuses])
            .env("TAG", "v1.2.3")
            .current_dir(folder.path());
        assert_eq!(bash.status().expect("bash").success(), passes, "{entry}");
    }
}

#[cfg(unix)]
#[test]
fn commands_can_be_run() {
    use std::os::unix::fs::PermissionsExt as _;
    for name in [".ci/run", ".ci/release", ".ci/pages"] {
        let mode = fs::metadata(root().join(name))
            .expect(name)
            .permissions()
            .mode();
        assert_ne!(mode & 0o111, 0, "{name} is not executable");
    }
}
