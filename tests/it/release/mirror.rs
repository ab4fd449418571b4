//! Releases in a filesystem mirror, and the real Terraform that installs them: no development override, no network.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use base64::prelude::{BASE64_STANDARD, Engine as _};
use sha2::{Digest as _, Sha256};
use zip::ZipArchive;

use super::{ELSEWHERE, NAME, PROVIDER, VERSION, files, pack, run, small_program, unpack};
use crate::support::terraform::Terraform;
use crate::support::world::{CI, World};

const ADDRESS: &str = "registry.terraform.io/appservices/appservices";
const NEXT: &str = "99.0.0";
const KEY: &str = r#"resource "appservices_user_api_key" "ci" { name = "ci" }"#;

/// A folder that Terraform installs from, and from nowhere else.
fn mirror(terraform: &Terraform) -> PathBuf {
    let mirror = terraform.directory().join("mirror");
    fs::create_dir_all(mirror.join(ADDRESS)).expect("a folder");
    let path = mirror.display().to_string();
    let settings = format!(
        "provider_installation {{\n  filesystem_mirror {{\n    path = {path:?}\n  }}\n}}\n"
    );
    terraform.write("cli.tfrc", &settings);
    mirror
}

/// The two layouts that a mirror may have.
#[derive(Clone, Copy, Debug)]
enum Layout {
    Packed,
    Unpacked,
}

impl Layout {
    /// Puts a release where Terraform looks for it.
    fn offer(self, archive: &Path, mirror: &Path) {
        let folder = mirror.join(ADDRESS);
        let name = archive
            .file_name()
            .expect("a name")
            .to_str()
            .expect("UTF-8");
        match self {
            Self::Packed => {
                fs::copy(archive, folder.join(name)).expect("a copy");
            }
            Self::Unpacked => {
                let (version, platform) = parts(name);
                unzip(archive, &folder.join(version).join(platform));
            }
        }
    }
}

/// The version and the platform in an archive's name.
fn parts(archive: &str) -> (&str, &str) {
    let rest = archive
        .strip_prefix(NAME)
        .and_then(|rest| rest.strip_prefix('_'));
    let rest = rest
        .and_then(|rest| rest.strip_suffix(".zip"))
        .expect(archive);
    rest.split_once('_').expect(archive)
}

fn unzip(archive: &Path, folder: &Path) {
    let file = File::open(archive).expect("a file");
    let mut zip = ZipArchive::new(file).expect("an archive");
    zip.extract(folder).expect("room for it");
}

/// Terraform's hash of an archive's contents, as in a lock file.
fn h1(archive: &Path) -> String {
    let mut files = unpack(archive);
    files.sort_unstable_by(|one, other| one.name.cmp(&other.name));
    let mut lines = String::new();
    for file in files {
        for byte in Sha256::digest(&file.contents) {
            write!(lines, "{byte:02x}").expect("room for it");
        }
        writeln!(lines, "  {}", file.name).expect("room for it");
    }
    format!("h1:{}", BASE64_STANDARD.encode(Sha256::digest(lines)))
}

#[tokio::test]
async fn a_release_is_installed_locked_applied_and_upgraded() {
    let made = tempfile::tempdir().expect("a folder");
    let Some(packed) = World::start().await else {
        return;
    };
    let unpacked = World::start().await.expect("there is a Terraform");
    let first = Release::of(VERSION, made.path()).await;
    let second = Release::of(NEXT, made.path()).await;
    let releases = [&first, &second];
    tokio::join!(
        lives(&packed, Layout::Packed, releases),
        lives(&unpacked, Layout::Unpacked, releases),
    );
}

/// The provider that was just built, as a version.
struct Release {
    version: &'static str,
    archive: PathBuf,
    hash: String,
}

impl Release {
    async fn of(version: &'static str, folder: &Path) -> Self {
        let archive = pack(Path::new(PROVIDER), version, folder).await;
        let hash = h1(&archive);
        Self {
            version,
            archive,
            hash,
        }
    }
}

