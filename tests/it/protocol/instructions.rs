//! What a call costs in instructions, against figures that are kept beside this file: `instructions.json`.
//!
//! Times vary with the machine and its mood, and instructions hardly do. They are counted by valgrind in the program of the
//! tests, without optimisation, so the figures are larger than what users pay; but they grow with it. They hold for one
//! compiler on one kind of machine; with any other the test says so and compares nothing. `UPDATE=1` writes new figures.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::Path;
use std::process::Command;
use std::{env, fs};

use serde_json::{Value, json};

use crate::support::host::{Launch, attached, debugged};
use crate::support::rpc::{Calls, Change};

/// A difference that is none, in per cent.
const TOLERANCE: u64 = 10;

/// How many calls are made: the difference between the two has neither start nor end in it.
const FEW: u64 = 5;
const MANY: u64 = 25;

const FIGURES: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/tests/it/protocol/instructions.json"
);

/// Which call is made.
#[derive(Clone, Copy)]
enum Call {
    /// Five values are decoded, planned with, and one is encoded.
    Plan,
    /// A state is read as JSON, and encoded.
    Upgrade,
}

impl Call {
    async fn make(self, calls: &Calls) {
        let state = json!({
            "name": "ci", "enabled": true, "id": "65f0c0ffee0000000000d001", "key": "value", "keepers": { "a": "1" },
            "created_at": "2024-03-12T21:33:02Z", "user_id": "65f0c0ffee0000000000a001",
        });
        match self {
            Self::Plan => {
                let config = json!({ "name": "ci", "enabled": false, "keepers": { "a": "1" } });
                let planned = calls.plan(Change::update(state, config)).await;
                planned.findings.fine();
            }
            Self::Upgrade => {
                calls.upgrade(&state.to_string()).await.1.fine();
            }
        }
    }
}

/// The instructions of a whole life of the provider with so many calls of each kind.
async fn life(plans: u64, upgrades: u64) -> u64 {
    let program = env!("CARGO_BIN_EXE_terraform-provider-appservices");
    let arguments = [
        "--tool=callgrind",
        "--callgrind-out-file=/dev/null",
        program,
        "--debug",
    ];
    let launch = Launch::by_hand(&arguments).of(valgrind().expect("valgrind").into());
    let (plugin, address) = debugged(launch).await;
    let calls = attached(&address).await;
    // Without a server: what is counted is this side.
    let config =
        json!({ "app_id": "myapp-abcde", "email": "ci@example.com", "password": "secret" });
    calls.configure(config).await.fine();
    for (call, times) in [(Call::Plan, plans), (Call::Upgrade, upgrades)] {
        for _ in 0..times {
            call.make(&calls).await;
        }
    }
    drop(calls);
    plugin.interrupt().await;
    let stderr = plugin.end().await.stderr;
    let counted = stderr.split("Collected : ").nth(1).unwrap_or_default();
    let counted = counted.split_whitespace().next().unwrap_or_default();
    counted
        .parse()
        .unwrap_or_else(|_| panic!("no count in: {stderr}"))
}

fn valgrind() -> Option<String> {
    let path = env::var_os("PATH")?;
    let mut found = env::split_paths(&path).map(|folder| folder.join("valgrind"));
    let found = found.find(|file| file.is_file())?;
    Some(found.display().to_string())
}

/// What figures hold for.
fn compiler() -> String {
    let output = Command::new("rustc").arg("--version").output();
    let version = output.expect("rustc can be run").stdout;
    let version = String::from_utf8(version).expect("UTF-8");
    format!("{}, {}", version.trim(), env::consts::ARCH)
}

/// Past the test harness, which would hide the line of a test that passes.
fn tell(line: &str) {
    writeln!(std::io::stderr(), "{line}").expect("stderr is open");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_takes_no_more_instructions_than_it_did() {
    if valgrind().is_none() {
        return tell("skipped, needs valgrind: the instructions of a call are not counted");
    }
    let text = fs::read_to_string(Path::new(FIGURES)).expect("figures");
    let figures: Value = serde_json::from_str(&text).expect("JSON");
    let (compiler, updates) = (compiler(), env::var_os("UPDATE").is_some());
    if figures["compiler"] != compiler && !updates {
        return tell(&format!(
            "not compared: the figures of instructions.json are of {}, and this is {compiler}. UPDATE=1 writes new ones.",
            figures["compiler"]
        ));
    }
    let (few, plans, upgrades) = tokio::join!(life(FEW, FEW), life(MANY, FEW), life(FEW, MANY));
    let counted = [("plan", plans), ("upgrade", upgrades)];
    let counted = counted.map(|(name, many)| (name, (many - few) / (MANY - FEW)));
    if updates {
        let counted = BTreeMap::from(counted);
        let figures = json!({ "compiler": compiler, "instructions": counted });
        let text = serde_json::to_string_pretty(&figures).expect("JSON");
        return fs::write(FIGURES, text + "\n").expect("the figures can be written");
    }
    for (name, counted) in counted {
        let kept = figures["instructions"][name].as_u64().expect("a figure");
        let (least, most) = (
            kept * (100 - TOLERANCE) / 100,
            kept * (100 + TOLERANCE) / 100,
        );
        assert!(
            (least..=most).contains(&counted),
            "a call of {name} takes {counted} instructions and took {kept}. If that is meant, `UPDATE=1 cargo test --test it \
             instructions` writes it down; the commit says why."
        );
    }
}
