//! What an outage costs: how long Terraform takes to say so, and what is lost when the server comes back.

use std::collections::BTreeMap;
use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::Value;
use terraform_provider_appservices::emulator::{Answer, Fault, FaultEffect, When};

use crate::Plan;
use crate::report::Report;
use crate::runs::{APPLY, far_away, keys, world};
use crate::support::world::World;

/// How long the server is away in the middle of an apply.
const AWAY: Duration = Duration::from_secs(15);

/// From when on after its return an operation has to succeed.
const GRACE_S: f64 = 5.0;

/// Where keys are listed and created.
const KEYS: Option<&str> = Some("/auth/api_keys");

pub(crate) async fn measure(plan: &Plan, report: &mut Report) {
    let unavailable = || FaultEffect::Answer(Answer::new(503));
    for (what, path, effect, count) in [
        ("hangs", None, Some(FaultEffect::Hang), 20),
        ("hangs for keys alone", KEYS, Some(FaultEffect::Hang), 20),
        ("answers 503", None, Some(unavailable()), 60),
        ("refuses connections", None, None, 20),
    ] {
        let mut world = world(plan).await;
        world.terraform.set("APPSERVICES_REQUEST_TIMEOUT", "5s");
        world.main(&keys(count));
        if let Some(effect) = effect {
            always(&world, path, effect);
        } else {
            let url = world.server.url();
            let arguments = world.arguments().replace(&url, "http://127.0.0.1:9");
            world.provider(&arguments);
        }
        let (took, ended) = apply(&world).await;
        let failed = ended.iter().filter(|end| end.failed).count();
        world.server.emulator.clear_faults();
        report.row(
            format!("Apply of {count} new keys with a server that {what} throughout"),
            format!("{:.1} s; {failed} failed", took.as_secs_f64()),
        );
    }
    back_again(plan, report).await;
}

/// A server that answers 503 for a while in the middle of an apply, the second half of which begins
/// when it is back.
async fn back_again(plan: &Plan, report: &mut Report) {
    const COUNT: usize = 200;
    let world = world(plan).await;
    let half = keys(COUNT / 2);
    let later = half
        .replace("\"ci", "\"later")
        .replace("{\n", "{\n  depends_on = [terraform_data.sleep]\n");
    world.main(&format!(
        "{half}\n{later}\nresource \"terraform_data\" \"sleep\" {{\n  provisioner \"local-exec\" {{\n    command = \"sleep 30\"\n  }}\n}}\n"
    ));
    far_away(&world, 200);
    let outage = async {
        while world.server.emulator.keys().len() < COUNT / 4 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        always(&world, None, FaultEffect::Answer(Answer::new(503)));
        tokio::time::sleep(AWAY).await;
        far_away(&world, 0);
        jiff::Timestamp::now().as_duration().as_secs_f64()
    };
    let ((took, ended), back_s) = tokio::join!(apply(&world), outage);
    let is_late = |end: &&End| end.began_s > back_s + GRACE_S;
    let failed = |ends: &[&End]| ends.iter().filter(|end| end.failed).count();
    let (late, early): (Vec<_>, Vec<_>) = ended.iter().partition(is_late);
    report.row(
        format!(
            "Apply of {COUNT} new keys with a server that answers 503 for {} s",
            AWAY.as_secs()
        ),
        format!(
            "{:.1} s; {} of {} failed; {} of {} that began {GRACE_S} s after its return",
            took.as_secs_f64(),
            failed(&early),
            early.len(),
            failed(&late),
            late.len()
        ),
    );
}

/// Lets the same happen to all requests, or to those of one path.
fn always(world: &World, path: Option<&str>, effect: FaultEffect) {
    world.server.emulator.clear_faults();
    let fault = Fault {
        method: None,
        path: path.map(str::to_owned),
        skip: 0,
        times: None,
        when: When::Before,
        effect,
    };
    world.server.emulator.inject(fault).expect("a fault");
}

/// How an operation on one resource ended.
struct End {
    began_s: f64,
    failed: bool,
}

/// Applies, and reads from Terraform's own log when each operation began and whether it failed.
async fn apply(world: &World) -> (Duration, Vec<End>) {
    let mut command = world.terraform.command(&[&APPLY[..], &["-json"]].concat());
    command.stdout(Stdio::piped()).stderr(Stdio::null());
    let began = Instant::now();
    let output = command.output().await.expect("terraform starts");
    let took = began.elapsed();
    let (mut begins, mut ends) = (BTreeMap::new(), Vec::new());
    for line in String::from_utf8_lossy(&output.stdout).lines() {
        let Ok(event) = serde_json::from_str::<Value>(line) else {
            continue;
        };
        let address = event["hook"]["resource"]["addr"].to_string();
        let at = event["@timestamp"].as_str().and_then(|at| at.parse().ok());
        let at = at.map_or(0.0, |at: jiff::Timestamp| at.as_duration().as_secs_f64());
        match event["type"].as_str() {
            Some("apply_start") => drop(begins.insert(address, at)),
            Some(kind @ ("apply_complete" | "apply_errored")) => ends.push(End {
                began_s: begins.get(&address).copied().unwrap_or_default(),
                failed: kind == "apply_errored",
            }),
            _ => {}
        }
    }
    (took, ends)
}
