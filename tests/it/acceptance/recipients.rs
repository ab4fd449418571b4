//! Keys whose values are encrypted before they reach the state.

use std::fs;
use std::path::Path;

use age::secrecy::ExposeSecret as _;
use serde_json::Value;

use crate::support::terraform::Ran;
use crate::support::world::{CI, World};

/// An age key: recipient and identity.
fn age_key() -> (String, String) {
    let identity = age::x25519::Identity::generate();
    let secret = identity.to_string().expose_secret().to_owned();
    (identity.to_public().to_string(), secret)
}

/// What an armored file holds.
fn open(file: &str, identity: &str) -> String {
    let identity: age::x25519::Identity = identity.parse().expect("an identity");
    let value = age::decrypt(&identity, file.as_bytes()).expect("it is for this identity");
    String::from_utf8(value).expect("UTF-8")
}

fn key(recipients: &[&str]) -> String {
    format!(
        "resource \"appservices_user_api_key\" \"ci\" {{\n  name_prefix = \"ci-\"\n  recipients  = {recipients:?}\n}}\n"
    )
}

fn never_has(what: &str, text: &[u8], canary: &str) {
    let found = text
        .windows(canary.len())
        .any(|part| part == canary.as_bytes());
    assert!(!found, "{what} holds the value");
}

/// Looks for the value in every file below the directory.
fn nowhere_below(directory: &Path, canary: &str) {
    for entry in fs::read_dir(directory).expect("a directory") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            nowhere_below(&path, canary);
        } else {
            let text = fs::read(&path).expect("a file");
            never_has(&path.display().to_string(), &text, canary);
        }
    }
}

#[tokio::test]
async fn the_value_is_nowhere_but_in_the_file_for_its_recipients() {
    let Some(mut world) = World::start().await else {
        return;
    };
    world.terraform.set("TF_LOG", "TRACE");
    world.terraform.set("TF_LOG_PATH", "trace.log");
    let (recipient, identity) = age_key();
    let hcl = key(&[&recipient])
        + "output \"file\" {\n  value = appservices_user_api_key.ci.encrypted_key\n}\n";
    let plan = world.plan(&hcl).await;
    plan.does(CI, "create");
    let applied = world.apply(&hcl).await.succeeds();
    let state = world.state(CI);
    assert_eq!(state["key"], Value::Null);
    let file = world.attribute(CI, "encrypted_key");
    assert!(
        file.starts_with("-----BEGIN AGE ENCRYPTED FILE-----\n"),
        "{file}"
    );
    let value = open(&file, &identity);
    assert_eq!(world.server.log_in_with(&value).await, 200);
    assert!(
        world
            .attribute(CI, "key_fingerprint")
            .starts_with("SHA256:")
    );

    // It stays as it is: no other ciphertext, no difference, whatever is refreshed or switched.
    world.has_nothing_to_do(&hcl).await;
    let off = hcl.replace("name_prefix", "enabled     = false\n  name_prefix");
    world.plan(&off).await.does(CI, "update");
    world.apply(&off).await.succeeds();
    assert_eq!(world.attribute(CI, "encrypted_key"), file);
    assert_eq!(
        world.attribute(CI, "key_fingerprint"),
        state["key_fingerprint"]
    );
    let shown = world.terraform.run(&["show", "-json"]).await.succeeds();
    for (what, ran) in [("the screen", &applied), ("show", &shown)] {
        never_has(what, ran.whole().as_bytes(), &value);
    }
    nowhere_below(world.terraform.directory(), &value);

    // Only the server knew the value, so other recipients are another key.
    let (other, others_identity) = age_key();
    let both = key(&[&recipient, &other]);
    world.plan(&both).await.does(CI, "delete create");
    world.apply(&both).await.succeeds();
    let file = world.attribute(CI, "encrypted_key");
    assert_ne!(open(&file, &identity), value);
    assert_eq!(open(&file, &identity), open(&file, &others_identity));
    // Without recipients it is an ordinary key again.
    let without = "resource \"appservices_user_api_key\" \"ci\" {\n  name_prefix = \"ci-\"\n}\n";
    world.apply(without).await.succeeds();
    assert_eq!(world.state(CI)["encrypted_key"], Value::Null);
    assert_eq!(
        world.server.log_in_with(&world.attribute(CI, "key")).await,
        200
    );
}

