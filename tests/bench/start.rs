//! From the start of the process to the line that says where it listens, with mutual TLS; and its memory then.

use std::time::Instant;

use crate::Plan;
use crate::process::{megabytes, resident};
use crate::report::{Report, Spread};
use crate::support::host::Launch;

pub(crate) async fn measure(plan: &Plan, report: &mut Report) {
    let runs = if plan.quick { 20 } else { 200 };
    let (mut times, mut memory) = (Vec::new(), Vec::new());
    for _ in 0..runs {
        let launch = Launch::like_terraform().of(plan.provider.clone());
        let began = Instant::now();
        let (mut plugin, _identity) = launch.spawn();
        plugin.line().await;
        times.push(began.elapsed());
        memory.push(resident(plugin.id()));
    }
    memory.sort_unstable();
    let what = format!("Start to handshake line, {runs} runs");
    report.short_row(what, Spread::of(times).text());
    report.short_row("In memory at the handshake", megabytes(memory[runs / 2]));
}
