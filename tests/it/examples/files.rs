//! The files under `examples/`, found by looking.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use hcl_edit::structure::Body;

/// What Terraform leaves behind when an example is tried in its place.
const LEFT_BEHIND: [&str; 3] = [".terraform", ".terraform.lock.hcl", "terraform.tfstate"];

pub(super) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples")
}

/// All files below a folder of the repository, by their paths from there, with `/`.
pub(super) fn files(folder: &Path) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for entry in fs::read_dir(folder).expect("a readable folder") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().expect("a name").to_str().expect("UTF-8");
        if LEFT_BEHIND.iter().any(|left| name.starts_with(left)) {
            continue;
        }
        if path.is_dir() {
            let below = files(&path);
            found.extend(below.into_iter().map(|file| format!("{name}/{file}")));
        } else {
            found.insert(name.to_owned());
        }
    }
    found
}

/// Those whose names end like this: `.tf`, `.tfquery.hcl`.
pub(super) fn files_with(folder: &Path, ending: &str) -> Vec<String> {
    let files = files(folder).into_iter();
    files.filter(|file| file.ends_with(ending)).collect()
}

/// The text of an example's file.
pub(super) fn text(file: &str) -> String {
    fs::read_to_string(root().join(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}

/// A file as Terraform's language.
pub(super) fn parse(file: &str) -> Body {
    let text = text(file);
    text.parse()
        .unwrap_or_else(|error| panic!("{file}: {error}"))
}
