//! Random schemas, planned and applied: held against what `HashiCorp`'s own framework answers to the same.

mod side;

use crate::support::random::Case;
use crate::support::value::UNKNOWN;
use side::ours;

#[tokio::test]
async fn a_provider_of_any_schema_plans_and_applies() {
    let leaves_something_unknown = |case: Case| async move {
        let answers = ours(&case).await;
        answers.refused.is_empty() && answers.applied.to_string().contains(UNKNOWN)
    };
    for seed in 0..200 {
        let case = Case::random(seed);
        if leaves_something_unknown(case.clone()).await {
            let smallest = case.shrunk(leaves_something_unknown).await;
            panic!(
                "an applied state has unknown values: {}",
                smallest.to_json()
            );
        }
    }
}