#[tokio::test]
async fn a_bad_recipient_is_told_and_never_costs_a_key() {
    let Some(world) = World::start().await else {
        return;
    };
    let (recipient, identity) = age_key();
    let twice = recipient.to_uppercase();
    let plugin = "age1yubikey1qwt50d05nh5vutpdzmlg5wn80xq5negm4uj9ghv0snvdd3yysf5yw3rhl3t";
    let cases: [(&[&str], &str); 6] = [
        (&[], "`recipients` is empty"),
        (&["age1qqq"], "this is no age recipient"),
        (&[&identity], "this is a private key: treat it as leaked"),
        (&[plugin], "age plugins"),
        (&["ssh-dss AAAAB3NzaC1kc3MAAACB"], "SSH keys of this kind"),
        (&[&recipient, &twice], "the same key as another element"),
    ];
    for (recipients, phrase) in cases {
        let ran = world.validate(&key(recipients)).await.fails_with(&[phrase]);
        let ran = ran.points_at("recipients");
        // Terraform shows the line of the configuration; the message must not say it again.
        let shown = ran.whole().matches(&identity).count();
        assert!(shown <= 1, "{}", ran.whole());
    }
    // Not known before the apply: told before anything is made.
    let unknown = "resource \"terraform_data\" \"late\" {\n  input = \"age1qqq\"\n}\n\n".to_owned()
        + &key(&["age1qqq"]).replace("[\"age1qqq\"]", "[terraform_data.late.output]");
    world
        .apply(&unknown)
        .await
        .fails_with(&["this is no age recipient"]);
    assert_eq!(world.server.count("POST", "/auth/api_keys"), 0);
}

/// Needs ephemeral variables and functions of providers.
#[tokio::test]
async fn decrypt_key_hands_the_value_to_another_provider_block() {
    let Some(mut world) = World::start().await else {
        return;
    };
    let (recipient, identity) = age_key();
    let arguments = world
        .logging_in_with("api_key  = local.value")
        .replace('\n', "\n  ");
    let hcl = key(&[&recipient])
        + &format!(
            "variable \"identity\" {{\n  type      = string\n  ephemeral = true\n}}\n\n\
             locals {{\n  value = provider::appservices::decrypt_key(appservices_user_api_key.ci.encrypted_key, var.identity)\n}}\n\n\
             provider \"appservices\" {{\n  alias = \"device\"\n  {arguments}\n}}\n\n\
             data \"appservices_user_api_keys\" \"own\" {{\n  provider = appservices.device\n}}\n\n\
             output \"names\" {{\n  value = data.appservices_user_api_keys.own.api_keys[*].name\n}}\n"
        );
    world.terraform.set("TF_VAR_identity", &identity);
    // A provider block of values that are not known yet cannot read while planning.
    world.apply(&key(&[&recipient])).await.succeeds();
    world.apply(&hcl).await.succeeds();
    let value = open(&world.attribute(CI, "encrypted_key"), &identity);
    assert_eq!(world.output("names")[0], world.attribute(CI, "name"));
    nowhere_below(world.terraform.directory(), &value);
    world.has_nothing_to_do(&hcl).await;
    // An ephemeral result cannot be kept where it would stand in the clear.
    let kept = hcl.clone() + "output \"value\" {\n  value = local.value\n}\n";
    world.try_plan(&kept).await.fails_with(&["ephemeral"]);

    let blame = async |identity: &str| -> Ran {
        world.main(&format!(
            "output \"value\" {{\n  value = nonsensitive(provider::appservices::decrypt_key(\"no file\", {identity:?}))\n}}\n"
        ));
        world.terraform.run(&["plan", "-input=false"]).await
    };
    blame("nobody")
        .await
        .fails_with(&["\"identity\"", "this is no identity"])
        .never_mentions(&["nobody\" is"]);
    blame(&identity)
        .await
        .fails_with(&["\"encrypted_key\"", "this is no whole age file"]);
}

#[tokio::test]
async fn an_imported_key_has_no_file_and_no_difference() {
    let Some(world) = World::start().await else {
        return;
    };
    let made = world.server.create("ci-old").await;
    let (recipient, _) = age_key();
    let hcl = key(&[&recipient]);
    world.main(&hcl);
    let id = made["_id"].as_str().expect("an id");
    world.import(CI, id).await.succeeds();
    world.apply(&hcl).await.succeeds();
    world.has_nothing_to_do(&hcl).await;
    assert_eq!(world.state(CI)["encrypted_key"], Value::Null);
    assert_eq!(world.state(CI)["id"], made["_id"]);
}
