//! The real Terraform, in a directory of its own, with a clean environment and the provider that was just built.

mod doomed;
mod script;

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::{env, fs};

use regex::Regex;
use serde_json::Value;
use tempfile::TempDir;
use tokio::process::Command;

use super::patient;
use super::running::Running;

/// Turns a missing Terraform into a skipped test; refused where `CI` is set.
const WITHOUT: &str = "APPSERVICES_TEST_WITHOUT_TERRAFORM";

/// A directory with a configuration and its state.
pub(crate) struct Terraform {
    binary: PathBuf,
    directory: TempDir,
    environment: BTreeMap<String, String>,
}

impl Terraform {
    /// None if there is no Terraform and the environment says that this is all right.
    pub(crate) fn find() -> Option<Self> {
        // Only the tests' own process is asked here, never the provider's configuration.
        let wanted = env::var_os("TERRAFORM").unwrap_or_else(|| "terraform".into());
        let Some(binary) = on_path(Path::new(&wanted)) else {
            skip_or_fail(&wanted.to_string_lossy());
            return None;
        };
        let directory = tempfile::tempdir().expect("a temporary directory");
        let terraform = Self {
            binary,
            directory,
            environment: BTreeMap::new(),
        };
        let provider = Path::new(env!("CARGO_BIN_EXE_terraform-provider-appservices"))
            .parent()
            .expect("a directory");
        let overrides = format!(
            "provider_installation {{\n  dev_overrides {{\n    \"registry.terraform.io/appservices/appservices\" = {:?}\n  }}\n  direct {{}}\n}}\n",
            provider.display().to_string()
        );
        terraform.write("cli.tfrc", &overrides);
        Some(terraform)
    }

    pub(crate) fn write(&self, file: &str, text: &str) {
        fs::write(self.directory.path().join(file), text).expect("the directory is writable");
    }

    pub(crate) fn read(&self, file: &str) -> String {
        fs::read_to_string(self.directory.path().join(file)).expect("a text")
    }

    pub(crate) fn set(&mut self, variable: &str, value: &str) {
        self.environment
            .insert(variable.to_owned(), value.to_owned());
    }

    pub(crate) async fn run(&self, arguments: &[&str]) -> Ran {
        let mut command = self.command(arguments);
        let output = patient(&format!("terraform {arguments:?}"), command.output())
            .await
            .expect("terraform starts");
        Ran::of(arguments, &output)
    }

    /// Starts a run in a process group of its own, as a shell does, and lets it go on.
    pub(crate) fn start(&self, arguments: &[&str]) -> Running {
        Running::start(self.command(arguments), arguments)
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let here = self.directory.path();
        let mut command = Command::new(&self.binary);
        command
            .args(arguments)
            .current_dir(here)
            .stdin(Stdio::null())
            .kill_on_drop(true);
        command
            .env_clear()
            .env("HOME", here)
            .env("TMPDIR", here)
            .env("TF_CLI_CONFIG_FILE", here.join("cli.tfrc"));
        command
            .env("TF_IN_AUTOMATION", "1")
            .env("CHECKPOINT_DISABLE", "1")
            // Go: a run ends before it is worth collecting garbage, which would take a sixth of its time.
            .env("GOGC", "off")
            .env("GOMEMLIMIT", "256MiB")
            .env("TF_CLI_ARGS", "-no-color");
        command.envs(&self.environment);
        command
    }

    /// Where everything of this Terraform is.
    pub(crate) fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// The state file, as it stands.
    pub(crate) fn state_file(&self) -> Value {
        let path = self.directory.path().join("terraform.tfstate");
        let Ok(text) = fs::read_to_string(path) else {
            return Value::Null;
        };
        // Terraform makes the file to lock it; killed early, it leaves it empty.
        if text.is_empty() {
            return Value::Null;
        }
        serde_json::from_str(&text).expect("a state is JSON")
    }
}

fn on_path(wanted: &Path) -> Option<PathBuf> {
    if wanted.components().count() > 1 {
        return wanted.canonicalize().ok();
    }
    let path = env::var_os("PATH")?;
    let name = format!("{}{}", wanted.display(), env::consts::EXE_SUFFIX);
    env::split_paths(&path)
        .map(|folder| folder.join(&name))
        .find(|file| file.is_file())
}

