//! Replacement by `keepers`.

use super::*;

#[tokio::test]
async fn any_change_of_a_value_in_the_keepers_is_another_key() {
    let scene = Scene::start().await;
    let config = |keepers: Value| json!({ "name": "ci", "keepers": keepers });
    let mut key = Instance::create(&scene.host, config(json!({ "a": "1" }))).await;
    assert_eq!(key.state["keepers"], json!({ "a": "1" }));
    for keepers in [
        json!({ "a": "2" }),
        json!({ "a": "2", "b": "1" }),
        json!({ "b": "1" }),
        json!({}),
        json!({ "a": "1" }),
        json!(null),
        json!({ "a": "1", "b": null }),
        json!({ "a": null, "b": "1" }),
        json!({ "a": null }),
    ] {
        let config = config(keepers.clone());
        let before = key.state.clone();
        let (action, planned) = key.refreshed_plan(&scene.host, &config).await;
        assert_eq!(action, Action::Replace, "{before} to {keepers}");
        assert!(
            planned
                .replaces
                .iter()
                .any(|path| path.starts_with("keepers")),
            "{:?}",
            planned.replaces
        );
        key.run(&scene.host, &config).await.fine();
        assert_eq!(key.state["keepers"], keepers);
        assert_ne!(key.state["key"], before["key"]);
        let (action, _) = key.refreshed_plan(&scene.host, &config).await;
        assert_eq!(action, Action::Nothing, "{keepers}");
    }
    assert_eq!(scene.server.keys().await, json!({ "ci": "enabled" }));
}

#[tokio::test]
async fn keepers_without_values_change_nothing() {
    let scene = Scene::start().await;
    let config = |keepers: &Value| json!({ "name": "ci", "keepers": keepers });
    for (before, after) in [
        (json!(null), json!({})),
        (json!({}), json!(null)),
        (json!(null), json!({ "a": null })),
        (json!({ "a": null }), json!({})),
        (json!({ "a": "1" }), json!({ "a": "1", "b": null })),
    ] {
        let mut key = Instance::create(&scene.host, config(&before)).await;
        let mut expected = key.state.clone();
        expected["keepers"] = after.clone();
        let sent = scene.detour.seen().len();
        let (action, planned) = key.plan(&scene.host, &config(&after)).await;
        assert_eq!(action, Action::Update, "{before} to {after}");
        assert_eq!(planned.state, expected, "the key and its value stay known");
        key.apply(&scene.host, &config(&after)).await.fine();
        assert_eq!(key.state, expected);
        assert_eq!(scene.detour.seen().len(), sent, "nothing is sent for it");
        key.run(&scene.host, &Value::Null).await.fine();
    }
}

#[tokio::test]
async fn keepers_that_are_not_known_yet_may_be_another_key() {
    let scene = Scene::start().await;
    let config = json!({ "name": "ci", "keepers": { "a": "1" } });
    let key = Instance::create(&scene.host, config).await;
    for keepers in [json!(UNKNOWN), json!({ "a": UNKNOWN })] {
        let (action, _) = key
            .plan(&scene.host, &json!({ "name": "ci", "keepers": keepers }))
            .await;
        assert_eq!(action, Action::Replace);
    }
}
