//! What the modules promise beyond what their own tests can see.

use super::example::Example;
use crate::support::detour::{Deed, Detour};
use crate::support::server::Server;
use crate::support::terraform::Terraform;

#[tokio::test]
async fn a_consumer_has_the_new_key_before_the_old_one_goes() {
    let Some(terraform) = Terraform::find() else {
        return;
    };
    let server = Server::start().await;
    let name = "modules/service-key/examples/basic";
    let mut there = Example::named(name).lay_out(terraform, |text| text);
    there.log_in_to(&server);
    there.prepare().await;
    let store =
        "resource \"terraform_data\" \"store\" {\n  input = module.billing_key.key_version\n}\n";
    there.write("store.tf", store);
    there.apply().await.succeeds();
    there.edit("main.tf", "rotation = \"1\"", "rotation = \"2\"");
    let ran = there.apply().await.succeeds();
    let place = |what: &str| {
        let place = ran.stdout.find(what);
        place.unwrap_or_else(|| panic!("no {what:?} in {}", ran.whole()))
    };
    let created = place("appservices_user_api_key.this: Creation complete");
    let stored = place("terraform_data.store: Modifications complete");
    let gone = place("(deposed object");
    let gone = gone.min(place("Destroying..."));
    assert!(created < stored && stored < gone, "{}", ran.whole());
    assert_eq!(server.emulator.keys().len(), 1);
}

/// The script of the drift detection shows titles of warnings, so a scheduled job passes this on.
#[tokio::test]
async fn a_pair_warns_when_its_current_key_is_old() {
    let Some(terraform) = Terraform::find() else {
        return;
    };
    let server = Server::start().await;
    let detour = Detour::to(&server).await;
    let name = "modules/rotating-pair/examples/basic";
    let mut there = Example::named(name).lay_out(terraform, |text| text);
    there.log_in_to(&server);
    there.terraform.set("APPSERVICES_BASE_URL", &detour.url());
    there.prepare().await;
    // Both of the first two keys.
    for _ in 0..2 {
        detour.next("POST", "/auth/api_keys", Deed::Backdate(91 * 86_400));
    }
    there.apply().await.succeeds();
    let ran = there.plan(&[]).await.succeeds();
    ran.warns(&["older than 90 days", "set `generation` to 2"]);
    there.edit("main.tf", "generation = 1", "generation = 2");
    there.apply().await.succeeds();
    let ran = there.plan(&[]).await.succeeds();
    ran.never_mentions(&["older than 90 days"]);
}

#[tokio::test]
async fn two_slots_never_lose_the_key_in_use() {
    let Some(terraform) = Terraform::find() else {
        return;
    };
    let server = Server::start().await;
    let mut there = Example::named("rotation/two-slots").lay_out(terraform, |text| text);
    there.log_in_to(&server);
    there.apply().await.succeeds();
    let before = server.keys().await;
    let blue = before.as_object().expect("keys").keys();
    let blue = blue.filter(|name| name.starts_with("deploy-blue-1-"));
    let blue = blue.cloned().collect::<Vec<_>>();
    for (from, to, passes) in [("1", "3", false), ("3", "2", true), ("2", "1", false)] {
        let [from, to] = [from, to].map(|step| format!("generation = {step}\n"));
        there.edit("main.tf", &from, &to);
        let ran = there.apply().await;
        if passes {
            ran.succeeds()
                .mentions(&["1 added, 0 changed, 1 destroyed"]);
        } else {
            ran.fails_with(&["would delete the key in use"]);
        }
        assert_eq!(server.keys().await[&blue[0]], "enabled", "{to}");
    }
}
