//! What the provider does beyond the key itself, under Terraform.

use serde_json::json;

use crate::support::world::{CI, World, many_keys};

fn with(arguments: &str) -> String {
    format!("resource \"appservices_user_api_key\" \"ci\" {{\n  name = \"ci\"\n  {arguments}\n}}")
}

#[tokio::test]
async fn settings_are_edited_in_place_and_send_nothing() {
    let Some(world) = World::with(&with("")).await else {
        return;
    };
    let before = world.state(CI);
    for (arguments, changed) in [
        ("replace_existing = true", "replace_existing"),
        ("", "replace_existing"),
        ("timeouts = { create = \"5m\" }", "timeouts"),
        ("", "timeouts"),
    ] {
        let plan = world.plan(&with(arguments)).await;
        assert_eq!(plan.does(CI, "update").changed(CI), [changed]);
        let writes =
            |method| world.server.count(method, "") - world.server.count(method, "/auth/session");
        let sent = ["PUT", "DELETE"].map(writes);
        let keys = world.server.count("POST", "/auth/api_keys");
        world.apply(&with(arguments)).await.succeeds();
        assert_eq!(["PUT", "DELETE"].map(writes), sent);
        assert_eq!(world.server.count("POST", "/auth/api_keys"), keys);
        world.has_nothing_to_do(&with(arguments)).await;
    }
    assert_eq!(world.state(CI), before);
}

#[tokio::test]
async fn a_key_may_be_left_behind_disabled_and_the_plan_says_that_it_stays() {
    let by_prefix = |choice: &str| {
        format!(
            "resource \"appservices_user_api_key\" \"ci\" {{\n  name_prefix = \"ci-\"\n  on_destroy = \"{choice}\"\n}}"
        )
    };
    let Some(world) = World::with(&by_prefix("delete")).await else {
        return;
    };
    let plan = world.plan(&by_prefix("disable")).await;
    assert_eq!(plan.does(CI, "update").changed(CI), ["on_destroy"]);
    world.apply(&by_prefix("disable")).await.succeeds();
    let [name, id, value] = ["name", "id", "key"].map(|name| world.attribute(CI, name));
    let planned = world
        .terraform
        .run(&["plan", "-destroy", "-input=false"])
        .await
        .succeeds();
    planned.warns(&[&name, &id, "will stay", "disabled", "on_destroy"]);
    world.destroy().await.succeeds();
    assert_eq!(world.server.keys().await, json!({ name: "disabled" }));
    assert!(!world.server.log_in_with(&value).await.is_success());
    assert_eq!(world.state(CI), json!(null));
}

#[tokio::test]
async fn a_key_of_a_fixed_name_cannot_be_left_behind() {
    let Some(world) = World::start().await else {
        return;
    };
    let ran = world.validate(&with("on_destroy = \"disable\"")).await;
    ran.fails_with(&["name_prefix", "keeps its name", "never be created again"])
        .points_at("on_destroy");
}

#[tokio::test]
async fn the_plan_says_which_key_replace_existing_will_delete() {
    let Some(world) = World::start().await else {
        return;
    };
    let lost = world.server.create("ci").await;
    let id = lost["_id"].as_str().expect("an id");
    world.server.disable(id).await;
    let lists = world.server.count("GET", "/auth/api_keys");
    let hcl = with("replace_existing = true");
    let plan = world.plan(&hcl).await;
    plan.ran
        .warns(&[id, "will be deleted", " ago, and is", "disabled"]);
    assert_eq!(world.server.count("GET", "/auth/api_keys"), lists + 1);
    assert_eq!(world.server.keys().await, json!({ "ci": "disabled" }));
    world.apply(&hcl).await.succeeds();
    let quiet = world
        .terraform
        .run(&["plan", "-input=false", "-replace", CI])
        .await
        .succeeds();
    quiet.never_mentions(&["will be deleted"]);
}

