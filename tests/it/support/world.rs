//! A practitioner's world: a server with a user, a directory with a configuration, and Terraform to bring them together.

use std::collections::BTreeMap;

use serde_json::Value;
use terraform_provider_appservices::emulator::Options;

use super::server::{EMAIL, PASSWORD, Server};
use super::terraform::{Ran, Terraform};

/// The address that most cases speak of.
pub(crate) const CI: &str = "appservices_user_api_key.ci";

/// So many keys, each with a name of its own.
pub(crate) fn many_keys(count: usize) -> String {
    format!(
        "resource \"appservices_user_api_key\" \"many\" {{\n  count = {count}\n  name  = \"ci-${{count.index}}\"\n}}\n"
    )
}

pub(crate) struct World {
    pub(crate) server: Server,
    pub(crate) terraform: Terraform,
}

impl World {
    /// An empty world. None, with a line on stderr, where tests may go without Terraform.
    pub(crate) async fn start() -> Option<Self> {
        Self::of(Options::default()).await
    }

    /// A world with a server that is special in some way.
    pub(crate) async fn of(options: Options) -> Option<Self> {
        let terraform = Terraform::find()?;
        let server = Server::with(options).await;
        let world = Self { server, terraform };
        world.provider(&world.arguments());
        world.main("");
        Some(world)
    }

    /// A world in which `hcl` has been applied.
    pub(crate) async fn with(hcl: &str) -> Option<Self> {
        let world = Self::start().await?;
        world.apply(hcl).await.succeeds();
        Some(world)
    }

    /// The provider block's arguments, until a test writes others.
    pub(crate) fn arguments(&self) -> String {
        self.logging_in_with(&format!("email = {EMAIL:?}\n  password = {PASSWORD:?}"))
    }

    /// A provider block's arguments for this server, with another way of logging in.
    pub(crate) fn logging_in_with(&self, arguments: &str) -> String {
        format!(
            "base_url = {:?}\n  app_id   = {:?}\n  {arguments}",
            self.server.url(),
            self.server.emulator.app_id()
        )
    }

    /// Replaces the arguments of the provider block.
    pub(crate) fn provider(&self, arguments: &str) {
        self.terraform.write(
            "provider.tf",
            &format!(
                "terraform {{\n  required_providers {{\n    appservices = {{ source = \"appservices/appservices\" }}\n  }}\n}}\n\nprovider \"appservices\" {{\n  {arguments}\n}}\n"
            ),
        );
    }

    /// Replaces the rest of the configuration.
    pub(crate) fn main(&self, hcl: &str) {
        self.terraform.write("main.tf", hcl);
    }

    pub(crate) async fn apply(&self, hcl: &str) -> Ran {
        self.main(hcl);
        self.terraform
            .run(&["apply", "-auto-approve", "-input=false"])
            .await
    }

    pub(crate) async fn validate(&self, hcl: &str) -> Ran {
        self.main(hcl);
        self.terraform.run(&["validate"]).await
    }

    /// Plans without looking at what is planned.
    pub(crate) async fn try_plan(&self, hcl: &str) -> Ran {
        self.main(hcl);
        self.terraform
            .run(&[
                "plan",
                "-input=false",
                "-detailed-exitcode",
                "-out=plan.bin",
            ])
            .await
    }

    /// What a plan would do.
    pub(crate) async fn plan(&self, hcl: &str) -> Plan {
        let ran = self.try_plan(hcl).await;
        assert!(matches!(ran.code, 0 | 2), "{}", ran.whole());
        let shown = self
            .terraform
            .run(&["show", "-json", "plan.bin"])
            .await
            .succeeds();
        let json = serde_json::from_str(&shown.stdout).expect("a plan is JSON");
        Plan { json, ran }
    }

