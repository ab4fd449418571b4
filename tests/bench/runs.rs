//! Whole runs of the real Terraform, beside the same number of `terraform_data`: no provider process, no network, so that
//! the difference is what this provider costs.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use terraform_provider_appservices::emulator::{Fault, FaultEffect, Options, When};

use crate::Plan;
use crate::process::{Look, Watch, megabytes};
use crate::report::{Report, Spread, time};
use crate::support::world::World;

const LATENCIES_MS: [u64; 2] = [0, 50];
const PLAN: [&str; 2] = ["plan", "-input=false"];
pub(crate) const APPLY: [&str; 3] = ["apply", "-auto-approve", "-input=false"];
/// How many resources Terraform works on at once unless it is told otherwise.
const WAVE: usize = 10;

/// From here on, Terraform's own time varies by more than a few round trips from run to run.
const STEADY: usize = 500;

/// How often something is measured, for its median.
fn runs(plan: &Plan, count: usize) -> usize {
    match count {
        _ if plan.quick => 1,
        ..STEADY => 5,
        _ => 3,
    }
}

/// A world with the provider that is measured, and room for many keys.
pub(crate) async fn world(plan: &Plan) -> World {
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

pub(crate) fn keys(count: usize) -> String {
    format!(
        "resource \"appservices_user_api_key\" \"ci\" {{\n  count = {count}\n  name  = \"ci-${{count.index}}\"\n}}\n"
    )
}

/// Every answer comes so much later.
pub(crate) fn far_away(world: &World, latency_ms: u64) {
    world.server.emulator.clear_faults();
    if latency_ms > 0 {
        let slow = Fault {
            method: None,
            path: None,
            skip: 0,
            times: None,
            when: When::After,
            effect: FaultEffect::Slow(Duration::from_millis(latency_ms)),
        };
        world.server.emulator.inject(slow).expect("a fault");
    }
}

async fn timed(world: &World, arguments: &[&str]) -> Duration {
    let mut command = world.terraform.command(arguments);
    // No test reads what thousands of resources print.
    command.stdout(Stdio::null()).stderr(Stdio::piped());
    let began = Instant::now();
    // Thousands of creates take longer than a test has.
    let output = command.output().await;
    let took = began.elapsed();
    let output = output.expect("terraform starts");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "terraform {arguments:?}: {stderr}");
    took
}

async fn repeated(world: &World, arguments: &[&str], runs: usize) -> Spread {
    let mut times = Vec::new();
    for _ in 0..runs {
        times.push(timed(world, arguments).await);
    }
    Spread::of(times)
}

/// What a client sees of a latency: timers and the way there and back come on top of it.
async fn round_trip(world: &World) -> Duration {
    let (url, app) = (world.server.url(), world.server.emulator.app_id());
    let location = format!("{url}/api/client/v2.0/app/{app}/location");
    let client = reqwest::Client::builder().no_proxy().build();
    let client = client.expect("a client");
    let mut times = Vec::new();
    for _ in 0..9 {
        let began = Instant::now();
        let answer = client.get(&location).send().await.expect("an answer");
        answer.bytes().await.expect("a body");
        times.push(began.elapsed());
    }
    Spread::of(times).median()
}

/// How much longer, with a sign, since Terraform alone varies too.
fn beyond(took: Duration, floor: Duration) -> String {
    format!("{:+.2} s", took.as_secs_f64() - floor.as_secs_f64())
}

fn over(took: Duration, floor: Duration, requests: usize) -> String {
    let floor_told = time(floor);
    format!(
        "{} over {floor_told}; {requests} requests",
        beyond(took, floor)
    )
}

fn trips(took: Duration, floor: Duration, trip: Duration) -> f64 {
    (took.as_secs_f64() - floor.as_secs_f64()) / trip.as_secs_f64()
}

/// Creates of all keys, and then plans without changes: reads of all of them.
pub(crate) async fn measure(plan: &Plan, report: &mut Report, refresh: bool, apply: bool) {
    let mut applies = Vec::new();
    for &count in &plan.counts {
        let runs = runs(plan, count);
        let floor = floor(plan, count).await;
        let bare = timed(&floor, &APPLY).await;
        let world = world(plan).await;
        world.main(&keys(count));
        let took = timed(&world, &APPLY).await;
        let sent = world.server.requests().len();
        if apply {
            let what = format!("Apply of {count} new keys, at 0 ms RTT");
            applies.push((what, over(took, bare, sent)));
            for latency_ms in &LATENCIES_MS[1..] {
                applies.push(far_apply(plan, count, *latency_ms, bare).await);
            }
        }
        if refresh {
            let bare = repeated(&floor, &PLAN, runs).await.median();
            refreshes(plan, report, &world, count, bare).await;
        }
    }
    for (what, figure) in applies {
        report.row(what, figure);
    }
}

async fn far_apply(plan: &Plan, count: usize, latency_ms: u64, bare: Duration) -> (String, String) {
    let (mut times, mut sent, mut trip) = (Vec::new(), 0, Duration::ZERO);
    // Making thousands takes Terraform minutes.
    let most = if count < STEADY { 3 } else { 1 };
    for _ in 0..runs(plan, count).min(most) {
        let world = world(plan).await;
        world.main(&keys(count));
        far_away(&world, latency_ms);
        trip = round_trip(&world).await;
        let before = world.server.requests().len();
        times.push(timed(&world, &APPLY).await);
        sent = world.server.requests().len() - before;
    }
    let took = Spread::of(times).median();
    let waves = f64::from(u32::try_from(count.div_ceil(WAVE)).expect("a small number"));
    let each = trips(took, bare, trip) / waves;
    let figure = format!(
        "{}; {each:.2} round trips for {WAVE} keys",
        over(took, bare, sent)
    );
    let what = format!("Apply of {count} new keys, at {latency_ms} ms RTT");
    (what, figure)
}

async fn refreshes(plan: &Plan, report: &mut Report, world: &World, count: usize, bare: Duration) {
    let runs = runs(plan, count);
    // The quickest runs are the ones that Terraform's own work disturbs least.
    let mut quickest = Duration::ZERO;
    for latency_ms in LATENCIES_MS {
        far_away(world, latency_ms);
        let trip = round_trip(world).await;
        let before = world.server.requests().len();
        let times = repeated(world, &PLAN, runs).await;
        let sent = (world.server.requests().len() - before) / runs;
        let what = format!("Refresh of {count} keys, at {latency_ms} ms RTT");
        let mut figure = over(times.median(), bare, sent);
        if latency_ms == 0 {
            quickest = times.least();
        } else if count < STEADY {
            let trips = trips(times.least(), quickest, trip);
            write!(figure, "; {trips:.1} round trips of latency").expect("a string");
        }
        if latency_ms == 50 {
            report.short_row(what, figure);
        } else {
            report.row(what, figure);
        }
    }
    far_away(world, 0);
    let watch = Watch::over(&plan.provider, Look::AtTimes);
    timed(world, &PLAN).await;
    let cpu = time(watch.end().cpu());
    let watch = Watch::over(&plan.provider, Look::AtMemory);
    timed(world, &PLAN).await;
    let most = megabytes(watch.end().most_resident);
    let what = format!("The provider in a plan of {count} keys without changes");
    report.row(what, format!("{cpu} of CPU time; {most} in memory at most"));
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
    let watch = Watch::over(Path::new(&plan.provider), Look::AtMemory);
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
