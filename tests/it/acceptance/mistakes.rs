//! Bad input: one clear error each, that says what failed, why, and what to do next, where it stands.

use regex::Regex;
use terraform_provider_appservices::emulator::{Answer, Fault, Options};

use crate::support::server::{APP_ID, PASSWORD};
use crate::support::world::{CI, World, many_keys};

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
    // Nothing listens on port 1.
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

#[tokio::test]
async fn a_dead_server_is_told_in_full_once_and_in_two_lines_by_every_other() {
    let Some(world) = World::start().await else {
        return;
    };
    let url = "http://127.0.0.1:1";
    let block = world.arguments().replace(&world.server.url(), url);
    world.provider(&format!("{block}\n  max_retries = 0"));
    let ran = world.apply(&many_keys(23)).await;
    let text = ran.text();
    let count = |phrase: &str| text.matches(phrase).count();
    assert_eq!(count("Error: Could not create"), 23, "{}", ran.whole());
    assert_eq!(count("Check that the server is up"), 1, "{}", ran.whole());
    assert_eq!(count("Another error of this run"), 22, "{}", ran.whole());
}

#[tokio::test]
async fn missing_credentials_are_listed_once() {
    let Some(world) = World::start().await else {
        return;
    };
    world.provider(&world.logging_in_with(""));
    let many = r#"
        data "appservices_user_api_keys" "many" {
          count = 5
        }
    "#;
    let ran = world.apply(many).await;
    let text = ran.text();
    assert_eq!(
        text.matches("Error: Missing credentials").count(),
        5,
        "{}",
        ran.whole()
    );
    assert_eq!(
        text.matches("`facebook_access_token`").count(),
        1,
        "{}",
        ran.whole()
    );
}

#[tokio::test]
async fn the_default_address_is_told_to_be_that_of_a_service_that_ended() {
    let Some(mut world) = World::start().await else {
        return;
    };
    let block = world.arguments();
    let line = block
        .lines()
        .find(|line| line.contains("base_url"))
        .expect("it is set");
    world.provider(&format!("{}\n  max_retries = 0", block.replace(line, "")));
    // Nothing listens there: the hosted service is not asked.
    world.terraform.set("HTTPS_PROXY", "http://127.0.0.1:1");
    let ran = world.apply(KEY).await;
    ran.fails_with(&["default address", "30 September 2025", "base_url"]);
}

#[tokio::test]
async fn a_user_who_is_not_allowed_creates_reads_and_deletes_nothing() {
    let Some(world) = World::with(KEY).await else {
        return;
    };
    let user_id = world.attribute(CI, "user_id");
    let block = world.arguments();
    world.provider(&format!(
        "{block}\n  allowed_user_ids = [\" {user_id}\\n\"]"
    ));
    world.has_nothing_to_do(KEY).await;

    world.provider(&format!(
        "{block}\n  allowed_user_ids = [\"000000000000000000000000\"]"
    ));
    let before = world.server.requests().len();
    let phrases = [user_id.as_str(), "allowed_user_ids"];
    world.try_plan(KEY).await.fails_with(&phrases);
    world.destroy().await.fails_with(&phrases);
    let more =
        format!("{KEY}\nresource \"appservices_user_api_key\" \"two\" {{\n  name = \"two\"\n}}");
    world.apply(&more).await.fails_with(&phrases);
    let data = "data \"appservices_user_api_keys\" \"all\" {}";
    let ran = world.apply(&format!("{KEY}\n{data}")).await;
    assert_eq!(ran.code, 1);
    ran.mentions(&phrases);
    let requests = world.server.requests();
    let of_keys = requests[before..]
        .iter()
        .filter(|line| line.contains("api_keys"));
    assert_eq!(of_keys.count(), 0, "{requests:?}");
    assert_eq!(world.server.open_sessions(), 0);
}

#[tokio::test]
async fn a_base_url_with_the_path_of_the_api_is_told_what_is_too_much() {
    let Some(world) = World::start().await else {
        return;
    };
    let url = world.server.url();
    let block = world.arguments();
    world.provider(&block.replace(&url, &format!("{url}/api/client/v2.0")));
    let ran = world.validate(KEY).await;
    ran.fails_with(&["Leave out /api/client/v2.0", &url])
        .points_at("base_url");
}

#[tokio::test]
async fn a_way_to_log_in_that_the_app_does_not_offer_is_told_as_such() {
    let Some(world) = World::start().await else {
        return;
    };
    world.provider(&world.logging_in_with("custom_jwt = \"a.b.c\""));
    let ran = world.apply(KEY).await;
    ran.fails_with(&["unsupported", "may not offer", "custom-token"]);
}

#[tokio::test]
async fn which_keys_could_go_for_others_is_listed_once() {
    let options = Options {
        max_keys: 1,
        ..Options::default()
    };
    let Some(world) = World::of(options).await else {
        return;
    };
    let ran = world.apply(&many_keys(4)).await;
    let text = ran.text();
    for (phrase, times) in [
        ("API key limit reached", 3),
        ("servers limit their number", 1),
        ("Another error of this run lists", 2),
    ] {
        assert_eq!(text.matches(phrase).count(), times, "{}", ran.whole());
    }
}

#[tokio::test]
async fn what_to_do_about_keys_that_may_exist_is_listed_once() {
    let Some(world) = World::start().await else {
        return;
    };
    world.provider(&format!("{}\n  max_retries = 0", world.arguments()));
    let fault = Fault::before("POST", "/auth/api_keys", Answer::new(503)).always();
    world.server.emulator.inject(fault).expect("a fault");
    let ran = world.apply(&many_keys(3)).await;
    let text = ran.text();
    for (phrase, times) in [
        ("It is not known whether the server made the key", 3),
        ("If that key exists", 1),
        ("Another error of this run that says so", 2),
    ] {
        assert_eq!(text.matches(phrase).count(), times, "{}", ran.whole());
    }
}
