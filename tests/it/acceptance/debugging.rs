//! A debugger's conditions: a process that outlives Terraform, slow answers, and more than one configuration.

use serde_json::json;

use crate::support::detour::{Deed, Detour, Held};
use crate::support::host::{Launch, Plugin};
use crate::support::server::Server;
use crate::support::world::World;

const CI: &str = r#"resource "appservices_user_api_key" "ci" { name = "ci" }"#;

/// A provider that somebody started by hand.
async fn debugged() -> (Plugin, String) {
    let (mut plugin, _) = Launch::by_hand(&["--debug"]).spawn();
    let reattach = plugin.reattach().await;
    (plugin, reattach.to_string())
}

async fn attached(reattach: &str) -> Option<World> {
    let mut world = World::start().await?;
    world.terraform.set("TF_REATTACH_PROVIDERS", reattach);
    Some(world)
}

#[tokio::test]
async fn two_terraforms_with_two_configurations_share_a_slow_provider() {
    let (plugin, reattach) = debugged().await;
    let (Some(slow), Some(quick)) = (attached(&reattach).await, attached(&reattach).await) else {
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
    // As long as somebody looks at the create in a debugger, another run comes and goes.
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
    plugin.interrupt().await;
    assert_eq!(plugin.end().await.status.code(), Some(0));
    for world in [&slow, &quick] {
        assert_eq!(world.server.open_sessions(), 0, "no session is left behind");
    }
}

#[tokio::test]
async fn two_configurations_in_one_run_are_two_ways() {
    let (plugin, reattach) = debugged().await;
    let Some(world) = attached(&reattach).await else {
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
    plugin.interrupt().await;
    assert_eq!(plugin.end().await.status.code(), Some(0));
}
