//! Answers that are lost in the middle of a rotation.

use serde_json::{Value, json};
use terraform_provider_appservices::emulator::{Answer, Fault};

use super::{Scene, config, says, with};
use crate::support::instance::{Action, Instance};

/// A rotation whose POSTs are never answered, on a server that lists nothing any more.
async fn unfinished(scene: &Scene, key: &mut Instance, config: &Value) -> String {
    let emulator = &scene.server.emulator;
    let mut hasty = scene.detour.config(&scene.server);
    hasty["max_retries"] = 0.into();
    scene.host.configure(hasty).await.fine();
    let post = Fault::after("POST", "/auth/api_keys", Answer::new(502)).always();
    emulator.inject(post).expect("a fault");
    key.read(scene).await.fine();
    let list = Fault::before("GET", "/auth/api_keys", Answer::new(502)).always();
    emulator.inject(list).expect("a fault");
    let findings = key.apply(scene, config).await;
    assert!(findings.has_error(), "{findings}");
    emulator.clear_faults();
    scene.next_run().await;
    findings.to_string()
}

#[tokio::test]
async fn a_rotation_that_was_never_answered_leaves_the_name_in_the_state_and_the_next_one_heals_it()
{
    let scene = Scene::start().await;
    let mut key = scene.key(91, &config()).await;
    let before = key.state.clone();
    let findings = unfinished(&scene, &mut key, &config()).await;
    let name = key.state["previous_name"]
        .as_str()
        .expect("a name")
        .to_owned();
    assert!(findings.contains(&name), "the error names it: {findings}");
    for attribute in ["id", "key", "name", "created_at"] {
        assert_eq!(
            key.state[attribute], before[attribute],
            "the current key stays"
        );
    }
    assert_eq!(key.state["previous_id"], Value::Null);
    assert!(scene.works(&before["key"]).await);
    assert_eq!(scene.count(&key).await, 2, "the server has made it");

    let (action, planned) = key.refreshed_plan(&scene, &config()).await;
    assert_eq!(action, Action::Update);
    says(
        &planned.findings,
        &[&name, "will be deleted", "due for rotation"],
    );
    key.apply(&scene, &config()).await.fine();
    assert_eq!(key.state["previous_id"], before["id"]);
    assert!(scene.works(&key.state["key"]).await);
    assert_eq!(scene.count(&key).await, 2);
    scene.is_quiet(&mut key, &config()).await;
}

#[tokio::test]
async fn a_destroy_takes_a_key_along_that_was_never_answered_for() {
    let scene = Scene::start().await;
    let mut key = scene.key(91, &config()).await;
    unfinished(&scene, &mut key, &config()).await;
    key.run(&scene, &Value::Null).await.fine();
    assert_eq!(scene.server.keys().await, json!({}));
}

#[tokio::test]
async fn with_the_current_key_gone_as_well_the_previous_one_keeps_its_time() {
    let scene = Scene::start().await;
    let config = with("overlap", json!("30d"));
    let mut key = scene.rotated(2, &config).await;
    let before = key.state.clone();
    let keys = scene.server.emulator.keys();
    let current = keys.iter().find(|key| before["name"] == key.name.as_str());
    assert!(
        scene
            .server
            .emulator
            .delete_key(&current.expect("a key").id)
    );
    scene.next_run().await;
    unfinished(&scene, &mut key, &config).await;
    assert_eq!(key.state["id"], Value::Null, "{}", key.state);
    assert_eq!(key.state["previous_id"], before["previous_id"]);
    assert_eq!(scene.count(&key).await, 2);
    key.run(&scene, &config).await.fine();
    assert_eq!(key.state["previous_id"], before["previous_id"]);
    assert!(scene.works(&key.state["key"]).await);
    assert_eq!(scene.count(&key).await, 2);
    scene.is_quiet(&mut key, &config).await;
}

#[tokio::test]
async fn a_create_that_was_never_answered_is_an_entry_that_the_next_apply_replaces() {
    for is_untainted in [false, true] {
        let scene = Scene::start().await;
        let mut key = Instance::default();
        unfinished(&scene, &mut key, &config()).await;
        assert!(key.tainted);
        assert_eq!(key.state["id"], Value::Null);
        assert_eq!(scene.count(&key).await, 1);
        key.tainted = !is_untainted;
        key.run(&scene, &config()).await.fine();
        assert!(scene.works(&key.state["key"]).await);
        assert_eq!(key.state["previous_id"], Value::Null);
        assert_eq!(scene.count(&key).await, 1);
        scene.is_quiet(&mut key, &config()).await;
    }
}
