//! Creates and updates that were answered a moment ago, in case the host did not live to write its state.

use std::sync::PoisonError;
use std::time::Duration;

use futures_util::future::join_all;
use tokio::time::{Instant, sleep};

use super::super::context::Context;
use super::super::provider::Provider;
use super::super::value::Object;
use super::{Call, Shared, resource};

/// How long a host may live after an answer without having used it. Terraform prints that the creation is complete and
/// then writes the state; when its output has no reader (`terraform apply | head`), it dies in between.
///
/// A state that was written all the same then names an object that is gone, which nothing has used yet, and the next apply
/// makes another. Without this, the object would be in no state.
const UNUSED_FOR: Duration = Duration::from_millis(100);
/// How long it takes to be sure that a host is gone, and more.
const KEPT_FOR: Duration = Duration::from_secs(1);

/// An object that the host has just heard of.
pub(super) struct Answered<C> {
    at: Instant,
    type_name: String,
    cx: Context<C>,
    /// What an update began with, and what there is now.
    change: (Option<Object>, Object),
}

/// Keeps in mind what is about to be answered, for a moment.
pub(super) fn note<P: Provider>(
    call: &Call<P>,
    type_name: String,
    cx: Context<P::Client>,
    change: (Option<Object>, Object),
) {
    let at = Instant::now();
    let answered = Answered {
        at,
        type_name,
        cx,
        change,
    };
    answers(call, |answers| answers.push(answered));
    let shared = call.shared.clone();
    tokio::spawn(async move {
        sleep(KEPT_FOR).await;
        answers(&shared, |answers| {
            answers.retain(|answered| answered.at > at);
        });
    });
}

/// Rolls back what a host that vanished then had only just heard of.
pub(super) async fn rollback_unused<P: Provider>(shared: &Shared<P>, vanished: Instant) {
    let mut unused = answers(shared, std::mem::take);
    unused.retain(|answered| answered.at + UNUSED_FOR > vanished);
    join_all(unused.into_iter().map(async |answered| {
        let Answered {
            type_name,
            cx,
            change,
            ..
        } = answered;
        // What fails is noted.
        let _ = resource::rollback(shared, &type_name, &cx, change).await;
    }))
    .await;
}

fn answers<P: Provider, T>(
    shared: &Shared<P>,
    with: impl FnOnce(&mut Vec<Answered<P::Client>>) -> T,
) -> T {
    with(
        &mut shared
            .answered
            .lock()
            .unwrap_or_else(PoisonError::into_inner),
    )
}
