//! Rotation under Terraform: by keepers, by age, before and after the old key goes.

use serde_json::json;

use crate::support::detour::{Deed, Detour};
use crate::support::world::{CI, World};

fn by_prefix(keeper: &str) -> String {
    format!(
        r#"
        resource "appservices_user_api_key" "ci" {{
          name_prefix = "ci-"
          keepers     = {{ build = "{keeper}" }}
          lifecycle {{ create_before_destroy = true }}
        }}
        "#
    )
}

#[tokio::test]
async fn a_key_by_prefix_is_rotated_before_the_old_one_goes() {
    let Some(world) = World::with(&by_prefix("1")).await else {
        return;
    };
    let (name, value) = (world.attribute(CI, "name"), world.attribute(CI, "key"));
    assert!(name.starts_with("ci-"), "{name}");
    world.has_nothing_to_do(&by_prefix("1")).await;
    let plan = world.plan(&by_prefix("2")).await;
    plan.does(CI, "create delete");
    plan.ran.mentions(&["# forces replacement"]);
    let before = world.server.requests().len();
    world.apply(&by_prefix("2")).await.succeeds();
    let requests = world.server.requests().split_off(before);
    let place = |what: &str| {
        let mut places = requests.iter();
        places
            .position(|request| request.starts_with(what))
            .unwrap_or_else(|| panic!("{what} in {requests:?}"))
    };
    assert!(
        place("POST /api/client/v2.0/auth/api_keys ")
            < place("DELETE /api/client/v2.0/auth/api_keys/"),
        "the new key comes first: {requests:?}"
    );
    let renamed = world.attribute(CI, "name");
    assert_ne!(renamed, name);
    assert_eq!(world.server.keys().await, json!({ renamed: "enabled" }));
    assert!(!world.server.log_in_with(&value).await.is_success());
    let value = world.attribute(CI, "key");
    assert!(world.server.log_in_with(&value).await.is_success());
    world.has_nothing_to_do(&by_prefix("2")).await;
}

#[tokio::test]
async fn a_fixed_name_stands_in_its_own_way_and_nothing_is_lost() {
    let fixed = |keeper: &str| by_prefix(keeper).replace("name_prefix = \"ci-\"", "name = \"ci\"");
    let Some(world) = World::with(&fixed("1")).await else {
        return;
    };
    let (id, value) = (world.attribute(CI, "id"), world.attribute(CI, "key"));
    let ran = world.apply(&fixed("2")).await;
    ran.fails_with(&["already exists", &id, "name_prefix"])
        .points_at("name");
    assert_eq!(world.attribute(CI, "key"), value);
    assert!(world.server.log_in_with(&value).await.is_success());
    assert_eq!(world.server.keys().await, json!({ "ci": "enabled" }));
}

#[tokio::test]
async fn even_a_request_to_replace_never_takes_the_key_that_terraform_still_has() {
    let fixed = |keeper: &str| {
        by_prefix(keeper).replace(
            "name_prefix = \"ci-\"",
            "name = \"ci\"\n  replace_existing = true",
        )
    };
    let Some(world) = World::with(&fixed("1")).await else {
        return;
    };
    // Whatever comes of it: the key that the state tells of is there, and its value works.
    world.apply(&fixed("2")).await;
    let value = world.attribute(CI, "key");
    assert!(world.server.log_in_with(&value).await.is_success());
    assert_eq!(world.server.keys().await, json!({ "ci": "enabled" }));
    world.apply(&fixed("2")).await;
    assert_eq!(world.server.keys().await, json!({ "ci": "enabled" }));
}

#[tokio::test]
async fn other_keepers_replace_the_key_and_the_plan_says_so() {
    let hcl = |keepers: &str| {
        format!(
            "resource \"appservices_user_api_key\" \"ci\" {{\n  name = \"ci\"\n  keepers = {keepers}\n}}"
        )
    };
    let Some(world) = World::with(&hcl("{ a = \"1\" }")).await else {
        return;
    };
    for keepers in [
        "{ a = \"2\" }",
        "{ a = \"2\", b = \"3\" }",
        "{ b = \"3\" }",
        "null",
    ] {
        let id = world.attribute(CI, "id");
        let plan = world.plan(&hcl(keepers)).await;
        plan.does(CI, "delete create");
        plan.ran.mentions(&["keepers", "# forces replacement"]);
        world.apply(&hcl(keepers)).await.succeeds();
        assert_ne!(world.attribute(CI, "id"), id);
        world.has_nothing_to_do(&hcl(keepers)).await;
    }
    assert_eq!(world.server.keys().await, json!({ "ci": "enabled" }));
}

