//! Every operation under every fault, once and for ever, over gRPC.
//!
//! Whatever happens: no two keys, no key that the state does not lead to, no value that nobody holds, one error for
//! what failed, and the next run brings the world to its configuration.

mod bench;
mod cell;
mod operation;
mod trouble;

use std::panic::AssertUnwindSafe;
use std::sync::Mutex;
use std::time::Duration;

use futures_util::{FutureExt as _, StreamExt as _, stream};
use terraform_provider_appservices::emulator::Lag;

use bench::Bench;
use operation::Operation;
use trouble::{Often, Trouble};

/// Cells that run at the same time. Most of them wait for a repetition.
const AT_ONCE: usize = 24;

/// Walks some rows of the matrix, and names every cell that went wrong.
async fn walk(operations: &[Operation]) {
    // Whether the server has read something makes no difference to anybody.
    let matters = |operation: &Operation, trouble: &Trouble| {
        operation.request.0 != "GET" || !trouble.may_heal()
    };
    walk_where(operations, Lag::None, matters).await;
}

/// The same where reads trail writes, and the server has acted.
async fn walk_behind(operations: &[Operation]) {
    let lag = Lag::Time(Duration::from_millis(300));
    walk_where(operations, lag, |_, trouble| trouble.may_heal()).await;
}

async fn walk_where(
    operations: &[Operation],
    lag: Lag,
    matters: impl Fn(&Operation, &Trouble) -> bool,
) {
    let mut cells = Vec::new();
    // Those that wait the longest begin first.
    for often in [Often::Always, Often::Once] {
        for (row, operation) in operations.iter().enumerate() {
            let mut troubles = Trouble::all();
            troubles.retain(|trouble| matters(operation, trouble));
            cells.extend(troubles.into_iter().map(|trouble| (row, trouble, often)));
        }
    }
    let benches = Mutex::new(Vec::new());
    let run = |(row, trouble, often): (usize, Trouble, Often)| {
        let (operation, benches) = (&operations[row], &benches);
        async move {
            let free = benches.lock().expect("no test panicked here").pop();
            let bench = match free {
                Some(bench) => bench,
                None => Bench::start(lag).await,
            };
            let name = format!("{} / {} / {often:?}", operation.name, trouble.name);
            let cell = Box::pin(cell::run(&bench, operation, &trouble, often));
            match AssertUnwindSafe(cell).catch_unwind().await {
                Ok(()) => {
                    // Where reads trail, the next cell would still see the keys of this one.
                    if lag == Lag::None {
                        benches.lock().expect("no test panicked here").push(bench);
                    }
                    None
                }
                // What is left of it is of no use to another cell.
                Err(panic) => Some(format!("== {name}\n{}", said(&*panic))),
            }
        }
    };
    let wrong = stream::iter(cells)
        .map(run)
        .buffer_unordered(AT_ONCE)
        .filter_map(std::future::ready)
        .collect::<Vec<_>>()
        .await;
    assert!(
        wrong.is_empty(),
        "{} cells went wrong\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

fn said(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().cloned();
    let text = text.or_else(|| panic.downcast_ref::<&str>().map(|&text| text.to_owned()));
    text.unwrap_or_default()
}

#[tokio::test]
async fn creates() {
    walk(&[
        operation::create(),
        operation::create_by_prefix(),
        operation::create_and_look(),
        operation::create_and_disable(),
        operation::create_in_place_of_another(),
    ])
    .await;
}

#[tokio::test]
async fn reads_and_switches() {
    walk(&[
        operation::read(),
        operation::enable(),
        operation::disable(),
        operation::disable_and_look(),
    ])
    .await;
}

#[tokio::test]
async fn deletes() {
    walk(&[
        operation::delete(),
        operation::delete_and_look(),
        operation::replace(),
    ])
    .await;
}

#[tokio::test]
async fn rotations() {
    walk(&[
        operation::rotate(),
        operation::rotate_and_look(),
        operation::rotate_and_retire(),
        operation::delete_both(),
    ])
    .await;
}

#[tokio::test]
async fn logins() {
    walk(&[
        operation::login(),
        operation::refresh(),
        operation::location(),
    ])
    .await;
}

#[tokio::test]
async fn writes_that_reads_trail() {
    walk_behind(&[
        operation::create(),
        operation::delete(),
        operation::rotate(),
    ])
    .await;
}
