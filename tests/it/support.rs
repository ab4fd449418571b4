//! What the tests stand on: a plugin host, the real Terraform, a server of one's own, and values between them.

pub(crate) mod authority;
pub(crate) mod canary;
pub(crate) mod cells;
pub(crate) mod detour;
pub(crate) mod gate;
pub(crate) mod host;
pub(crate) mod instance;
pub(crate) mod proto;
pub(crate) mod proxy;
pub(crate) mod random;
pub(crate) mod rpc;
pub(crate) mod running;
pub(crate) mod server;
pub(crate) mod strict;
pub(crate) mod terminal;
pub(crate) mod terraform;
pub(crate) mod traces;
pub(crate) mod value;
pub(crate) mod world;

use std::time::Duration;

/// Long enough for the slowest machine. Nothing is measured against it: it only keeps a hang from lasting for ever.
const PATIENCE: Duration = Duration::from_secs(60);

/// Waits for `future`, and fails the test by name when it never comes.
pub(crate) async fn patient<F: Future>(what: &str, future: F) -> F::Output {
    let Ok(output) = tokio::time::timeout(PATIENCE, future).await else {
        panic!("{what}: not within {PATIENCE:?}");
    };
    output
}

/// How many random cases to try: as many as `APPSERVICES_TEST_CASES` says, or enough for every day.
pub(crate) fn cases(usually: u64) -> u64 {
    let wanted = std::env::var_os("APPSERVICES_TEST_CASES");
    let wanted = wanted.map(|wanted| wanted.to_string_lossy().parse());
    wanted.map_or(usually, |wanted| wanted.expect("a number of cases"))
}
