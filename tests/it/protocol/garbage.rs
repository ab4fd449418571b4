//! Nonsense in the place of values. Whatever comes, it is answered with an error, and the process lives.

mod place;

use serde_json::json;

use self::place::{ELSEWHERE, Place, RESOURCE, put};
use crate::support::host::{Host, configured};
use crate::support::patient;
use crate::support::proto::tfplugin6::DynamicValue;
use crate::support::rpc::{Findings, KEY, KEYS};
use crate::support::server::Server;
use crate::support::value::{bytes, dynamic};

fn msgpack(bytes: &[u8]) -> DynamicValue {
    DynamicValue {
        msgpack: bytes.to_vec(),
        json: Vec::new(),
    }
}

/// Puts `value` everywhere. Each place answers with an error, nothing is sent to the server, and the process lives.
async fn is_refused_in(places: &[Place], kind: &str, value: &DynamicValue) {
    let (host, server) = (Host::start().await, Server::start().await);
    host.configure(server.config()).await.fine();
    for &place in places {
        if let Ok(diagnostics) = patient(
            &format!("{place:?}"),
            put(&host, place, kind, value.clone()),
        )
        .await
        {
            assert!(
                Findings::of(diagnostics).has_error(),
                "{place:?} took it for a value"
            );
        }
    }
    assert_eq!(
        server.requests(),
        [""; 0],
        "no server is asked about nonsense"
    );
    host.validate(json!({ "name": "ci" })).await.fine();
    host.shut_down().await;
}

async fn is_refused_everywhere(value: DynamicValue) {
    is_refused_in(&RESOURCE, KEY, &value).await;
    is_refused_in(&ELSEWHERE, KEYS, &value).await;
}

#[tokio::test]
async fn bytes_that_are_no_value_are_refused() {
    for noise in [
        &b"\xc1"[..],
        b"\x81",
        b"\x81\xa4name",
        b"\xa9short",
        b"\xd9",
        b"\xd4\x00",
    ] {
        is_refused_everywhere(msgpack(noise)).await;
    }
}

#[tokio::test]
async fn values_that_are_no_objects_are_refused() {
    for value in [json!([]), json!(["ci"]), json!("ci"), json!(7), json!(true)] {
        is_refused_everywhere(dynamic(&value)).await;
    }
}

#[tokio::test]
async fn lengths_that_fit_no_memory_are_refused() {
    for head in [b"\xdd", b"\xdf", b"\xdb", b"\xc6", b"\xc9"] {
        is_refused_everywhere(msgpack(&[&head[..], b"\xff\xff\xff\xff\x00"].concat())).await;
    }
    is_refused_everywhere(msgpack(b"\x81\xa4name\xdb\xff\xff\xff\xff")).await;
}

#[tokio::test]
async fn a_million_values_inside_each_other_are_refused() {
    for opening in [b"\x91".repeat(1_000_000), b"\x81\xa1a".repeat(400_000)] {
        is_refused_everywhere(msgpack(&opening)).await;
    }
    is_refused_everywhere(DynamicValue {
        msgpack: Vec::new(),
        json: b"[".repeat(1_000_000),
    })
    .await;
}

#[tokio::test]
async fn json_that_is_none_is_refused() {
    for json in [&b"{"[..], b"{\"name\":}", b"\xff", b"[]", b"7"] {
        is_refused_everywhere(DynamicValue {
            msgpack: Vec::new(),
            json: json.to_vec(),
        })
        .await;
    }
}

#[tokio::test]
async fn attributes_of_another_type_are_refused() {
    let host = Host::start().await;
    for wrong in [json!(["ci"]), json!({ "ci": true }), json!([])] {
        let key = host.key(json!({ "name": wrong, "enabled": true })).await;
        is_refused_in(&RESOURCE, KEY, &dynamic(&key)).await;
    }
}

#[tokio::test]
async fn text_that_is_not_utf8_is_refused() {
    let host = Host::start().await;
    let mut key = bytes(&host.key(json!({ "name": "@@" })).await);
    let place = key
        .windows(2)
        .position(|pair| pair == b"@@")
        .expect("the name");
    key[place..place + 2].copy_from_slice(b"\xff\xfe");
    is_refused_in(&RESOURCE, KEY, &msgpack(&key)).await;
}

#[tokio::test]
async fn types_that_this_provider_does_not_have_are_refused() {
    let host = Host::start().await;
    let key = dynamic(&host.key(json!({ "name": "ci" })).await);
    for kind in [
        "",
        "appservices_nothing",
        "aws_instance",
        "appservices_user_api_key\u{0}",
        KEYS,
    ] {
        is_refused_in(&RESOURCE, kind, &key).await;
    }
    is_refused_in(
        &[Place::ValidateData, Place::ReadData],
        "appservices_nothing",
        &key,
    )
    .await;
}

#[tokio::test]
async fn a_value_that_is_not_there_at_all_does_no_harm() {
    let (host, server) = (Host::start().await, Server::start().await);
    host.configure(server.config()).await.fine();
    for place in RESOURCE
        .into_iter()
        .chain([Place::ValidateData, Place::ReadData])
    {
        // Core would read it as null. Whether that is an error is up to the call; a crash is not, nor is a request.
        let kind = if RESOURCE.contains(&place) { KEY } else { KEYS };
        // An import without an identity is one by id.
        if !matches!(
            place,
            Place::ApplyPrior | Place::ApplyPlanned | Place::ImportIdentity | Place::ReadData
        ) {
            let _ = patient(
                &format!("{place:?}"),
                put(&host, place, kind, DynamicValue::default()),
            )
            .await;
        }
    }
    assert_eq!(server.requests(), [""; 0]);
    host.shut_down().await;
}

#[tokio::test]
async fn a_request_of_more_than_four_mebibytes_is_read() {
    let host = Host::start().await;
    let long = "a".repeat(5 << 20);
    let answer = put(
        &host,
        Place::ValidateResource,
        KEY,
        dynamic(&host.key(json!({ "name": long })).await),
    )
    .await;
    assert!(
        answer.is_ok(),
        "core sends up to 256 MiB: {:?}",
        answer.map(|diagnostics| diagnostics.len())
    );
    host.shut_down().await;
}

#[tokio::test]
async fn states_that_are_no_json_objects_however_deep_are_refused() {
    let host = Host::start().await;
    for stored in ["[".repeat(1_000_000), "{\"name\":".repeat(200_000)] {
        let (state, findings) = host.upgrade(&stored).await;
        assert!(findings.has_error(), "{state}");
    }
    let deep = format!(
        "{{\"name\":\"ci\",\"other\":{}{}}}",
        "[".repeat(100),
        "]".repeat(100)
    );
    let (state, findings) = host.upgrade(&deep).await;
    assert!(findings.has_error() || state["name"] == "ci", "{state}");
    host.shut_down().await;
}

#[tokio::test]
async fn an_edited_state_is_refused_by_attribute_with_what_to_do_and_its_key_stays() {
    let server = Server::start().await;
    let host = configured(&server).await;
    let state = host.create(json!({ "name": "ci" })).await;
    for (attribute, text) in [
        ("id", "65f0"),
        ("created_at", "yesterday"),
        ("rotates_at", "soon"),
        ("rotate_after", "ninety days"),
    ] {
        let mut edited = state.clone();
        edited[attribute] = text.into();
        let read = host.read(&edited, b"").await;
        let phrases = [attribute, "must be", "terraform state rm"];
        read.findings.one_error(&phrases).is_at(attribute);
    }
    assert_eq!(server.emulator.keys().len(), 1);
    host.shut_down().await;
}
