//! Links inside the repository lead somewhere, down to the heading.

use std::collections::{BTreeMap, BTreeSet};

use regex::Regex;

use super::page::{Page, files, root};

/// What a `#` may name in a page: its headings, as GitHub and the registry write them, and its own anchors.
fn anchors(page: &Page) -> BTreeSet<String> {
    let prose = page.prose();
    let mut seen = BTreeMap::<String, usize>::new();
    let mut anchors = BTreeSet::new();
    for line in prose.lines() {
        let heading = line.trim_start_matches('#');
        let Some(heading) = heading.strip_prefix(' ').filter(|_| line.starts_with('#')) else {
            continue;
        };
        let slug = slug(heading);
        let before = seen.entry(slug.clone()).or_default();
        anchors.insert(match before {
            0 => slug,
            _ => format!("{slug}-{before}"),
        });
        *before += 1;
    }
    let own = Regex::new(r#"<a id="([^"]+)">"#).expect("a pattern");
    anchors.extend(own.captures_iter(&prose).map(|found| found[1].to_owned()));
    anchors
}

fn slug(heading: &str) -> String {
    let link = Regex::new(r"\[([^\]]*)\]\([^)]*\)").expect("a pattern");
    let heading = link.replace_all(heading.trim(), "$1").to_lowercase();
    let kept = heading
        .chars()
        .filter(|&c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.map(|c| if c == ' ' { '-' } else { c }).collect()
}

/// The path of a link's target from the root of the repository.
fn resolve(page: &str, target: &str) -> String {
    let mut steps: Vec<_> = page.split('/').collect();
    steps.pop();
    for step in target.split('/') {
        match step {
            "." | "" => {}
            ".." => {
                let step = steps.pop();
                step.unwrap_or_else(|| panic!("{page}: {target} leads out of the repository"));
            }
            step => steps.push(step),
        }
    }
    steps.join("/")
}

fn fault(page: &Page, link: &str) -> Option<String> {
    let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
    let path = if file.is_empty() {
        page.path.clone()
    } else {
        resolve(&page.path, file)
    };
    if !root().join(&path).exists() {
        return Some(format!("{}: no file {link}", page.path));
    }
    // A folder shows its README.
    let path = if root().join(&path).is_dir() {
        format!("{path}/README.md")
    } else {
        path
    };
    let leads_nowhere = !anchor.is_empty() && !anchors(&Page::read(&path)).contains(anchor);
    leads_nowhere.then(|| format!("{}: no heading {link}", page.path))
}

#[test]
fn links_lead_somewhere() {
    let link = Regex::new(r"\[[^\]]*\]\(([^)\s]+)\)").expect("a pattern");
    let mut faults = Vec::new();
    let mut count = 0;
    for page in Page::all() {
        let prose = page.prose();
        let links = link.captures_iter(&prose).map(|found| found[1].to_owned());
        let links = links.filter(|link| !link.contains("://") && !link.starts_with("mailto:"));
        for link in links {
            count += 1;
            faults.extend(fault(&page, &link));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert!(
        count > 100,
        "{count} links: the pattern no longer finds them"
    );
}

#[test]
fn headings_have_the_anchors_that_readers_click_on() {
    let page = Page {
        path: "docs/page.md".to_owned(),
        text: "# No gap: a prefix and `create_before_destroy`\n## Twice\n## Twice\n```shell\n# no heading\n```\n\
               <a id=\"own\"></a>\n"
            .to_owned(),
    };
    let anchors = anchors(&page);
    let anchors: Vec<_> = anchors.iter().map(String::as_str).collect();
    assert_eq!(
        anchors,
        [
            "no-gap-a-prefix-and-create_before_destroy",
            "own",
            "twice",
            "twice-1"
        ]
    );
    assert_eq!(resolve("docs/guides/a.md", "../index.md"), "docs/index.md");
    assert!(fault(&page, "#once").is_some());
    assert!(fault(&page, "../README.md").is_none());
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
