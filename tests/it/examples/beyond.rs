//! Examples that the Terraform at hand cannot take as they are. What it does not know is cut out, and the rest
//! validates like everything else. The module `newer` checks what was cut out, as far as it is of this provider.

use hcl_edit::structure::{Block, Body, Structure};
use serde_json::Value;

use super::example::Example;
use crate::support::terraform::Terraform;

/// What an example needs that may not be here.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Needs {
    /// Terraform 1.x.
    Terraform(u64),
    /// A provider from a registry; tests use no network.
    Provider(&'static str),
}

use Needs::{Provider, Terraform as Since};

/// Every example that is not for each Terraform from 1.11 on, and for this provider alone.
pub(super) const BEYOND: [(&str, Needs); 11] = [
    (
        "actions/appservices_user_api_key_delete/action.tf",
        Since(14),
    ),
    (
        "actions/appservices_user_api_key_disable/action.tf",
        Since(14),
    ),
    (
        "actions/appservices_user_api_key_disable/trigger.tf",
        Since(14),
    ),
    (
        "ephemeral-resources/appservices_access_token/restapi.tf",
        Provider("Mastercard/restapi"),
    ),
    (
        "guides/handing-on/kubernetes",
        Provider("hashicorp/kubernetes"),
    ),
    (
        "guides/handing-on/secrets-manager",
        Provider("hashicorp/aws"),
    ),
    ("guides/handing-on/vault", Provider("hashicorp/vault")),
    ("guides/importing/generated", Since(14)),
    ("list-resources/appservices_user_api_key/main.tf", Since(14)),
    (
        "modules/service-key/examples/vault",
        Provider("hashicorp/vault"),
    ),
    (
        "resources/appservices_user_api_key/import-by-identity.tf",
        Since(12),
    ),
];

pub(super) fn needs(example: &Example) -> Option<Needs> {
    let mut rows = BEYOND.iter();
    let row = rows.find(|(name, _)| *name == example.name);
    row.map(|&(_, needs)| needs)
}

/// The minor version of the Terraform at hand.
pub(super) async fn minor(terraform: &Terraform) -> u64 {
    let ran = terraform.run(&["version", "-json"]).await.succeeds();
    let version: Value = serde_json::from_str(&ran.stdout).expect("JSON");
    let version = version["terraform_version"].as_str().expect("a version");
    let mut numbers = version.split('.').map(str::parse);
    assert_eq!(numbers.next(), Some(Ok(1)), "{version}");
    numbers.next().expect("a minor version").expect("a number")
}

/// A file without what only others know.
pub(super) fn cut(text: &str, needs: Needs) -> String {
    let mut body: Body = text.parse().expect("it was read before");
    match needs {
        Since(_) => cut_newer(&mut body),
        Provider(source) => cut_provider(&mut body, source),
    }
    body.to_string()
}

fn cut_newer(body: &mut Body) {
    body.remove_blocks("action");
    retain(body, |block| {
        !(block.has_ident("import") && block.body.has_attribute("identity"))
    });
    for block in body.get_blocks_mut("terraform") {
        block.body.remove_attribute("required_version");
    }
    for block in body.get_blocks_mut("resource") {
        for lifecycle in block.body.get_blocks_mut("lifecycle") {
            lifecycle.body.remove_blocks("action_trigger");
        }
    }
}

fn cut_provider(body: &mut Body, source: &str) {
    let (_, name) = source.split_once('/').expect("an address");
    for block in body.get_blocks_mut("terraform") {
        for required in block.body.get_blocks_mut("required_providers") {
            required.body.remove_attribute(name);
        }
    }
    let prefix = format!("{name}_");
    retain(body, |block| {
        let label = block.labels.first().map_or("", |label| label.as_str());
        !(label.starts_with(&prefix) || block.has_ident("provider") && label == name)
    });
}

fn retain(body: &mut Body, keep: impl Fn(&Block) -> bool) {
    let structures = std::mem::take(body).into_iter();
    let kept = structures.filter(|one| one.as_block().is_none_or(&keep));
    *body = kept.collect::<Vec<Structure>>().into();
}
