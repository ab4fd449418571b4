//! The table: told as it grows, and put into the pages that show it.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;
use std::process::Command;
use std::time::Duration;
use std::{fs, io};

use crate::Plan;

const BEGIN: &str = "<!-- measured by tests/bench/run: begin -->";
const END: &str = "<!-- measured by tests/bench/run: end -->";

/// The page with all rows, and the one with those that are marked.
const GUIDE: &str = "docs/guides/performance.md";
const README: &str = "README.md";

/// What was measured, row by row.
pub(crate) struct Report {
    machine: String,
    rows: Vec<Row>,
}

struct Row {
    what: String,
    figure: String,
    is_short: bool,
}

impl Report {
    pub(crate) fn new(plan: &Plan) -> Self {
        let size = fs::metadata(&plan.provider)
            .expect("the provider's binary")
            .len();
        let mut report = Self {
            machine: machine(plan),
            rows: Vec::new(),
        };
        say(&report.machine);
        let megabytes = format!("{:.1} MB", as_f64(size) / 1e6);
        report.short_row("Size of the program", megabytes);
        report
    }

    pub(crate) fn row(&mut self, what: impl Into<String>, figure: impl Into<String>) {
        self.add(what.into(), figure.into(), false);
    }

    /// A row that the README shows too.
    pub(crate) fn short_row(&mut self, what: impl Into<String>, figure: impl Into<String>) {
        self.add(what.into(), figure.into(), true);
    }

    fn add(&mut self, what: String, figure: String, is_short: bool) {
        say(&format!("| {what} | {figure} |"));
        self.rows.push(Row {
            what,
            figure,
            is_short,
        });
    }

    /// Replaces what is between the markers of each page.
    pub(crate) fn write(&self) {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        for (page, short) in [(GUIDE, false), (README, true)] {
            let path = root.join(page);
            let text = fs::read_to_string(&path).expect("a page");
            let (Some(begin), Some(end)) = (text.find(BEGIN), text.find(END)) else {
                say(&format!("{page} has no markers"));
                continue;
            };
            let (head, tail) = (&text[..begin + BEGIN.len()], &text[end..]);
            let text = format!("{head}\n\n{}\n{tail}", self.table(short));
            fs::write(path, text).expect("a page can be written");
        }
    }

    fn table(&self, short: bool) -> String {
        let mut table = format!("{}\n\n| What | Measured |\n| --- | --- |\n", self.machine);
        for row in self.rows.iter().filter(|row| row.is_short || !short) {
            writeln!(table, "| {} | {} |", row.what, row.figure).expect("a string");
        }
        table
    }
}

/// One line on stdout.
pub(crate) fn say(line: &str) {
    writeln!(io::stdout(), "{line}").expect("stdout is open");
}

/// Measured on what.
fn machine(plan: &Plan) -> String {
    let cpu = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpu
        .lines()
        .find_map(|line| line.strip_prefix("model name")?.split_once(": "))
        .map_or("an unknown processor", |(_, model)| model.trim());
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let says = |program: &str, arguments: &[&str]| {
        let output = Command::new(program).args(arguments).output();
        let text = output.map_or_else(|_| Vec::new(), |output| output.stdout);
        let text = String::from_utf8_lossy(&text);
        text.lines().next().unwrap_or_default().to_owned()
    };
    let quick = if plan.quick { ", a quick run" } else { "" };
    format!(
        "{cores} cores of an {model}, Linux {}, {}, {}{quick}.",
        says("uname", &["-r"]),
        says("terraform", &["version"]),
        says("rustc", &["--version"]),
    )
}

/// Measurements of one thing, sorted.
pub(crate) struct Spread(Vec<Duration>);

impl Spread {
    pub(crate) fn of(mut times: Vec<Duration>) -> Self {
        times.sort();
        Self(times)
    }

    pub(crate) fn least(&self) -> Duration {
        self.0[0]
    }

    pub(crate) fn median(&self) -> Duration {
        self.0[self.0.len() / 2]
    }

    /// The median, and between what nine of ten lie.
    pub(crate) fn text(&self) -> String {
        let at = |per_cent: usize| time(self.0[(self.0.len() - 1) * per_cent / 100]);
        format!(
            "{} (5 to 95 %: {} to {})",
            time(self.median()),
            at(5),
            at(95)
        )
    }
}

/// A time with a unit that fits it.
pub(crate) fn time(time: Duration) -> String {
    let seconds = time.as_secs_f64();
    if seconds >= 1.0 {
        format!("{seconds:.2} s")
    } else if seconds >= 1e-3 {
        format!("{:.2} ms", seconds * 1e3)
    } else {
        format!("{:.0} µs", seconds * 1e6)
    }
}

#[expect(clippy::cast_precision_loss, reason = "figures for people")]
pub(crate) fn as_f64(number: u64) -> f64 {
    number as f64
}