async fn lives(world: &World, layout: Layout, [first, second]: [&Release; 2]) {
    let terraform = &world.terraform;
    let mirror = mirror(terraform);
    let locked = |release: &Release| {
        let lock = terraform.read(".terraform.lock.hcl");
        let version = format!("= \"{}\"", release.version);
        for part in [ADDRESS, &version, &release.hash] {
            assert!(lock.contains(part), "{layout:?}: {part} is not in {lock}");
        }
    };
    world.main(KEY);
    layout.offer(&first.archive, &mirror);
    let init = terraform.run(&["init", "-input=false"]).await.succeeds();
    init.mentions(&[&format!("Installed appservices/appservices v{VERSION}")]);
    locked(first);
    world
        .apply(KEY)
        .await
        .succeeds()
        .never_mentions(&["development overrides"]);
    let key = world.state(CI);
    let value = world.attribute(CI, "key");
    assert!(world.server.log_in_with(&value).await.is_success());

    // A newer one alone changes nothing: the lock holds.
    layout.offer(&second.archive, &mirror);
    terraform.run(&["init", "-input=false"]).await.succeeds();
    locked(first);
    let init = terraform
        .run(&["init", "-upgrade", "-input=false"])
        .await
        .succeeds();
    init.mentions(&[&format!("Installed appservices/appservices v{NEXT}")]);
    locked(second);
    world.has_nothing_to_do(KEY).await;
    world
        .apply(KEY)
        .await
        .succeeds()
        .mentions(&["0 added, 0 changed, 0 destroyed"]);
    assert_eq!(world.state(CI), key, "{layout:?}");
    let version = terraform.run(&["version"]).await.succeeds();
    version.mentions(&[&format!("provider {ADDRESS} v{NEXT}")]);
    world.destroy().await.succeeds();
}

/// What a practitioner does who locks for colleagues on other platforms, and then installs on this one.
#[tokio::test]
async fn another_archive_than_the_locked_one_is_refused() {
    let Some(terraform) = Terraform::find() else {
        return;
    };
    let mirror = mirror(&terraform);
    let layout = Layout::Packed;
    let requirement = "terraform {\n  required_providers {\n    appservices = { source = \"appservices/appservices\" }\n  }\n}\n";
    terraform.write("main.tf", requirement);
    let made = tempfile::tempdir().expect("a folder");
    let program = small_program(made.path(), "program");
    let here = pack(&program, VERSION, made.path()).await;
    let [small, output] =
        [program.as_path(), made.path()].map(|path| path.to_str().expect("UTF-8"));
    let arguments = [
        "--target",
        ELSEWHERE.0,
        "--binary",
        small,
        "--output",
        output,
    ];
    let elsewhere = files(&run(&arguments).await).swap_remove(0);
    let hashes = [h1(&here), h1(&elsewhere)];
    layout.offer(&here, &mirror);
    layout.offer(&elsewhere, &mirror);

    let (_, platform) = parts(here.file_name().expect("a name").to_str().expect("UTF-8"));
    let from = format!("-fs-mirror={}", mirror.display());
    let platforms = [platform, ELSEWHERE.1].map(|platform| format!("-platform={platform}"));
    let arguments = ["providers", "lock", &from, &platforms[0], &platforms[1]];
    terraform.run(&arguments).await.succeeds();
    let lock = terraform.read(".terraform.lock.hcl");
    for hash in hashes {
        assert!(lock.contains(&hash), "{hash} is not in {lock}");
    }
    let init = ["init", "-input=false", "-lockfile=readonly"];
    terraform.run(&init).await.succeeds();

    fs::remove_dir_all(terraform.directory().join(".terraform")).expect("a folder");
    let tampered = small_program(made.path(), "program that does more");
    let tampered = pack(&tampered, VERSION, &made.path().join("tampered")).await;
    layout.offer(&tampered, &mirror);
    let refused = terraform.run(&init).await;
    refused.fails_with(&["doesn't match any of the checksums", "dependency lock file"]);
}
