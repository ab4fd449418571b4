//! The provider in a debugger: `--debug`, and what it prints in Terraform's environment.

use serde_json::json;

use crate::support::host::Launch;
use crate::support::world::World;

#[tokio::test]
async fn terraform_works_with_a_provider_that_somebody_else_started() {
    let Some(mut world) = World::start().await else {
        return;
    };
    let (mut plugin, _) = Launch::by_hand(&["--debug"]).spawn();
    let reattach = plugin.reattach().await;
    world
        .terraform
        .set("TF_REATTACH_PROVIDERS", &reattach.to_string());
    let hcl = r#"resource "appservices_user_api_key" "ci" { name = "ci" }"#;
    world.apply(hcl).await.succeeds();
    assert_eq!(world.server.keys().await, json!({ "ci": "enabled" }));
    world.has_nothing_to_do(hcl).await;
    world.destroy().await.succeeds();
    plugin.interrupt().await;
    assert_eq!(plugin.end().await.status.code(), Some(0));
}
