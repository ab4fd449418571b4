//! Whole runs of the real Terraform, beside the same number of `terraform_data`: no provider process, no network, so that
//! the difference is what this provider costs.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use terraform_provider_appservices::emulator::{Effect, Fault, Options, When};

use crate::Plan;
use crate::process::{Watch, megabytes};
use crate::report::{Report, Spread, time};
use crate::support::world::World;

const LATENCIES_MS: [u64; 3] = [0, 10, 50];
/// Terraform writes its state again and again in an apply: thousands of creates take it minutes on its own.
const MOST_CREATES: usize = 1000;
const PLAN: [&str; 2] = ["plan", "-input=false"];
const APPLY: [&str; 3] = ["apply", "-auto-approve", "-input=false"];

fn counts(plan: &Plan) -> &'static [usize] {
    if plan.quick {
        &[20, 200]
    } else {
        &[20, 200, 1000, 3000]
    }
}

/// A world with the provider that is measured, and room for many keys.
async fn world(plan: &Plan) -> World {
    let options = Options {
        max_keys: 10_000,
        ..Options::default()
    };
    let world = World::of(options).await.expect("Terraform is needed here");
    let folder = plan.provider.parent().expect("a folder");
    let folder = folder
        .canonicalize()
        .expect("a folder")
        .display()
        .to_string();
    let overrides = format!(
        "provider_installation {{\n  dev_overrides {{\n    \"registry.terraform.io/appservices/appservices\" = {folder:?}\n  }}\n  direct {{}}\n}}\n"
    );
    world.terraform.write("cli.tfrc", &overrides);
    world
}

/// A world without a provider.
async fn floor(plan: &Plan, count: usize) -> World {
    let world = world(plan).await;
    fs::remove_file(world.terraform.directory().join("provider.tf")).expect("a file");
    world.main(&format!(
        "resource \"terraform_data\" \"ci\" {{\n  count = {count}\n  input = \"ci-${{count.index}}\"\n}}\n"
    ));
    world
}

fn keys(count: usize) -> String {
    format!(
        "resource \"appservices_user_api_key\" \"ci\" {{\n  count = {count}\n  name  = \"ci-${{count.index}}\"\n}}\n"
    )
}

/// Every answer comes so much later.
fn far_away(world: &World, latency_ms: u64) {
    world.server.emulator.clear_faults();
    if latency_ms > 0 {
        let slow = Fault {
            method: None,
            path: None,
            skip: 0,
            times: None,
            when: When::After,
            effect: Effect::Slow(Duration::from_millis(latency_ms)),
        };
        world.server.emulator.inject(slow).expect("a fault");
    }
}

async fn timed(world: &World, arguments: &[&str]) -> Duration {
    let began = Instant::now();
    // Thousands of creates take longer than a test has.
    let output = world.terraform.command(arguments).output().await;
    let took = began.elapsed();
    let output = output.expect("terraform starts");
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "terraform {arguments:?}: {told}");
    took
}

/// The median of some runs.
async fn typical(world: &World, arguments: &[&str], runs: usize) -> Duration {
    let mut times = Vec::new();
    for _ in 0..runs {
        times.push(timed(world, arguments).await);
    }
    Spread::of(times).median()
}

/// How much longer, with a sign, since Terraform alone varies too.
fn beyond(took: Duration, floor: Duration) -> String {
    format!("{:+.2} s", took.as_secs_f64() - floor.as_secs_f64())
}

/// Plans without changes: reads of all keys.
pub(crate) async fn refreshes(plan: &Plan, report: &mut Report) {
    let runs = if plan.quick { 1 } else { 3 };
    for &count in counts(plan) {
        let bare = floor(plan, count).await;
        timed(&bare, &APPLY).await;
        let bare = typical(&bare, &PLAN, runs).await;
        let world = world(plan).await;
        world.main(&keys(count));
        timed(&world, &APPLY).await;
        for latency_ms in LATENCIES_MS {
            far_away(&world, latency_ms);
            let before = world.server.requests().len();
            let took = typical(&world, &PLAN, runs).await;
            let sent = (world.server.requests().len() - before) / runs;
            let what = format!("Refresh of {count} keys, {latency_ms} ms away");
            let figure = format!(
                "{} over {}; {sent} requests",
                beyond(took, bare),
                time(bare)
            );
            if latency_ms == 50 {
                report.short_row(what, figure);
            } else {
                report.row(what, figure);
            }
        }
        far_away(&world, 0);
        let watch = Watch::over(&plan.provider);
        timed(&world, &PLAN).await;
        let what = format!("CPU time of the provider for a plan of {count} keys without changes");
        report.row(what, time(watch.end().cpu()));
    }
}

/// Creates of all keys.
pub(crate) async fn applies(plan: &Plan, report: &mut Report) {
    for &count in counts(plan).iter().filter(|&&count| count <= MOST_CREATES) {
        let bare = floor(plan, count).await;
        let bare = timed(&bare, &APPLY).await;
        for latency_ms in LATENCIES_MS {
            let world = world(plan).await;
            world.main(&keys(count));
            far_away(&world, latency_ms);
            let took = timed(&world, &APPLY).await;
            let sent = world.server.requests().len();
            let what = format!("Apply of {count} new keys, {latency_ms} ms away");
            let mut figure = format!(
                "{} over {}; {sent} requests",
                beyond(took, bare),
                time(bare)
            );
            if latency_ms > 0 {
                let trips = took.saturating_sub(bare).as_secs_f64() * 1000.0
                    / f64::from(u32::try_from(latency_ms).expect("a small number"));
                let waves = count.div_ceil(10);
                let waves = f64::from(u32::try_from(waves).expect("a small number"));
                write!(figure, "; {:.2} round trips for ten keys", trips / waves)
                    .expect("a string");
            }
            report.row(what, figure);
        }
    }
}

/// Many provider blocks in one configuration: a process for each.
pub(crate) async fn aliases(plan: &Plan, report: &mut Report) {
    const COUNT: usize = 20;
    let world = world(plan).await;
    let mut hcl = String::new();
    for number in 0..COUNT {
        write!(
            hcl,
            "provider \"appservices\" {{\n  alias = \"a{number}\"\n  {}\n}}\n\nresource \"appservices_user_api_key\" \"k{number}\" \
             {{\n  provider = appservices.a{number}\n  name     = \"k{number}\"\n}}\n\n",
            world.arguments()
        )
        .expect("a string");
    }
    world.main(&hcl);
    timed(&world, &APPLY).await;
    let watch = Watch::over(Path::new(&plan.provider));
    timed(&world, &["plan", "-input=false", "-parallelism=40"]).await;
    let seen = watch.end();
    report.short_row(
        format!(
            "{COUNT} aliases in one plan, {} processes at once",
            seen.processes
        ),
        format!(
            "{} in memory together; {} with what they share counted for each",
            megabytes(seen.together),
            megabytes(seen.most_resident)
        ),
    );
}
