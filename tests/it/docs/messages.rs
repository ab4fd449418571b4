//! What the provider says when something goes wrong: the page about trouble has a heading for each message.

use std::collections::BTreeSet;
use std::fs;

use regex::Regex;

use super::page::{Page, files, root};

const PAGE: &str = "docs/guides/troubleshooting.md";

/// Messages that are nothing but other ones.
const OF_OTHERS: [&str; 2] = ["...", "..., at ..."];

/// Sources of failures that stand in the text of an error.
const REASONS: [&str; 2] = [
    "src/appservices/error/kind.rs",
    "src/appservices/tls_problem.rs",
];

/// A message or a heading: what differs each time as `...`, and that once.
fn normal(text: &str) -> String {
    let placeholder = Regex::new(r"\{[^{}]*\}").expect("a pattern");
    let text = text.replace("\\\"", "\"");
    let text = placeholder.replace_all(&text, "...");
    let dots = Regex::new(r#"[`"(]?\.\.\.[`")]?(?:\s*[`"(]?\.\.\.[`")]?)*"#).expect("a pattern");
    dots.replace_all(&text, "...").into_owned()
}

/// The summaries of all errors and warnings of the provider, and the reasons of the client, each with its file.
fn messages() -> BTreeSet<(String, String)> {
    let literal = r#""((?:[^"\\]|\\.)+)""#;
    let begins = r"(?:Diagnostic::(?:error|warning)\(|let summary =)\s*(?:format!\(\s*)?";
    let summary = Regex::new(&format!("{begins}{literal}")).expect("a pattern");
    let reason = Regex::new(&format!(r"#\[error\(\s*{literal}")).expect("a pattern");
    let mut found = BTreeSet::new();
    for file in files("src") {
        let message = match file.as_str() {
            file if file.contains("/tests") => continue,
            file if file.starts_with("src/provider/") => &summary,
            file if REASONS.contains(&file) => &reason,
            _ => continue,
        };
        let text = fs::read_to_string(root().join(&file)).expect("a text");
        let texts = message.captures_iter(&text);
        found.extend(texts.map(|text| (normal(&text[1]), file.clone())));
    }
    found
}

#[test]
fn every_message_has_its_heading() {
    let page = Page::read(PAGE).prose();
    let headings = page.lines().filter_map(|line| line.strip_prefix("### "));
    let headings: BTreeSet<_> = headings.map(normal).collect();
    let messages = messages();
    assert!(
        messages.len() > 50,
        "{} messages: the pattern no longer finds them",
        messages.len()
    );
    // What could not be done differs; the heading is about why.
    let is_there = |message: &str| {
        OF_OTHERS.contains(&message)
            || message.starts_with("Could not ")
            || headings.iter().any(|heading| message.starts_with(heading))
    };
    let lost = messages.iter().filter(|(message, _)| !is_there(message));
    let lost = lost.map(|(message, file)| format!("{file}: ### {message}"));
    let lost = lost.collect::<Vec<_>>();
    assert!(
        lost.is_empty(),
        "{PAGE} lacks headings for:\n{}",
        lost.join("\n")
    );
}
