//! Bad input: one clear error each, that says what failed, why, and what to do next, where it stands.

use regex::Regex;

use crate::support::server::{APP_ID, PASSWORD};
use crate::support::world::{CI, World};

const KEY: &str = "resource \"appservices_user_api_key\" \"ci\" {\n  name = \"ci\"\n}";

#[tokio::test]
async fn a_wrong_password_is_about_the_login() {
    let Some(world) = World::start().await else {
        return;
    };
    world.provider(&world.arguments().replace(PASSWORD, "hunter-2-hunter"));
    let ran = world.apply(KEY).await;
    let ran = ran.fails_with(&["log in", "unauthorized", "InvalidPassword", "`password`"]);
    ran.never_mentions(&["hunter-2-hunter"]);
}

#[tokio::test]
async fn a_wrong_api_key_is_about_the_login() {
    let Some(world) = World::start().await else {
        return;
    };
    let value = "Zk3v9QmT1xR7bN5cW8dY2fH4jL6pS0aUeGiKoMqOsQuSwUyWzYaBcDeFgHiJkLmN";
    world.provider(&world.logging_in_with(&format!("api_key = {value:?}")));
    let ran = world.apply(KEY).await.fails_with(&[
        "log in",
        "unauthorized",
        "AuthError",
        "api_key",
        "disabled",
    ]);
    ran.never_mentions(&[value]);
}

#[tokio::test]
async fn an_unknown_app_is_named() {
    let Some(world) = World::start().await else {
        return;
    };
    let block = world.arguments();
    world.provider(&block.replace(APP_ID, "nope-zzzzz"));
    world.apply(KEY).await.fails_with(&[
        "app_id",
        "nope-zzzzz",
        "cannot find app using Client App ID",
    ]);
}

#[tokio::test]
async fn a_server_that_is_down_is_named() {
    let Some(world) = World::start().await else {
        return;
    };
    // Nobody listens on port 1.
    let url = "http://127.0.0.1:1";
    let block = world.arguments().replace(&world.server.url(), url);
    world.provider(&block);
    let ran = world.apply(KEY).await;
    let ran = ran.fails_with(&["127.0.0.1:1", "base_url", "refused"]);
    ran.never_mentions(&[PASSWORD]);
}

#[tokio::test]
async fn plain_http_is_for_this_machine_only() {
    let Some(world) = World::start().await else {
        return;
    };
    let block = world.arguments();
    for host in [
        "http://services.example.com",
        "http://10.0.0.1:9090",
        "http://127.0.0.1.example.com",
    ] {
        world.provider(&block.replace(&world.server.url(), host));
        let ran = world
            .validate(KEY)
            .await
            .fails_with(&["https", "loopback", "base_url"])
            .points_at("base_url");
        ran.never_mentions(&[PASSWORD]);
    }
}

#[tokio::test]
async fn an_address_that_is_none_is_refused_where_it_stands() {
    let Some(world) = World::start().await else {
        return;
    };
    let block = world.arguments();
    for address in ["localhost:9090", "ftp://localhost", "https://", "nonsense"] {
        world.provider(&block.replace(&world.server.url(), address));
        world
            .validate(KEY)
            .await
            .fails_with(&["base_url"])
            .points_at("base_url");
    }
}

#[tokio::test]
async fn a_name_with_a_space_is_refused_where_it_stands() {
    let Some(world) = World::start().await else {
        return;
    };
    let ran = world
        .validate(&KEY.replace("\"ci\"\n", "\"my key\"\n"))
        .await;
    ran.fails_with(&["letters", "digits", "my key"])
        .points_at("name");
    assert_eq!(world.server.requests(), [""; 0]);
}

#[tokio::test]
async fn a_key_without_a_name_is_refused() {
    let Some(world) = World::start().await else {
        return;
    };
    world
        .validate("resource \"appservices_user_api_key\" \"ci\" {}")
        .await
        .fails_with(&["name"]);
}

#[tokio::test]
async fn a_taken_name_tells_how_to_adopt_the_key_that_has_it() {
    let Some(world) = World::start().await else {
        return;
    };
    let taken = world.server.create("ci").await;
    let id = taken["_id"].as_str().expect("an id");
    let ran = world
        .apply(KEY)
        .await
        .fails_with(&[id, "terraform import", "already exists", "value"])
        .points_at("name");
    // A provider is not told the address of its resource, so the command has a gap to fill.
    let adopt = format!("terraform import appservices_user_api_key\\.\\S+ {id}");
    let adopt = Regex::new(&adopt).expect("a pattern");
    assert!(adopt.is_match(&ran.text()), "{}", ran.whole());
    ran.mentions(&["import {", &format!("id = \"{id}\"")])
        .never_mentions(&[taken["key"].as_str().expect("a value")]);
}

#[tokio::test]
async fn deleting_the_key_that_terraform_is_logged_in_with_is_explained() {
    let Some(world) = World::with(KEY).await else {
        return;
    };
    let value = world.attribute(CI, "key");
    world.provider(&world.logging_in_with(&format!("api_key = {value:?}")));
    let ran = world
        .destroy()
        .await
        .fails_with(&["delete", "ci", "logged in"]);
    ran.never_mentions(&[&value]);
    assert_eq!(
        world.attribute(CI, "key"),
        value,
        "the key is still there, and so is its value"
    );
}
