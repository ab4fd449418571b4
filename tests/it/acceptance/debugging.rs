//! A debugger's conditions: a process that outlives Terraform, slow answers, and more than one configuration.

use serde_json::json;

use crate::support::detour::{Deed, Detour, Held};
use crate::support::host::{Launch, Plugin};
use crate::support::server::Server;
use crate::support::world::World;

const CI: &str = r#"resource "appservices_user_api_key" "ci" { name = "ci" }"#;

/// A provider that a developer started, and so many Terraforms that attach to it.
pub(super) async fn attached<const COUNT: usize>() -> Option<(Plugin, [World; COUNT])> {
    let (mut plugin, _) = Launch::by_hand(&["--debug"]).spawn();
    let reattach = plugin.reattach().await.to_string();
    let mut worlds = Vec::new();
    for _ in 0..COUNT {
        let mut world = World::start().await?;
        world.terraform.set("TF_REATTACH_PROVIDERS", &reattach);
        worlds.push(world);
    }
    Some((plugin, worlds.try_into().ok()?))
}

#[tokio::test]
async fn terraform_works_with_a_provider_that_a_developer_started() {
    let Some((plugin, [world])) = attached().await else {
        return;
    };
    world.apply(CI).await.succeeds();
    assert_eq!(world.server.keys().await, json!({ "ci": "enabled" }));
    world.has_nothing_to_do(CI).await;
    world.destroy().await.succeeds();
    plugin.interrupt_and_end().await;
}

#[tokio::test]
async fn two_terraforms_with_two_configurations_share_a_slow_provider() {
    let Some((plugin, [slow, quick])) = attached().await else {
        return;
    };
    let detour = Detour::to(&slow.server).await;
    let config = detour.config(&slow.server);
    let url = config["base_url"].as_str().expect("a URL");
    slow.provider(&slow.arguments().replace(&slow.server.url(), url));
    slow.main(CI);
    let held = Held::new();
    detour.next("POST", "/auth/api_keys", Deed::Hold(held.clone()));
    let arguments = ["apply", "-auto-approve", "-input=false"];
    let running = slow.terraform.start(&arguments);
    held.arrives().await;
    // While a developer looks at the create in a debugger, another run comes and goes.
    quick.apply(CI).await.succeeds();
    quick.has_nothing_to_do(CI).await;
    held.let_go();
    running.end().await.succeeds();
    for world in [&slow, &quick] {
        assert_eq!(world.server.keys().await, json!({ "ci": "enabled" }));
        world.has_nothing_to_do(CI).await;
        world.destroy().await.succeeds();
        assert_eq!(world.server.keys().await, json!({}));
    }
    plugin.interrupt_and_end().await;
    for world in [&slow, &quick] {
        assert_eq!(world.server.open_sessions(), 0, "no session is left behind");
    }
}

#[tokio::test]
async fn two_configurations_in_one_run_are_two_ways() {
    let Some((plugin, [world])) = attached().await else {
        return;
    };
    let other = Server::start().await;
    let alias = world.arguments().replace(&world.server.url(), &other.url());
    let hcl = format!(
        "provider \"appservices\" {{\n  alias = \"other\"\n  {alias}\n}}\n{CI}\nresource \"appservices_user_api_key\" \"other\" {{\n  provider = appservices.other\n  name     = \"other\"\n}}"
    );
    world.apply(&hcl).await.succeeds();
    assert_eq!(world.server.keys().await, json!({ "ci": "enabled" }));
    assert_eq!(other.keys().await, json!({ "other": "enabled" }));
    world.has_nothing_to_do(&hcl).await;
    world.destroy().await.succeeds();
    plugin.interrupt_and_end().await;
}
