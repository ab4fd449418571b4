//! Tables of cells: all cells of a row at the same time, each to be run alone by its name, every one that fails named.

use std::any::Any;
use std::env;
use std::io::Write as _;
use std::panic::AssertUnwindSafe;

use futures_util::FutureExt as _;
use futures_util::future::join_all;

/// Chooses cells by a part of their names.
const CELL: &str = "APPSERVICES_TEST_CELL";

/// Runs the cells that were asked for. They begin in their order; how many go on at the same time is for `run` to say.
pub(crate) async fn walk<C>(cells: impl IntoIterator<Item = (String, C)>, run: impl AsyncFn(C)) {
    let wanted = env::var_os(CELL);
    let part = wanted.as_deref().unwrap_or_default();
    let part = part.to_str().expect("a part of a name, in UTF-8");
    let (cells, others): (Vec<_>, Vec<_>) =
        cells.into_iter().partition(|(name, _)| name.contains(part));
    if wanted.is_some() {
        let (run, all) = (cells.len(), cells.len() + others.len());
        // In one piece: other rows write at the same time.
        let line = format!("{run} of {all} cells have {part:?} in their names\n");
        let written = std::io::stderr().write_all(line.as_bytes());
        written.expect("stderr is open");
    }
    let ends = join_all(cells.into_iter().map(|(name, cell)| {
        let end = AssertUnwindSafe(Box::pin(run(cell))).catch_unwind();
        end.map(move |end| end.map_err(|panic| format!("== {name}\n{}", said(&*panic))))
    }));
    let wrong = ends.await.into_iter().filter_map(Result::err);
    let wrong = wrong.collect::<Vec<_>>();
    assert!(
        wrong.is_empty(),
        "{} cells went wrong. {CELL}=NAME runs one alone.\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

fn said(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().cloned();
    let text = text.or_else(|| panic.downcast_ref::<&str>().map(|&text| text.to_owned()));
    text.unwrap_or_default()
}
