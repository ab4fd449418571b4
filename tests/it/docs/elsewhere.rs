//! Commands on pages that nothing here can run: those of developers, and of a newer Terraform. What they name is there.

use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::process::Command;

use regex::Regex;

use super::commands::{PAGES, is_script};
use super::page::{Page, files, is_configuration, root};

/// What needs Terraform 1.14.
pub(super) const NEWER: &str = r"^terraform query| -invoke=";

/// Pages whose commands the module `commands` does not run, and why.
const ELSEWHERE: [(&str, &str); 8] = [
    ("README.md", "CI runs both"),
    ("docs/actions/user_api_key_delete.md", "Terraform 1.14"),
    ("docs/actions/user_api_key_disable.md", "Terraform 1.14"),
    ("docs/contributing.md", "for developers"),
    (
        "docs/guides/installing.md",
        "a test of the release types them",
    ),
    ("docs/guides/performance.md", "the benches take minutes"),
    ("docs/list-resources/user_api_key.md", "Terraform 1.14"),
    (
        "docs/write-a-provider.md",
        "cargo would wait for itself; a test of the tiny provider does the same",
    ),
];

/// The blocks of commands on a page.
fn commands(page: &Page) -> impl Iterator<Item = String> {
    let fences = page.fences().into_iter();
    let commands = fences.filter(|fence| fence.language == "shell" && !is_script(&fence.text));
    commands.map(|fence| fence.text)
}

#[test]
fn every_page_with_commands_is_run_by_something() {
    let pages = Page::all().into_iter();
    let pages = pages.filter(|page| commands(page).next().is_some());
    let found: BTreeSet<_> = pages.map(|page| page.path).collect();
    let run = PAGES.iter().map(|(page, ..)| page);
    let other = ELSEWHERE.iter().map(|(page, _)| page);
    let known: BTreeSet<_> = run.chain(other).map(|&page| page.to_owned()).collect();
    assert_eq!(found, known);
}

/// How many tests of this program have this in their names.
fn tests(filter: &str) -> usize {
    let mut program = Command::new(env::current_exe().expect("a path"));
    let listed = program.args(["--list", filter]).output().expect("it runs");
    let listed = String::from_utf8(listed.stdout).expect("UTF-8");
    listed
        .lines()
        .filter(|line| line.ends_with(": test"))
        .count()
}

#[test]
fn commands_for_developers_name_what_is_there() {
    let manifest = include_str!("../../../Cargo.toml");
    let path = Regex::new(r"(?m)(?:^|\s)((?:\./|\.ci/)\S+)").expect("a pattern");
    let target = Regex::new(r"--(?:example|bin) (\S+)").expect("a pattern");
    let filter = Regex::new(r"--(test it|lib) ([\w:]+)").expect("a pattern");
    let sources = files("src").join("\n").replace(".rs", "/");
    let mut count = 0;
    for page in Page::all() {
        for block in commands(&page) {
            for found in path.captures_iter(&block) {
                assert!(root().join(&found[1]).exists(), "{}: {block}", page.path);
                count += 1;
            }
            for found in target.captures_iter(&block) {
                let name = format!("name = {:?}", &found[1]);
                assert!(manifest.contains(&name), "{}: {block}", page.path);
                count += 1;
            }
            for found in filter.captures_iter(&block) {
                let is_there = match &found[1] {
                    "lib" => sources.contains(&format!("/{}/", found[2].replace("::", "/"))),
                    _ => tests(&found[2]) > 0,
                };
                assert!(is_there, "{}: {block}", page.path);
                count += 1;
            }
        }
    }
    assert!(count > 15, "{count}: the patterns no longer find them");
}

#[test]
fn ci_runs_the_two_commands_of_the_readme() {
    let ci = fs::read_to_string(root().join(".ci/run")).expect("a script");
    let page = Page::read("README.md");
    for line in
        commands(&page).flat_map(|block| block.lines().map(str::to_owned).collect::<Vec<_>>())
    {
        assert!(ci.contains(&format!("\nrun {line}\n")), "{line}");
    }
}

#[test]
fn commands_for_a_newer_terraform_name_what_is_there() {
    let newer = Regex::new(NEWER).expect("a pattern");
    let invoke = Regex::new(r"^terraform apply -invoke=action\.(\w+)\.(\w+) -var (\w+)=\S+$");
    let invoke = invoke.expect("a pattern");
    let query =
        Regex::new(r"^terraform query(?: -generate-config-out=\w+\.tf)?$").expect("a pattern");
    let examples = files("examples")
        .into_iter()
        .filter(|file| is_configuration(file));
    let examples = examples.map(|file| fs::read_to_string(root().join(file)).expect("a text"));
    let examples = examples.collect::<Vec<_>>();
    let mut count = 0;
    for page in Page::all() {
        for block in commands(&page) {
            for line in block.lines().filter(|line| newer.is_match(line)) {
                count += 1;
                let Some(found) = invoke.captures(line) else {
                    assert!(query.is_match(line), "{}: {line}", page.path);
                    continue;
                };
                let action = format!("action {:?} {:?} {{", &found[1], &found[2]);
                let variable = format!("variable {:?} {{", &found[3]);
                let mut examples = examples.iter();
                let is_there =
                    examples.any(|text| text.contains(&action) && text.contains(&variable));
                assert!(is_there, "{}: {line}", page.path);
            }
        }
    }
    assert!(count > 3, "{count}: the pattern no longer finds them");
}
