//! Ephemeral keys and tokens: what they configure works, and nothing of them stays anywhere.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::detour::{Deed, Detour, Held};
use crate::support::patient;
use crate::support::traces::files_with;
use crate::support::world::{CI, World};

/// A key for one run, and what is made with it.
const DEPLOY: &str = r#"
ephemeral "appservices_user_api_key" "deploy" {
  name_prefix = "deploy-"
}

resource "appservices_user_api_key" "ci" {
  provider = appservices.deploy
  name     = "ci"
}
"#;

/// A world whose two provider blocks take a detour; the second one logs in with the ephemeral key.
async fn start() -> Option<(World, Detour, String)> {
    let world = World::start().await?;
    let detour = Detour::to(&world.server).await;
    let config = detour.config(&world.server);
    let url = config["base_url"].as_str().expect("a URL");
    let over = |arguments: &str| arguments.replace(&world.server.url(), url);
    world.provider(&over(&world.arguments()));
    let key = "api_key = ephemeral.appservices_user_api_key.deploy.key";
    let alias = format!(
        "provider \"appservices\" {{\n  alias = \"deploy\"\n  {}\n}}\n",
        over(&world.logging_in_with(key))
    );
    Some((world, detour, alias + DEPLOY))
}

/// The values of the ephemeral keys so far.
fn values(detour: &Detour) -> Vec<String> {
    let seen = detour.seen().into_iter();
    let made = seen.filter(|seen| seen.method == "POST" && seen.path.ends_with("/auth/api_keys"));
    let text = |answer: &Value, name: &str| answer[name].as_str().map(str::to_owned);
    let deploy = made
        .filter(|seen| text(&seen.answer, "name").is_some_and(|name| name.starts_with("deploy-")));
    deploy
        .map(|seen| text(&seen.answer, "key").expect("a value"))
        .collect()
}

/// Fails the test if anything of the ephemeral keys is left: in a file, on the server, or a session.
async fn nothing_is_left(world: &World, detour: &Detour) {
    for value in values(detour) {
        assert_eq!(files_with(world.terraform.directory(), &value), [""; 0]);
        assert!(!world.server.log_in_with(&value).await.is_success());
    }
    // The name is as much of a secret to the state, and easier to find where the value would be encoded.
    assert!(
        !world
            .terraform
            .state_file()
            .to_string()
            .contains("deploy-2")
    );
    let keys = world.server.keys().await;
    let keys = keys.as_object().expect("an object");
    assert!(
        keys.keys().all(|name| !name.starts_with("deploy-")),
        "{keys:?}"
    );
    assert_eq!(world.server.open_sessions(), 0, "no session is left behind");
}

#[tokio::test]
async fn a_key_configures_another_provider_block_and_leaves_nothing() {
    let Some((mut world, detour, hcl)) = start().await else {
        return;
    };
    // The log is one more file in which nothing may be.
    let log = world.terraform.directory().join("trace.log");
    world.terraform.set("TF_LOG", "TRACE");
    world
        .terraform
        .set("TF_LOG_PATH", &log.display().to_string());
    let plan = world.plan(&hcl).await;
    plan.does(CI, "create");
    assert_eq!(values(&detour).len(), 1, "one for the plan");
    nothing_is_left(&world, &detour).await;
    let applied = world.terraform.run(&["apply", "plan.bin"]).await.succeeds();
    let opened = values(&detour);
    assert_eq!(opened.len(), 2, "and one for the apply");
    let opened = opened.iter().map(String::as_str).collect::<Vec<_>>();
    applied.never_mentions(&opened);
    nothing_is_left(&world, &detour).await;
    assert_eq!(world.server.keys().await, json!({ "ci": "enabled" }));
    // The archive can be looked into: what is in the plan is found.
    let plan = world.terraform.directory().join("plan.bin");
    let found = files_with(world.terraform.directory(), "name_prefix");
    assert!(found.contains(&plan.display().to_string()), "{found:?}");
    let found = files_with(world.terraform.directory(), "OpenEphemeralResource");
    assert_eq!(found, [log.display().to_string()]);
    world.has_nothing_to_do(&hcl).await;
    world.destroy().await.succeeds();
    nothing_is_left(&world, &detour).await;
    assert_eq!(world.server.keys().await, json!({}));
}

