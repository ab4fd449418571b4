//! Makes a release for one platform, of the provider or of the emulator: the archive, its checksums, a signature, and the
//! registry's manifest for the provider.
//!
//! `.ci/release` runs it. A program and not a script, so that the bytes of an archive depend on `Cargo.lock` alone and
//! not on the zip of the machine, and so that it runs where there is no zip at all.

use std::error::Error;
use std::fmt::Write as _;
use std::io::{Cursor, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::{env, fs, io};

use clap::Parser;
use regex::Regex;
use sha2::{Digest as _, Sha256};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, System, ZipWriter};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// What is released.
struct Product {
    /// Of the program and of the files.
    name: &'static str,
    /// What it has beyond the least.
    feature: &'static str,
    is_provider: bool,
}

const PROVIDER: Product = Product {
    name: "terraform-provider-appservices",
    feature: "recipients",
    is_provider: true,
};

const EMULATOR: Product = Product {
    name: "appservices-emulator",
    feature: "emulator",
    is_provider: false,
};

impl Product {
    /// The program in the archive. Terraform wants the version in the name of a provider.
    fn file(&self, version: &str, suffix: &str) -> String {
        if self.is_provider {
            format!("{}_v{version}{suffix}", self.name)
        } else {
            format!("{}{suffix}", self.name)
        }
    }
}

const MANIFEST: &str = r#"{"version":1,"metadata":{"protocol_versions":["6.0"]}}"#;
const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// Builds the provider and packs it as the Terraform Registry and a filesystem mirror want it.
///
/// Makes terraform-provider-appservices_VERSION_OS_ARCH.zip, ..._manifest.json, and ..._SHA256SUMS over the manifest and
/// every archive of the version in the folder. The same source gives the same bytes. Prints the path of each file.
/// With --emulator the same for appservices-emulator, which needs no manifest.
#[derive(Debug, Parser)]
#[command(bin_name = ".ci/release")]
struct Arguments {
    /// Release the emulator, not the provider
    #[arg(long)]
    emulator: bool,
    /// Where the files go; made if it is not there
    #[arg(long, value_name = "DIR", default_value_os_t = Path::new(ROOT).join("target/dist"), hide_default_value = true)]
    output: PathBuf,
    /// The version, without a `v`; refused if what is built has another [default: the version in Cargo.toml]
    #[arg(long, default_value = env!("CARGO_PKG_VERSION"), hide_default_value = true, value_parser = version)]
    version: String,
    /// Rust's name of the platform to build for, such as aarch64-apple-darwin [default: this machine's]
    #[arg(long, value_name = "TRIPLE")]
    target: Option<String>,
    /// Pack this program instead of building one
    #[arg(long, value_name = "FILE")]
    binary: Option<PathBuf>,
    /// Build and pack nothing: write the manifest and the checksums of the archives in the folder
    #[arg(long, conflicts_with_all = ["binary", "target"])]
    sums: bool,
    /// Sign the checksums with this key of gpg, which has to be usable without a prompt
    #[arg(long, value_name = "KEY_ID")]
    sign: Option<String>,
}

