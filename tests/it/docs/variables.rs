//! Environment variables: those that pages name are those that the code reads.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use regex::Regex;

use super::page::{Page, files, root};
use super::parts;

/// What Terraform alone reads.
const OF_TERRAFORM: [&str; 10] = [
    "TF_CLI_ARGS",
    "TF_CLI_CONFIG_FILE",
    "TF_DATA_DIR",
    "TF_INPUT",
    "TF_IN_AUTOMATION",
    "TF_LOG_CORE",
    "TF_LOG_PATH",
    "TF_PLUGIN_CACHE_DIR",
    "TF_REATTACH_PROVIDERS",
    "TF_WORKSPACE",
];

/// The provider's arguments, and the variable that stands for each.
async fn of_the_provider() -> BTreeMap<String, String> {
    let parts = parts().await;
    let block = parts[0].schema.block.as_ref().expect("a block");
    let attributes = block.attributes.iter();
    // A rule of the configuration, which the environment must not be able to change.
    let in_the_block_alone = "allowed_user_ids";
    attributes
        .filter(|one| one.name != in_the_block_alone)
        .map(|one| {
            let variable = format!("APPSERVICES_{}", one.name.to_uppercase());
            let sentence = format!("Environment: `{variable}`.");
            assert!(
                one.description.ends_with(&sentence),
                "{}: {sentence}",
                one.name
            );
            (one.name.clone(), variable)
        })
        .collect()
}

/// The variables that the text names.
fn named(text: &str) -> BTreeSet<String> {
    let variable = Regex::new(r"\bAPPSERVICES_[A-Z_]*[A-Z]\b").expect("a pattern");
    let found = variable.find_iter(text);
    found.map(|found| found.as_str().to_owned()).collect()
}

/// Those that tests and scripts read, each written out as a whole in one of their files.
fn of_the_tests() -> BTreeSet<String> {
    let sources = files("tests")
        .into_iter()
        .filter(|file| !file.starts_with("tests/it/docs"));
    let texts = sources.filter_map(|file| fs::read_to_string(root().join(file)).ok());
    texts
        .flat_map(|text| named(&text))
        .filter(|name| name.starts_with("APPSERVICES_TEST_"))
        .collect()
}

#[tokio::test]
async fn every_variable_that_a_page_names_is_read() {
    let mut known: BTreeSet<_> = of_the_provider().await.into_values().collect();
    known.extend(of_the_tests());
    known.extend(named(include_str!(
        "../../../src/bin/appservices-emulator/arguments.rs"
    )));
    for page in Page::all() {
        let unknown: Vec<_> = named(&page.text).difference(&known).cloned().collect();
        assert!(unknown.is_empty(), "{}: {unknown:?}", page.path);
    }
}

#[test]
fn every_variable_of_terraform_that_a_page_names_is_one() {
    let variable = Regex::new(r"\bTF_[A-Z_]*[A-Z]\b").expect("a pattern");
    let sources = files("src").into_iter();
    let sources: String = sources
        .map(|file| fs::read_to_string(root().join(file)).expect("a text"))
        .collect();
    for page in Page::all() {
        for found in variable.find_iter(&page.text) {
            let name = found.as_str();
            // The name of the variable for one provider is put together.
            let read = name.strip_suffix("_APPSERVICES").unwrap_or(name);
            let read = sources.contains(&format!("\"{read}\""));
            assert!(
                read || OF_TERRAFORM.contains(&name),
                "{}: {name}",
                page.path
            );
        }
    }
}
