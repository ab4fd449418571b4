//! The two programs and what pages say of their flags.

use std::collections::BTreeSet;
use std::process::Command;

use regex::Regex;

use super::page::{Page, files};

const EMULATOR: &str = "appservices-emulator";
const PROVIDER: &str = "terraform-provider-appservices";

/// Flags in the text that are of other programs.
const OF_OTHERS: [(&str, &[&str]); 5] = [
    ("cargo", &["--no-default-features"]),
    ("curl", &["--json", "--header", "--data"]),
    ("the quick start", &["--keep"]),
    ("the release command", &["--sign", "--target", "--emulator"]),
    ("the benches", &["--quick", "--only", "--counts"]),
];

/// The long flags that a program's help lists, without those that every program has.
fn flags(program: &str) -> BTreeSet<String> {
    let binary = match program {
        EMULATOR => env!("CARGO_BIN_EXE_appservices-emulator"),
        _ => env!("CARGO_BIN_EXE_terraform-provider-appservices"),
    };
    let help = Command::new(binary).arg("--help").env_clear().output();
    let help = help.expect("the binary starts").stdout;
    let help = String::from_utf8(help).expect("UTF-8");
    let flag = Regex::new(r"(?m)^ +(?:-\w, )?(--[a-z-]+)").expect("a pattern");
    let all = flag.captures_iter(&help).map(|found| found[1].to_owned());
    all.filter(|flag| !matches!(flag.as_str(), "--help" | "--version"))
        .collect()
}

/// The flags that a command line gives to a program, wherever in it the program stands.
fn given(line: &str, program: &str) -> Vec<String> {
    let mut words = line.split_whitespace();
    let named = words.any(|word| word.trim_matches('"').rsplit('/').next() == Some(program));
    if !named {
        return Vec::new();
    }
    let own = words.take_while(|word| !matches!(*word, "|" | "||" | "&&" | "&" | ";" | "#"));
    let flags = own.filter(|word| word.starts_with("--") && word.len() > 2);
    flags
        .map(|word| {
            word.split_once('=')
                .map_or(word, |(flag, _)| flag)
                .to_owned()
        })
        .collect()
}

/// The lines of a script, those that go on with a backslash in one.
fn joined(text: &str) -> String {
    text.replace("\\\n", " ")
}

#[test]
fn every_flag_that_a_page_names_exists() {
    let mut faults = Vec::new();
    let known = [EMULATOR, PROVIDER].map(|program| (program, flags(program)));
    for page in Page::all() {
        for fence in page.fences() {
            for line in joined(&fence.text).lines() {
                for (program, flags) in &known {
                    let unknown = given(line, program);
                    let unknown = unknown.iter().filter(|flag| !flags.contains(*flag));
                    faults.extend(unknown.map(|flag| format!("{}: {program} {flag}", page.path)));
                }
            }
        }
        for span in page.code_spans() {
            let named = span.split_whitespace().next().unwrap_or_default();
            if !named.starts_with("--") || named.len() == 2 {
                continue;
            }
            let ours = known.iter().any(|(_, flags)| flags.contains(named))
                || matches!(named, "--help" | "--version");
            let theirs = OF_OTHERS.iter().any(|(_, flags)| flags.contains(&named));
            if !ours && !theirs {
                faults.push(format!("{}: {named}", page.path));
            }
        }
    }
    assert!(faults.is_empty(), "no such flag:\n{}", faults.join("\n"));
}

#[test]
fn the_emulators_guide_names_every_flag() {
    let guide = Page::read("docs/guides/emulator.md");
    let row = Regex::new(r"(?m)^\| (`--[^|]*)\|").expect("a pattern");
    let flag = Regex::new(r"--[a-z-]+").expect("a pattern");
    let listed: BTreeSet<_> = row
        .captures_iter(&guide.text)
        .flat_map(|row| {
            let found = flag
                .find_iter(&row[1])
                .map(|found| found.as_str().to_owned());
            found.collect::<Vec<_>>()
        })
        .collect();
    let flags = flags(EMULATOR);
    let missing: Vec<_> = flags.difference(&listed).collect();
    assert!(
        missing.is_empty(),
        "the table of flags in {} has no row for {missing:?}",
        guide.path
    );
    let gone: Vec<_> = listed.difference(&flags).collect();
    assert!(
        gone.is_empty(),
        "{} has a row for {gone:?}, which the emulator does not take",
        guide.path
    );
}

#[test]
fn scripts_of_examples_give_flags_that_exist() {
    let flags = flags(EMULATOR);
    let mut count = 0;
    for file in files("examples") {
        let Ok(text) = std::fs::read_to_string(super::page::root().join(&file)) else {
            continue;
        };
        for flag in joined(&text).lines().flat_map(|line| given(line, EMULATOR)) {
            assert!(flags.contains(&flag), "{file}: {flag}");
            count += 1;
        }
    }
    assert!(count > 0, "no script starts the emulator any more");
}

#[test]
fn flags_are_found_in_command_lines() {
    let line = r#""$release/appservices-emulator" --listen 127.0.0.1:0 --app-id=x >out | tee --append log"#;
    assert_eq!(given(line, EMULATOR), ["--listen", "--app-id"]);
    assert_eq!(
        given("cargo run --bin other -- --listen", EMULATOR),
        [""; 0]
    );
    let cargo = "cargo run --locked --bin appservices-emulator -- --log";
    assert_eq!(given(cargo, EMULATOR), ["--log"]);
}
