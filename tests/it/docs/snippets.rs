//! Configuration and scripts on pages are files below `examples/`, where they are tried.

use std::fs;

use super::page::{Page, files, root};

/// What begins like a script has to be one.
const SCRIPT: &str = "#!";

#[test]
fn what_a_page_shows_is_a_file_below_examples() {
    let examples = files("examples").into_iter();
    let examples: Vec<_> = examples
        .filter_map(|file| fs::read_to_string(root().join(file)).ok())
        .collect();
    let mut faults = Vec::new();
    let mut count = 0;
    for page in Page::all() {
        for fence in page.fences() {
            let code = fence.language == "terraform" || fence.text.starts_with(SCRIPT);
            if !code {
                continue;
            }
            count += 1;
            // Whole lines: a piece that begins or ends inside a line is no piece of that file.
            let whole =
                |example: &String| format!("\n{example}").contains(&format!("\n{}", fence.text));
            if !examples.iter().any(whole) {
                let beginning: String = fence.text.lines().take(4).collect::<Vec<_>>().join("\n");
                faults.push(format!("{}:\n{beginning}", page.path));
            }
        }
    }
    assert!(
        faults.is_empty(),
        "in no file below examples/:\n{}",
        faults.join("\n\n")
    );
    assert!(
        count > 20,
        "{count} blocks: the pattern no longer finds them"
    );
}
