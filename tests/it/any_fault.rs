//! Every operation under every fault, once and for ever, over gRPC.
//!
//! Whatever happens: no two keys, no key that the state does not lead to, no value that no state holds, one error for
//! what failed, and the next run brings the world to its configuration.
//!
//! A failure names its cell, and `APPSERVICES_TEST_CELL="create / refused / Once" cargo test --test it any_fault` runs that one; a
//! part of a name runs all cells that have it.

mod bench;
mod cell;
mod operation;
mod trouble;

use std::sync::Mutex;
use std::time::Duration;

use terraform_provider_appservices::emulator::Lag;
use tokio::sync::Semaphore;

use crate::support::cells;
use bench::Bench;
use operation::Operation;
use trouble::{Often, Trouble};

/// Cells that run at the same time, of all rows together. Most of them wait for a retry.
static TURNS: Semaphore = Semaphore::const_new(24);

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
    let behind = if lag == Lag::None {
        ""
    } else {
        ", reads trail"
    };
    let mut cells = Vec::new();
    // Those that wait the longest begin first.
    for often in [Often::Always, Often::Once] {
        for operation in operations {
            let mut troubles = Trouble::all();
            troubles.retain(|trouble| matters(operation, trouble));
            cells.extend(troubles.into_iter().map(|trouble| {
                let name = format!("{}{behind} / {} / {often:?}", operation.name, trouble.name);
                (name, (operation, trouble, often))
            }));
        }
    }
    let free = &Mutex::new(Vec::new());
    let free = || free.lock().expect("no test panicked here");
    cells::walk(cells, async |(operation, trouble, often)| {
        let _turn = TURNS.acquire().await.expect("it is never closed");
        let bench = free().pop();
        let bench = match bench {
            Some(bench) => bench,
            None => Bench::start(lag).await,
        };
        cell::run(&bench, operation, &trouble, often).await;
        // What is left of a cell that went wrong is of no use to another one. Where reads trail, the next cell would still see
        // the keys of this one.
        if lag == Lag::None {
            free().push(bench);
        }
    })
    .await;
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