fn skip_or_fail(wanted: &str) {
    let way_out = "Get it from https://developer.hashicorp.com/terraform/install (1.11 or newer) and put it on PATH, \
                   or set TERRAFORM to the path of a terraform or tofu";
    assert!(
        env::var_os(WITHOUT).is_some(),
        "no `{wanted}` here. {way_out}; {WITHOUT}=1 skips these tests."
    );
    assert!(
        env::var_os("CI").is_none(),
        "no `{wanted}` here. {way_out}; {WITHOUT} does not count where CI is set."
    );
    // Not a print macro: the test harness would hide the line of a test that passes.
    let thread = std::thread::current();
    let test = thread.name().unwrap_or("a test");
    writeln!(std::io::stderr(), "skipped, needs `{wanted}`: {test}").expect("stderr is open");
}

/// What a run of Terraform came to.
#[derive(Debug)]
pub(crate) struct Ran {
    arguments: String,
    pub(crate) code: i32,
    pub(crate) stdout: String,
    stderr: String,
}

impl Ran {
    pub(super) fn of(arguments: &[&str], output: &Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("UTF-8");
        Self {
            arguments: arguments.join(" "),
            code: output.status.code().expect("terraform was not killed"),
            stdout: text(&output.stdout),
            stderr: text(&output.stderr),
        }
    }

    pub(crate) fn succeeds(self) -> Self {
        assert_eq!(self.code, 0, "{}", self.whole());
        self
    }

    /// Fails with one error that speaks of every phrase.
    pub(crate) fn fails_with(self, phrases: &[&str]) -> Self {
        assert_eq!(self.code, 1, "{}", self.whole());
        let errors = Regex::new("(?m)^[│ ]*Error: ").expect("a pattern");
        assert_eq!(
            errors.find_iter(&self.stderr).count(),
            1,
            "one clear error: {}",
            self.whole()
        );
        self.mentions(phrases)
    }

    /// Every phrase is somewhere in the output, however Terraform broke the lines.
    pub(crate) fn mentions(self, phrases: &[&str]) -> Self {
        let text = self.text().to_lowercase();
        for phrase in phrases {
            assert!(
                text.contains(&phrase.to_lowercase()),
                "{phrase:?} is not in: {}",
                self.whole()
            );
        }
        self
    }

    /// A warning of the provider's speaks of every phrase. Terraform's own, about the development override, does not count.
    pub(crate) fn warns(self, phrases: &[&str]) -> Self {
        let text = self.text().to_lowercase();
        let mut warnings = text.split("warning: ").skip(1);
        let about = |warning: &str| {
            !warning.starts_with("provider development overrides")
                && phrases
                    .iter()
                    .all(|phrase| warning.contains(&phrase.to_lowercase()))
        };
        assert!(
            warnings.any(about),
            "no warning about {phrases:?} in: {}",
            self.whole()
        );
        self
    }

    pub(crate) fn never_mentions(self, phrases: &[&str]) -> Self {
        for phrase in phrases {
            assert!(
                !phrase.is_empty() && !self.text().contains(phrase),
                "{phrase:?} is in: {}",
                self.whole()
            );
        }
        self
    }

    /// Terraform prints the line of the argument that a diagnostic points at.
    pub(crate) fn points_at(self, argument: &str) -> Self {
        let line = Regex::new(&format!(
            r"(?m)^[│ ]*\d+: +(provider .*\{{ *)?{argument} *="
        ))
        .expect("a pattern");
        let shown = line.is_match(&self.stdout) || line.is_match(&self.stderr);
        assert!(
            shown,
            "no line of `{argument}` is shown in: {}",
            self.whole()
        );
        self
    }

    /// The output without frames and line breaks.
    pub(crate) fn text(&self) -> String {
        let both = format!("{}\n{}", self.stdout, self.stderr);
        let words = both.split(|c: char| c.is_whitespace() || "│╷╵".contains(c));
        words
            .filter(|word| !word.is_empty())
            .collect::<Vec<_>>()
            .join(" ")
    }

    pub(crate) fn whole(&self) -> String {
        format!(
            "`terraform {}` ended with {}\n{}{}",
            self.arguments, self.code, self.stdout, self.stderr
        )
    }
}
