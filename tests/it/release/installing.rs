//! The page about installing: its commands, as a newcomer types them, in a folder with a space in its name.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

use super::{NAME, PROVIDER, VERSION, files, pack, run, small_program};
use crate::support::authority::Authority;
use crate::support::terraform::Terraform;
use crate::support::world::World;

const PAGE: &str = include_str!("../../../docs/guides/installing.md");
const KEY: &str = r#"resource "appservices_user_api_key" "ci" { name = "ci" }"#;
const INSTALLED: &str = "Installed appservices/appservices";

/// The headings with commands below them, and how many blocks.
const COMMANDS: [(&str, usize); 4] = [
    ("Development overrides", 1),
    ("The plugins folder", 1),
    ("A mirror for a team", 2),
    ("A release", 1),
];

/// The blocks of commands below a heading of the page.
pub(super) fn commands(heading: &str) -> Vec<&'static str> {
    let (_, section) = PAGE
        .split_once(&format!("\n## {heading}\n"))
        .expect(heading);
    let section = section.split("\n## ").next().expect(heading);
    let blocks = section.split("```shell\n").skip(1);
    let blocks = blocks.map(|block| block.split_once("```").expect(heading).0);
    blocks.collect()
}

/// Each is typed by a test of this folder.
#[test]
fn the_page_has_no_other_commands() {
    for (heading, count) in COMMANDS {
        assert_eq!(commands(heading).len(), count, "{heading}");
    }
    let count: usize = COMMANDS.iter().map(|(_, count)| count).sum();
    assert_eq!(PAGE.matches("```shell\n").count(), count);
}

/// A clone of the repository, with programs that are built already.
fn clone(terraform: &Terraform) -> PathBuf {
    let clone = terraform.directory().join("a clone");
    let built = Path::new(PROVIDER).parent().expect("a folder");
    let tools = terraform.directory().join("tools");
    fs::create_dir_all(clone.join(".ci")).expect("a folder");
    let cargo = "[ \"$*\" = \"build --locked --bins\" ] && mkdir -p target && ln -s \"$BUILT\" target/debug";
    let release = "exec \"$BUILT/examples/release\" --binary \"$BUILT/terraform-provider-appservices\" --output target/dist";
    for (script, text) in [
        (tools.join("cargo"), cargo),
        (clone.join(".ci/release"), release),
    ] {
        let text = format!("#!/usr/bin/env bash\nBUILT={:?}\n{text}\n", built.display());
        fs::write(&script, text).expect("a file");
        fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).expect("a file of ours");
    }
    clone
}

/// Types the commands in the clone, and `then` in the folder with the configuration.
async fn type_in(world: &World, clone: &Path, heading: &str, then: &str) -> String {
    let commands = commands(heading)[0];
    let script = format!(
        "#!/usr/bin/env bash\nset -euo pipefail\nunset TF_CLI_CONFIG_FILE\n{commands}\ncd {:?}\n{then}\n",
        world.terraform.directory().display().to_string()
    );
    let file = clone.join("typed");
    fs::write(&file, script).expect("a file");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).expect("a file of ours");
    let ran = world.terraform.script(clone, "./typed", &[]).await;
    ran.succeeds().text()
}

#[tokio::test]
async fn both_ways_that_take_a_minute_work_as_the_page_says() {
    let Some(mut world) = World::start().await else {
        return;
    };
    world.terraform.lend_path();
    let clone = clone(&world.terraform);
    world.main(KEY);
    let run = "command -v appservices-emulator\nterraform apply -auto-approve\nterraform destroy -auto-approve";
    let text = type_in(&world, &clone, "Development overrides", run).await;
    assert!(text.contains("Provider development overrides are in effect"));
    assert!(
        text.contains("1 added") && text.contains("1 destroyed"),
        "{text}"
    );

    let run = "terraform init\nterraform apply -auto-approve\nterraform destroy -auto-approve";
    let text = type_in(&world, &clone, "The plugins folder", run).await;
    assert!(text.contains(&format!("{INSTALLED} v{VERSION}")), "{text}");
    assert!(!text.contains("overrides are in effect"), "{text}");
    assert!(
        text.contains("1 added") && text.contains("1 destroyed"),
        "{text}"
    );
    let lock = world.terraform.read(".terraform.lock.hcl");
    assert!(lock.contains(VERSION) && lock.contains("h1:"), "{lock}");
}

