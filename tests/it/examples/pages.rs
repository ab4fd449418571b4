//! Every example on a page is a file under `examples/`, to the letter.

use std::fs;
use std::path::Path;

use super::files::{files, files_with, root, text};

/// Blocks that are no file, by their page and their first line.
const NO_FILES: [(&str, &str, &str); 0] = [];

/// A block on a page: Terraform's language, or a script.
struct Shown {
    page: String,
    text: String,
}

/// All blocks of a page that are examples. Commands to type are not.
fn shown(page: &str, text: &str) -> Vec<Shown> {
    let mut found = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let Some(mark) = line.trim().strip_prefix("```") else {
            continue;
        };
        let block = lines.by_ref().take_while(|line| line.trim() != "```");
        let text = block.fold(String::new(), |text, line| text + line + "\n");
        if mark == "terraform" || mark == "shell" && text.starts_with("#!") {
            let page = page.to_owned();
            found.push(Shown { page, text });
        }
    }
    found
}

fn all() -> Vec<Shown> {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut pages = vec!["README.md".to_owned()];
    for folder in ["docs", "examples"] {
        let markdown = files_with(&repository.join(folder), ".md");
        pages.extend(markdown.iter().map(|file| format!("{folder}/{file}")));
    }
    let shown = pages.iter().flat_map(|page| {
        let text = fs::read_to_string(repository.join(page)).expect("a text");
        shown(page, &text)
    });
    shown.collect()
}

#[test]
fn every_example_on_a_page_is_a_file() {
    let files = files(&root());
    let texts = files.iter().map(|file| format!("\n{}", text(file)));
    let texts = texts.collect::<Vec<_>>();
    let all = all();
    assert!(all.len() > 20, "only {} blocks", all.len());
    let excused = |one: &Shown| {
        let first = one.text.lines().next().unwrap_or_default();
        NO_FILES
            .iter()
            .any(|(page, line, _)| *page == one.page && *line == first)
    };
    let lost = all.iter().filter(|one| {
        let lines = format!("\n{}", one.text);
        !texts.iter().any(|text| text.contains(&lines))
    });
    let (excused, lost): (Vec<_>, Vec<_>) = lost.partition(|one| excused(one));
    let lost = lost
        .iter()
        .map(|one| format!("{}:\n{}", one.page, one.text));
    let lost = lost.collect::<Vec<_>>();
    assert!(
        lost.is_empty(),
        "in no file under examples/, in whole lines and as they stand there:\n\n{}",
        lost.join("\n")
    );
    assert_eq!(
        excused.len(),
        NO_FILES.len(),
        "an excuse that is not needed"
    );
}
