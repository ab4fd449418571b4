//! The facts in `docs/sources.md`: each has a number of its own, a source, and a word on how sure it is.

use std::collections::BTreeSet;
use std::fs;

use regex::Regex;

use super::page::{Page, files, root};

const PAGE: &str = "docs/sources.md";

/// What stands in the third column, where it is not a name from the table of sources.
const OTHERWISE: [&str; 2] = ["all clients", "none"];

struct Fact {
    id: String,
    from: String,
    sure: String,
}

fn facts(page: &Page) -> Vec<Fact> {
    let row = Regex::new(r"(?m)^\| (S\d+) \| .* \| ([^|]+) \| ([^|]+) \|$").expect("a pattern");
    row.captures_iter(&page.text)
        .map(|row| Fact {
            id: row[1].to_owned(),
            from: row[2].to_owned(),
            sure: row[3].to_owned(),
        })
        .collect()
}

/// The names of the table of sources.
fn sources(page: &Page) -> BTreeSet<String> {
    let (_, table) = page
        .text
        .split_once("## Where the facts come from")
        .expect("the table");
    let (table, _) = table.split_once("\n## ").expect("what follows it");
    let rows = table.lines().filter(|line| line.starts_with("| "));
    let names = rows.skip(1).filter_map(|line| line.split('|').nth(1));
    names
        .flat_map(|names| names.split(','))
        .map(|name| name.trim().to_owned())
        .collect()
}

#[test]
fn every_fact_has_a_source_or_is_assumed() {
    let page = Page::read(PAGE);
    let sure = Regex::new(r"(?m)^- \*\*([a-z ]+)\*\*:").expect("a pattern");
    let sure: BTreeSet<_> = sure
        .captures_iter(&page.text)
        .map(|found| found[1].to_owned())
        .collect();
    let sources = sources(&page);
    assert!(sure.len() > 3 && sources.len() > 10, "{sure:?} {sources:?}");
    let facts = facts(&page);
    assert!(
        facts.len() > 70,
        "{} facts: the pattern no longer finds them",
        facts.len()
    );
    for Fact {
        id,
        from,
        sure: how,
    } in &facts
    {
        let named = from
            .split([',', ' ', '\''])
            .any(|word| sources.contains(word));
        assert!(
            named || OTHERWISE.iter().any(|other| from.starts_with(other)),
            "{id}: {from}"
        );
        assert!(sure.iter().any(|sure| how.starts_with(sure)), "{id}: {how}");
        assert!(
            !from.starts_with("none") || how == "assumed",
            "{id}: {from}, {how}"
        );
    }
}

#[test]
fn facts_that_the_code_names_are_there_once() {
    let page = Page::read(PAGE);
    let mut ids = BTreeSet::new();
    for fact in facts(&page) {
        assert!(ids.insert(fact.id.clone()), "{} is there twice", fact.id);
    }
    let named = Regex::new(r"Source: (S\d+)").expect("a pattern");
    for file in files("src") {
        let text = fs::read_to_string(root().join(&file)).expect("a text");
        for found in named.captures_iter(&text) {
            assert!(ids.contains(&found[1]), "{file}: {}", &found[1]);
        }
    }
}
