//! Keys that are looked up and not managed.

use serde_json::{Value, json};

use crate::support::world::World;

const ALL: &str = "data.appservices_user_api_keys.all";
const ONE: &str = "data.appservices_user_api_key.one";

/// A world with three keys: two for ci, of which the second is disabled, and one to deploy. Gives their ids.
async fn with_three_keys() -> Option<(World, [String; 3])> {
    let world = World::start().await?;
    let mut ids = [const { String::new() }; 3];
    for (id, name) in ids.iter_mut().zip(["ci-one", "ci-two", "deploy"]) {
        let key = world.server.create(name).await;
        key["_id"].as_str().expect("an id").clone_into(id);
    }
    world.server.disable(&ids[1]).await;
    Some((world, ids))
}

/// What the plural data source finds with these arguments, by name.
async fn finds(arguments: &str, expected: &[&str]) {
    let Some((world, _)) = with_three_keys().await else {
        return;
    };
    world
        .apply(&format!(
            "data \"appservices_user_api_keys\" \"all\" {{\n{arguments}\n}}"
        ))
        .await
        .succeeds();
    let found = &world.state(ALL)["api_keys"];
    let names = found
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|key| key["name"].as_str());
    assert_eq!(names.collect::<Vec<_>>(), expected, "{found}");
}

#[tokio::test]
async fn all_keys_are_listed_oldest_first_and_without_values() {
    let Some((world, ids)) = with_three_keys().await else {
        return;
    };
    world
        .apply(r#"data "appservices_user_api_keys" "all" {}"#)
        .await
        .succeeds();
    let found = world.state(ALL);
    assert_eq!(found["ids"], json!(ids));
    let keys = found["api_keys"].as_array().expect("a list");
    let members = keys[0]
        .as_object()
        .expect("an object")
        .keys()
        .cloned()
        .collect::<Vec<_>>();
    assert_eq!(
        members,
        ["created_at", "enabled", "id", "name"],
        "there is no place for a value"
    );
    let enabled = keys
        .iter()
        .map(|key| key["enabled"].clone())
        .collect::<Vec<_>>();
    assert_eq!(enabled, [json!(true), json!(false), json!(true)]);
    assert_eq!(found["user_id"].as_str().map(str::len), Some(24));
    assert_eq!(world.server.open_sessions(), 0, "no session is left behind");
}

#[tokio::test]
async fn keys_are_found_by_the_start_of_their_names() {
    finds(r#"name_prefix = "ci-""#, &["ci-one", "ci-two"]).await;
}

#[tokio::test]
async fn keys_are_found_by_a_pattern() {
    finds(r#"name_regex = "o(ne|y)$""#, &["ci-one", "deploy"]).await;
}

#[tokio::test]
async fn disabled_keys_are_found() {
    finds("enabled = false", &["ci-two"]).await;
}

#[tokio::test]
async fn filters_add_up() {
    finds("name_prefix = \"ci-\"\n  enabled = true", &["ci-one"]).await;
}

#[tokio::test]
async fn no_match_is_an_empty_list() {
    finds(r#"name_prefix = "nobody""#, &[]).await;
}

#[tokio::test]
async fn a_pattern_that_is_none_is_refused_where_it_stands() {
    let Some(world) = World::start().await else {
        return;
    };
    let hcl = "data \"appservices_user_api_keys\" \"all\" {\n  name_regex = \"(\"\n}";
    world
        .validate(hcl)
        .await
        .fails_with(&["name_regex"])
        .points_at("name_regex");
}

#[tokio::test]
async fn one_key_is_looked_up_by_name_or_by_id() {
    let Some((world, ids)) = with_three_keys().await else {
        return;
    };
    for argument in [
        r#"name = "ci-two""#.to_owned(),
        format!("id = {:?}", ids[1]),
    ] {
        world
            .apply(&format!(
                "data \"appservices_user_api_key\" \"one\" {{\n  {argument}\n}}"
            ))
            .await
            .succeeds();
        let found = world.state(ONE);
        let facts = (&found["id"], &found["name"], &found["enabled"]);
        assert_eq!(facts, (&json!(ids[1]), &json!("ci-two"), &json!(false)));
        assert_eq!(found["key"], Value::Null, "there is no place for a value");
    }
}

#[tokio::test]
async fn one_key_that_is_not_there_is_an_error() {
    let Some((world, _)) = with_three_keys().await else {
        return;
    };
    let missing = "65f0c0ffee00000000000bad";
    for (name, value) in [("name", "nobody"), ("id", missing)] {
        let hcl = format!("data \"appservices_user_api_key\" \"one\" {{\n  {name} = {value:?}\n}}");
        world.apply(&hcl).await.fails_with(&[value]).points_at(name);
    }
}

#[tokio::test]
async fn one_key_is_looked_up_by_exactly_one_of_its_names() {
    let Some(world) = World::start().await else {
        return;
    };
    for arguments in [
        "",
        "\n  name = \"ci\"\n  id   = \"65f0c0ffee00000000000bad\"\n",
    ] {
        let hcl = format!("data \"appservices_user_api_key\" \"one\" {{{arguments}}}");
        world.validate(&hcl).await.fails_with(&["id", "name"]);
    }
}

#[tokio::test]
async fn a_key_made_in_the_same_run_is_found() {
    let Some(world) = World::start().await else {
        return;
    };
    let hcl = r#"
        resource "appservices_user_api_key" "ci" { name = "ci" }
        data "appservices_user_api_key" "one" { name = appservices_user_api_key.ci.name }
        data "appservices_user_api_keys" "all" { depends_on = [appservices_user_api_key.ci] }
    "#;
    world.apply(hcl).await.succeeds();
    assert_eq!(
        world.state(ONE)["id"],
        world.state("appservices_user_api_key.ci")["id"]
    );
    assert_eq!(world.state(ALL)["ids"], json!([world.state(ONE)["id"]]));
}

#[tokio::test]
async fn the_ephemeral_keys_of_this_run_are_not_listed() {
    let Some(world) = World::start().await else {
        return;
    };
    world.server.create("ci").await;
    let hcl = r#"
        ephemeral "appservices_user_api_key" "deploy" {}
        data "appservices_user_api_keys" "all" {
          depends_on = [ephemeral.appservices_user_api_key.deploy]
        }
    "#;
    world.apply(hcl).await.succeeds();
    assert_eq!(
        world.server.count("POST", "/auth/api_keys"),
        3,
        "one, and two that were open"
    );
    let found = world.state(ALL);
    assert_eq!(
        found["api_keys"].as_array().map(Vec::len),
        Some(1),
        "{found}"
    );
    assert_eq!(found["api_keys"][0]["name"], "ci");
}