#[tokio::test]
async fn a_key_that_terraform_lost_is_replaced_on_request_only() {
    let Some(world) = World::start().await else {
        return;
    };
    let lost = world.server.create("ci").await;
    let id = lost["_id"].as_str().expect("an id");
    let ran = world.apply(&with("")).await;
    ran.fails_with(&[
        id,
        "terraform import appservices_user_api_key.",
        "import {",
        "replace_existing",
    ])
    .points_at("name");
    let hcl = with("replace_existing = true");
    world.apply(&hcl).await.succeeds();
    assert_ne!(world.attribute(CI, "id"), id);
    assert_eq!(world.server.keys().await, json!({ "ci": "enabled" }));
    world.has_nothing_to_do(&hcl).await;
}

#[tokio::test]
async fn an_imported_key_is_adopted_with_all_its_settings() {
    let Some(world) = World::start().await else {
        return;
    };
    let made = world.server.create("ci-2026").await;
    let id = made["_id"].as_str().expect("an id");
    let hcl = r#"
        resource "appservices_user_api_key" "ci" {
          name_prefix  = "ci-"
          keepers      = { build = "1" }
          rotate_after = "90d"
        }
    "#;
    world.main(hcl);
    world
        .import(CI, id)
        .await
        .succeeds()
        .warns(&["value", "null"]);
    assert_eq!(world.state(CI)["key"], json!(null));
    assert_eq!(world.state(CI)["key_fingerprint"], json!(null));
    let plan = world.plan(hcl).await;
    assert_eq!(
        plan.does(CI, "update").changed(CI),
        ["keepers", "name_prefix", "rotate_after", "rotates_at"]
    );
    world.apply(hcl).await.succeeds();
    assert_eq!(world.attribute(CI, "id"), id);
    world.has_nothing_to_do(hcl).await;
    let plan = world.plan(&hcl.replace("\"1\"", "\"2\"")).await;
    plan.does(CI, "delete create");
}

#[tokio::test]
async fn mistakes_in_durations_are_shown_where_they_stand() {
    let Some(world) = World::start().await else {
        return;
    };
    world
        .validate(&with("rotate_after = \"soon\""))
        .await
        .fails_with(&["90d"])
        .points_at("rotate_after");
    world
        .validate(&with("timeouts = { create = \"soon\" }"))
        .await
        .fails_with(&["create"]);
    world
        .validate(&with("name_prefix = \"ci-\""))
        .await
        .fails_with(&["name", "name_prefix"]);
    world
        .validate("resource \"appservices_user_api_key\" \"ci\" {}")
        .await
        .fails_with(&["name", "name_prefix"]);
}

#[tokio::test]
async fn a_full_quota_names_the_disabled_keys() {
    let Some(world) = World::start().await else {
        return;
    };
    let mut disabled = Vec::new();
    for n in 0..20 {
        let made = world.server.create(&format!("old-{n}")).await;
        if n % 7 == 0 {
            let id = made["_id"].as_str().expect("an id").to_owned();
            world.server.disable(&id).await;
            disabled.extend([format!("old-{n}"), id]);
        }
    }
    let phrases = disabled.iter().map(String::as_str).chain(["limit"]);
    let ran = world.apply(&with("")).await;
    ran.fails_with(&phrases.collect::<Vec<_>>());
    assert_eq!(world.state(CI), json!(null));
}

#[tokio::test]
async fn one_wrong_password_is_tried_once() {
    let Some(world) = World::start().await else {
        return;
    };
    let arguments = world.arguments().replace("correct-horse", "wrong-horse");
    world.provider(&arguments);
    let ran = world.apply(&many_keys(20)).await;
    assert_eq!(ran.code, 1, "{}", ran.whole());
    assert_eq!(world.server.count("POST", "/login"), 1, "{}", ran.whole());
    assert_eq!(world.server.requests().len(), 2, "location and login");
}
