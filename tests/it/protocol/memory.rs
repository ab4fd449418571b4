//! What the memory of the provider's process holds of a secret once the host has gone.

use std::fs::{self, File};
use std::io::{Read, Seek, SeekFrom};
use std::time::Duration;

use serde_json::json;

use crate::support::host::{Launch, attached, debugged};
use crate::support::patient;
use crate::support::server::{PASSWORD, Server};

/// How often a text stands in the memory of a process, as far as it can be read.
fn copies(pid: u32, text: &str) -> usize {
    let maps =
        fs::read_to_string(format!("/proc/{pid}/maps")).expect("the map of a child's memory");
    let mut memory = File::open(format!("/proc/{pid}/mem")).expect("a child's memory");
    let mut found = 0;
    for line in maps.lines() {
        let mut columns = line.split_whitespace();
        let (Some(range), Some(rights)) = (columns.next(), columns.next()) else {
            continue;
        };
        // Where secrets can be: memory that was written to.
        if !rights.starts_with("rw") {
            continue;
        }
        let mut ends = range
            .split('-')
            .map(|end| u64::from_str_radix(end, 16).expect("an address"));
        let (Some(from), Some(to)) = (ends.next(), ends.next()) else {
            continue;
        };
        let length = usize::try_from(to - from).expect("a length");
        let mut bytes = vec![0; length];
        let read = memory
            .seek(SeekFrom::Start(from))
            .and_then(|_| memory.read_exact(&mut bytes));
        if read.is_ok() {
            found += bytes
                .windows(text.len())
                .filter(|window| *window == text.as_bytes())
                .count();
        }
    }
    found
}

#[tokio::test]
async fn a_value_that_was_handed_over_is_nowhere_in_memory() {
    let server = Server::start().await;
    let (plugin, address) = debugged(Launch::by_hand(&["--debug"])).await;
    let terraform = attached(&address).await;
    terraform.configure(server.config()).await.fine();
    let made = terraform.create(json!({ "name": "ci" })).await;
    let changed = json!({ "name": "ci", "enabled": false });
    let changed = terraform.update(&made, changed).await;
    terraform.read(&changed, b"").await.findings.fine();
    let key = made["key"].as_str().expect("a value");
    // An open connection keeps what it received last in its buffer.
    drop(terraform);

    let pid = plugin.id();
    assert!(
        copies(pid, PASSWORD) > 0,
        "this finds what a process still needs, such as the way to log in"
    );
    patient("the value to be wiped", async {
        while copies(pid, key) > 0 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    })
    .await;
    plugin.interrupt_and_end().await;
}
