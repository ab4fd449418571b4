use serde_json::json;
use terraform_provider_appservices::emulator::{
    Answer, External, ExternalUser, Fault, Injected, Lag, Options, StoredKey, When,
};

use super::operation::Operation;
use super::trouble::{Kind, Often, Trouble};
use crate::support::canary::Canary;
use crate::support::gate::Gate;
use crate::support::host::Host;
use crate::support::server::{APP_ID, Server};

/// What the provider logs in with.
const TOKEN: &str = "canary.jwt.token";

/// Whose token it is.
pub(super) const OWNER: &str = "by-token";

/// A server with all that can go wrong on the way to it, and a provider. One cell after the other uses it.
pub(super) struct Bench {
    pub(super) server: Server,
    pub(super) host: Host,
    pub(super) gate: Gate,
    pub(super) canary: Canary,
}

impl Bench {
    pub(super) async fn start(lag: Lag) -> Self {
        // Checking a password takes a while, on purpose; a token is at hand.
        let user = ExternalUser {
            provider: External::CustomToken,
            secret: TOKEN.into(),
            user: OWNER.to_owned(),
        };
        let server = Server::with(Options {
            lag,
            third_parties: vec![user],
            ..Default::default()
        })
        .await;
        // A user is there from the first login on, and a cell may begin with a key of it.
        server.session_of(TOKEN).await;
        let address = server.url().replace("http://", "");
        Self {
            host: Host::start().await,
            gate: Gate::before(address.parse().expect("an address")),
            canary: Canary::start().await,
            server,
        }
    }

    /// A provider that knows nothing of what went before.
    pub(super) async fn configure(&self, operation: &Operation, trouble: Option<&Trouble>) {
        let mut config = json!({
            "base_url": self.gate.url(),
            "app_id": APP_ID,
            "max_retries": 2,
        });
        if operation.by_refresh_token {
            config["refresh_token"] = self.server.session_of(TOKEN).await.into();
        } else {
            config["custom_jwt"] = TOKEN.into();
        }
        if trouble.is_some_and(Trouble::hangs) {
            config["request_timeout"] = "3s".into();
            config["max_retries"] = 1.into();
        }
        self.host.configure(config).await.fine();
    }

    /// From now on the operation's request meets the trouble.
    pub(super) async fn make(
        &self,
        trouble: &Trouble,
        often: Often,
        operation: &Operation,
    ) -> Option<Injected> {
        let (when, effect) = match &trouble.kind {
            Kind::Refused => {
                self.gate.shut().await;
                return None;
            }
            Kind::Fault(when, effect) => (*when, effect.clone()),
            Kind::Redirect(status) => {
                let elsewhere = format!("{}/elsewhere", self.canary.url());
                let answer = Answer::new(*status).header("Location", &elsewhere);
                (When::Before, answer.into())
            }
        };
        let (method, path) = operation.request;
        let fault = match when {
            When::Before => Fault::before(method, path, effect),
            When::After => Fault::after(method, path, effect),
        };
        let fault = match often {
            Often::Once => fault,
            Often::Always => fault.always(),
        };
        Some(self.server.emulator.inject(fault).expect("a fault"))
    }

    pub(super) fn make_good(&self) {
        self.gate.open();
        self.server.emulator.clear_faults();
    }

    pub(super) fn keys(&self) -> Vec<StoredKey> {
        self.server.emulator.keys()
    }

    /// Nothing is left for the next cell.
    pub(super) fn clear(&self) {
        for key in self.keys() {
            assert!(self.server.emulator.delete_key(&key.id));
        }
    }
}
