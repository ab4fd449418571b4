//! Scripts on pages are whole files below `examples/`, where they are tried. So is configuration, which the tests of the
//! examples see to.

use std::fs;

use super::page::{Page, files, root};

#[test]
fn a_script_on_a_page_is_a_file_below_examples() {
    let examples = files("examples").into_iter();
    let examples: Vec<_> = examples
        .filter_map(|file| fs::read_to_string(root().join(file)).ok())
        .collect();
    let mut count = 0;
    for page in Page::all() {
        let fences = page.fences().into_iter();
        for script in fences.filter(|fence| fence.text.starts_with("#!")) {
            count += 1;
            assert!(
                examples.contains(&script.text),
                "{}: in no file below examples/:\n{}",
                page.path,
                script.text
            );
        }
    }
    assert!(
        count > 1,
        "{count} scripts: the pattern no longer finds them"
    );
}
