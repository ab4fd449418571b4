//! Whose keys these are: another user's, or another app's, are never taken for gone.

use serde_json::{Value, json};

use crate::support::detour::{Deed, Detour};
use crate::support::host::Host;
use crate::support::instance::Instance;
use crate::support::rpc::{Findings, KEY, KEYS, Search};
use crate::support::server::{APP_ID, Server};

/// A key of one user, and a provider that is logged in elsewhere.
struct Stranger {
    key: Instance,
    host: Host,
}

impl Stranger {
    /// Each operation is an error that speaks of `phrases`; none of them changes the state.
    async fn gets_nowhere(mut self, phrases: &[&str]) {
        let before = self.key.clone();
        let id = before.state["id"].as_str().expect("an id").to_owned();
        let phrases = phrases
            .iter()
            .copied()
            .chain([id.as_str()])
            .collect::<Vec<_>>();
        let findings = self.key.read(&self.host).await;
        self.stands(&before, &findings, &phrases);
        let disabled = json!({ "name": "ci", "enabled": false });
        let findings = self.key.apply(&self.host, &disabled).await;
        self.stands(&before, &findings, &phrases);
        let findings = self.key.apply(&self.host, &Value::Null).await;
        self.stands(&before, &findings, &phrases);
        self.host.shut_down().await;
    }

    fn stands(&self, before: &Instance, findings: &Findings, phrases: &[&str]) {
        findings.one_error(phrases);
        assert_eq!(self.key.state, before.state);
    }
}

async fn key_of(server: &Server, config: Value) -> Instance {
    let host = Host::start().await;
    host.configure(server.config()).await.fine();
    let key = Instance::create(&host, config).await;
    host.shut_down().await;
    key
}

#[tokio::test]
async fn another_user_is_an_error_and_never_gone() {
    let server = Server::start().await;
    server.register("other@example.com", "battery-staple").await;
    for on_destroy in ["delete", "disable"] {
        let key = key_of(&server, json!({ "name": "ci", "on_destroy": on_destroy })).await;
        let owner = key.state["user_id"].as_str().expect("an id").to_owned();
        let mut config = server.config();
        config["email"] = "other@example.com".into();
        config["password"] = "battery-staple".into();
        let host = Host::start().await;
        host.configure(config).await.fine();
        let id = key.state["id"].as_str().expect("an id").to_owned();
        Stranger { key, host }.gets_nowhere(&["user", &owner]).await;
        assert_eq!(server.keys().await, json!({ "ci": "enabled" }));
        server.delete(&id).await;
    }
}

#[tokio::test]
async fn another_app_is_an_error_and_never_gone() {
    let server = Server::start().await;
    let other = Server::of_app("other-abcde").await;
    let key = key_of(&server, json!({ "name": "ci" })).await;
    let host = Host::start().await;
    host.configure(other.config()).await.fine();
    Stranger { key, host }
        .gets_nowhere(&[APP_ID, "other-abcde"])
        .await;
    assert_eq!(server.keys().await, json!({ "ci": "enabled" }));
}

#[tokio::test]
async fn another_app_is_noticed_also_after_an_import() {
    let server = Server::start().await;
    let existing = server.create("ci").await;
    let id = existing["_id"].as_str().expect("an id");
    let host = Host::start().await;
    host.configure(server.config()).await.fine();
    let mut key = Instance::imported(&host, id).await;
    key.read(&host).await.fine();
    host.shut_down().await;
    let other = Server::of_app("other-abcde").await;
    let host = Host::start().await;
    host.configure(other.config()).await.fine();
    Stranger { key, host }.gets_nowhere(&["other-abcde"]).await;
}

/// Everything that sends a request.
#[derive(Clone, Copy, Debug)]
enum Operation {
    Create,
    ReplaceExisting,
    Read,
    Update,
    Delete,
    Import,
    DataSource,
    PluralDataSource,
    Open,
    Close,
    AccessToken,
    List,
    DisableAction,
    DeleteAction,
}

