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
const AT_ONCE: usize = 20;

/// Walks one row of the matrix, and names every cell that went wrong.
async fn walk(operation: Operation) {
    walk_through(operation, Trouble::all(), Lag::None).await;
}

/// The same where reads trail writes, and the server has acted.
async fn walk_behind(operation: Operation) {
    let after = Trouble::all().into_iter().filter(Trouble::may_heal);
    let lag = Lag::Time(Duration::from_millis(300));
    walk_through(operation, after.collect(), lag).await;
}

async fn walk_through(operation: Operation, troubles: Vec<Trouble>, lag: Lag) {
    let cells = troubles
        .into_iter()
        .flat_map(|trouble| [Often::Once, Often::Always].map(|often| (trouble.clone(), often)));
    let benches = Mutex::new(Vec::new());
    let run = |(trouble, often): (Trouble, Often)| {
        let (operation, benches) = (&operation, &benches);
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
async fn create() {
    walk(operation::create()).await;
}

#[tokio::test]
async fn create_by_prefix() {
    walk(operation::create_by_prefix()).await;
}

#[tokio::test]
async fn create_and_look() {
    walk(operation::create_and_look()).await;
}

#[tokio::test]
async fn create_and_disable() {
    walk(operation::create_and_disable()).await;
}

#[tokio::test]
async fn create_in_place_of_another() {
    walk(operation::create_in_place_of_another()).await;
}

#[tokio::test]
async fn read() {
    walk(operation::read()).await;
}

#[tokio::test]
async fn enable() {
    walk(operation::enable()).await;
}

#[tokio::test]
async fn disable() {
    walk(operation::disable()).await;
}

#[tokio::test]
async fn disable_and_look() {
    walk(operation::disable_and_look()).await;
}

#[tokio::test]
async fn delete() {
    walk(operation::delete()).await;
}

#[tokio::test]
async fn delete_and_look() {
    walk(operation::delete_and_look()).await;
}

#[tokio::test]
async fn replace() {
    walk(operation::replace()).await;
}

#[tokio::test]
async fn login() {
    walk(operation::login()).await;
}

#[tokio::test]
async fn refresh() {
    walk(operation::refresh()).await;
}

#[tokio::test]
async fn location() {
    walk(operation::location()).await;
}

#[tokio::test]
async fn create_where_reads_trail() {
    walk_behind(operation::create()).await;
}

#[tokio::test]
async fn create_and_disable_where_reads_trail() {
    walk_behind(operation::create_and_disable()).await;
}

#[tokio::test]
async fn delete_where_reads_trail() {
    walk_behind(operation::delete()).await;
}
