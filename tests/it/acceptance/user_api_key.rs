//! The life of a key under Terraform.

use serde_json::json;

use crate::support::world::{CI, World};

const ENABLED: &str = r#"resource "appservices_user_api_key" "ci" { name = "ci" }"#;
const DISABLED: &str = r#"
resource "appservices_user_api_key" "ci" {
  name    = "ci"
  enabled = false
}
"#;

#[tokio::test]
async fn a_new_key_can_log_in_and_leaves_nothing_to_do() {
    let Some(world) = World::start().await else {
        return;
    };
    world.apply(ENABLED).await.succeeds();
    assert_eq!(world.server.keys().await, json!({ "ci": "enabled" }));
    assert!(
        world
            .server
            .log_in_with(&world.attribute(CI, "key"))
            .await
            .is_success()
    );
    world.has_nothing_to_do(ENABLED).await;
    assert_eq!(world.server.open_sessions(), 0, "no session is left behind");
}

#[tokio::test]
async fn a_key_is_disabled_and_enabled_in_place() {
    let Some(world) = World::with(ENABLED).await else {
        return;
    };
    let before = world.state(CI);
    for (hcl, expected) in [(DISABLED, false), (ENABLED, true)] {
        let plan = world.plan(hcl).await;
        assert_eq!(plan.does(CI, "update").changed(CI), ["enabled"]);
        world.apply(hcl).await.succeeds();
        let mut after = before.clone();
        after["enabled"] = expected.into();
        assert_eq!(world.state(CI), after, "only `enabled` changes");
        let login = world.server.log_in_with(&world.attribute(CI, "key")).await;
        assert_eq!(login.is_success(), expected);
        world.has_nothing_to_do(hcl).await;
    }
}

#[tokio::test]
async fn a_key_may_be_created_disabled() {
    let Some(world) = World::with(DISABLED).await else {
        return;
    };
    assert_eq!(world.server.keys().await, json!({ "ci": "disabled" }));
    assert!(
        !world
            .server
            .log_in_with(&world.attribute(CI, "key"))
            .await
            .is_success()
    );
    world.has_nothing_to_do(DISABLED).await;
}