/// What is in a folder, over HTTPS: all that a network mirror needs.
async fn serve(folder: PathBuf, authority: &Authority) -> u16 {
    let leaf = authority.vouch_for(&["localhost"]);
    let certificate = CertificateDer::from_pem_slice(leaf.certificate_pem.as_bytes());
    let key = PrivateKeyDer::from_pem_slice(leaf.key_pem.as_bytes());
    let config = ServerConfig::builder_with_provider(Arc::new(
        rustls::crypto::aws_lc_rs::default_provider(),
    ))
    .with_safe_default_protocol_versions()
    .expect("versions")
    .with_no_client_auth()
    .with_single_cert(
        vec![certificate.expect("a certificate")],
        key.expect("a key"),
    )
    .expect("they match");
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let port = listener.local_addr().expect("an address").port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(answer(stream, acceptor.clone(), folder.clone()));
        }
    });
    port
}

async fn answer(stream: TcpStream, acceptor: TlsAcceptor, folder: PathBuf) {
    let mut stream = acceptor.accept(stream).await.expect("TLS");
    let mut request = Vec::new();
    while !request.ends_with(b"\r\n\r\n") {
        request.push(stream.read_u8().await.expect("a request"));
    }
    let request = String::from_utf8(request).expect("UTF-8");
    let path = request.split(' ').nth(1).expect("a path");
    let path = path.strip_prefix("/terraform/").expect("the mirror");
    let kind = if Path::new(path).extension() == Some("json".as_ref()) {
        "application/json"
    } else {
        "application/zip"
    };
    let answer = match fs::read(folder.join(path)) {
        Ok(body) => {
            let head = format!(
                "HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
                body.len()
            );
            [head.into_bytes(), body].concat()
        }
        Err(_) => {
            b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".to_vec()
        }
    };
    stream.write_all(&answer).await.expect("a client");
    stream.shutdown().await.expect("a client");
}

/// Go takes further authorities from this variable on Linux alone.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn terraform_installs_from_a_mirror_as_a_folder_and_over_https() {
    let Some(mut world) = World::start().await else {
        return;
    };
    world.main(KEY);
    let folder = world.terraform.directory().to_owned();
    let example = |name: &str| {
        let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/guides/installing");
        fs::read_to_string(examples.join(name)).expect("a text")
    };
    let mirror = folder.join("mirror");
    let packed = mirror.join("registry.terraform.io/appservices/appservices");
    pack(Path::new(PROVIDER), VERSION, &packed).await;
    let settings = example("filesystem.tfrc");
    let path = mirror.to_str().expect("UTF-8");
    let here = |text: &str| text.replace("/srv/terraform-mirror", path);
    let settings = here(&settings);
    world.terraform.write("cli.tfrc", &settings);
    let init = world.terraform.run(&["init", "-input=false"]).await;
    init.succeeds().mentions(&[INSTALLED]);
    fs::remove_dir_all(folder.join(".terraform")).expect("a folder");

    // Those of other platforms need not run.
    let [lock, write_index] = commands("A mirror for a team")[..] else {
        panic!("two blocks");
    };
    world.terraform.lend_path();
    for (target, platform) in [
        ("x86_64-unknown-linux-musl", "linux_amd64"),
        ("aarch64-apple-darwin", "darwin_arm64"),
    ] {
        assert!(lock.contains(platform), "{lock}");
        let name = format!("{NAME}_{VERSION}_{platform}.zip");
        if !packed.join(name).exists() {
            let program = small_program(&folder, target);
            let [program, packed] = [&program, &packed].map(|path| path.to_str().expect("UTF-8"));
            let arguments = ["--target", target, "--binary", program, "--output", packed];
            files(&run(&arguments).await);
        }
    }
    let repository = env!("CARGO_MANIFEST_DIR");
    let typed = format!("#!/usr/bin/env bash\nset -e\n{lock}cd {repository:?}\n{write_index}");
    world.terraform.write("typed", &here(&typed));
    let typed = folder.join("typed");
    fs::set_permissions(&typed, fs::Permissions::from_mode(0o755)).expect("a file of ours");
    let typed = world.terraform.script(&folder, "./typed", &[]).await;
    typed.succeeds().mentions(&["darwin_arm64"]);
    let authority = Authority::new();
    world.terraform.write("authority.pem", &authority.pem);
    let trusted = folder.join("authority.pem");
    world
        .terraform
        .set("SSL_CERT_FILE", trusted.to_str().expect("UTF-8"));
    let port = serve(mirror, &authority).await;
    let settings = example("network.tfrc");
    let url = format!("https://localhost:{port}/terraform/");
    let settings = settings.replace("https://mirror.example.com/terraform/", &url);
    world.terraform.write("cli.tfrc", &settings);
    let init = world.terraform.run(&["init", "-input=false"]).await;
    // The lock file holds: both ways give the same archive.
    init.succeeds().mentions(&[INSTALLED]);
    world.apply(KEY).await.succeeds();
    world.destroy().await.succeeds();
}
