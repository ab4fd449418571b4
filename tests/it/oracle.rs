//! Random schemas, validated, planned, applied and upgraded: held against what `HashiCorp`'s own framework answers to the
//! same.

mod differences;
mod framework;
mod model;
mod side;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::env;

use crate::support::random::Case;
use framework::Framework;
use side::ours;

/// The reason of an intended difference and core's rule for it, and how often it was met.
type Met = BTreeMap<(&'static str, &'static str), u64>;

/// How many cases: more on demand.
const CASES: &str = "ORACLE_CASES";
/// The first of them.
const SEED: &str = "ORACLE_SEED";

#[tokio::test]
#[expect(
    clippy::print_stdout,
    reason = "how often each intended difference was met belongs to the figures"
)]
async fn a_plan_is_what_hashicorps_framework_plans() {
    let Some(theirs) = Framework::start() else {
        return;
    };
    let theirs = &RefCell::new(theirs);
    let met = &RefCell::default();
    let mut failed = Vec::new();
    let first = number(SEED, 0);
    for seed in first..first + number(CASES, 200) {
        let case = Case::random(seed);
        let faults = unexplained(theirs, &case, met).await;
        if !faults.is_empty() {
            println!("seed {seed}: {}", faults.join("\n  "));
            failed.push(case);
        }
    }
    for ((reason, rule), times) in met.borrow().iter() {
        println!("{times} times: {reason} ({rule})");
    }
    let count = failed.len();
    if let Some(case) = failed.into_iter().next() {
        let still = |case: Case| async move { !unexplained(theirs, &case, met).await.is_empty() };
        let smallest = case.shrunk(still).await;
        let found = unexplained(theirs, &smallest, met).await;
        panic!(
            "{count} cases differ. The first, as small as can be: {}\n{}",
            smallest.to_json(),
            found.join("\n")
        );
    }
}

/// The faults, and on the way how often each intended difference was met.
async fn unexplained(theirs: &RefCell<Framework>, case: &Case, met: &RefCell<Met>) -> Vec<String> {
    let theirs = theirs.borrow_mut().ask(case);
    let asked = case.clone();
    // The strict host panics at an answer that core would refuse.
    let ours = match tokio::spawn(async move { ours(&asked).await }).await {
        Ok(ours) => ours,
        Err(refused) => return vec![refused.to_string()],
    };
    let mut faults = Vec::new();
    if ours.is_planned() && !model::explains(case, &ours.planned) {
        faults.push(format!("nothing explains our plan: {}", ours.planned));
    }
    for one in differences::between(case, &ours, &theirs) {
        match one.intention() {
            Some(why) => *met.borrow_mut().entry(why).or_default() += 1,
            None => faults.push(format!("{one:?}")),
        }
    }
    faults
}

#[expect(clippy::disallowed_methods, reason = "the developer says which cases")]
fn number(variable: &str, usually: u64) -> u64 {
    let wanted = env::var(variable).ok();
    wanted.map_or(usually, |number| number.parse().expect("a number"))
}
