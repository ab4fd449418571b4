//! Every operation under every fault, once and for ever, over gRPC.
//!
//! Whatever happens: no two keys, no key that the state does not lead to, no value that no state holds, one error for
//! what failed, and the next run brings the world to its configuration.
//!
//! A failure names its cell, and `APPSERVICES_TEST_CELL="create / refused / Once" cargo test --test it matrix` runs that one; a
//! part of a name runs all cells that have it.

mod bench;
mod cell;
mod operation;
mod trouble;

use std::env;
use std::panic::AssertUnwindSafe;
use std::sync::Mutex;
use std::time::Duration;

use futures_util::{FutureExt as _, StreamExt as _, stream};
use terraform_provider_appservices::emulator::Lag;
use tokio::sync::Semaphore;

use bench::Bench;
use operation::Operation;
use trouble::{Often, Trouble};

/// Chooses cells by a part of their names.
const CELL: &str = "APPSERVICES_TEST_CELL";

/// Cells that run at the same time, of all rows together. Most of them wait for a retry.
const AT_ONCE: usize = 24;
static TURNS: Semaphore = Semaphore::const_new(AT_ONCE);

/// Walks some rows of the matrix, and names every cell that went wrong.
async fn walk(operations: &[Operation]) {
    // Whether the server has read something makes no difference.
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
    let wanted = env::var_os(CELL).map(|wanted| wanted.to_string_lossy().into_owned());
    cells.retain(|(row, trouble, often)| {
        let name = named(&operations[*row], trouble, *often);
        wanted.as_ref().is_none_or(|wanted| name.contains(wanted))
    });
    let benches = Mutex::new(Vec::new());
    let run = |(row, trouble, often): (usize, Trouble, Often)| {
        let (operation, benches) = (&operations[row], &benches);
        async move {
            let _turn = TURNS.acquire().await.expect("it is never closed");
            let free = benches.lock().expect("no test panicked here").pop();
            let bench = match free {
                Some(bench) => bench,
                None => Bench::start(lag).await,
            };
            let name = named(operation, &trouble, often);
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

fn named(operation: &Operation, trouble: &Trouble, often: Often) -> String {
    format!("{} / {} / {often:?}", operation.name, trouble.name)
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
