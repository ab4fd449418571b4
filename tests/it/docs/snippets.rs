//! Blocks of code in pages that are parts of a file which is compiled or run: never a copy that can go its own way.
//!
//! Above such a block stands a comment that names the file, and how its part begins: `<!-- FILE -->` for all of it,
//! `<!-- FILE: START -->` for one item, `<!-- FILE: START ... -->` for that item and all that follows. A page that has the
//! comment and an empty block gets the text by `UPDATE=1`.

use std::env;
use std::fs;

use regex::{Captures, Regex};

use super::page::{Page, root};

const COMMAND: &str = "UPDATE=1 cargo test --test it docs";
const GUIDE: &str = "docs/write-a-provider.md";
const EXAMPLE: &str = "examples/tiny/main.rs";

/// The top-level items of a source, in Rust or in Terraform's language, each with its comments and attributes.
fn items(source: &str) -> Vec<&str> {
    let item = Regex::new(
        r"(?m)^(?:(?:///|#).*\n)*(?:(?:use|type|struct) .*;\n(?:use .*;\n)*|(?:async )?[a-z].*\{(?:\}\n|\n(?:(?:[ \t].*)?\n)*?\}\n))",
    );
    let found = item.expect("a pattern");
    found.find_iter(source).map(|item| item.as_str()).collect()
}

/// The part of a file that begins like this.
fn part(file: &str, start: Option<&str>) -> String {
    let text = fs::read_to_string(root().join(file));
    let text = text.unwrap_or_else(|error| panic!("{file}: {error}"));
    let Some(start) = start else {
        return text;
    };
    let (start, all_that_follows) = match start.strip_suffix(" ...") {
        Some(start) => (start, true),
        None => (start, false),
    };
    let begins = |item: &&&str| item.lines().any(|line| line.starts_with(start));
    let items = items(&text);
    let found = items.iter().filter(begins).collect::<Vec<_>>();
    let [item] = found[..] else {
        panic!("{file}: {} items begin with {start:?}", found.len());
    };
    if all_that_follows {
        let at = text.find(item).expect("it is a part of the text");
        return text[at..].to_owned();
    }
    (*item).to_owned()
}

fn renewed(page: &Page) -> String {
    let block = Regex::new(r"(?m)^<!-- (\S+?)(?:: (.*))? -->\n```(\w+)\n(?:.*\n)*?```\n")
        .expect("a pattern");
    let renew = |found: &Captures<'_>| {
        let start = found.get(2).map(|start| start.as_str());
        let marker = found[0].lines().next().expect("the comment");
        format!(
            "{marker}\n```{}\n{}```\n",
            &found[3],
            part(&found[1], start)
        )
    };
    block.replace_all(&page.text, renew).into_owned()
}

#[test]
fn what_pages_show_of_a_file_is_in_the_file() {
    let mut stale = Vec::new();
    for page in Page::all() {
        let wanted = renewed(&page);
        if wanted == page.text {
            continue;
        }
        if env::var_os("UPDATE").is_some() {
            fs::write(root().join(&page.path), wanted).expect("the page is writable");
        } else {
            stale.push(page.path);
        }
    }
    assert!(
        stale.is_empty(),
        "not as the files say: {stale:?}. `{COMMAND}` rewrites them."
    );
}

/// Configuration and scripts are whole files, or parts of them, below `examples/`, where they are tried.
#[test]
fn configuration_and_scripts_on_pages_come_from_files() {
    let fence = Regex::new(r"(?m)^(.*)\n *```(?:terraform\n|hcl\n|\w*\n *#!)").expect("a pattern");
    let marker = Regex::new(r"^<!-- \S+?(?:: .*)? -->$").expect("a pattern");
    let mut count = 0;
    for page in Page::all() {
        for found in fence.captures_iter(&page.text) {
            count += 1;
            assert!(
                marker.is_match(&found[1]),
                "{}: above {:?} has to stand `<!-- examples/FILE -->`; `{COMMAND}` then fills the block in",
                page.path,
                found[0].trim()
            );
        }
    }
    assert!(
        count > 40,
        "{count} blocks: the pattern no longer finds them"
    );
}

#[test]
fn the_guide_shows_all_of_the_example_and_no_other_rust() {
    let page = Page::read(GUIDE);
    let source = fs::read_to_string(root().join(EXAMPLE)).expect("the example");
    let items = items(&source);
    assert!(items.len() > 15, "{items:#?}");
    for item in &items {
        assert!(
            page.text.contains(&format!("```rust\n{item}```\n")),
            "{GUIDE} lacks\n{item}"
        );
    }
    assert_eq!(page.text.matches("```rust").count(), items.len());
    let rest = items
        .iter()
        .fold(source.clone(), |rest, item| rest.replacen(item, "", 1));
    let rest = rest
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with("//!"));
    assert_eq!(rest.collect::<Vec<_>>(), [""; 0], "what no item is");
}
