//! What a change of the arguments does.

use super::*;

#[tokio::test]
async fn an_overlap_moves_the_retirement_and_an_age_the_rotation() {
    let scene = Scene::start().await;
    let mut key = scene.rotated(2, &with("overlap", json!("7d"))).await;
    let created_at = key.state["created_at"].clone();
    let day = i64::from(DAY_S);
    for (change, moved, at) in [
        (
            with("overlap", json!("3d")),
            "previous_retires_at",
            later(&created_at, 3 * day),
        ),
        (
            with("overlap", json!("30d")),
            "previous_retires_at",
            later(&created_at, 30 * day),
        ),
        (
            json!({ "name_prefix": "ci-", "rotate_after": "60d", "overlap": "30d" }),
            "rotates_at",
            later(&created_at, 60 * day),
        ),
    ] {
        let mut expected = key.state.clone();
        let sent = scene.detour.seen().len();
        let (action, planned) = key.plan(&scene, &change).await;
        assert_eq!(action, Action::Update);
        for argument in ["rotate_after", "overlap"] {
            expected[argument] = change[argument].clone();
        }
        expected[moved] = at;
        assert_eq!(planned.state, expected, "all is known");
        key.apply(&scene, &change).await.fine();
        assert_eq!(key.state, expected);
        assert_eq!(scene.detour.seen().len(), sent, "nothing is sent for it");
    }
    // Shorter than the key's age: it retires with the plan after that.
    let short = config();
    key.run(&scene, &short).await.fine();
    assert!(key.state["previous_id"].is_string());
    key.run(&scene, &short).await.fine();
    assert!(key.state["previous_id"].is_null());
    assert_eq!(scene.count(&key).await, 1);
}

#[tokio::test]
async fn what_a_read_found_due_holds_for_the_time_span_of_then() {
    let scene = Scene::start().await;
    let mut key = scene.key(91, &config()).await;
    key.read(&scene).await.fine();
    let (action, planned) = key.plan(&scene, &with("rotate_after", json!("365d"))).await;
    assert_eq!(action, Action::Update);
    assert_eq!(planned.state["id"], key.state["id"]);

    let mut key = scene.rotated(2, &config()).await;
    key.read(&scene).await.fine();
    let (_, planned) = key.plan(&scene, &with("overlap", json!("30d"))).await;
    assert_eq!(planned.state["previous_id"], key.state["previous_id"]);
    assert!(planned.findings.0.is_empty(), "{}", planned.findings);
}

#[tokio::test]
async fn an_overlap_that_is_not_shorter_than_the_age_is_refused() {
    let host = Host::start().await;
    let calls = host.of(ROTATING);
    for (rotate_after, overlap, phrase) in [
        ("24h", Value::Null, "default"),
        ("7d", json!("7d"), "7d"),
        ("1h", json!("2h"), "2h"),
    ] {
        let config =
            json!({ "name_prefix": "ci-", "rotate_after": rotate_after, "overlap": overlap });
        let findings = calls.validate(config).await;
        findings
            .one_error(&["shorter than `rotate_after`", phrase])
            .is_at("overlap");
    }
    for config in [
        config(),
        with("overlap", json!(UNKNOWN)),
        with("rotate_after", json!(UNKNOWN)),
    ] {
        calls.validate(config).await.fine();
    }
}