#[tokio::test]
async fn an_apply_that_fails_leaves_nothing_either() {
    let Some((world, detour, hcl)) = start().await else {
        return;
    };
    world.server.create("ci").await;
    world.apply(&hcl).await.fails_with(&["ci", "import"]);
    assert_eq!(values(&detour).len(), 2);
    nothing_is_left(&world, &detour).await;
    assert_eq!(world.server.keys().await, json!({ "ci": "enabled" }));
}

#[tokio::test]
async fn nor_does_an_apply_that_is_interrupted() {
    let Some((world, detour, hcl)) = start().await else {
        return;
    };
    world.main(&hcl);
    let held = Held::new();
    // Nothing logs in with the key before the apply.
    detour.next("POST", "/providers/api-key/login", Deed::Hold(held.clone()));
    let arguments = ["apply", "-auto-approve", "-input=false"];
    let mut running = world.terraform.start(&arguments);
    held.arrives().await;
    assert_eq!(values(&detour).len(), 2);
    running.interrupt().await;
    running.says("Interrupt received").await;
    held.let_go();
    let ran = running.end().await;
    nothing_is_left(&world, &detour).await;
    // Whether the create had begun or not, state and server agree.
    let is_in_state = world.instance(CI) != Value::Null;
    let is_there = world.server.keys().await == json!({ "ci": "enabled" });
    assert_eq!(is_in_state, is_there, "{}", ran.whole());
}

/// Terraform asks to close nothing then. The provider's process sees that its host is gone, and does.
#[tokio::test]
async fn nor_does_a_terraform_that_is_killed() {
    let Some((world, detour, hcl)) = start().await else {
        return;
    };
    world.main(&hcl);
    let held = Held::new();
    detour.next("POST", "/providers/api-key/login", Deed::Hold(held.clone()));
    let mut doomed = world
        .terraform
        .doomed(&["apply", "-auto-approve", "-input=false"]);
    held.arrives().await;
    assert_eq!(values(&detour).len(), 2);
    doomed.kill().await.expect("terraform runs");
    held.let_go();
    patient("the end of key and sessions", async {
        while world.server.keys().await != json!({}) || world.server.open_sessions() > 0 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await;
    // The state may be half written.
    for value in values(&detour) {
        assert_eq!(files_with(world.terraform.directory(), &value), [""; 0]);
    }
}

#[tokio::test]
async fn a_token_tells_another_provider_block_where_to_go() {
    let Some((world, detour, hcl)) = start().await else {
        return;
    };
    let config = detour.config(&world.server);
    let from_token = "base_url = ephemeral.appservices_access_token.me.base_url";
    let hcl = hcl.replace(&format!("base_url = {}", config["base_url"]), from_token);
    assert!(hcl.contains(from_token), "{hcl}");
    let hcl = format!("ephemeral \"appservices_access_token\" \"me\" {{}}\n\n{hcl}");
    world.apply(&hcl).await.succeeds();
    assert_eq!(world.server.keys().await, json!({ "ci": "enabled" }));
    nothing_is_left(&world, &detour).await;
    let seen = detour.seen();
    let tokens = seen
        .iter()
        .filter_map(|seen| seen.answer["access_token"].as_str());
    let tokens = tokens.collect::<Vec<_>>();
    assert!(
        tokens.len() > 1,
        "a login for the plan, and more for the apply"
    );
    for token in tokens {
        assert_eq!(files_with(world.terraform.directory(), token), [""; 0]);
    }
}
