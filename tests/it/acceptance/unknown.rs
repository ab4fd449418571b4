//! A provider block whose values come from other resources of the same run.

use serde_json::json;

use crate::support::server::{EMAIL, PASSWORD};
use crate::support::world::{CI, World};

const KEY: &str = "resource \"appservices_user_api_key\" \"ci\" {\n  name = \"ci\"\n}";

#[tokio::test]
async fn the_environment_never_stands_in_for_a_password_that_is_still_to_come() {
    let Some(mut world) = World::start().await else {
        return;
    };
    // Another user's, and complete.
    world
        .server
        .register("other@example.com", "battery-staple")
        .await;
    world
        .terraform
        .set("APPSERVICES_EMAIL", "other@example.com");
    world
        .terraform
        .set("APPSERVICES_PASSWORD", "battery-staple");
    world.provider(&world.logging_in_with(&format!(
        "email = {EMAIL:?}\n  password = terraform_data.password.output"
    )));
    let hcl = format!("resource \"terraform_data\" \"password\" {{ input = {PASSWORD:?} }}\n{KEY}");
    let plan = world.plan(&hcl).await;
    assert_eq!(
        world.server.count("POST", "/login"),
        0,
        "{:?}",
        plan.actions()
    );
    world
        .terraform
        .run(&["apply", "-input=false", "plan.bin"])
        .await
        .succeeds();
    let keys = world.server.emulator.keys();
    let owners = keys
        .iter()
        .map(|key| (key.name.as_str(), key.owner.as_str()));
    assert_eq!(owners.collect::<Vec<_>>(), [("ci", EMAIL)]);
    world.has_nothing_to_do(&hcl).await;
}

#[tokio::test]
async fn keys_of_the_state_are_not_given_up_while_the_password_is_unknown() {
    let Some(world) = World::start().await else {
        return;
    };
    let password = |version: &str| {
        format!(
            "resource \"terraform_data\" \"password\" {{\n  input = {PASSWORD:?}\n  triggers_replace = \"{version}\"\n}}\n{KEY}"
        )
    };
    world.provider(&world.logging_in_with(&format!(
        "email = {EMAIL:?}\n  password = terraform_data.password.output"
    )));
    world.apply(&password("1")).await.succeeds();
    let before = world.state(CI);
    // Now it is unknown again while Terraform plans, and the key cannot be read.
    let ran = world.try_plan(&password("2")).await;
    if ran.code == 1 {
        ran.fails_with(&["password", "unknown"]);
    }
    assert_eq!(world.state(CI), before);
    assert_eq!(world.server.keys().await, json!({ "ci": "enabled" }));
    world.apply(&password("1")).await.succeeds();
    assert_eq!(world.state(CI), before);
}

/// One run makes the password and opens what it takes it for: planned with unknowns, opened while applying.
#[tokio::test]
async fn ephemeral_resources_are_opened_once_the_password_is_known() {
    let Some(world) = World::start().await else {
        return;
    };
    world.provider(&world.logging_in_with(&format!(
        "email = {EMAIL:?}\n  password = terraform_data.password.output"
    )));
    let hcl = format!(
        "resource \"terraform_data\" \"password\" {{ input = {PASSWORD:?} }}\n\
         ephemeral \"appservices_user_api_key\" \"deploy\" {{ name_prefix = \"deploy-\" }}\n\
         ephemeral \"appservices_access_token\" \"token\" {{}}\n\
         provider \"appservices\" {{\n  alias = \"deploy\"\n  {}\n}}\n\
         {}",
        world.logging_in_with("api_key = ephemeral.appservices_user_api_key.deploy.key"),
        KEY.replace("{\n", "{\n  provider = appservices.deploy\n"),
    );
    world.apply(&hcl).await.succeeds();
    assert_eq!(world.server.keys().await, json!({ "ci": "enabled" }));
    assert_eq!(world.server.open_sessions(), 0);
}
