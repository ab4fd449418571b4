//! The tables in the modules' pages, which come from their variables and outputs.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use hcl_edit::structure::{Block, Body};

use super::files::{files, parse, root, text};

fn argument(block: &Block, name: &str) -> Option<String> {
    let attribute = block.body.get_attribute(name)?;
    let value = attribute.value.to_string();
    let value = value.split_whitespace().collect::<Vec<_>>().join(" ");
    Some(value)
}

fn description(block: &Block) -> String {
    let text = block.body.get_attribute("description");
    let text = text.and_then(|text| text.value.as_str());
    text.unwrap_or_else(|| panic!("no description: {block:?}"))
        .to_owned()
}

fn variables(body: &Body) -> String {
    let mut table =
        String::from("| Variable | Type | Default | Meaning |\n| --- | --- | --- | --- |\n");
    for block in body.get_blocks("variable") {
        let name = block.labels[0].as_str();
        let kind = argument(block, "type").expect("a type");
        let default = argument(block, "default");
        let default = default.map_or("required".to_owned(), |value| format!("`{value}`"));
        let meaning = description(block);
        writeln!(table, "| `{name}` | `{kind}` | {default} | {meaning} |").expect("a string");
    }
    table
}

fn outputs(body: &Body) -> String {
    let mut table = String::from("| Output | Sensitive | Meaning |\n| --- | --- | --- |\n");
    for block in body.get_blocks("output") {
        let name = block.labels[0].as_str();
        let sensitive = argument(block, "sensitive");
        let sensitive = if sensitive.is_some() { "yes" } else { "no" };
        let meaning = description(block);
        writeln!(table, "| `{name}` | {sensitive} | {meaning} |").expect("a string");
    }
    table
}

#[test]
fn the_tables_of_modules_are_their_variables_and_outputs() {
    let files = files(&root().join("modules"));
    let modules = files.iter().filter_map(|file| file.split_once('/'));
    let modules = modules.map(|(module, _)| module).collect::<BTreeSet<_>>();
    for module in modules {
        let page = text(&format!("modules/{module}/README.md"));
        let body = |file: &str| parse(&format!("modules/{module}/{file}"));
        for table in [
            variables(&body("variables.tf")),
            outputs(&body("outputs.tf")),
        ] {
            // A line more, and the table would have a row that is no more.
            let whole = format!("\n\n{table}\n");
            let ends = page.ends_with(&format!("\n\n{table}"));
            assert!(
                page.contains(&whole) || ends,
                "README.md of {module} is to have:\n\n{table}"
            );
        }
    }
}
