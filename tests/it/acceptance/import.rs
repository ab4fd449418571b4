//! Keys that were there before Terraform.

use serde_json::{Value, json};

use crate::support::world::{CI, World};

const KEY: &str = r#"resource "appservices_user_api_key" "ci" { name = "ci" }"#;

/// A world with a key that Terraform does not know, and its id.
async fn with_a_foreign_key() -> Option<(World, String)> {
    let world = World::start().await?;
    world.main(KEY);
    let key = world.server.create("ci").await;
    Some((world, key["_id"].as_str().expect("an id").to_owned()))
}

/// The key is in the state without its value, and stays like that.
async fn is_adopted(world: &World, id: &str, hcl: &str) {
    let state = world.state(CI);
    assert_eq!(
        (&state["id"], &state["name"], &state["enabled"]),
        (&json!(id), &json!("ci"), &json!(true))
    );
    assert_eq!(
        state["key"],
        Value::Null,
        "the server does not show it again"
    );
    world.has_nothing_to_do(hcl).await;
    world.apply(hcl).await.succeeds();
    assert_eq!(world.state(CI), state, "nothing changes later either");
}

#[tokio::test]
async fn a_key_is_imported_by_its_id() {
    let Some((world, id)) = with_a_foreign_key().await else {
        return;
    };
    world
        .import(CI, &id)
        .await
        .succeeds()
        .warns(&["value", "key"]);
    is_adopted(&world, &id, KEY).await;
}

#[tokio::test]
async fn a_key_is_imported_by_its_name() {
    let Some((world, id)) = with_a_foreign_key().await else {
        return;
    };
    world
        .import(CI, "name:ci")
        .await
        .succeeds()
        .warns(&["value", "key"]);
    is_adopted(&world, &id, KEY).await;
}

#[tokio::test]
async fn a_key_is_imported_by_an_import_block() {
    let Some((world, id)) = with_a_foreign_key().await else {
        return;
    };
    let hcl =
        format!("{KEY}\nimport {{\n  to = appservices_user_api_key.ci\n  id = \"{id}\"\n}}\n");
    let applied = world.apply(&hcl).await.succeeds();
    applied
        .mentions(&["1 imported, 0 added, 0 changed, 0 destroyed"])
        .warns(&["value", "key"]);
    is_adopted(&world, &id, &hcl).await;
}

#[tokio::test]
async fn a_run_that_imports_many_keys_warns_once_that_values_are_null() {
    let Some(world) = World::start().await else {
        return;
    };
    let mut hcl = String::new();
    for name in ["one", "two", "three"] {
        let key = world.server.create(name).await;
        let id = key["_id"].as_str().expect("an id");
        let block = format!(
            "resource \"appservices_user_api_key\" \"{name}\" {{ name = \"{name}\" }}\nimport {{\n  to = \
             appservices_user_api_key.{name}\n  id = \"{id}\"\n}}\n"
        );
        hcl.push_str(&block);
    }
    let warning = "`key` of an imported user API key is null";
    let planned = world.plan(&hcl).await.ran;
    assert_eq!(
        planned.text().matches(warning).count(),
        1,
        "{}",
        planned.whole()
    );
    let applied = world
        .terraform
        .run(&["apply", "-input=false", "plan.bin"])
        .await
        .succeeds();
    applied.never_mentions(&[warning, "more similar warnings"]);
    let state = world.state("appservices_user_api_key.two");
    assert_eq!(
        (&state["key"], &state["key_fingerprint"]),
        (&Value::Null, &Value::Null)
    );
    world.has_nothing_to_do(&hcl).await;
}

#[tokio::test]
async fn an_imported_key_can_be_disabled_and_destroyed() {
    let Some((world, id)) = with_a_foreign_key().await else {
        return;
    };
    world.import(CI, &id).await.succeeds();
    let disabled = KEY.replace("name = \"ci\"", "name = \"ci\"\n  enabled = false\n");
    let disabled = disabled.replace("{ name", "{\n  name");
    assert_eq!(
        world.plan(&disabled).await.does(CI, "update").changed(CI),
        ["enabled"]
    );
    world.apply(&disabled).await.succeeds();
    assert_eq!(world.server.keys().await, json!({ "ci": "disabled" }));
    assert_eq!(world.state(CI)["key"], Value::Null);
    world.destroy().await.succeeds();
    assert_eq!(world.server.keys().await, json!({}));
}

#[tokio::test]
async fn a_key_that_is_not_there_cannot_be_imported() {
    let Some((world, _)) = with_a_foreign_key().await else {
        return;
    };
    let missing = "65f0c0ffee00000000000bad";
    world.import(CI, missing).await.fails_with(&[missing]);
    world
        .import(CI, "name:nobody")
        .await
        .fails_with(&["nobody"]);
    assert_eq!(world.state(CI), Value::Null);
}

#[tokio::test]
async fn an_import_id_of_neither_kind_is_told_what_is_possible() {
    let Some((world, _)) = with_a_foreign_key().await else {
        return;
    };
    world
        .import(CI, "ci")
        .await
        .fails_with(&["\"ci\" is not the id of a user API key", "name:ci"]);
}