fn main() -> ExitCode {
    match release(&Arguments::parse()) {
        Ok(files) => {
            for file in files {
                // A reader that has gone away has seen enough.
                let _ = writeln!(io::stdout(), "{}", file.display());
            }
            ExitCode::SUCCESS
        }
        Err(error) => {
            let _ = writeln!(io::stderr(), ".ci/release: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Makes all files, and gives their paths.
fn release(arguments: &Arguments) -> Result<Vec<PathBuf>> {
    let folder = &arguments.output;
    fs::create_dir_all(folder).map_err(|error| about(folder, &error))?;
    let product = if arguments.emulator {
        EMULATOR
    } else {
        PROVIDER
    };
    let stem = format!("{}_{}", product.name, arguments.version);
    let mut files = Vec::new();
    if !arguments.sums {
        let (os, arch) = platform(arguments.target.as_deref())?;
        let suffix = if os == "windows" { ".exe" } else { "" };
        let program = program(arguments, &product, suffix)?;
        let name = product.file(&arguments.version, suffix);
        let archive = archive(&name, &program)?;
        files.push(write(
            folder.join(format!("{stem}_{os}_{arch}.zip")),
            &archive,
        )?);
    }
    if product.is_provider {
        let manifest = folder.join(format!("{stem}_manifest.json"));
        files.push(write(manifest, format!("{MANIFEST}\n").as_bytes())?);
    }
    let sums = folder.join(format!("{stem}_SHA256SUMS"));
    files.push(write(sums.clone(), checksums(folder, &stem)?.as_bytes())?);
    let signature = folder.join(format!("{stem}_SHA256SUMS.sig"));
    // One of an earlier run would be of other checksums.
    if signature.exists() {
        fs::remove_file(&signature).map_err(|error| about(&signature, &error))?;
    }
    if let Some(key) = &arguments.sign {
        sign(key, &sums, &signature)?;
        files.push(signature);
    }
    Ok(files)
}

/// What Terraform and the registry call the platform that Rust calls `target`; without one, this machine's.
fn platform(target: Option<&str>) -> Result<(&'static str, &'static str)> {
    let host = format!("{}-{}", env::consts::ARCH, env::consts::OS);
    let target = target.unwrap_or(&host);
    let among = |names: &[(&str, &'static str)]| {
        let has = |part: &str| target.split('-').any(|one| one == part);
        let mut named = names.iter().filter(|(part, _)| has(part));
        named.next().map(|(_, name)| *name)
    };
    let os = among(&[
        ("linux", "linux"),
        ("darwin", "darwin"),
        ("macos", "darwin"),
        ("windows", "windows"),
    ]);
    let arch = among(&[("x86_64", "amd64"), ("aarch64", "arm64")]);
    os.zip(arch).ok_or_else(|| {
        format!("{target} is not released: Linux, macOS and Windows on x86_64 and aarch64 are")
            .into()
    })
}

fn version(text: &str) -> std::result::Result<String, String> {
    let number = "(0|[1-9][0-9]*)";
    let pattern = format!(r"^{number}\.{number}\.{number}(-[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?$");
    let known = Regex::new(&pattern).is_ok_and(|pattern| pattern.is_match(text));
    known
        .then(|| text.to_owned())
        .ok_or_else(|| "not a version such as 1.2.3 or 1.2.3-beta.1".to_owned())
}

/// The bytes of the program.
fn program(arguments: &Arguments, product: &Product, suffix: &str) -> Result<Vec<u8>> {
    if let Some(binary) = &arguments.binary {
        return read(binary);
    }
    let ours = env!("CARGO_PKG_VERSION");
    if arguments.version != ours {
        return Err(format!(
            "Cargo.toml says version {ours}, not {}: set it there, or pack a program that you have with --binary",
            arguments.version
        )
        .into());
    }
    let places = places()?;
    let built = build(arguments.target.as_deref(), product, suffix, &places)?;
    let program = read(&built)?;
    // Microsoft's C compiler cannot be told another name: there, the C code has the folder of its source in it.
    for (folder, _) in places.iter().filter(|_| suffix.is_empty()) {
        let path = folder.as_os_str().as_encoded_bytes();
        if program.windows(path.len()).any(|part| part == path) {
            return Err(format!(
                "the program names a folder of this machine: {}",
                folder.display()
            )
            .into());
        }
    }
    Ok(program)
}

/// Folders of this machine, and what the program calls them: builds in two folders are alike.
fn places() -> Result<Vec<(PathBuf, String)>> {
    let cargo_home = env::var_os("CARGO_HOME").map(PathBuf::from);
    let cargo_home = cargo_home.or_else(|| Some(env::home_dir()?.join(".cargo")));
    let rustc = |argument: &[&str]| -> Result<String> {
        let output = Command::new("rustc")
            .args(argument)
            .current_dir(ROOT)
            .output()?;
        Ok(String::from_utf8(output.stdout)?)
    };
    let about = rustc(&["-vV"])?;
    let mut commit = about
        .lines()
        .filter_map(|line| line.strip_prefix("commit-hash: "));
    let library = Path::new(rustc(&["--print", "sysroot"])?.trim()).join("lib/rustlib/src/rust");
    let mut places = vec![(PathBuf::from(ROOT), PROVIDER.name.to_owned())];
    places.extend(cargo_home.map(|home| (home, "cargo".to_owned())));
    // What the standard library's own files are called where their source is not installed.
    places.extend(
        commit
            .next()
            .map(|hash| (library, format!("/rustc/{hash}"))),
    );
    Ok(places)
}

/// Builds the product alone, and gives the path of its program.
fn build(
    target: Option<&str>,
    product: &Product,
    suffix: &str,
    places: &[(PathBuf, String)],
) -> Result<PathBuf> {
    // A folder of its own: with other flags, cargo would build everything anew here and there.
    let mut folder = Path::new(ROOT).join("target/release-build");
    let flags = places
        .iter()
        .map(|(path, name)| format!("--remap-path-prefix={}={name}", path.display()));
    let mut flags = flags.collect::<Vec<_>>();
    if !suffix.is_empty() {
        // Not every Windows has the C library of Visual Studio.
        flags.push("-Ctarget-feature=+crt-static".to_owned());
    }
    let mut cargo = Command::new(env!("CARGO"));
    cargo
        .args([
            "build",
            "--release",
            "--locked",
            "--no-default-features",
            "--bin",
            product.name,
        ])
        .args(["--features", product.feature])
        .args(target.iter().flat_map(|target| ["--target", target]))
        .arg("--target-dir")
        .arg(&folder)
        .current_dir(ROOT)
        .env("CARGO_ENCODED_RUSTFLAGS", flags.join("\x1f"));
    if !cargo.status()?.success() {
        return Err(format!("cargo could not build {}", product.name).into());
    }
    folder.extend(target);
    Ok(folder
        .join("release")
        .join(format!("{}{suffix}", product.name)))
}

/// The same bytes for the same contents: sorted names, one date, fixed permissions.
fn archive(name: &str, program: &[u8]) -> Result<Vec<u8>> {
    let text = |file: &str| -> Result<Vec<u8>> {
        // As git has them, whatever it made of them on Windows.
        let text = String::from_utf8(read(&Path::new(ROOT).join(file))?)?;
        Ok(text.replace("\r\n", "\n").into_bytes())
    };
    let (licence, readme) = (text("LICENSE")?, text("README.md")?);
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, contents, permissions) in [
        ("LICENSE", licence.as_slice(), 0o644),
        ("README.md", &readme, 0o644),
        (name, program, 0o755),
    ] {
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Deflated)
            .last_modified_time(DateTime::default())
            .unix_permissions(permissions)
            .system(System::Unix);
        archive.start_file(name, options)?;
        archive.write_all(contents)?;
    }
    Ok(archive.finish()?.into_inner())
}

/// The text of SHA256SUMS: every archive of this version, and the manifest if there is one.
fn checksums(folder: &Path, stem: &str) -> Result<String> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).map_err(|error| about(folder, &error))? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        let rest = name.strip_prefix(&format!("{stem}_")).unwrap_or_default();
        let is_archive = rest.rsplit_once('.').is_some_and(|(_, kind)| kind == "zip");
        if is_archive || rest == "manifest.json" {
            names.push(name);
        }
    }
    if !names.iter().any(|name| name.ends_with("zip")) {
        return Err(format!(
            "there is no archive {stem}_OS_ARCH.zip in {}",
            folder.display()
        )
        .into());
    }
    names.sort_unstable();
    let mut text = String::new();
    for name in names {
        for byte in Sha256::digest(read(&folder.join(&name))?) {
            write!(text, "{byte:02x}")?;
        }
        writeln!(text, "  {name}")?;
    }
    Ok(text)
}

/// A detached, binary signature: the registry takes no armour.
fn sign(key: &str, file: &Path, signature: &Path) -> Result<()> {
    let mut gpg = Command::new("gpg");
    gpg.args(["--batch", "--yes", "--no-tty", "--pinentry-mode", "error"])
        .args(["--local-user", key, "--output"])
        .arg(signature)
        .arg("--detach-sign")
        .arg(file);
    let status = gpg.status().map_err(|error| format!("gpg: {error}"))?;
    if !status.success() {
        return Err(format!(
            "gpg could not sign with the key {key}. It has to be a secret key of this user, with no passphrase or with \
             one that gpg-agent holds: nobody is asked for it here"
        )
        .into());
    }
    Ok(())
}

fn read(path: &Path) -> Result<Vec<u8>> {
    Ok(fs::read(path).map_err(|error| about(path, &error))?)
}

fn write(path: PathBuf, contents: &[u8]) -> Result<PathBuf> {
    fs::write(&path, contents).map_err(|error| about(&path, &error))?;
    Ok(path)
}

fn about(path: &Path, error: &io::Error) -> String {
    format!("{}: {error}", path.display())
}
