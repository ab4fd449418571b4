use serde_json::Value;
use terraform_provider_appservices::emulator::StoredKey;

use crate::support::host::{Host, Launch};
use crate::support::server::Server;

/// A server and a provider for one life after the other.
pub(super) struct Bench {
    pub(super) server: Server,
    pub(super) host: Host,
    /// The key that the provider logs in with.
    login: Value,
}

impl Bench {
    pub(super) async fn start() -> Self {
        let server = Server::start().await;
        Self {
            login: server.create("terraform").await,
            host: Host::launch(Launch::like_terraform().with("TF_LOG_PROVIDER", "DEBUG")).await,
            server,
        }
    }

    pub(super) async fn configure(&self) {
        let mut config = self.server.config();
        config["email"] = Value::Null;
        config["password"] = Value::Null;
        config["api_key"] = self.login["key"].clone();
        config["max_retries"] = 1.into();
        self.host.configure(config).await.fine();
    }

    pub(super) fn keys(&self) -> Vec<StoredKey> {
        let mut keys = self.server.emulator.keys();
        keys.retain(|key| self.login["_id"] != key.id.as_str());
        keys
    }
}
