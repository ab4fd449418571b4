//! Argument lists, from the provider's schema.

use std::env;
use std::fmt::Write as _;
use std::fs;

use serde_json::Value;

use crate::support::proto::tfplugin6::ResourceIdentitySchema;
use crate::support::proto::tfplugin6::schema::object::NestingMode;
use crate::support::proto::tfplugin6::schema::{Attribute, Object};

use super::page::{Page, root};
use super::{Part, parts};

/// Lines are no longer than this, unless a word is.
const WIDTH: usize = 120;

pub(super) const COMMAND: &str = "UPDATE=1 cargo test --test it docs";

impl Part {
    /// The page with every generated piece as it should be.
    fn renew(&self, page: &Page) -> String {
        let block = self.schema.block.as_ref().expect("a schema has a block");
        let mut text = describe(&page.text, &block.description);
        text = replace(&text, &page.path, "schema", &lists(&block.attributes));
        if let Some(identity) = &self.identity {
            text = replace(&text, &page.path, "identity", &identity_lists(identity));
        }
        text
    }
}

/// Puts the schema's description into the front matter, where the registry looks for it.
fn describe(text: &str, description: &str) -> String {
    let Some((before, after)) = text.split_once("description: |-\n") else {
        return text.to_owned();
    };
    let rest = after.find("---\n").map_or("", |end| &after[end..]);
    format!("{before}description: |-\n  {description}\n{rest}")
}

/// Puts `lists` between two comments of that name.
fn replace(text: &str, path: &str, name: &str, lists: &str) -> String {
    let begin = format!("<!-- begin {name}: {COMMAND} -->\n");
    let end = format!("<!-- end {name} -->\n");
    let pieces = text
        .split_once(&begin)
        .and_then(|(before, rest)| Some((before, rest.split_once(&end)?.1)));
    let (before, after) =
        pieces.unwrap_or_else(|| panic!("{path} has no place for the {name}:\n{begin}{end}"));
    format!("{before}{begin}\n{}\n\n{end}{after}", lists.trim())
}

/// What can be set and what can be read, and the same for objects inside.
fn lists(attributes: &[Attribute]) -> String {
    let mut text = String::new();
    let mut nested = Vec::new();
    groups(&mut text, attributes, "### ", "", &mut nested);
    while !nested.is_empty() {
        for (path, object) in std::mem::take(&mut nested) {
            let (id, path): (String, String) = path;
            let _ = write!(
                text,
                "<a id=\"nestedatt--{id}\"></a>\n### Nested schema for `{path}`\n\n"
            );
            let object: Object = object;
            groups(&mut text, &object.attributes, "", ":", &mut nested);
        }
    }
    text
}

fn groups(
    text: &mut String,
    attributes: &[Attribute],
    before: &str,
    after: &str,
    nested: &mut Vec<((String, String), Object)>,
) {
    type Group = fn(&Attribute) -> bool;
    let all: [(&str, Group); 3] = [
        ("Required", |one| one.required),
        ("Optional", |one| one.optional),
        ("Read-Only", |one| !one.required && !one.optional),
    ];
    for (title, belongs) in all {
        let mut members: Vec<_> = attributes.iter().filter(|one| belongs(one)).collect();
        members.sort_by_key(|one| &one.name);
        if members.is_empty() {
            continue;
        }
        let _ = write!(text, "{before}{title}{after}\n\n");
        for one in members {
            let mut description = one.description.clone();
            if let Some(object) = &one.nested_type {
                let _ = write!(description, " (see [below](#nestedatt--{}))", one.name);
                nested.push(((one.name.clone(), one.name.clone()), object.clone()));
            }
            text.push_str(&item(&one.name, &kind(one), &description));
        }
        text.push('\n');
    }
}

fn identity_lists(identity: &ResourceIdentitySchema) -> String {
    let mut text = String::new();
    for (title, required) in [
        ("Required in an import", true),
        ("Optional in an import", false),
    ] {
        let members = identity.identity_attributes.iter();
        let mut members: Vec<_> = members
            .filter(|one| one.required_for_import == required)
            .collect();
        members.sort_by_key(|one| &one.name);
        let _ = write!(text, "{title}:\n\n");
        for one in members {
            text.push_str(&item(&one.name, &name_of(&one.r#type), &one.description));
        }
        text.push('\n');
    }
    text
}

/// One attribute, in lines of a bearable length.
fn item(name: &str, kind: &str, description: &str) -> String {
    let whole = format!("- `{name}` ({kind}) {description}");
    let mut text = String::new();
    let mut length = 0;
    for word in whole.split(' ') {
        let needed = word.chars().count() + 1;
        if length > 0 && length + needed > WIDTH {
            text.push_str("\n  ");
            length = 2;
        } else if length > 0 {
            text.push(' ');
            length += 1;
        }
        text.push_str(word);
        length += needed - 1;
    }
    text.push('\n');
    text
}

/// The type, and what else decides how the attribute may be used.
fn kind(attribute: &Attribute) -> String {
    let mut kind = match &attribute.nested_type {
        Some(object) => match object.nesting() {
            NestingMode::List => "Attributes List",
            NestingMode::Set => "Attributes Set",
            NestingMode::Map => "Attributes Map",
            NestingMode::Single | NestingMode::Invalid => "Attributes",
        }
        .to_owned(),
        None => name_of(&attribute.r#type),
    };
    for (set, word) in [
        (attribute.sensitive, ", Sensitive"),
        (attribute.write_only, ", Write-only"),
        (attribute.deprecated, ", Deprecated"),
    ] {
        if set {
            kind.push_str(word);
        }
    }
    kind
}

/// The registry's word for a type, which travels as JSON.
fn name_of(r#type: &[u8]) -> String {
    let parsed: Value = serde_json::from_slice(r#type).expect("a type is JSON");
    let simple = |value: &Value| match value.as_str() {
        Some("string") => "String",
        Some("bool") => "Boolean",
        Some("number") => "Number",
        _ => panic!("the documentation has no word for the type {value}"),
    };
    match &parsed {
        Value::Array(of) => {
            let outer = match of[0].as_str() {
                Some("list") => "List",
                Some("set") => "Set",
                Some("map") => "Map",
                _ => panic!("the documentation has no word for the type {parsed}"),
            };
            format!("{outer} of {}", simple(&of[1]))
        }
        _ => simple(&parsed).to_owned(),
    }
}

#[tokio::test]
async fn the_lists_of_arguments_are_those_of_the_schema() {
    let update = env::var_os("UPDATE").is_some();
    let mut stale = Vec::new();
    for part in parts().await {
        let page = Page::read(&part.page);
        let wanted = part.renew(&page);
        if wanted == page.text {
            continue;
        }
        if update {
            fs::write(root().join(&page.path), wanted).expect("the page is writable");
        } else {
            stale.push(page.path);
        }
    }
    assert!(
        stale.is_empty(),
        "not as the schema says: {stale:?}. `{COMMAND}` rewrites them; edit the descriptions in src/provider."
    );
}

#[test]
fn long_descriptions_are_broken_between_words() {
    let text = item("name", "String", &"word ".repeat(40));
    assert!(text.lines().all(|line| line.len() <= WIDTH), "{text}");
    assert!(text.starts_with("- `name` (String) word"));
    assert!(
        text.lines().skip(1).all(|line| line.starts_with("  w")),
        "{text}"
    );
}
