//! What becomes of a key that was imported, or stored by an earlier version.

use serde_json::{Value, json};

use crate::support::host::Host;
use crate::support::instance::{Action, Instance};
use crate::support::server::Server;

struct Scene {
    server: Server,
    host: Host,
    key: Instance,
}

impl Scene {
    /// A key that was made elsewhere, just imported.
    async fn imported(name: &str) -> Self {
        let server = Server::start().await;
        let made = server.create(name).await;
        let host = Host::start().await;
        host.configure(server.config()).await.fine();
        let key = Instance::imported(&host, made["_id"].as_str().expect("an id")).await;
        Self { server, host, key }
    }

    /// The configuration is taken over in place, without a request, and then there is nothing more to do.
    async fn adopts(&mut self, config: Value) {
        let before = self.key.state.clone();
        let (action, planned) = self.key.refreshed_plan(&self.host, &config).await;
        assert_eq!(action, Action::Update, "{planned:?}");
        for same in [
            "id",
            "key",
            "name",
            "enabled",
            "created_at",
            "user_id",
            "key_fingerprint",
        ] {
            assert_eq!(planned.state[same], before[same], "{same}");
        }
        let sent = self.server.requests().len();
        self.key.apply(&self.host, &config).await.fine();
        assert_eq!(self.server.requests().len(), sent, "nothing is sent for it");
        let (action, _) = self.key.refreshed_plan(&self.host, &config).await;
        assert_eq!(action, Action::Nothing);
    }
}

#[tokio::test]
async fn an_imported_key_has_no_value_and_nothing_to_change() {
    let mut scene = Scene::imported("ci").await;
    assert_eq!(scene.key.state["key"], Value::Null);
    assert_eq!(scene.key.state["key_fingerprint"], Value::Null);
    for _ in 0..2 {
        for config in [
            json!({ "name": "ci" }),
            json!({ "name": "ci", "enabled": true, "on_destroy": "delete", "replace_existing": false }),
        ] {
            let (action, planned) = scene.key.refreshed_plan(&scene.host, &config).await;
            assert_eq!(action, Action::Nothing, "{planned:?}");
        }
    }
}

#[tokio::test]
async fn keepers_are_adopted_once_and_watched_from_then_on() {
    let mut scene = Scene::imported("ci").await;
    scene
        .adopts(json!({ "name": "ci", "keepers": { "a": "1" } }))
        .await;
    let changed = json!({ "name": "ci", "keepers": { "a": "2" } });
    assert_eq!(
        scene.key.plan(&scene.host, &changed).await.0,
        Action::Replace
    );
    scene.key.run(&scene.host, &changed).await.fine();
    assert!(scene.key.state["key"].is_string(), "a new key has a value");
}

#[tokio::test]
async fn a_prefix_that_fits_is_adopted() {
    let mut scene = Scene::imported("ci-2026").await;
    scene.adopts(json!({ "name_prefix": "ci-" })).await;
    let other = json!({ "name_prefix": "deploy-" });
    assert_eq!(scene.key.plan(&scene.host, &other).await.0, Action::Replace);
}

#[tokio::test]
async fn a_prefix_that_does_not_fit_is_another_key() {
    let scene = Scene::imported("ci").await;
    let config = json!({ "name_prefix": "deploy-" });
    assert_eq!(
        scene.key.plan(&scene.host, &config).await.0,
        Action::Replace
    );
}

#[tokio::test]
async fn an_age_is_adopted() {
    let mut scene = Scene::imported("ci").await;
    scene
        .adopts(json!({ "name": "ci", "rotate_after": "90d" }))
        .await;
    assert!(scene.key.state["rotates_at"].is_string());
}

#[tokio::test]
async fn everything_at_once_is_adopted() {
    let mut scene = Scene::imported("ci-2026").await;
    scene
        .adopts(json!({
            "name_prefix": "ci-",
            "keepers": { "a": "1", "b": null },
            "rotate_after": "90d",
            "on_destroy": "disable",
            "replace_existing": true,
            "timeouts": { "create": "1m" },
        }))
        .await;
}

#[tokio::test]
async fn keepers_of_a_key_that_terraform_made_are_never_adopted() {
    let server = Server::start().await;
    let host = Host::start().await;
    host.configure(server.config()).await.fine();
    let mut key = Instance::create(&host, json!({ "name": "ci" })).await;
    let config = json!({ "name": "ci", "keepers": { "a": "1" } });
    assert_eq!(key.refreshed_plan(&host, &config).await.0, Action::Replace);
}

#[tokio::test]
async fn a_state_of_the_first_version_needs_nothing() {
    let server = Server::start().await;
    let host = Host::start().await;
    host.configure(server.config()).await.fine();
    let made = Instance::create(&host, json!({ "name": "ci" })).await;
    let mut first = json!({});
    for attribute in ["name", "enabled", "id", "key", "created_at", "user_id"] {
        first[attribute] = made.state[attribute].clone();
    }
    let (upgraded, findings) = host.upgrade(&first.to_string()).await;
    findings.fine();
    let mut key = Instance::of(upgraded);
    let (action, planned) = key.refreshed_plan(&host, &json!({ "name": "ci" })).await;
    assert_eq!(action, Action::Nothing, "{planned:?}");
    assert_eq!(key.state["key"], made.state["key"]);
    assert_eq!(key.state["key_fingerprint"], made.state["key_fingerprint"]);
}