    /// Fails the test unless Terraform sees nothing to do.
    pub(crate) async fn has_nothing_to_do(&self, hcl: &str) -> Ran {
        let ran = self.try_plan(hcl).await;
        assert_eq!(ran.code, 0, "a plan with no changes: {}", ran.whole());
        ran
    }

    pub(crate) async fn destroy(&self) -> Ran {
        self.terraform
            .run(&["destroy", "-auto-approve", "-input=false"])
            .await
    }

    pub(crate) async fn import(&self, address: &str, id: &str) -> Ran {
        self.terraform
            .run(&["import", "-input=false", address, id])
            .await
    }

    /// The instance of a resource in the state; null when there is none.
    pub(crate) fn instance(&self, address: &str) -> Value {
        let state = self.terraform.state_file();
        let resources = state["resources"]
            .as_array()
            .map_or(&[][..], Vec::as_slice)
            .iter();
        let mut found = resources.filter(|resource| {
            let kind = if resource["mode"] == "data" {
                "data."
            } else {
                ""
            };
            let [of_type, name] =
                ["type", "name"].map(|part| resource[part].as_str().unwrap_or_default());
            address == format!("{kind}{of_type}.{name}")
        });
        found
            .next()
            .map_or(Value::Null, |resource| resource["instances"][0].clone())
    }

    /// The attributes of a resource in the state.
    pub(crate) fn state(&self, address: &str) -> Value {
        self.instance(address)["attributes"].clone()
    }

    /// A text attribute of a resource in the state, which has to have it.
    pub(crate) fn attribute(&self, address: &str, name: &str) -> String {
        let state = self.state(address);
        state[name]
            .as_str()
            .unwrap_or_else(|| panic!("`{name}` of {address} in {state}"))
            .to_owned()
    }

    /// The value of an output in the state.
    pub(crate) fn output(&self, name: &str) -> Value {
        self.terraform.state_file()["outputs"][name]["value"].clone()
    }
}

/// A plan as `terraform show -json` has it, and how Terraform told it.
pub(crate) struct Plan {
    json: Value,
    pub(crate) ran: Ran,
}

impl Plan {
    /// What happens to each address: `update`, or `delete create`; addresses with nothing to do are left out.
    pub(crate) fn actions(&self) -> BTreeMap<String, String> {
        let changes = self.json["resource_changes"]
            .as_array()
            .map_or(&[][..], Vec::as_slice)
            .iter();
        let named = changes.map(|change| {
            let actions = change["change"]["actions"]
                .as_array()
                .expect("actions")
                .iter();
            let actions = actions
                .filter_map(Value::as_str)
                .collect::<Vec<_>>()
                .join(" ");
            (
                change["address"].as_str().expect("an address").to_owned(),
                actions,
            )
        });
        named.filter(|(_, actions)| actions != "no-op").collect()
    }

    /// Fails the test unless exactly this happens to `address`, and nothing to any other.
    pub(crate) fn does(&self, address: &str, actions: &str) -> &Self {
        let expected = BTreeMap::from([(address.to_owned(), actions.to_owned())]);
        assert_eq!(self.actions(), expected, "{}", self.ran.whole());
        self
    }

    /// Attributes of `address` that differ between before and after; those not known yet differ too.
    pub(crate) fn changed(&self, address: &str) -> Vec<String> {
        let changes = self.json["resource_changes"]
            .as_array()
            .expect("changes")
            .iter();
        let mut changes = changes.filter(|change| change["address"] == address);
        let change = &changes
            .next()
            .unwrap_or_else(|| panic!("{address} in {}", self.json))["change"];
        let known = change["after"].as_object().expect("an object after").keys();
        let unknown = change["after_unknown"]
            .as_object()
            .expect("an object")
            .keys();
        let names = known
            .chain(unknown)
            .cloned()
            .collect::<std::collections::BTreeSet<_>>();
        let differ = |name: &String| {
            change["before"][name] != change["after"][name] || change["after_unknown"][name] == true
        };
        names.into_iter().filter(differ).collect()
    }
}
