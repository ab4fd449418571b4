//! The layers of `src/`, read from the source: who may name whom.
//!
//! `tf_provider` and `appservices` know neither each other nor anything else of ours, `emulator` knows none of the others, and
//! `provider` knows the first two by their front doors.

mod circles;
mod sources;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use regex::Regex;

use sources::{paths, without_comments};

/// The modules at the top of the crate, and whom each may name beside itself.
const LAYERS: [(&str, &[&str]); 4] = [
    ("tf_provider", &[]),
    ("appservices", &[]),
    ("provider", &["tf_provider", "appservices"]),
    ("emulator", &[]),
];

const RULE: &str = "a layer names others only as the table in tests/it/layers.rs allows, and only by the front door: \
                    `crate::appservices::Client`, not `crate::appservices::client::Client`";

/// All files of a layer: `src/x.rs` and what is below `src/x/`.
fn files(layer: &str) -> Vec<PathBuf> {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = sources::files(&src.join(layer));
    files.push(src.join(format!("{layer}.rs")));
    files
}

/// What is wrong with naming `path` from `layer`; none if nothing is.
fn fault(layer: &str, path: &str) -> Option<&'static str> {
    let mut steps = path.split("::");
    let other = steps.next().unwrap_or_default();
    let known = LAYERS.iter().any(|&(name, _)| name == other);
    if other == layer || !known {
        return None;
    }
    let allowed = LAYERS
        .iter()
        .find(|&&(name, _)| name == layer)
        .map_or(&[][..], |&(_, allowed)| allowed);
    if !allowed.contains(&other) {
        return Some("names a layer that it must not know");
    }
    // A second step in lower case that has further steps is a module behind the door.
    let second = steps.next().unwrap_or_default();
    let behind = steps.next().is_some() && second.starts_with(char::is_lowercase);
    behind.then_some("goes past a front door")
}

#[test]
fn imports_go_down_and_through_front_doors() {
    let mut faults = Vec::new();
    for (layer, _) in LAYERS {
        for file in files(layer) {
            let source = fs::read_to_string(&file)
                .unwrap_or_else(|error| panic!("{}: {error}", file.display()));
            let named = paths(&without_comments(&source));
            let wrong = named
                .iter()
                .filter_map(|path| Some((path, fault(layer, path)?)));
            faults.extend(
                wrong.map(|(path, fault)| format!("{}: `crate::{path}` {fault}", file.display())),
            );
        }
    }
    assert!(faults.is_empty(), "{RULE}\n{}", faults.join("\n"));
}

#[test]
fn the_reader_of_imports_sees_through_groups() {
    let source =
        "use crate::{a::{B, c::D}, e}; fn f(x: crate::g::h::I) { crate::j::<K>() } // crate::l\n";
    assert_eq!(
        paths(&without_comments(source)),
        ["a::B", "a::c::D", "e", "g::h::I", "j"]
    );
    assert_eq!(fault("provider", "appservices::Client"), None);
    assert!(fault("provider", "appservices::wire::Session").is_some());
    assert!(fault("appservices", "tf_provider::Value").is_some());
    assert!(fault("emulator", "appservices::Client").is_some());
}

#[test]
fn a_module_with_children_says_what_lives_in_it() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folders = ["src", "tests/it"].map(|folder| sources::files(&root.join(folder)));
    let mut parents = 0;
    for file in folders.concat() {
        if file.with_extension("").is_dir() {
            let source = fs::read_to_string(&file).expect("a source");
            let file = file.display();
            assert!(
                source.starts_with("//! "),
                "{file} begins with `//!`: what lives here"
            );
            parents += 1;
        }
    }
    assert!(parents > 40, "only {parents} modules with children");
}

#[test]
fn the_protocol_layer_has_no_word_of_app_services() {
    let word = Regex::new("(?i)app ?services|mongodb|api.?key").expect("a pattern");
    for file in files("tf_provider") {
        let source = fs::read_to_string(&file).expect("a source");
        // The crate's own name stands in an example for authors.
        let source = source.replace("terraform_provider_appservices", "");
        let found = word.find(&source).map(|found| found.as_str());
        assert_eq!(found, None, "{}", file.display());
    }
}

#[test]
fn a_whole_provider_takes_its_author_less_than_150_lines_without_lifetimes_and_macros() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/tiny/main.rs");
    let source = fs::read_to_string(file).expect("a source");
    let code = without_comments(&source);
    // Its test is no part of it.
    let (code, _) = code.split_once("#[test]").expect("a test");
    let lines = code.lines().filter(|line| !line.trim().is_empty()).count();
    assert!(lines < 150, "{lines} lines");
    let lifetime = Regex::new("<'|&'[a-rt-z]|&'s[a-su-z]").expect("a pattern");
    assert!(!lifetime.is_match(code), "a lifetime");
    assert!(!code.contains("macro_rules!"), "a macro");
}

/// Who may say why a key is deleted: the reasons (a) to (e) of `deletion::Proof`, and the files that give them.
const PROOFS: [(&str, &[&str]); 5] = [
    ("id_kept", &["destroy.rs", "ephemeral_resource.rs"]),
    ("answered_here", &["resource.rs"]),
    (
        "random_name",
        &["creation/run.rs", "creation/unfinished.rs"],
    ),
    ("replace_existing", &["creation/run.rs"]),
    ("action", &["actions.rs"]),
];

/// The files of the provider, below `user_api_key/`, whose code has the pattern, and how often.
fn holders(pattern: &str) -> Vec<(String, usize)> {
    static CODE: LazyLock<Vec<(String, String)>> = LazyLock::new(code_of_the_provider);
    let pattern = Regex::new(pattern).expect("a pattern");
    let holders = CODE.iter().filter_map(|(file, code)| {
        let count = pattern.find_iter(code).count();
        (count > 0).then(|| (file.clone(), count))
    });
    holders.collect()
}

fn code_of_the_provider() -> Vec<(String, String)> {
    let code = files("provider").into_iter().map(|file| {
        let source = fs::read_to_string(&file).expect("a source");
        let name = file.display().to_string().replace('\\', "/");
        let below = name.rsplit_once("/user_api_key/").map(|(_, below)| below);
        // A module's own tests are no part of it.
        let code = sources::without_tests(&without_comments(&source));
        (below.unwrap_or(&name).to_owned(), code)
    });
    let mut code = code.collect::<Vec<_>>();
    code.sort();
    code
}

/// One line of the provider deletes a key, and it takes a proof.
#[test]
fn a_key_is_deleted_with_a_proof_only() {
    let callers = holders(r"\bdelete_user_api_key\b");
    assert_eq!(callers, [("deletion.rs".to_owned(), 1)]);
    // A new proof is explained here.
    for (reason, allowed) in PROOFS {
        let givers = holders(&format!(r"\bProof::{reason}\b"));
        let givers = givers.iter().map(|(file, _)| file).collect::<Vec<_>>();
        assert_eq!(givers, allowed, "{reason}");
    }
    let reasons = PROOFS.map(|(reason, _)| reason).join("|");
    let known = holders(&format!(r"\bProof::({reasons})\b"));
    assert_eq!(holders(r"\bProof::\w"), known, "no other reason");
}
