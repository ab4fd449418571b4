//! `MessagePack`: what is read and written for every attribute of every call.

use std::hint::black_box;
use std::time::Instant;

use serde_json::{Map, Value, json};
use terraform_provider_appservices::tf_provider::Type;
use terraform_provider_appservices::tf_provider::fuzz::{from_msgpack, to_msgpack};

use crate::Plan;
use crate::report::{Report, Spread, time};
use crate::support::host::{Host, Launch};
use crate::support::rpc::KEY;
use crate::support::value::bytes;

pub(crate) async fn measure(plan: &Plan, report: &mut Report) {
    let launch = Launch::like_terraform().of(plan.provider.clone());
    let host = Host::launch(launch).await;
    let schema = host.schema().await.resource_schemas[KEY].clone();
    host.shut_down().await;
    let attributes = schema.block.expect("a block").attributes;
    let types = attributes
        .iter()
        .filter(|attribute| !attribute.r#type.is_empty());
    let types = types.map(|attribute| {
        let json: Value = serde_json::from_slice(&attribute.r#type).expect("a type is JSON");
        (attribute.name.clone(), json)
    });
    let object = json!(["object", Value::Object(types.collect::<Map<_, _>>())]);
    let ty = Type::from_json(&json!(["list", object])).expect("a type");
    for count in [1, 100, 10_000] {
        let keys = (0..count).map(|number| key(number, &object[1])).collect();
        let encoded = bytes(&Value::Array(keys));
        let times = if plan.quick { 20 } else { 200 };
        let repeat = (1000 / count).max(1);
        let (mut reads, mut writes) = (Vec::new(), Vec::new());
        for _ in 0..times {
            let began = Instant::now();
            for _ in 0..repeat {
                black_box(from_msgpack(black_box(&encoded), &ty).expect("keys"));
            }
            reads.push(began.elapsed() / repeat);
            let value = from_msgpack(&encoded, &ty).expect("keys");
            let began = Instant::now();
            for _ in 0..repeat {
                black_box(to_msgpack(black_box(&value), &ty));
            }
            writes.push(began.elapsed() / repeat);
        }
        let (reads, writes) = (Spread::of(reads), Spread::of(writes));
        let what = format!(
            "Decoding and encoding {count} keys ({} bytes)",
            encoded.len()
        );
        let figure = format!("{} and {}", time(reads.median()), time(writes.median()));
        report.row(what, figure);
    }
}

/// A key as a state holds it, with null for what is not text.
fn key(number: u32, types: &Value) -> Value {
    let types = types.as_object().expect("types by name").iter();
    let text = |name: &String| Value::from(format!("{name}-{number:08}-65f0c0ffee0000000000d001"));
    let member = |(name, ty): (&String, &Value)| {
        let value = if ty == "string" {
            text(name)
        } else {
            Value::Null
        };
        (name.clone(), value)
    };
    Value::Object(types.map(member).collect())
}
