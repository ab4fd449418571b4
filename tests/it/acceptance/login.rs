//! The provider block and the environment.

use serde_json::json;

use crate::support::server::{APP_ID, EMAIL, PASSWORD};
use crate::support::world::{CI, World};

const KEY: &str = "resource \"appservices_user_api_key\" \"ci\" {\n  name = \"ci\"\n}";

/// A world whose provider block is empty, and whose environment knows the server.
async fn from_the_environment(variables: &[(&str, &str)]) -> Option<World> {
    let mut world = World::start().await?;
    world.provider("");
    let url = world.server.url();
    for (name, value) in [
        ("APPSERVICES_BASE_URL", url.as_str()),
        ("APPSERVICES_APP_ID", APP_ID),
    ] {
        world.terraform.set(name, value);
    }
    for (name, value) in variables {
        world.terraform.set(name, value);
    }
    Some(world)
}

#[tokio::test]
async fn everything_may_come_from_the_environment() {
    let variables = [
        ("APPSERVICES_EMAIL", EMAIL),
        ("APPSERVICES_PASSWORD", PASSWORD),
    ];
    let Some(world) = from_the_environment(&variables).await else {
        return;
    };
    world.apply(KEY).await.succeeds();
    assert_eq!(world.server.keys().await, json!({ "ci": "enabled" }));
}

#[tokio::test]
async fn an_api_key_logs_in_too() {
    let Some(world) = World::start().await else {
        return;
    };
    let key = world.server.create("terraform").await;
    let value = key["key"].as_str().expect("a value");
    world.provider(&world.logging_in_with(&format!("api_key = {value:?}")));
    world.apply(KEY).await.succeeds().never_mentions(&[value]);
    assert_eq!(
        world.server.keys().await,
        json!({ "ci": "enabled", "terraform": "enabled" })
    );
    assert_eq!(world.server.open_sessions(), 0, "no session is left behind");
}

#[tokio::test]
async fn an_api_key_in_the_environment_logs_in_too() {
    let Some(mut world) = from_the_environment(&[]).await else {
        return;
    };
    let key = world.server.create("terraform").await;
    world
        .terraform
        .set("APPSERVICES_API_KEY", key["key"].as_str().expect("a value"));
    world.apply(KEY).await.succeeds();
    assert_eq!(
        world.server.keys().await,
        json!({ "ci": "enabled", "terraform": "enabled" })
    );
}

#[tokio::test]
async fn a_login_in_the_configuration_wins_over_the_environment_as_a_whole() {
    let wrong = [
        ("APPSERVICES_EMAIL", "nobody@example.com"),
        ("APPSERVICES_PASSWORD", "wrong"),
    ];
    let Some(world) = from_the_environment(&wrong).await else {
        return;
    };
    let key = world.server.create("terraform").await;
    world.provider(&format!("api_key = {}", key["key"]));
    world.apply(KEY).await.succeeds();
    assert_eq!(
        world.server.keys().await,
        json!({ "ci": "enabled", "terraform": "enabled" })
    );
}

#[tokio::test]
async fn the_configuration_wins_for_each_setting() {
    let wrong = [
        ("APPSERVICES_BASE_URL", "http://127.0.0.1:1"),
        ("APPSERVICES_APP_ID", "other-abcde"),
    ];
    let Some(mut world) = World::start().await else {
        return;
    };
    for (name, value) in wrong {
        world.terraform.set(name, value);
    }
    world.apply(KEY).await.succeeds();
}

#[tokio::test]
async fn a_trailing_slash_does_no_harm() {
    let Some(mut world) = from_the_environment(&[
        ("APPSERVICES_EMAIL", EMAIL),
        ("APPSERVICES_PASSWORD", PASSWORD),
    ])
    .await
    else {
        return;
    };
    world
        .terraform
        .set("APPSERVICES_BASE_URL", &format!("{}//", world.server.url()));
    world.apply(KEY).await.succeeds();
}

#[tokio::test]
async fn two_login_methods_are_both_named_at_validate() {
    let Some(world) = World::start().await else {
        return;
    };
    let both = format!("email = {EMAIL:?}\n  password = {PASSWORD:?}\n  api_key = \"0123\"");
    world.provider(&world.logging_in_with(&both));
    world
        .validate(KEY)
        .await
        .fails_with(&["api_key", "email"])
        .never_mentions(&[PASSWORD]);
}

