//! Two resources with one name, and all that only looks like it.

use serde_json::json;

use super::debugging::attached;
use crate::support::world::{CI, World};

/// What is said of two resources with one name.
const CONFLICT: &str = "Two resources with the user API key name";

fn key(resource: &str, arguments: &str) -> String {
    format!("resource \"appservices_user_api_key\" \"{resource}\" {{\n  {arguments}\n}}\n")
}

fn named(resource: &str, name: &str) -> String {
    key(resource, &format!("name = \"{name}\""))
}

#[tokio::test]
async fn a_count_of_two_with_one_name_is_refused_by_the_plan() {
    let Some(world) = World::start().await else {
        return;
    };
    for more in ["", "\n  replace_existing = true"] {
        let ran = world
            .try_plan(&key("ci", &format!("count = 2\n  name  = \"ci\"{more}")))
            .await;
        ran.fails_with(&[CONFLICT, "\"ci\"", "count.index"])
            .points_at("name");
    }
    assert_eq!(world.server.count("POST", "/auth/api_keys"), 0);
    let fine = key("ci", "count = 2\n  name  = \"ci-${count.index}\"");
    world.apply(&fine).await.succeeds();
    world.has_nothing_to_do(&fine).await;
}

#[tokio::test]
async fn a_new_resource_with_the_name_of_another_is_told_its_id_before_anything_happens() {
    let Some(world) = World::with(&named("ci", "ci")).await else {
        return;
    };
    let (id, value) = (world.attribute(CI, "id"), world.attribute(CI, "key"));
    for more in ["", "\n  replace_existing = true"] {
        let other = key("other", &format!("name = \"ci\"{more}"));
        let both = named("ci", "ci") + &other;
        let ran = world.try_plan(&both).await;
        ran.fails_with(&[CONFLICT, "\"ci\""]).points_at("name");
        // The later of the two is the new one here, so the other is a key with an id.
        let ordered = named("ci", "ci")
            + &other.replace(
                "name = \"ci\"",
                "name = \"ci\"\n  depends_on = [appservices_user_api_key.ci]",
            );
        world
            .try_plan(&ordered)
            .await
            .fails_with(&[CONFLICT, "\"ci\"", &id]);
    }
    assert!(world.server.log_in_with(&value).await.is_success());
    world.destroy().await;
    world.apply("").await.succeeds();
    assert_eq!(world.server.keys().await, json!({}));
}

/// A key of its own, that is planned in this way, is no second one. It is destroyed in the end without complaint.
async fn is_replaced(before: &str, after: &str, arguments: &[&str]) {
    let Some(world) = World::with(before).await else {
        return;
    };
    let id = world.attribute(CI, "id");
    world.main(after);
    let mut apply = vec!["apply", "-auto-approve", "-input=false"];
    apply.extend(arguments);
    let applied = world.terraform.run(&apply).await.succeeds();
    applied.never_mentions(&[CONFLICT]);
    assert_ne!(world.attribute(CI, "id"), id, "it was replaced");
    world.has_nothing_to_do(after).await;
    world.destroy().await.succeeds();
    assert_eq!(world.server.keys().await, json!({}));
}

#[tokio::test]
async fn a_key_that_is_replaced_on_request_does_not_conflict_with_itself() {
    let fixed = named("ci", "ci");
    is_replaced(&fixed, &fixed, &[&format!("-replace={CI}")]).await;
}

#[tokio::test]
async fn a_key_with_other_keepers_does_not_conflict_with_itself() {
    let kept = |value: &str| {
        key(
            "ci",
            &format!("name = \"ci\"\n  keepers = {{ a = \"{value}\" }}"),
        )
    };
    is_replaced(&kept("1"), &kept("2"), &[]).await;
    is_replaced(&kept("1"), &kept("2"), &[&format!("-target={CI}")]).await;
}

#[tokio::test]
async fn a_key_that_another_resource_triggers_to_be_replaced_does_not_conflict_with_itself() {
    let triggered = |input: &str| {
        format!("resource \"terraform_data\" \"t\" {{\n  input = \"{input}\"\n}}\n")
            + &key(
                "ci",
                "name = \"ci\"\n  lifecycle {\n    replace_triggered_by = [terraform_data.t]\n  }",
            )
    };
    is_replaced(&triggered("1"), &triggered("2"), &[]).await;
}