#[tokio::test]
async fn keepers_that_mean_nothing_change_no_key() {
    let hcl = |keepers: &str| {
        format!(
            "resource \"appservices_user_api_key\" \"ci\" {{\n  name = \"ci\"\n  keepers = {keepers}\n}}"
        )
    };
    let Some(world) = World::with(&hcl("null")).await else {
        return;
    };
    let value = world.attribute(CI, "key");
    for keepers in ["{}", "null", "{ a = null }", "{}"] {
        world.apply(&hcl(keepers)).await.succeeds();
        assert_eq!(world.attribute(CI, "key"), value, "{keepers}");
        world.has_nothing_to_do(&hcl(keepers)).await;
    }
    for (keepers, replaces) in [
        ("{ a = \"1\" }", true),
        ("{ a = \"1\", b = null }", false),
        ("{ a = \"2\" }", true),
        ("{}", true),
    ] {
        let value = world.attribute(CI, "key");
        world.apply(&hcl(keepers)).await.succeeds();
        assert_eq!(world.attribute(CI, "key") != value, replaces, "{keepers}");
    }
}

#[tokio::test]
async fn a_key_that_is_due_while_its_age_is_not_known_yet_is_replaced_without_contradiction() {
    let hcl = |age: &str, trigger: u8| {
        format!(
            r#"
            resource "terraform_data" "age" {{
              input            = "{age}"
              triggers_replace = {trigger}
            }}
            resource "appservices_user_api_key" "ci" {{
              name         = "ci"
              rotate_after = terraform_data.age.output == "none" ? null : terraform_data.age.output
            }}
            "#
        )
    };
    for age in ["90d", "365d", "none"] {
        let Some(world) = World::start().await else {
            return;
        };
        let detour = Detour::to(&world.server).await;
        let arguments = world.arguments();
        world.provider(&arguments.replace(&world.server.url(), &detour.url()));
        detour.next("POST", "/auth/api_keys", Deed::Backdate(91 * 86_400));
        world.apply(&hcl("90d", 1)).await.succeeds();
        let id = world.attribute(CI, "id");
        let ran = world.apply(&hcl(age, 2)).await.succeeds();
        ran.warns(&["due for rotation", &id])
            .never_mentions(&["inconsistent"]);
        assert_ne!(world.attribute(CI, "id"), id, "{age}");
        world.has_nothing_to_do(&hcl(age, 2)).await;
    }
}

const AGING: &str = r#"
resource "appservices_user_api_key" "ci" {
  name         = "ci"
  rotate_after = "90d"
}
"#;

#[tokio::test]
async fn a_key_past_its_age_is_rotated_by_the_next_apply() {
    let Some(world) = World::start().await else {
        return;
    };
    let detour = Detour::to(&world.server).await;
    world.provider(
        &world
            .arguments()
            .replace(&world.server.url(), &detour.url()),
    );
    detour.next("POST", "/auth/api_keys", Deed::Backdate(91 * 86_400));
    world.apply(AGING).await.succeeds();
    let (id, value) = (world.attribute(CI, "id"), world.attribute(CI, "key"));
    let plan = world.plan(AGING).await;
    plan.does(CI, "delete create");
    let rotates_at =
        plan.ran.text().split(" ~ ").any(|change| {
            change.starts_with("rotates_at") && change.contains("# forces replacement")
        });
    assert!(rotates_at, "{}", plan.ran.whole());
    plan.ran.warns(&["90d"]);
    world
        .terraform
        .run(&["apply", "-input=false", "plan.bin"])
        .await
        .succeeds();
    assert_ne!(world.attribute(CI, "id"), id);
    assert!(!world.server.log_in_with(&value).await.is_success());
    assert_eq!(world.server.keys().await, json!({ "ci": "enabled" }));
    world.has_nothing_to_do(AGING).await;
}

#[tokio::test]
async fn an_age_may_be_given_taken_and_changed_in_place() {
    let ageless = r#"resource "appservices_user_api_key" "ci" { name = "ci" }"#;
    let Some(world) = World::with(ageless).await else {
        return;
    };
    let id = world.attribute(CI, "id");
    for (hcl, changed) in [
        (AGING.to_owned(), ["rotate_after", "rotates_at"]),
        (AGING.replace("90d", "36h"), ["rotate_after", "rotates_at"]),
        (ageless.to_owned(), ["rotate_after", "rotates_at"]),
    ] {
        let plan = world.plan(&hcl).await;
        assert_eq!(plan.does(CI, "update").changed(CI), changed);
        world.apply(&hcl).await.succeeds();
        assert_eq!(world.attribute(CI, "id"), id);
        world.has_nothing_to_do(&hcl).await;
    }
}
