//! One example, wherever it is.

use age::secrecy::ExposeSecret as _;
use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use hcl_edit::structure::Body;

use super::files::{files, files_with, parse, root, text};
use crate::support::server::{EMAIL, PASSWORD, Server};
use crate::support::terraform::{Ran, Terraform};

/// Folders of snippets, one for each place on a page of the registry: each file is an example of its own.
const SNIPPETS: [&str; 5] = [
    "actions/",
    "data-sources/",
    "ephemeral-resources/",
    "list-resources/",
    "resources/",
];

/// What the variables of examples are set to. Those that an example does not have are ignored.
const VARIABLES: [(&str, &str); 7] = [
    ("TF_VAR_appservices_jwt", JWT),
    ("TF_VAR_appservices_password", PASSWORD),
    ("TF_VAR_key_id", "65f0c0ffee0000000000d001"),
    ("TF_VAR_login_code", CODE),
    ("TF_VAR_name_prefix", "worker-"),
    ("TF_VAR_reports_password", PASSWORD),
    ("TF_VAR_service", "billing"),
];
pub(super) const JWT: &str = "header.claims.signature";
pub(super) const CODE: &str = "271828";

pub(super) struct Example {
    /// A file in a folder of snippets, or else a folder.
    pub(super) name: String,
    /// The `.tf` files that make it up.
    sources: Vec<String>,
}

impl Example {
    /// Every example that there is.
    pub(super) fn all() -> Vec<Self> {
        let sources = files_with(&root(), ".tf").into_iter();
        let (snippets, rest): (Vec<_>, Vec<_>) =
            sources.partition(|file| SNIPPETS.iter().any(|folder| file.starts_with(folder)));
        let main = |folder: &str| {
            let mut beside = snippets.iter().filter(|file| self::folder(file) == folder);
            beside.find(|file| parse(file).has_blocks("terraform"))
        };
        let mut all = Vec::new();
        for file in &snippets {
            // A snippet that does not say where its provider comes from continues the page's first one.
            let mut sources = vec![file.clone()];
            if !parse(file).has_blocks("terraform") {
                sources.extend(main(folder(file)).cloned());
            }
            let name = file.clone();
            all.push(Self { name, sources });
        }
        let folders: BTreeSet<&str> = rest.iter().map(|file| folder(file)).collect();
        for name in folders {
            let here = rest.iter().filter(|file| folder(file) == name);
            all.push(Self {
                name: name.to_owned(),
                sources: here.cloned().collect(),
            });
        }
        all
    }

    pub(super) fn named(name: &str) -> Self {
        let mut all = Self::all().into_iter();
        all.find(|example| example.name == name)
            .unwrap_or_else(|| panic!("no example {name}"))
    }

    fn is_snippet(&self) -> bool {
        self.sources.contains(&self.name)
    }

    /// The folder of the repository that it is in.
    pub(super) fn folder(&self) -> &str {
        if self.is_snippet() {
            folder(&self.name)
        } else {
            &self.name
        }
    }

    pub(super) fn bodies(&self) -> impl Iterator<Item = Body> {
        self.sources.iter().map(|file| parse(file))
    }

    /// Whether it has a block of one of these kinds.
    pub(super) fn has_any(&self, kinds: &[&str]) -> bool {
        self.bodies()
            .any(|body| kinds.iter().any(|kind| body.has_blocks(kind)))
    }

    pub(super) fn has_modules(&self) -> bool {
        self.has_any(&["module"])
    }

    /// Copies it into Terraform's directory, and its sources as `change` makes them.
    pub(super) fn lay_out(
        &self,
        terraform: Terraform,
        change: impl Fn(String) -> String,
    ) -> LaidOut {
        let there = terraform.directory().join("examples");
        let snippets = files_with(&root(), ".tf");
        // Of a folder of snippets only those that belong together are copied, and of other folders what a module may be in.
        let alone = !self.has_modules();
        let is_foreign = |file: &String| {
            let beside = folder(file) == self.folder();
            let of_another = snippets.contains(file) && !self.sources.contains(file);
            self.is_snippet() && (beside && of_another || !beside && alone)
        };
        for file in files(&root()).into_iter().filter(|file| !is_foreign(file)) {
            let to = there.join(&file);
            fs::create_dir_all(to.parent().expect("a folder")).expect("a writable folder");
            if self.sources.contains(&file) {
                fs::write(to, change(text(&file))).expect("a writable file");
            } else {
                fs::copy(root().join(&file), to).expect("a readable file");
            }
        }
        let folder = there.join(self.folder());
        LaidOut { terraform, folder }
    }
}

fn folder(file: &str) -> &str {
    file.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// A copy of an example, which Terraform may run in.
pub(super) struct LaidOut {
    pub(super) terraform: Terraform,
    pub(super) folder: PathBuf,
}

impl LaidOut {
    /// Lets the environment speak of this server and its user, and sets the variables that examples have.
    pub(super) fn log_in_to(&mut self, server: &Server) {
        let url = server.url();
        for (variable, value) in [
            ("APPSERVICES_BASE_URL", url.as_str()),
            ("APPSERVICES_APP_ID", server.emulator.app_id()),
            ("APPSERVICES_EMAIL", EMAIL),
            ("APPSERVICES_PASSWORD", PASSWORD),
        ] {
            self.terraform.set(variable, value);
        }
        for (variable, value) in VARIABLES {
            self.terraform.set(variable, value);
        }
        let identity = age::x25519::Identity::generate();
        let recipient = identity.to_public().to_string();
        self.terraform.set("TF_VAR_recipient", &recipient);
        let identity = identity.to_string();
        self.terraform
            .set("TF_VAR_identity", identity.expose_secret());
    }

    /// Takes in modules from folders beside it, which needs no network.
    pub(super) async fn prepare(&self) {
        self.run(&["get"]).await.succeeds();
    }

    pub(super) async fn run(&self, arguments: &[&str]) -> Ran {
        let chdir = format!("-chdir={}", self.folder.display());
        let arguments = [&[chdir.as_str()], arguments].concat();
        self.terraform.run(&arguments).await
    }

    pub(super) async fn apply(&self) -> Ran {
        self.run(&["apply", "-auto-approve", "-input=false"]).await
    }

    pub(super) async fn destroy(&self) -> Ran {
        self.run(&["destroy", "-auto-approve", "-input=false"])
            .await
    }

    /// What a plan ends with: 0 if there is nothing to do, and 2 if there is.
    pub(super) async fn plan(&self, more: &[&str]) -> Ran {
        let arguments = [&["plan", "-input=false", "-detailed-exitcode"], more].concat();
        self.run(&arguments).await
    }

    /// Replaces a text of a file, which has to be there.
    pub(super) fn edit(&self, file: &str, from: &str, to: &str) {
        let path = self.folder.join(file);
        let text = fs::read_to_string(&path).expect("a text");
        assert!(text.contains(from), "no {from:?} in {file}");
        fs::write(path, text.replace(from, to)).expect("a writable file");
    }

    pub(super) fn write(&self, file: &str, text: &str) {
        fs::write(self.folder.join(file), text).expect("a writable file");
    }
}
