//! Values that are not known while planning: whatever they turn out to be, the plan of the apply agrees with the first.

use serde_json::{Value, json};

use super::{Scene, config, says, with};
use crate::support::instance::Instance;
use crate::support::value::UNKNOWN;

/// Plans with an unknown value, and then applies with each of what it may turn out to be.
async fn agrees(scene: &Scene, key: &mut Instance, attribute: &str, values: &[Value]) {
    let (_, planned) = key
        .refreshed_plan(scene, &with(attribute, json!(UNKNOWN)))
        .await;
    for value in values {
        let config = with(attribute, value.clone());
        let (_, again) = key.plan(scene, &config).await;
        again.findings.fine();
        let first = planned.state.as_object().expect("a plan");
        for (name, said) in first {
            let now = &again.state[name];
            let fits = said == UNKNOWN || said == now;
            assert!(
                fits,
                "`{name}` was {said} and is {now}, with {attribute} = {value}"
            );
        }
        // The others are to meet the same world.
        if value == values.last().expect("a value") {
            key.apply(scene, &config).await.fine();
            assert!(scene.works(&key.state["key"]).await);
        }
    }
}

#[tokio::test]
async fn an_age_an_overlap_and_keepers_that_are_not_known_yet_agree_with_what_they_become() {
    let values = [
        (
            "rotate_after",
            vec![json!("365d"), json!("30d"), json!("90d")],
        ),
        ("overlap", vec![json!("30d"), json!("1h"), json!("24h")]),
        ("keepers", vec![json!({ "a": "1" }), json!(null), json!({})]),
        (
            "recipients",
            vec![
                json!(["age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p"]),
                json!(null),
            ],
        ),
    ];
    let scene = Scene::start().await;
    for (attribute, values) in &values {
        for mut key in scene.in_every_phase().await {
            agrees(&scene, &mut key, attribute, values).await;
            key.run(&scene, &Value::Null).await.fine();
        }
    }
}

#[tokio::test]
async fn what_may_happen_is_not_said_to_happen() {
    let scene = Scene::start().await;
    let mut due = scene.key(91, &config()).await;
    let mut young = scene.key(0, &config()).await;
    for (key, attribute, phrase) in [
        (&mut due, "rotate_after", "due for rotation"),
        (&mut young, "keepers", "may be rotated"),
    ] {
        let unknown = with(attribute, json!(UNKNOWN));
        let (_, planned) = key.refreshed_plan(&scene, &unknown).await;
        says(&planned.findings, &[phrase, "may make a new key"]);
        let findings = planned.findings.to_string();
        assert!(!findings.contains("This plan makes"), "{findings}");
    }
}
