//! Whatever happens to the terminal, in the middle of whatever Terraform does: nothing is left that no state knows.
//!
//! A table with a real Terraform in a real pseudo-terminal in each cell. A test is a row of it; `cargo test --test it aborted`
//! runs the table, and `APPSERVICES_TEST_CELL="in_a_delete / ctrl_c_twice"` before it a cell, by the name that its failure
//! prints. The cells mostly wait, so all cells of a row run at the same time, and the rows come first of all tests.
#![cfg(target_os = "linux")]

mod cell;
mod event;
mod left;
mod situation;

use crate::support::cells;
use crate::support::server::Server;
use cell::Cell;
use event::EVENTS;
use situation::Situation;

/// A row of the table.
async fn whatever_happens(row: &str, situation: Situation) {
    let server = &Server::start().await;
    let cells = EVENTS.map(|(event, then)| {
        let cell = Cell {
            user: format!("{event}@example.com"),
            situation,
            event: then,
        };
        (format!("{row} / {event}"), cell)
    });
    cells::walk(cells, |cell| cell::run(cell, server)).await;
}

macro_rules! rows {
    ($($row:ident: $situation:ident,)+) => {$(
        #[tokio::test]
        async fn $row() {
            whatever_happens(stringify!($row), Situation::$situation).await;
        }
    )+};
}

rows! {
    creating_for_3_s: Answered,
    creating_for_ever: Unanswered,
    in_a_refresh: Refresh,
    while_a_key_is_open: Ephemeral,
    in_a_delete: Delete,
    idle: Idle,
    in_a_rotation: Rotation,
}
