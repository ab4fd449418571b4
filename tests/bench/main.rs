//! What users feel, measured: start, memory, calls, and whole runs of the real Terraform. `tests/bench/run` runs it all.
//!
//! `cargo bench -- --quick` does less of everything; `--only NAME` one part; `--counts 200,1000` takes other numbers of
//! keys; `--write` puts the table into the pages.
//! Nothing passes or fails here: the counts that must hold are tests, in `tests/it`.

#[path = "../it"]
#[allow(
    dead_code,
    unused_imports,
    reason = "what the tests stand on; the benches need a part of it"
)]
mod it {
    pub(crate) mod support;
}
mod calls;
mod codec;
mod emulator;
mod outages;
mod process;
mod report;
mod runs;
mod start;

use std::path::PathBuf;

pub(crate) use it::support;

use report::Report;

/// How much is done, and with which provider.
pub(crate) struct Plan {
    pub(crate) quick: bool,
    /// How many keys whole runs have.
    pub(crate) counts: Vec<usize>,
    /// The provider's binary, in a folder of its own.
    pub(crate) provider: PathBuf,
}

fn chosen_provider() -> PathBuf {
    std::env::var_os("APPSERVICES_BENCH_PROVIDER").map_or_else(
        || env!("CARGO_BIN_EXE_terraform-provider-appservices").into(),
        PathBuf::from,
    )
}

fn default_counts(quick: bool) -> Vec<usize> {
    let counts = [20, 200, 1000];
    counts[..if quick { 2 } else { 3 }].to_vec()
}

/// Numbers with commas between them.
fn numbers(text: &str) -> Vec<usize> {
    let numbers = text.split(',').map(str::parse);
    numbers.collect::<Result<_, _>>().expect("numbers")
}

fn main() {
    let arguments = std::env::args().collect::<Vec<_>>();
    let has = |flag: &str| arguments.iter().any(|argument| argument == flag);
    let value = |flag: &str| {
        let at = arguments.iter().position(|argument| argument == flag);
        at.and_then(|at| arguments.get(at + 1))
    };
    let only = value("--only");
    let wanted = |part: &str| only.is_none_or(|only| only == part);
    let counts = value("--counts").map(|counts| numbers(counts));
    let plan = Plan {
        quick: has("--quick"),
        counts: counts.unwrap_or_else(|| default_counts(has("--quick"))),
        provider: chosen_provider(),
    };
    let mut report = Report::new(&plan);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        if wanted("start") {
            start::measure(&plan, &mut report).await;
        }
        if wanted("calls") {
            calls::measure(&plan, &mut report).await;
        }
        if wanted("codec") {
            codec::measure(&plan, &mut report).await;
        }
        if wanted("aliases") {
            runs::aliases(&plan, &mut report).await;
        }
        if wanted("emulator") {
            emulator::measure(&plan, &mut report).await;
        }
        let (refresh, apply) = (wanted("refresh"), wanted("apply"));
        if refresh || apply {
            runs::measure(&plan, &mut report, refresh, apply).await;
        }
        if wanted("outages") {
            outages::measure(&plan, &mut report).await;
        }
    });
    if has("--write") {
        report.write();
    }
}