#[tokio::test]
async fn a_tainted_key_does_not_conflict_with_itself() {
    let Some(world) = World::with(&named("ci", "ci")).await else {
        return;
    };
    let id = world.attribute(CI, "id");
    world.terraform.run(&["taint", CI]).await.succeeds();
    world.apply(&named("ci", "ci")).await.succeeds();
    assert_ne!(world.attribute(CI, "id"), id);
    world.terraform.run(&["taint", CI]).await.succeeds();
    world.destroy().await.succeeds();
    assert_eq!(world.server.keys().await, json!({}));
}

#[tokio::test]
async fn a_replacement_before_the_old_key_goes_is_no_conflict_in_the_plan() {
    let before = |keeper: &str| {
        key(
            "ci",
            &format!(
                "name = \"ci\"\n  keepers = {{ a = \"{keeper}\" }}\n  lifecycle {{\n    create_before_destroy = true\n  }}"
            ),
        )
    };
    let Some(world) = World::with(&before("1")).await else {
        return;
    };
    world.plan(&before("2")).await.does(CI, "create delete");
    // The server cannot have two, and says so.
    world
        .apply(&before("2"))
        .await
        .fails_with(&["already exists"])
        .never_mentions(&[CONFLICT]);
    world.apply(&before("1")).await.succeeds();
    world.destroy().await.succeeds();
    assert_eq!(world.server.keys().await, json!({}));
}

#[tokio::test]
async fn keys_that_swap_their_names_or_move_do_not_conflict() {
    let Some(world) = World::with(&(named("ci", "a") + &named("two", "b"))).await else {
        return;
    };
    let swapped = named("ci", "b") + &named("two", "a");
    let plan = world.plan(&swapped).await;
    assert_eq!(plan.actions().len(), 2, "{}", plan.ran.whole());
    plan.ran.never_mentions(&[CONFLICT]);
    let moved = named("new", "a")
        + &named("two", "b")
        + "moved {\n  from = appservices_user_api_key.ci\n  to   = appservices_user_api_key.new\n}\n";
    world.apply(&moved).await.succeeds();
    world.has_nothing_to_do(&moved).await;
    // A name that becomes free may be taken at once.
    let handed_on = named("two", "b") + &named("heir", "a");
    let plan = world.plan(&handed_on).await;
    plan.ran.never_mentions(&[CONFLICT]);
    world.destroy().await.succeeds();
    assert_eq!(world.server.keys().await, json!({}));
}

#[tokio::test]
async fn what_a_target_leaves_out_is_left_to_the_server() {
    let Some(world) = World::with(&named("ci", "ci")).await else {
        return;
    };
    world.main(&(named("ci", "ci") + &named("other", "ci")));
    let target = "-target=appservices_user_api_key.other";
    let ran = world
        .terraform
        .run(&["apply", "-auto-approve", "-input=false", target])
        .await;
    ran.fails_with(&["already exists", &world.attribute(CI, "id")]);
    assert_eq!(world.server.keys().await, json!({ "ci": "enabled" }));
}

#[tokio::test]
async fn provider_blocks_for_two_users_may_use_one_name() {
    let Some(world) = World::start().await else {
        return;
    };
    world
        .server
        .register("two@example.com", "another-pass")
        .await;
    let login = "email = \"two@example.com\"\n  password = \"another-pass\"";
    let alias = format!(
        "provider \"appservices\" {{\n  alias = \"two\"\n  {}\n}}\n",
        world.logging_in_with(login)
    );
    let other = key("other", "provider = appservices.two\n  name = \"ci\"");
    let hcl = alias + &named("ci", "ci") + &other;
    world.apply(&hcl).await.succeeds();
    world.has_nothing_to_do(&hcl).await;
    world.destroy().await.succeeds();
}

#[tokio::test]
async fn a_provider_in_a_debugger_plans_again_and_again_without_taking_fright() {
    let Some((plugin, [world])) = attached().await else {
        return;
    };
    let fixed = named("ci", "ci");
    for _ in 0..3 {
        world.plan(&fixed).await.does(CI, "create");
    }
    world.apply(&fixed).await.succeeds();
    world.has_nothing_to_do(&fixed).await;
    world.terraform.run(&["taint", CI]).await.succeeds();
    world.plan(&fixed).await.does(CI, "delete create");
    world.apply(&fixed).await.succeeds();
    world
        .try_plan(&(fixed.clone() + &named("other", "ci")))
        .await
        .fails_with(&[CONFLICT]);
    world.has_nothing_to_do(&fixed).await;
    world.destroy().await.succeeds();
    world.plan(&fixed).await.does(CI, "create");
    plugin.interrupt_and_end().await;
}
