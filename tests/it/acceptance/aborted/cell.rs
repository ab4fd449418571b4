//! One cell of the table: a place, a run that something happens to, and what has to hold afterwards.

use serde_json::{Value, json};
use terraform_provider_appservices::emulator::StoredKey;
use tokio::sync::Semaphore;

use super::event::Event;
use super::left;
use super::situation::Situation;
use crate::support::detour::Detour;
use crate::support::server::{APP_ID, PASSWORD, Server};
use crate::support::terminal::{no_process_in, processes_in};
use crate::support::terraform::Terraform;

/// Terraforms on their way to the middle of what they do, of all rows together. From there on they mostly wait.
static STARTS: Semaphore = Semaphore::const_new(6);

const PROVIDER: &str = "terraform-provider-appservices";

pub(super) struct Cell {
    pub(super) user: String,
    pub(super) situation: Situation,
    pub(super) event: Event,
}

/// A user, a road to the server, and a directory.
pub(super) struct Place<'a> {
    pub(super) server: &'a Server,
    pub(super) terraform: Terraform,
    pub(super) detour: Detour,
    pub(super) user: String,
}

impl<'a> Place<'a> {
    /// None where tests may go without Terraform.
    async fn new(cell: &Cell, server: &'a Server) -> Option<Self> {
        let mut terraform = Terraform::find()?;
        terraform.lend_path();
        server.register(&cell.user, PASSWORD).await;
        let detour = Detour::to(server).await;
        for (name, value) in [
            ("APPSERVICES_APP_ID", APP_ID),
            ("APPSERVICES_BASE_URL", &detour.url()),
            ("APPSERVICES_EMAIL", &cell.user),
            ("APPSERVICES_PASSWORD", PASSWORD),
            // Shows the provider's last line in the terminal.
            ("TF_LOG_PROVIDER", "ERROR"),
        ] {
            terraform.set(name, value);
        }
        terraform.write("provider.tf", &provider(cell.situation.request_timeout()));
        terraform.write("main.tf", cell.situation.configuration());
        Some(Self {
            server,
            terraform,
            detour,
            user: cell.user.clone(),
        })
    }

    /// The keys on the server.
    pub(super) fn keys(&self) -> Vec<StoredKey> {
        let mut keys = self.server.emulator.keys();
        keys.retain(|key| key.owner == self.user);
        keys
    }

    /// The ids in the state.
    pub(super) fn ids_in_state(&self) -> Vec<String> {
        let state = self.terraform.state_file();
        let resources = state["resources"].as_array().map_or(&[][..], Vec::as_slice);
        let instances = resources.iter().flat_map(|resource| {
            let instances = resource["instances"].as_array();
            instances.map_or(&[][..], Vec::as_slice)
        });
        let ids = instances.flat_map(|instance| {
            let attributes = &instance["attributes"];
            [&attributes["id"], &attributes["previous_id"]]
        });
        ids.filter_map(Value::as_str).map(str::to_owned).collect()
    }

    /// The processes of the provider that work here.
    pub(super) fn providers(&self) -> Vec<String> {
        let here = processes_in(self.terraform.directory()).into_iter();
        here.filter(|(_, program)| program == PROVIDER)
            .map(|(id, _)| id)
            .collect()
    }

    /// Keys, and a state that has them: what an apply would have left.
    async fn make_keys(&self, situation: Situation) {
        let server = self.server;
        let session = server.session_of_user(&self.user, PASSWORD).await;
        let prefixed = server
            .create_in(&session, "ci-20260101-000000-abcdefgh")
            .await;
        let resources = if situation == Situation::Rotation {
            vec![rotating(&prefixed)]
        } else {
            vec![
                instance("fixed", None, &server.create_in(&session, "ci").await),
                instance("prefixed", Some("ci-"), &prefixed),
            ]
        };
        let state = json!({
            "version": 4, "terraform_version": "1.11.4", "serial": 1, "lineage": "made-by-hand", "outputs": {},
            "resources": resources,
        });
        self.terraform
            .write("terraform.tfstate", &state.to_string());
    }
}

fn provider(request_timeout: &str) -> String {
    format!(
        "terraform {{\n  required_providers {{\n    appservices = {{ source = \"appservices/appservices\" }}\n  }}\n}}\n\n\
         provider \"appservices\" {{\n  request_timeout = {request_timeout:?}\n}}\n"
    )
}

fn instance(resource: &str, name_prefix: Option<&str>, key: &Value) -> Value {
    let attributes = json!({
        "id": key["_id"], "name": key["name"], "name_prefix": name_prefix, "key": key["key"], "enabled": true,
    });
    json!({
        "mode": "managed", "type": "appservices_user_api_key", "name": resource,
        "provider": "provider[\"registry.terraform.io/appservices/appservices\"]",
        "instances": [{ "schema_version": 0, "attributes": attributes }],
    })
}

fn rotating(key: &Value) -> Value {
    let mut instance = instance("ci", Some("ci-"), key);
    instance["type"] = "appservices_rotating_user_api_key".into();
    let attributes = &mut instance["instances"][0]["attributes"];
    attributes["rotate_after"] = "90d".into();
    attributes["keepers"] = json!({ "round": "1" });
    instance
}

/// Runs a cell, and fails if anything is left that should not be.
pub(super) async fn run(cell: Cell, server: &Server) {
    let turn = STARTS.acquire().await.expect("it is never closed");
    let Some(place) = Place::new(&cell, server).await else {
        return;
    };
    if cell.situation.begins_with_keys() {
        place.make_keys(cell.situation).await;
    }
    let held = cell.situation.prepare(&place);
    let mut terminal = cell.event.start(&place);
    cell.situation.is_reached(&place, &held).await;
    drop(turn);
    cell.event.happens(&place, &mut terminal).await;
    terminal.ends().await;
    no_process_in(place.terraform.directory()).await;
    for held in &held {
        held.done().await;
    }
    left::no_session(&cell, &place).await;
    left::no_key(&cell, &place, &terminal.screen()).await;
    left::a_way_on(&cell, &place).await;
}
