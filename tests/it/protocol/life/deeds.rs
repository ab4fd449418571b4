//! What happens in a life: the practitioner's steps, and those of others.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use terraform_provider_appservices::emulator::Fault;

use super::Life;
use super::step::{By, Step, configs, faults};
use crate::support::instance::Instance;
use crate::support::rpc::{Findings, KEY, KEYS, Search, answer};
use crate::support::server::EMAIL;

const DISABLE: &str = "appservices_user_api_key_disable";

impl Life<'_> {
    pub(super) async fn happen(&mut self, step: Step) -> (Option<Findings>, Value) {
        let (host, emulator) = (&self.bench.host, &self.bench.server.emulator);
        let mut config = Value::Null;
        let findings = match step {
            Step::Apply(which) => {
                config = configs().swap_remove(which);
                Some(self.key.run(host, &config).await)
            }
            Step::ApplyBlindly(which) => {
                config = configs().swap_remove(which);
                Some(self.key.apply(host, &config).await)
            }
            Step::Destroy => Some(self.key.run(host, &Value::Null).await),
            Step::Refresh => Some(self.key.read(host).await),
            Step::Upgrade if self.key.state.is_object() => {
                let (state, findings) = host.upgrade(&self.key.state.to_string()).await;
                findings.fine();
                self.key.state = state;
                None
            }
            Step::Restart => {
                self.bench.configure().await;
                None
            }
            Step::Trouble(which, times) => {
                let fault = Fault {
                    times: Some(times),
                    ..faults().swap_remove(which)
                };
                emulator.inject(fault).expect("a fault");
                None
            }
            Step::Calm => {
                emulator.clear_faults();
                None
            }
            Step::Taint => {
                self.key.tainted = self.key.state.is_object();
                None
            }
            Step::Reimport(by) => {
                self.reimport(by).await;
                None
            }
            Step::Look => {
                self.look().await;
                None
            }
            Step::Ephemeral => {
                self.open_and_close().await;
                None
            }
            Step::Act => {
                if let Some(id) = self.id() {
                    let (_, findings) = host.invoke(DISABLE, json!({ "id": id })).await;
                    return (Some(findings), config);
                }
                None
            }
            Step::Upgrade => None,
            outside => {
                self.outside(outside).await;
                None
            }
        };
        (findings, config)
    }

    /// What others do.
    async fn outside(&mut self, step: Step) {
        let (host, emulator) = (&self.bench.host, &self.bench.server.emulator);
        match step {
            Step::Stranger => {
                emulator.clear_faults();
                // A list that a fault spoiled may still be shared.
                self.bench.configure().await;
                let (found, findings) = host.import("name:terraform").await;
                assert!(found.is_object(), "{findings}");
                let (found, _) = host.import("name:nobody").await;
                assert!(found.is_null());
            }
            Step::DisabledOutside => {
                emulator.clear_faults();
                if let Some(id) = self.id().filter(|id| self.exists(id)) {
                    self.bench.server.disable(&id).await;
                }
            }
            Step::DeletedOutside => {
                // A key that has never shown is not given up for minutes, on purpose.
                let unseen = String::from_utf8_lossy(&self.key.private).contains("unseen");
                if let Some(id) = self.id().filter(|_| !unseen) {
                    // It may be gone already.
                    let _ = emulator.delete_key(&id);
                }
            }
            Step::Namesake => {
                let long_ago = Timestamp::now() - SignedDuration::from_hours(1);
                let made = emulator.insert_key(EMAIL, "ci", long_ago);
                self.others.extend(made.map(|key| key.id));
            }
            Step::SessionsRevoked => {
                let _ = emulator.revoke_sessions();
            }
            _ => unreachable!("a step of the practitioner's"),
        }
    }

    /// Only a key that is there can be imported, and only in peace.
    async fn reimport(&mut self, by: By) {
        self.bench.server.emulator.clear_faults();
        let Some(id) = self.id().filter(|id| self.exists(id)) else {
            return;
        };
        self.bench.configure().await;
        let host = &self.bench.host;
        let name = format!("name:{}", self.key.state["name"].as_str().expect("a name"));
        match by {
            By::Id => self.key = Instance::imported(host, &id).await,
            By::Name => self.key = Instance::imported(host, &name).await,
            By::Identity => {
                let named = json!({ "app_id": null, "user_id": null, "id": id });
                let imported = host.import_named(&named).await.imported_resources;
                let identity = imported[0].identity.clone();
                self.key = Instance {
                    identity,
                    ..Instance::imported(host, &id).await
                };
            }
        }
    }

    /// Whatever comes of it, the host judges it.
    async fn look(&self) {
        let host = &self.bench.host;
        for with_object in [false, true] {
            let search = Search {
                with_object,
                ..Search::by(json!({}))
            };
            host.list(search).await;
        }
        host.read_data(KEYS, json!({})).await;
        if self.key.state.is_object() {
            let config = host.generate(&self.key.state).await;
            host.validate(config).await.fine();
        }
    }

    /// What could not be closed is left to others, as its name says.
    async fn open_and_close(&mut self) {
        let host = &self.bench.host;
        let request = host.open_request(KEY, json!({})).await;
        let opened = answer(host.provider().open_ephemeral_resource(request)).await;
        if !Findings::of(opened.diagnostics).has_error() {
            host.renew(KEY, opened.private.clone()).await;
            host.close(KEY, opened.private).await;
        }
        let left = self.bench.keys().into_iter();
        let left = left.filter(|key| key.name.starts_with("terraform-ephemeral-"));
        self.others.extend(left.map(|key| key.id));
    }
}
