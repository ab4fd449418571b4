//! The modules of `src/` as text, and what each of them names.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use regex::Regex;

/// All modules of the library by their paths, such as `tf_provider::plan`. The crate's root is the empty path.
pub(super) struct Sources {
    code: BTreeMap<String, String>,
    /// What a module calls by a name of its own: the module, the name, and the path that it stands for.
    imports: BTreeMap<(String, String), String>,
}

impl Sources {
    /// Those of this crate, without its tests.
    pub(super) fn of_the_crate() -> Self {
        let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let mut code = BTreeMap::new();
        for file in files(&src) {
            let below = file.strip_prefix(&src).expect("a file below src");
            let steps = below.with_extension("");
            let steps: Vec<_> = steps
                .iter()
                .map(|step| step.to_str().expect("a name"))
                .collect();
            if !matches!(steps[..], ["main"] | ["bin", ..]) && !steps.contains(&"tests") {
                let path = steps.join("::");
                let path = if path == "lib" { String::new() } else { path };
                code.insert(path, fs::read_to_string(&file).expect("a source"));
            }
        }
        Self::of(code)
    }

    pub(super) fn of(sources: BTreeMap<String, String>) -> Self {
        let code = sources
            .into_iter()
            .map(|(module, source)| (module, without_tests(&without_comments(&source))));
        let mut sources = Self {
            code: code.collect(),
            imports: BTreeMap::new(),
        };
        let start = Regex::new(r"(?m)^\s*(pub(\([^)]*\))? )?use ").expect("a pattern");
        for (module, code) in &sources.code {
            for line in start.find_iter(code) {
                let mut found = Vec::new();
                expand("", &code[line.end()..], &mut found);
                for Named { path, name } in found {
                    let first = path.split("::").next().expect("a first step");
                    let is_ours = matches!(first, "crate" | "self" | "super")
                        || sources.code.contains_key(&join(module, first));
                    if is_ours {
                        let path = absolute(module, &path);
                        sources.imports.insert((module.clone(), name), path);
                    }
                }
            }
        }
        sources
    }

    pub(super) fn modules(&self) -> impl Iterator<Item = &str> {
        self.code.keys().map(String::as_str)
    }

    /// The modules whose items a module names, however they are imported.
    pub(super) fn named_by(&self, module: &str) -> BTreeSet<String> {
        let mut paths = Vec::new();
        for root in ["crate::", "self::", "super::"] {
            for (start, _) in self.code[module].match_indices(root) {
                let before = self.code[module][..start].chars().next_back();
                if !before.is_some_and(|c| c.is_alphanumeric() || matches!(c, '_' | '$' | ':')) {
                    expand("", &self.code[module][start..], &mut paths);
                }
            }
        }
        let own = self.imports.iter().filter(|((of, _), _)| of == module);
        let paths = paths.iter().map(|named| absolute(module, &named.path));
        paths
            .chain(own.map(|(_, path)| path.clone()))
            .map(|path| self.home(&path))
            .collect()
    }

    /// The module of an item, through re-exports.
    fn home(&self, path: &str) -> String {
        let mut module = path;
        while !self.code.contains_key(module) {
            module = parent(module);
        }
        let rest = path[module.len()..].trim_start_matches("::");
        let (name, further) = rest.split_once("::").unwrap_or((rest, ""));
        let import = (module.to_owned(), name.to_owned());
        match self.imports.get(&import) {
            Some(target) if target != path => self.home(&join(target, further)),
            _ => module.to_owned(),
        }
    }
}

/// All files below a folder.
pub(super) fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let path = entry.expect("a readable folder").path();
        if path.is_dir() {
            files.extend(self::files(&path));
        } else {
            files.push(path);
        }
    }
    files
}

/// The source without comments, which may name anything.
pub(super) fn without_comments(source: &str) -> String {
    static COMMENT: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r#"(?m)(^|[^:"])//.*$"#).expect("a pattern"));
    COMMENT.replace_all(source, "$1").into_owned()
}

/// The source without what is compiled for tests only.
pub(super) fn without_tests(code: &str) -> String {
    let mut kept = String::new();
    let mut lines = code.lines();
    while let Some(line) = lines.next() {
        if line.trim() == "#[cfg(test)]" {
            let indent = line.len() - line.trim_start().len();
            let ends = |line: &&str| {
                let is_as_deep = line.len() - line.trim_start().len() == indent;
                is_as_deep && line.ends_with([';', '}'])
            };
            lines.find(ends);
        } else {
            kept.push_str(line);
            kept.push('\n');
        }
    }
    kept
}

/// A path as it is written, and the name that it goes by from there on.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Named {
    pub(super) path: String,
    pub(super) name: String,
}

/// Every path below `crate::`, `use` groups taken apart: `crate::{a::B, c}` names `a::B` and `c`.
pub(super) fn paths(code: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (start, word) in code.match_indices("crate::") {
        let before = code[..start].chars().next_back();
        if !before.is_some_and(|before| before.is_alphanumeric() || matches!(before, '_' | '$')) {
            expand("", &code[start + word.len()..], &mut found);
        }
    }
    found.into_iter().map(|named| named.path).collect()
}

/// Reads one path, or one group of paths, from the start of `text`, and gives how far it went.
fn expand(prefix: &str, text: &str, found: &mut Vec<Named>) -> usize {
    let mut at = text.len() - text.trim_start().len();
    if text[at..].starts_with('{') {
        at += 1;
        while !text[at..].trim_start().starts_with('}') {
            at += expand(prefix, &text[at..], found);
            at += text[at..].find([',', '}']).expect("a group is closed");
            at += usize::from(text[at..].starts_with(','));
        }
        return at + text[at..].find('}').expect("a group is closed") + 1;
    }
    let is_part = |c: &char| c.is_alphanumeric() || *c == '_' || *c == '*';
    let step: String = text[at..].chars().take_while(is_part).collect();
    at += step.len();
    let path = join(prefix, &step);
    if text[at..].starts_with("::") && !text[at + 2..].starts_with('<') {
        return at + 2 + expand(&path, &text[at + 2..], found);
    }
    let alias = text[at..].strip_prefix(" as ");
    let name = match alias {
        Some(alias) => alias.chars().take_while(is_part).collect(),
        None => step,
    };
    found.push(Named { path, name });
    at
}

/// The path from the crate's root that a path in a module means.
fn absolute(module: &str, path: &str) -> String {
    let (mut base, mut rest) = (module, path.trim_end_matches("::self"));
    loop {
        let (first, further) = rest.split_once("::").unwrap_or((rest, ""));
        base = match first {
            "self" => base,
            "super" => parent(base),
            "crate" => "",
            _ => return join(base, rest),
        };
        rest = further;
    }
}

pub(super) fn parent(module: &str) -> &str {
    module.rsplit_once("::").map_or("", |(parent, _)| parent)
}

fn join(base: &str, path: &str) -> String {
    let separator = if base.is_empty() || path.is_empty() {
        ""
    } else {
        "::"
    };
    format!("{base}{separator}{path}")
}
