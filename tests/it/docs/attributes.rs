//! All attributes in `attributes.txt`, each with its type and how it may be written: what configurations and states rely on. A
//! line that changes there shows a reviewer what practitioners will notice.

use std::env;
use std::fs;

use crate::support::proto::tfplugin6::schema::Attribute;

use super::page::root;
use super::schema::COMMAND;
use super::{Part, parts};

const FILE: &str = "tests/it/docs/attributes.txt";

/// A line for the part, by its page, and one for each attribute, with its whole path.
fn lines(part: &Part) -> Vec<String> {
    let name = part.page.trim_start_matches("docs/");
    let name = name.trim_end_matches(".md");
    let block = part.schema.block.as_ref().expect("a schema has a block");
    assert!(
        block.block_types.is_empty(),
        "{name} has nested blocks, and {FILE} does not show them"
    );
    let mut all = Vec::new();
    add(&mut all, &format!("{name} "), &block.attributes);
    all.sort();
    all.insert(0, format!("{name}, version {}", part.schema.version));
    all
}

fn add(lines: &mut Vec<String>, before: &str, attributes: &[Attribute]) {
    for attribute in attributes {
        let path = format!("{before}{}", attribute.name);
        let kind = match &attribute.nested_type {
            Some(nested) => {
                add(lines, &format!("{path}."), &nested.attributes);
                format!("{:?}", nested.nesting())
            }
            None => String::from_utf8_lossy(&attribute.r#type).into_owned(),
        };
        let mut line = format!("{path}: {kind}");
        for (set, word) in [
            (attribute.required, " required"),
            (attribute.optional, " optional"),
            (attribute.computed, " computed"),
            (attribute.sensitive, " sensitive"),
            (attribute.write_only, " write-only"),
            (attribute.deprecated, " deprecated"),
        ] {
            line.push_str(if set { word } else { "" });
        }
        lines.push(line);
    }
}

#[tokio::test]
async fn the_attributes_are_those_that_practitioners_rely_on() {
    let offered: Vec<_> = parts().await.iter().flat_map(lines).collect();
    let path = root().join(FILE);
    if env::var_os("UPDATE").is_some() {
        fs::write(path, offered.join("\n") + "\n").expect("the file is writable");
        return;
    }
    let kept = fs::read_to_string(path).expect("the list of attributes is there");
    let kept: Vec<_> = kept.lines().map(str::to_owned).collect();
    let new = offered.iter().filter(|line| !kept.contains(line));
    let gone = kept.iter().filter(|line| !offered.contains(line));
    let differences: Vec<_> = new
        .map(|line| format!("+ {line}"))
        .chain(gone.map(|line| format!("- {line}")))
        .collect();
    assert!(
        kept == offered,
        "{FILE} is not what the provider offers:\n{}\nIf that is meant, `{COMMAND}` rewrites it.",
        differences.join("\n")
    );
}
