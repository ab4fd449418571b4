use std::fs;
use std::path::{Path, PathBuf};

use regex::Regex;

/// A Markdown file of the repository.
pub(super) struct Page {
    /// From the root of the repository, with slashes.
    pub(super) path: String,
    pub(super) text: String,
}

/// A block of code in a page.
pub(super) struct Fence {
    /// `shell`, `terraform`, `text`.
    pub(super) language: String,
    pub(super) text: String,
    /// The file that it is of, by the comment above it, or nothing.
    pub(super) file: String,
}

impl Page {
    /// # Panics
    ///
    /// When there is no such page.
    pub(super) fn read(path: &str) -> Self {
        let text = fs::read_to_string(root().join(path));
        Self {
            text: text.unwrap_or_else(|error| panic!("{path}: {error}")),
            path: path.to_owned(),
        }
    }

    /// All pages: the documentation, the README files and the list of changes.
    pub(super) fn all() -> Vec<Self> {
        let markdown = |path: &String| Path::new(path).extension().is_some_and(|it| it == "md");
        let folders = ["docs", "examples"].into_iter().flat_map(files);
        let pages = folders.filter(markdown).map(|path| Self::read(&path));
        let top = ["README.md", "CHANGELOG.md"].map(Self::read);
        top.into_iter().chain(pages).collect()
    }

    /// The page with empty lines in place of its blocks of code.
    pub(super) fn prose(&self) -> String {
        let mut inside = false;
        let lines = self.text.lines().map(|line| {
            let fence = line.trim_start().starts_with("```");
            let hidden = inside || fence;
            inside ^= fence;
            if hidden { "" } else { line }
        });
        lines.collect::<Vec<_>>().join("\n")
    }

    /// The blocks of code, without the indentation that they have inside a list.
    pub(super) fn fences(&self) -> Vec<Fence> {
        let fence = Regex::new(r"(?m)^(?:<!-- ([^\s:]+).*-->\n)?( *)```(\w*)\n((?:.*\n)*?) *```$")
            .expect("a pattern");
        let found = fence.captures_iter(&self.text);
        found
            .map(|found| Fence {
                file: found.get(1).map_or("", |file| file.as_str()).to_owned(),
                language: found[3].to_owned(),
                text: found[4]
                    .lines()
                    .map(|line| line.strip_prefix(&found[2]).unwrap_or(line))
                    .flat_map(|line| [line, "\n"])
                    .collect(),
            })
            .collect()
    }

    /// What stands between backticks in a line of prose.
    pub(super) fn code_spans(&self) -> Vec<String> {
        let span = Regex::new("`([^`\n]+)`").expect("a pattern");
        let prose = self.prose();
        span.captures_iter(&prose)
            .map(|found| found[1].to_owned())
            .collect()
    }
}

/// Whether Terraform takes the file for configuration, and not for a test or a query.
pub(super) fn is_configuration(file: &str) -> bool {
    Path::new(file).extension().is_some_and(|it| it == "tf")
}

pub(super) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// All files below a folder, from the root of the repository, with slashes, sorted.
pub(super) fn files(folder: &str) -> Vec<String> {
    let mut files = Vec::new();
    let mut folders = vec![PathBuf::from(folder)];
    while let Some(folder) = folders.pop() {
        let entries = fs::read_dir(root().join(&folder));
        for entry in entries.unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
            let name = entry.expect("a readable folder").file_name();
            let path = folder.join(&name);
            // What Terraform leaves behind when an example is tried in place.
            if name.to_string_lossy().starts_with('.') {
                continue;
            }
            if root().join(&path).is_dir() {
                folders.push(path);
            } else {
                files.push(path.to_string_lossy().replace('\\', "/"));
            }
        }
    }
    files.sort();
    files
}

#[test]
fn blocks_of_code_are_found_wherever_they_stand() {
    let page = Page {
        path: String::new(),
        text: "a `b c`\n```shell\nx `y`\n```\n- list\n\n  ```text\n  one\n    two\n  ```\n"
            .to_owned(),
    };
    let fences = page.fences();
    assert_eq!(fences.len(), 2);
    assert_eq!(fences[0].text, "x `y`\n");
    assert_eq!(fences[1].text, "one\n  two\n");
    assert_eq!(page.code_spans(), ["b c"]);
    assert!(!page.prose().contains("two"));
}
