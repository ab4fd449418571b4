//! What happens to the keys outside of Terraform.

use serde_json::{Value, json};

use super::{Scene, config, says, with};
use crate::support::detour::Deed;
use crate::support::host::Host;
use crate::support::instance::{Action, Instance};
use crate::support::rpc::ROTATING;

/// The key that has this name at the server, where it is not as old as on the road to it.
fn real_id(scene: &Scene, name: &Value) -> String {
    let keys = scene.server.emulator.keys();
    let key = keys.iter().find(|key| *name == key.name.as_str());
    key.expect("a key of the name").id.clone()
}

async fn delete(scene: &Scene, name: &Value) {
    let id = real_id(scene, name);
    assert!(scene.server.emulator.delete_key(&id));
    scene.next_run().await;
}

#[tokio::test]
async fn a_current_key_that_is_gone_is_made_anew_at_once_and_the_previous_one_keeps_its_time() {
    let scene = Scene::start().await;
    let config = with("overlap", json!("30d"));
    let mut key = scene.rotated(2, &config).await;
    let before = key.state.clone();
    delete(&scene, &before["name"]).await;

    let (action, planned) = key.refreshed_plan(&scene, &config).await;
    assert_eq!(action, Action::Update);
    let until = before["previous_retires_at"].as_str().expect("a time");
    let id = before["id"].as_str().expect("an id");
    says(&planned.findings, &[id, "is gone", until]);
    key.apply(&scene, &config).await.fine();
    for attribute in ["previous_id", "previous_name", "previous_retires_at"] {
        assert_eq!(planned.state[attribute], before[attribute]);
        assert_eq!(key.state[attribute], before[attribute]);
    }
    assert_ne!(key.state["id"], before["id"]);
    assert!(scene.works(&key.state["key"]).await);
    assert_eq!(scene.count(&key).await, 2);
    scene.is_quiet(&mut key, &config).await;
}

#[tokio::test]
async fn a_previous_key_whose_time_is_up_is_not_said_to_go_on_when_the_current_one_is_gone() {
    let scene = Scene::start().await;
    let mut key = scene.rotated(2, &config()).await;
    delete(&scene, &key.state["name"].clone()).await;
    let (_, planned) = key.refreshed_plan(&scene, &config()).await;
    says(&planned.findings, &["is gone", "will be deleted"]);
    let findings = planned.findings.to_string();
    assert!(!findings.contains("goes on working"), "{findings}");
    key.apply(&scene, &config()).await.fine();
    assert_eq!(scene.count(&key).await, 1);
    scene.is_quiet(&mut key, &config()).await;
}

#[tokio::test]
async fn a_previous_key_that_is_gone_is_dropped() {
    let scene = Scene::start().await;
    let mut key = scene.rotated(2, &with("overlap", json!("30d"))).await;
    delete(&scene, &key.state["previous_name"].clone()).await;
    key.read(&scene).await.fine();
    for attribute in ["previous_id", "previous_name", "previous_retires_at"] {
        assert_eq!(key.state[attribute], Value::Null);
    }
    scene
        .is_quiet(&mut key, &with("overlap", json!("30d")))
        .await;
}

#[tokio::test]
async fn when_both_are_gone_it_is_planned_anew() {
    let scene = Scene::start().await;
    let mut key = scene.rotated(2, &config()).await;
    for attribute in ["name", "previous_name"] {
        delete(&scene, &key.state[attribute].clone()).await;
    }
    key.read(&scene).await.fine();
    assert_eq!(key.state, Value::Null);
    key.run(&scene, &config()).await.fine();
    assert_eq!(scene.count(&key).await, 1);
    // The same without a previous one.
    let mut key = scene.key(2, &config()).await;
    delete(&scene, &key.state["name"].clone()).await;
    key.read(&scene).await.fine();
    assert_eq!(key.state, Value::Null);
}

#[tokio::test]
async fn a_key_that_was_disabled_is_enabled_again_in_place() {
    let scene = Scene::start().await;
    let mut key = scene.rotated(0, &config()).await;
    let before = key.state.clone();
    scene
        .server
        .disable(&real_id(&scene, &before["name"]))
        .await;
    scene.next_run().await;
    let (action, planned) = key.refreshed_plan(&scene, &config()).await;
    assert_eq!(action, Action::Update);
    assert_eq!(key.state["enabled"], false);
    assert_eq!(planned.state, before, "all is known");
    key.apply(&scene, &config()).await.fine();
    assert_eq!(key.state, before);
    assert!(scene.works(&key.state["key"]).await);
    scene.is_quiet(&mut key, &config()).await;
    // The previous one is on its way out.
    scene
        .server
        .disable(&real_id(&scene, &before["previous_name"]))
        .await;
    scene.next_run().await;
    scene.is_quiet(&mut key, &config()).await;
}

