//! What names a key for good: schema, data with every answer, import by it, upgrade.

use serde_json::{Value, json};

use crate::support::detour::{Deed, Detour};
use crate::support::host::{Host, configured_with_server as configured};
use crate::support::proto::tfplugin6::{
    RawState, get_resource_identity_schemas, import_resource_state, upgrade_resource_identity,
};
use crate::support::rpc::{Change, Findings, KEY, answer, identity, named};
use crate::support::server::{APP_ID, Server};
use crate::support::value::read;

/// What names the key of this state.
fn of(state: &Value) -> Value {
    json!({ "app_id": APP_ID, "user_id": state["user_id"], "id": state["id"] })
}

#[tokio::test]
async fn the_id_is_required_and_the_rest_says_where() {
    let host = Host::start().await;
    let request = get_resource_identity_schemas::Request {};
    let answer = answer(host.provider().get_resource_identity_schemas(request)).await;
    Findings::of(answer.diagnostics).fine();
    let kinds = answer.identity_schemas.keys().collect::<Vec<_>>();
    assert_eq!(kinds, [KEY]);
    let schema = &answer.identity_schemas[KEY];
    // Core takes a state without identity for one of version 0.
    assert_eq!(schema.version, 0);
    for attribute in &schema.identity_attributes {
        assert_eq!(attribute.r#type, br#""string""#, "{attribute:?}");
        assert_ne!(
            attribute.required_for_import, attribute.optional_for_import,
            "{attribute:?}"
        );
        assert_eq!(attribute.required_for_import, attribute.name == "id");
        assert!(!attribute.description.is_empty());
    }
    let names = schema.identity_attributes.iter();
    let mut names = names.map(|one| one.name.as_str()).collect::<Vec<_>>();
    names.sort_unstable();
    assert_eq!(names, ["app_id", "id", "user_id"]);
    host.shut_down().await;
}

#[tokio::test]
async fn a_create_plans_none_and_apply_knows_it() {
    let (_server, host) = configured().await;
    let change = Change::create(json!({ "name": "ci" }));
    let request = host.plan_request(change.clone()).await;
    let planned = answer(host.provider().plan_resource_change(request)).await;
    Findings::of(planned.diagnostics.clone()).fine();
    // Terraform 1.12 and later write it into the plan's JSON, and OpenTofu into the state: unknowns fail there.
    assert_eq!(planned.planned_identity, None);
    let request = host.apply_request(change, planned).await;
    let applied = answer(host.provider().apply_resource_change(request)).await;
    Findings::of(applied.diagnostics).fine();
    assert_eq!(identity(applied.new_identity), of(&read(applied.new_state)));
    host.shut_down().await;
}

#[tokio::test]
async fn an_update_keeps_it() {
    let (_server, host) = configured().await;
    let state = host.create(json!({ "name": "ci" })).await;
    for config in [
        json!({ "name": "ci" }),
        json!({ "name": "ci", "enabled": false }),
    ] {
        let change = Change::update(state.clone(), config);
        let mut request = host.plan_request(change.clone()).await;
        request.prior_identity = Some(named(&of(&state)));
        let planned = answer(host.provider().plan_resource_change(request)).await;
        assert_eq!(identity(planned.planned_identity.clone()), of(&state));
        let request = host.apply_request(change, planned).await;
        let applied = answer(host.provider().apply_resource_change(request)).await;
        Findings::of(applied.diagnostics).fine();
        assert_eq!(identity(applied.new_identity), of(&state));
    }
    host.shut_down().await;
}

#[tokio::test]
async fn a_replacement_has_a_new_one() {
    let (_server, host) = configured().await;
    let state = host.create(json!({ "name": "ci" })).await;
    let config = json!({ "name": "other" });
    let mut request = host
        .plan_request(Change::update(state.clone(), config.clone()))
        .await;
    request.prior_identity = Some(named(&of(&state)));
    let first = answer(host.provider().plan_resource_change(request)).await;
    assert!(!first.requires_replace.is_empty());
    assert_eq!(identity(first.planned_identity), of(&state));
    let request = host.plan_request(Change::create(config)).await;
    let second = answer(host.provider().plan_resource_change(request)).await;
    assert_eq!(second.planned_identity, None);
    host.shut_down().await;
}

#[tokio::test]
async fn a_read_gives_it_to_a_state_that_has_none() {
    let (_server, host) = configured().await;
    let state = host.create(json!({ "name": "ci" })).await;
    for current in [None, Some(named(&of(&state)))] {
        let mut request = host.read_request(&state).await;
        request.current_identity = current;
        let answer = answer(host.provider().read_resource(request)).await;
        Findings::of(answer.diagnostics).fine();
        assert_eq!(identity(answer.new_identity), of(&state));
    }
    host.shut_down().await;
}

#[tokio::test]
async fn what_fails_keeps_it() {
    let server = Server::start().await;
    let detour = Detour::to(&server).await;
    let host = Host::start().await;
    host.configure(detour.config(&server)).await.fine();
    let state = host.create(json!({ "name": "ci" })).await;

    let refused = Deed::Refuse(400, r#"{"error":"no"}"#);
    detour.next("DELETE", state["id"].as_str().expect("an id"), refused);
    let change = Change::destroy(state.clone());
    let mut request = host.plan_request(change.clone()).await;
    request.prior_identity = Some(named(&of(&state)));
    let planned = answer(host.provider().plan_resource_change(request)).await;
    assert_eq!(identity(planned.planned_identity.clone()), of(&state));
    let request = host.apply_request(change, planned).await;
    let kept = answer(host.provider().apply_resource_change(request)).await;
    assert!(Findings::of(kept.diagnostics).has_error());
    assert_eq!(read(kept.new_state), state);
    assert_eq!(identity(kept.new_identity), of(&state));

    detour.next("PUT", "/disable", Deed::Refuse(400, r#"{"error":"no"}"#));
    let change = Change::update(state.clone(), json!({ "name": "ci", "enabled": false }));
    let mut request = host.plan_request(change.clone()).await;
    request.prior_identity = Some(named(&of(&state)));
    let planned = answer(host.provider().plan_resource_change(request)).await;
    let request = host.apply_request(change, planned).await;
    let kept = answer(host.provider().apply_resource_change(request)).await;
    assert!(Findings::of(kept.diagnostics).has_error());
    assert_eq!(identity(kept.new_identity), of(&state));
    host.shut_down().await;

    // A read that cannot log in.
    let host = Host::start().await;
    let mut config = server.config();
    config["password"] = json!("wrong");
    host.configure(config).await.fine();
    let mut request = host.read_request(&state).await;
    request.current_identity = Some(named(&of(&state)));
    request.private = b"{}".to_vec();
    let kept = answer(host.provider().read_resource(request)).await;
    assert!(Findings::of(kept.diagnostics).has_error());
    assert_eq!(identity(kept.new_identity), of(&state));
    assert_eq!(kept.private, b"{}");
    host.shut_down().await;
}

/// The one resource of an import, refreshed as core does.
async fn imported(host: &Host, answer: import_resource_state::Response) -> Value {
    Findings::of(answer.diagnostics).fine();
    let [resource] = &answer.imported_resources[..] else {
        panic!("one resource");
    };
    assert_eq!(resource.type_name, KEY);
    let state = read(resource.state.clone());
    assert_eq!(identity(resource.identity.clone()), of(&state));
    let refreshed = host.read(&state, &resource.private).await;
    refreshed.findings.fine();
    refreshed.state
}

#[tokio::test]
async fn an_import_by_id_and_one_by_identity_come_to_the_same() {
    let (server, host) = configured().await;
    let key = server.create("ci").await;
    let id = key["_id"].as_str().expect("an id");
    let by_id = import_resource_state::Request {
        type_name: KEY.to_owned(),
        id: id.to_owned(),
        ..Default::default()
    };
    let by_id = answer(host.provider().import_resource_state(by_id)).await;
    let by_id = imported(&host, by_id).await;
    let none = Value::Null;
    for (app_id, user_id) in [
        (&none, &none),
        (&json!(APP_ID), &none),
        (&none, &by_id["user_id"]),
        (&json!(APP_ID), &by_id["user_id"]),
    ] {
        let identity = json!({ "app_id": app_id, "user_id": user_id, "id": id });
        let answer = host.import_named(&identity).await;
        assert_eq!(imported(&host, answer).await, by_id);
    }
    host.shut_down().await;
}

#[tokio::test]
async fn another_app_another_user_and_a_wrong_id_are_refused() {
    let (server, host) = configured().await;
    let key = server.create("ci").await;
    let id = &key["_id"];
    let stranger = "65f0c0ffee0000000000a001";
    for (identity, phrases) in [
        (
            json!({ "app_id": "other-abcde", "user_id": null, "id": id }),
            ["other-abcde", APP_ID],
        ),
        (
            json!({ "app_id": APP_ID, "user_id": stranger, "id": id }),
            [stranger, "user_id"],
        ),
        (
            json!({ "app_id": null, "user_id": null, "id": "no id" }),
            ["no id", "24"],
        ),
        (
            json!({ "app_id": null, "user_id": null, "id": stranger }),
            [stranger, "import"],
        ),
    ] {
        let refused = host.import_named(&identity).await;
        assert!(refused.imported_resources.is_empty(), "{identity}");
        Findings::of(refused.diagnostics).one_error(&phrases);
    }
    host.shut_down().await;
}

/// A name is an id of the command line's; an identity's id is the key's.
#[tokio::test]
async fn a_name_is_no_identity() {
    let (server, host) = configured().await;
    server.create("ci").await;
    let identity = json!({ "app_id": null, "user_id": null, "id": "name:ci" });
    let refused = host.import_named(&identity).await;
    Findings::of(refused.diagnostics).one_error(&["name:ci"]);
    host.shut_down().await;
}

async fn upgrade(host: &Host, version: i64, json: &str) -> upgrade_resource_identity::Response {
    let request = upgrade_resource_identity::Request {
        type_name: KEY.to_owned(),
        version,
        raw_identity: Some(RawState {
            json: json.as_bytes().to_vec(),
            ..Default::default()
        }),
    };
    answer(host.provider().upgrade_resource_identity(request)).await
}

#[tokio::test]
async fn a_stored_identity_comes_back_whole() {
    let host = Host::start().await;
    let whole = json!({ "app_id": APP_ID, "user_id": "u", "id": "65f0c0ffee0000000000d001" });
    let upgraded = upgrade(&host, 0, &whole.to_string()).await;
    Findings::of(upgraded.diagnostics).fine();
    assert_eq!(identity(upgraded.upgraded_identity), whole);
    let more = r#"{ "id": "65f0c0ffee0000000000d001", "dropped": [1] }"#;
    let upgraded = upgrade(&host, 0, more).await;
    Findings::of(upgraded.diagnostics).fine();
    let less = json!({ "app_id": null, "user_id": null, "id": "65f0c0ffee0000000000d001" });
    assert_eq!(identity(upgraded.upgraded_identity), less);
    for broken in ["", "[]", "{", r#"{ "id": [] }"#] {
        let refused = upgrade(&host, 0, broken).await;
        assert!(Findings::of(refused.diagnostics).has_error(), "{broken:?}");
    }
    host.shut_down().await;
}