#[tokio::test]
async fn half_a_login_names_the_other_half() {
    let Some(world) = World::start().await else {
        return;
    };
    for (half, missing) in [
        (format!("email = {EMAIL:?}"), "password"),
        (format!("password = {PASSWORD:?}"), "email"),
    ] {
        world.provider(&world.logging_in_with(&half));
        let ran = world.try_plan(KEY).await;
        ran.fails_with(&[missing, &format!("APPSERVICES_{}", missing.to_uppercase())]);
    }
}

#[tokio::test]
async fn no_login_is_fine_until_the_server_is_needed() {
    let Some(world) = from_the_environment(&[]).await else {
        return;
    };
    world.validate(KEY).await.succeeds();
    world.has_nothing_to_do("").await;
    let ran = world.try_plan(KEY).await;
    ran.fails_with(&[
        "email",
        "password",
        "api_key",
        "APPSERVICES_EMAIL",
        "APPSERVICES_PASSWORD",
        "APPSERVICES_API_KEY",
    ]);
    assert_eq!(world.server.requests(), [""; 0]);
}

#[tokio::test]
async fn no_app_id_names_both_places_for_it() {
    let Some(world) = World::start().await else {
        return;
    };
    let without = world.arguments().replace("app_id", "# app_id");
    world.provider(&without);
    let ran = world.try_plan(KEY).await;
    ran.fails_with(&["app_id", "APPSERVICES_APP_ID"]);
}

#[tokio::test]
async fn a_password_that_is_made_in_the_same_run_will_do() {
    let Some(world) = World::start().await else {
        return;
    };
    world.provider(&world.logging_in_with(&format!(
        "email = {EMAIL:?}\n  password = terraform_data.password.output"
    )));
    let hcl = format!("resource \"terraform_data\" \"password\" {{ input = {PASSWORD:?} }}\n{KEY}");
    world.apply(&hcl).await.succeeds();
    assert_eq!(world.server.keys().await, json!({ "ci": "enabled" }));
    world.has_nothing_to_do(&hcl).await;
}

#[tokio::test]
async fn what_needs_a_password_that_is_not_there_yet_says_so() {
    let Some(world) = World::start().await else {
        return;
    };
    world.provider(&world.logging_in_with(&format!(
        "email = {EMAIL:?}\n  password = terraform_data.password.output"
    )));
    let hcl = format!(
        "resource \"terraform_data\" \"password\" {{ input = {PASSWORD:?} }}\ndata \"appservices_user_api_keys\" \"all\" {{}}"
    );
    world
        .try_plan(&hcl)
        .await
        .fails_with(&["password", "known"]);
}

#[tokio::test]
async fn two_ways_of_logging_in_are_two_providers() {
    let Some(world) = World::start().await else {
        return;
    };
    let key = world.server.create("terraform").await;
    let alias = format!(
        "provider \"appservices\" {{\n  alias = \"other\"\n  {}\n}}",
        world.logging_in_with(&format!("api_key = {}", key["key"]))
    );
    let hcl = format!(
        "{alias}\n{KEY}\nresource \"appservices_user_api_key\" \"two\" {{\n  provider = appservices.other\n  name = \"two\"\n}}"
    );
    world.apply(&hcl).await.succeeds();
    assert_eq!(
        world.state(CI)["user_id"],
        world.state("appservices_user_api_key.two")["user_id"]
    );
    assert_eq!(world.server.open_sessions(), 0, "no session is left behind");
}

#[tokio::test]
async fn variables_may_decide_which_way_of_logging_in_is_taken() {
    let Some(world) = World::start().await else {
        return;
    };
    world.provider(
        &world.logging_in_with(
            "email = var.email\n  password = var.password\n  api_key = var.api_key",
        ),
    );
    let variables = format!(
        "variable \"email\" {{ default = {EMAIL:?} }}\nvariable \"password\" {{ default = {PASSWORD:?} }}\nvariable \"api_key\" {{ default = null }}\n"
    );
    let hcl = format!("{variables}\n{KEY}");
    world.validate(&hcl).await.succeeds();
    world.apply(&hcl).await.succeeds();
}