#[tokio::test]
async fn a_key_that_was_disabled_is_not_said_to_work_beside_its_successor() {
    let scene = Scene::start().await;
    let mut key = scene.key(91, &config()).await;
    let name = key.state["name"].clone();
    scene.server.disable(&real_id(&scene, &name)).await;
    scene.next_run().await;
    let (_, planned) = key.refreshed_plan(&scene, &config()).await;
    says(&planned.findings, &["due for rotation", "was disabled"]);
    let findings = planned.findings.to_string();
    assert!(!findings.contains("goes on working"), "{findings}");
    key.apply(&scene, &config()).await.fine();
    assert_eq!(key.state["previous_name"], name);
    assert!(scene.works(&key.state["key"]).await);
    scene.is_quiet(&mut key, &config()).await;
}

#[tokio::test]
async fn what_is_known_of_a_previous_key_stays_though_the_state_was_edited() {
    let scene = Scene::start().await;
    for attribute in ["previous_id", "previous_name", "previous_retires_at"] {
        let mut key = scene.rotated(0, &config()).await;
        let before = key.state.clone();
        key.state[attribute] = Value::Null;
        key.run(&scene, &config()).await.fine();
        assert_eq!(key.state["previous_name"], before["previous_name"]);
        assert_eq!(scene.count(&key).await, 2, "{attribute}");
        key.run(&scene, &with("keepers", json!({ "a": "1" })))
            .await
            .fine();
        assert_eq!(key.state["previous_id"], before["id"]);
        assert_eq!(scene.count(&key).await, 2, "{attribute}");
        key.run(&scene, &Value::Null).await.fine();
    }
}

#[tokio::test]
async fn another_user_sees_no_key_and_drops_none() {
    let scene = Scene::start().await;
    let mut key = scene.rotated(2, &config()).await;
    scene
        .server
        .register("other@example.com", "correct-horse")
        .await;
    let mut other = scene.server.config();
    other["email"] = "other@example.com".into();
    let host = Host::start().await;
    host.configure(other).await.fine();
    let calls = host.of(ROTATING);
    let before = key.state.clone();
    key.read(&calls).await.one_error(&["another user"]);
    assert_eq!(key.state, before);
    key.apply(&calls, &Value::Null)
        .await
        .one_error(&["another user"]);
    let rotates = with("keepers", json!({ "a": "1" }));
    key.apply(&calls, &rotates)
        .await
        .one_error(&["another user"]);
    assert_eq!(key.state, before);
    assert_eq!(scene.count(&key).await, 2);
}

#[tokio::test]
async fn a_quota_that_has_no_room_names_what_there_is() {
    let scene = Scene::start().await;
    let mut key = scene.rotated(95, &config()).await;
    let before = key.state.clone();
    let deed = Deed::Refuse(400, r#"{"error":"too many keys"}"#);
    scene.detour.next("POST", "/auth/api_keys", deed);
    let findings = key.run(&scene, &config()).await;
    let [id, previous] = ["id", "previous_id"].map(|id| before[id].as_str().expect("an id"));
    findings.one_error(&["too many keys", id, previous, "untouched", "was deleted"]);
    // The previous key is gone, and the state says so; the current one works.
    let mut expected = before.clone();
    for attribute in ["previous_id", "previous_name", "previous_retires_at"] {
        expected[attribute] = Value::Null;
    }
    assert_eq!(key.state, expected);
    assert!(scene.works(&key.state["key"]).await);
    assert_eq!(scene.count(&key).await, 1);
    key.apply(&scene, &config()).await.fine();
    assert_eq!(key.state["previous_id"], before["id"], "still due");
    assert_eq!(scene.count(&key).await, 2);
}

#[tokio::test]
async fn a_tainted_key_is_replaced_with_all_that_belongs_to_it() {
    let scene = Scene::start().await;
    let mut key = scene.rotated(2, &config()).await;
    key.tainted = true;
    key.run(&scene, &config()).await.fine();
    assert_eq!(key.state["previous_id"], Value::Null);
    assert_eq!(scene.count(&key).await, 1);
    let other: Instance = scene.key(0, &with("name_prefix", json!("x-"))).await;
    let (action, _) = other.plan(&scene, &config()).await;
    assert_eq!(action, Action::Replace);
}
