//! Single calls over gRPC with mutual TLS, as Terraform makes them, and what they leave in memory.

use std::time::Instant;

use futures_util::future::join_all;
use futures_util::{StreamExt as _, stream};
use serde_json::{Value, json};
use terraform_provider_appservices::emulator::Options;

use crate::Plan;
use crate::process::{megabytes, resident};
use crate::report::{Report, Spread, time};
use crate::support::host::{Host, Launch};
use crate::support::proto::tfplugin6::get_provider_schema;
use crate::support::rpc::{Change, answer};
use crate::support::server::Server;

pub(crate) async fn measure(plan: &Plan, report: &mut Report) {
    let count = if plan.quick { 500 } else { 5000 };
    let server = Server::with(Options {
        max_keys: 100,
        ..Options::default()
    })
    .await;
    let launch = Launch::like_terraform().of(plan.provider.clone());
    let host = Host::launch(launch).await;
    schema(&host, count / 10, report).await;
    host.configure(server.config()).await.fine();
    let names = (0..20).map(|number| json!({ "name": format!("ci-{number}") }));
    let states = join_all(names.map(|config| host.create(config))).await;

    plans(&host, &states, count, report).await;
    reads(&host, &states, count, report).await;
    host.shut_down().await;
}

async fn schema(host: &Host, count: usize, report: &mut Report) {
    let mut provider = host.unchecked();
    let mut times = Vec::new();
    for _ in 0..count {
        let began = Instant::now();
        answer(provider.get_provider_schema(get_provider_schema::Request {})).await;
        times.push(began.elapsed());
    }
    report.row("Call: schema", Spread::of(times).text());
    report.row(
        "In memory after the schema",
        megabytes(resident(host.plugin.id())),
    );
}

async fn plans(host: &Host, states: &[Value], count: usize, report: &mut Report) {
    let mut requests = Vec::new();
    for (number, state) in states.iter().enumerate() {
        let change = Change::update(state.clone(), json!({ "name": format!("ci-{number}") }));
        requests.push(host.plan_request(change).await);
    }
    let call = async |number: usize| {
        let request = requests[number % requests.len()].clone();
        let began = Instant::now();
        answer(host.unchecked().plan_resource_change(request)).await;
        began.elapsed()
    };
    paces("plan", count, call, report).await;
}

async fn reads(host: &Host, states: &[Value], count: usize, report: &mut Report) {
    let mut requests = Vec::new();
    for state in states {
        requests.push(host.read_request(state).await);
    }
    let call = async |number: usize| {
        let request = requests[number % requests.len()].clone();
        let began = Instant::now();
        answer(host.unchecked().read_resource(request)).await;
        began.elapsed()
    };
    // Half of them one at a time, half ten at a time.
    paces("read", count, &call, report).await;
    let after = |reads| format!("In memory after {reads} reads");
    report.short_row(after(2 * count), megabytes(resident(host.plugin.id())));
    stream::iter(0..2 * count)
        .map(call)
        .buffer_unordered(10)
        .collect::<Vec<_>>()
        .await;
    report.row(after(4 * count), megabytes(resident(host.plugin.id())));
}

/// One at a time, and ten at a time.
async fn paces(
    what: &str,
    count: usize,
    call: impl AsyncFn(usize) -> std::time::Duration,
    report: &mut Report,
) {
    let mut times = Vec::new();
    for number in 0..count {
        times.push(call(number).await);
    }
    report.row(
        format!("Call: {what}, one at a time"),
        Spread::of(times).text(),
    );
    let began = Instant::now();
    let times = stream::iter(0..count)
        .map(|number| call(number))
        .buffer_unordered(10)
        .collect::<Vec<_>>()
        .await;
    let each = began.elapsed() / u32::try_from(count).expect("a count");
    let figure = format!("{}; {} for each", Spread::of(times).text(), time(each));
    report.row(format!("Call: {what}, ten at a time"), figure);
}
