//! No circles: of two modules side by side, with all that is below them, at most one needs the other.

use std::collections::{BTreeMap, BTreeSet};

use super::sources::Sources;

/// Who names whom among the children of one module, with one place that does.
type Edges = BTreeMap<String, BTreeMap<String, String>>;

/// Every circle between siblings, in words: the modules in their order, and who names whom.
fn circles(sources: &Sources) -> Vec<String> {
    let mut circles = Vec::new();
    for (level, edges) in levels(sources) {
        let mut reported = BTreeSet::new();
        for start in edges.keys() {
            let Some(circle) = way_back(&edges, start) else {
                continue;
            };
            if !circle.iter().any(|module| reported.contains(module)) {
                let steps = circle.iter().zip(circle.iter().cycle().skip(1));
                let steps = steps.map(|(from, to)| edges[from][to].clone());
                let steps = steps.collect::<Vec<_>>().join(", ");
                circles.push(format!("in `{level}`: {steps}"));
            }
            reported.insert(start.clone());
        }
    }
    circles
}

/// The edges between siblings, by the module that they are children of.
fn levels(sources: &Sources) -> BTreeMap<String, Edges> {
    let mut levels = BTreeMap::<String, Edges>::new();
    for module in sources.modules() {
        for named in sources.named_by(module) {
            let (from, to) = (steps(module), steps(&named));
            let shared = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
            if let (Some(own), Some(other)) = (from.get(shared), to.get(shared)) {
                let edges = levels.entry(from[..shared].join("::")).or_default();
                let others = edges.entry((*own).to_owned()).or_default();
                let place = format!("`{module}` names `{named}`");
                others.entry((*other).to_owned()).or_insert(place);
            }
        }
    }
    levels
}

fn steps(module: &str) -> Vec<&str> {
    module.split("::").filter(|step| !step.is_empty()).collect()
}

/// The shortest way from a module back to itself.
fn way_back(edges: &Edges, start: &String) -> Option<Vec<String>> {
    let mut ways = vec![vec![start.clone()]];
    let mut seen = BTreeSet::new();
    while !ways.is_empty() {
        let mut longer = Vec::new();
        for way in ways {
            let last = way.last().expect("a way begins somewhere");
            for next in edges.get(last).into_iter().flat_map(BTreeMap::keys) {
                if next == start {
                    return Some(way);
                }
                if seen.insert(next.clone()) {
                    longer.push([way.clone(), vec![next.clone()]].concat());
                }
            }
        }
        ways = longer;
    }
    None
}

#[test]
fn no_two_modules_need_each_other() {
    let circles = circles(&Sources::of_the_crate());
    assert!(
        circles.is_empty(),
        "Move what the two share into a third module, or to the one that knows less:\n{}",
        circles.join("\n")
    );
}

fn found(modules: &[(&str, &str)]) -> Vec<String> {
    let modules = modules
        .iter()
        .map(|&(module, source)| (module.to_owned(), source.to_owned()));
    circles(&Sources::of(modules.collect()))
}

#[test]
fn circles_are_found_at_every_level_and_through_re_exports() {
    let parts = [("", ""), ("a", ""), ("a::b", ""), ("a::c", "")];
    let with = |changed: &[(&'static str, &'static str)]| found(&[&parts, changed].concat());
    let one_way = [("a::b", "use super::c::C;")];
    assert_eq!(with(&one_way), [""; 0]);
    let direct = [one_way[0], ("a::c", "fn f(b: crate::a::b::B) {}")];
    assert_eq!(
        with(&direct),
        ["in `a`: `a::b` names `a::c`, `a::c` names `a::b`"]
    );
    let re_exported = [
        one_way[0],
        ("a", "pub use b::{B as D};"),
        ("a::c", "use super::{self, D};"),
    ];
    assert_eq!(with(&re_exported), with(&direct));
    let deeper = [
        ("a::b::x", "use super::super::c::C;"),
        ("a::c::y", "use crate::a::b::x::X;"),
    ];
    assert_eq!(with(&deeper).len(), 1);
}

#[test]
fn tests_and_comments_are_no_part_of_a_circle() {
    let modules = [
        ("", ""),
        ("a", ""),
        ("a::b", "use super::c::C;"),
        (
            "a::c",
            "// super::b::B\n#[cfg(test)]\nmod tests {\n    use super::super::b::B;\n}\nfn f() {}\n#[cfg(test)]\nuse super::b::B;",
        ),
    ];
    assert_eq!(found(&modules), [""; 0]);
    let mut after = modules;
    after[3].1 = "#[cfg(test)]\nuse super::b::B;\nuse super::b::D;";
    assert_eq!(found(&after).len(), 1);
}