const OPERATIONS: [Operation; 14] = [
    Operation::Create,
    Operation::ReplaceExisting,
    Operation::Read,
    Operation::Update,
    Operation::Delete,
    Operation::Import,
    Operation::DataSource,
    Operation::PluralDataSource,
    Operation::Open,
    Operation::Close,
    Operation::AccessToken,
    Operation::List,
    Operation::DisableAction,
    Operation::DeleteAction,
];

impl Operation {
    async fn run(self, host: &Host, key: &mut Instance, open: Option<Vec<u8>>) -> Findings {
        let id = json!({ "id": key.state["id"] });
        let theirs = json!({ "name": "theirs" });
        match self {
            Self::Create => {
                let config = json!({ "name": "new" });
                Instance::default().run(host, &config).await
            }
            Self::ReplaceExisting => {
                let config = json!({ "name": "theirs", "replace_existing": true });
                Instance::default().run(host, &config).await
            }
            Self::Read => key.read(host).await,
            Self::Update => {
                let config = json!({ "name": "ci", "enabled": false });
                key.apply(host, &config).await
            }
            Self::Delete => key.apply(host, &Value::Null).await,
            Self::Import => host.import("name:theirs").await.1,
            Self::DataSource => host.read_data(KEY, theirs).await.1,
            Self::PluralDataSource => host.read_data(KEYS, json!({})).await.1,
            Self::Open => host.fail_to_open(KEY, json!({})).await,
            Self::Close => host.close(KEY, open).await,
            Self::AccessToken => {
                // The token of the first session would last for a while.
                host.read_data(KEYS, json!({})).await;
                host.fail_to_open("appservices_access_token", json!({}))
                    .await
            }
            Self::List => {
                let mut events = host.list(Search::by(json!({}))).await;
                let event = events.pop().expect("an event");
                assert!(events.is_empty() && event.identity.is_none());
                Findings::of(event.diagnostic)
            }
            Self::DisableAction => host.invoke("appservices_user_api_key_disable", id).await.1,
            Self::DeleteAction => host.invoke("appservices_user_api_key_delete", id).await.1,
        }
    }
}

/// The session ends before the operation, and the next login gives the session of another user.
async fn is_not_done_as_another_user(operation: Operation) {
    let server = Server::start().await;
    let detour = Detour::to(&server).await;
    let host = Host::start().await;
    host.configure(detour.config(&server)).await.fine();
    let mut key = Instance::create(&host, json!({ "name": "ci" })).await;
    let open = match operation {
        Operation::Close => host.open(KEY, json!({})).await.private,
        _ => None,
    };
    assert!(server.emulator.revoke_sessions() > 0);
    server.register("two@example.com", "another-pass").await;
    let theirs = server
        .session_of_user("two@example.com", "another-pass")
        .await;
    server.create_in(&theirs, "theirs").await;
    let login = json!({
        "access_token": "stale", "refresh_token": theirs,
        "user_id": "65f0c0ffee00000000000002", "device_id": "0",
    });
    let (before, keys) = (key.state.clone(), server.emulator.keys());
    detour.next(
        "POST",
        "/login",
        Deed::Replace(200, login.to_string().leak()),
    );
    // Until then, a read may take the list that the create waited for.
    tokio::time::sleep(std::time::Duration::from_millis(1100)).await;
    let findings = operation.run(&host, &mut key, open).await;
    let owner = before["user_id"].as_str().expect("an id");
    assert!(findings.has_error(), "{operation:?}: {findings}");
    findings.one_error(&["another user", owner]);
    assert_eq!(key.state, before, "{operation:?}");
    assert_eq!(server.emulator.keys(), keys, "{operation:?}");
    host.shut_down().await;
}

#[tokio::test]
async fn a_session_that_is_renewed_as_another_user_is_an_error_of_every_operation() {
    futures_util::future::join_all(OPERATIONS.map(is_not_done_as_another_user)).await;
}
