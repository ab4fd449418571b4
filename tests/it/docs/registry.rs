//! What the Terraform Registry wants of pages: a page for everything, and front matter in each.

use std::collections::BTreeSet;

use super::page::{Page, files};
use super::parts;

/// The registry's folders. What else is below `docs/` is for developers.
const FOLDERS: [&str; 7] = [
    "actions",
    "data-sources",
    "ephemeral-resources",
    "functions",
    "guides",
    "list-resources",
    "resources",
];

#[tokio::test]
async fn everything_has_its_page_and_no_page_is_about_nothing() {
    let mut expected = BTreeSet::new();
    for part in parts().await {
        let page = Page::read(&part.page);
        assert_eq!(
            page.front_matter("page_title").as_deref(),
            Some(&*part.title),
            "{}",
            part.page
        );
        expected.insert(part.page);
    }
    let developers = |path: &String| path.matches('/').count() == 1 && path != "docs/index.md";
    let found: BTreeSet<_> = files("docs")
        .into_iter()
        .filter(|path| !path.starts_with("docs/guides/") && !developers(path))
        .collect();
    assert_eq!(found, expected);
}

#[test]
fn every_page_of_the_registry_has_front_matter() {
    let pages = FOLDERS.map(|folder| files(&format!("docs/{folder}")));
    let pages = pages.into_iter().flatten();
    for path in pages.chain(["docs/index.md".to_owned()]) {
        let page = Page::read(&path);
        for name in ["page_title", "description"] {
            let value = page.front_matter(name).unwrap_or_default();
            assert!(!value.trim().is_empty(), "{path}: {name}");
        }
        let guide = path.starts_with("docs/guides/");
        let subcategory = if guide { "Guides" } else { "" };
        assert_eq!(
            page.front_matter("subcategory").as_deref(),
            Some(subcategory),
            "{path}"
        );
        if guide {
            let title = page.front_matter("page_title").unwrap_or_default();
            let heading = title
                .strip_suffix(" - appservices")
                .map(|name| format!("\n# {name}\n"));
            let heading = heading.unwrap_or_else(|| panic!("{path}: the title {title:?}"));
            assert!(
                page.text.contains(&heading),
                "{path}: no heading {heading:?}"
            );
        }
    }
}

#[test]
fn every_guide_is_listed() {
    for (list, prefix) in [("README.md", "docs/guides/"), ("docs/index.md", "guides/")] {
        let list = Page::read(list);
        for guide in files("docs/guides") {
            let link = guide.replace("docs/guides/", prefix);
            assert!(
                list.text.contains(&format!("]({link})")),
                "{}: {link}",
                list.path
            );
        }
    }
}