#[tokio::test]
async fn another_name_replaces_the_key() {
    let Some(world) = World::with(ENABLED).await else {
        return;
    };
    let (id, key) = (world.attribute(CI, "id"), world.attribute(CI, "key"));
    let renamed = r#"resource "appservices_user_api_key" "ci" { name = "deploy" }"#;
    let plan = world.plan(renamed).await;
    plan.does(CI, "delete create");
    plan.ran
        .mentions(&["# forces replacement", r#""ci" -> "deploy""#]);
    world.apply(renamed).await.succeeds();
    assert_eq!(world.server.keys().await, json!({ "deploy": "enabled" }));
    assert_ne!(world.attribute(CI, "id"), id);
    assert!(
        !world.server.log_in_with(&key).await.is_success(),
        "the old value is worth nothing"
    );
    world.has_nothing_to_do(renamed).await;
}

#[tokio::test]
async fn a_key_disabled_elsewhere_is_enabled_again() {
    let Some(world) = World::with(ENABLED).await else {
        return;
    };
    let key = world.attribute(CI, "key");
    world.server.disable(&world.attribute(CI, "id")).await;
    let plan = world.plan(ENABLED).await;
    assert_eq!(plan.does(CI, "update").changed(CI), ["enabled"]);
    world.apply(ENABLED).await.succeeds();
    assert!(
        world.server.log_in_with(&key).await.is_success(),
        "the same value as before"
    );
    assert_eq!(world.attribute(CI, "key"), key);
    world.has_nothing_to_do(ENABLED).await;
}

#[tokio::test]
async fn a_key_deleted_elsewhere_is_created_again() {
    let Some(world) = World::with(ENABLED).await else {
        return;
    };
    let id = world.attribute(CI, "id");
    world.server.delete(&id).await;
    world.plan(ENABLED).await.does(CI, "create");
    world.apply(ENABLED).await.succeeds();
    assert_ne!(world.attribute(CI, "id"), id);
    world.has_nothing_to_do(ENABLED).await;
}

#[tokio::test]
async fn destroy_deletes_the_key() {
    let Some(world) = World::with(ENABLED).await else {
        return;
    };
    world.destroy().await.succeeds();
    assert_eq!(world.server.keys().await, json!({}));
    assert_eq!(world.state(CI), json!(null));
    assert_eq!(world.server.open_sessions(), 0, "no session is left behind");
}

#[tokio::test]
async fn destroying_a_key_that_is_gone_already_is_fine() {
    let Some(world) = World::with(ENABLED).await else {
        return;
    };
    world.server.delete(&world.attribute(CI, "id")).await;
    world
        .terraform
        .run(&["destroy", "-auto-approve", "-input=false", "-refresh=false"])
        .await
        .succeeds();
    assert_eq!(world.state(CI), json!(null));
}

#[tokio::test]
async fn many_keys_are_made_and_destroyed_at_once() {
    let Some(world) = World::start().await else {
        return;
    };
    let hcl = r#"
        resource "appservices_user_api_key" "all" {
          for_each = toset(["a", "b", "c", "d", "e", "f", "g", "h"])
          name     = "ci-${each.key}"
        }
    "#;
    world.apply(hcl).await.succeeds();
    assert_eq!(
        world
            .server
            .keys()
            .await
            .as_object()
            .map(serde_json::Map::len),
        Some(8)
    );
    world.has_nothing_to_do(hcl).await;
    world.destroy().await.succeeds();
    assert_eq!(world.server.keys().await, json!({}));
}

#[tokio::test]
async fn the_value_is_sensitive_everywhere_but_in_the_state() {
    let Some(world) = World::start().await else {
        return;
    };
    let hcl = |output: &str| {
        format!(
            "{ENABLED}\noutput \"key\" {{\n  value = appservices_user_api_key.ci.key\n{output}}}\n"
        )
    };
    world
        .apply(&hcl(""))
        .await
        .fails_with(&["output", "sensitive"]);
    let applied = world.apply(&hcl("  sensitive = true\n")).await.succeeds();
    let key = world.attribute(CI, "key");
    assert_eq!(
        world.output("key"),
        json!(key),
        "the value goes on to where it is needed"
    );
    let sensitive = world.instance(CI)["sensitive_attributes"].to_string();
    assert!(sensitive.contains(r#""key""#), "{sensitive}");
    applied.never_mentions(&[&key]);
    world
        .terraform
        .run(&["show"])
        .await
        .succeeds()
        .mentions(&["(sensitive value)"])
        .never_mentions(&[&key]);
    world
        .terraform
        .run(&["output"])
        .await
        .succeeds()
        .mentions(&["<sensitive>"])
        .never_mentions(&[&key]);
    let plan = world.plan(DISABLED).await;
    plan.ran.never_mentions(&[&key]);
    world.destroy().await.succeeds().never_mentions(&[&key]);
}

#[tokio::test]
async fn what_depends_on_a_key_sees_nothing_change_while_it_is_disabled() {
    let Some(world) = World::start().await else {
        return;
    };
    let copy = r#"resource "terraform_data" "copy" { input = appservices_user_api_key.ci.id }"#;
    world.apply(&format!("{ENABLED}\n{copy}")).await.succeeds();
    world
        .plan(&format!("{DISABLED}\n{copy}"))
        .await
        .does(CI, "update");
}

#[tokio::test]
async fn a_name_may_come_from_another_resource() {
    let Some(world) = World::start().await else {
        return;
    };
    let hcl = r#"
        resource "terraform_data" "name" { input = "ci" }
        resource "appservices_user_api_key" "ci" { name = terraform_data.name.output }
    "#;
    world.apply(hcl).await.succeeds();
    assert_eq!(world.server.keys().await, json!({ "ci": "enabled" }));
    world.has_nothing_to_do(hcl).await;
}

#[tokio::test]
async fn a_key_that_was_tainted_is_replaced() {
    let Some(world) = World::with(ENABLED).await else {
        return;
    };
    let id = world.attribute(CI, "id");
    world.terraform.run(&["taint", CI]).await.succeeds();
    world.apply(ENABLED).await.succeeds();
    assert_ne!(world.attribute(CI, "id"), id);
    assert_eq!(world.server.keys().await, json!({ "ci": "enabled" }));
}
