//! A second provider on the same traits, `examples/tiny/`: it knows nothing of App Services.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::support::host::{Host, Launch};
use crate::support::proto::tfplugin6::invoke_action::event::Type as Event;
use crate::support::proto::tfplugin6::{
    configure_provider, generate_resource_config, invoke_action, list_resource,
};
use crate::support::rpc::{Findings, all, answer, identity};
use crate::support::terraform::Terraform;
use crate::support::value::{dynamic, read};

/// For the test in it: `cargo test` builds an example, and does not run its tests.
#[expect(dead_code, reason = "the program is started as one")]
#[path = "../../../examples/tiny/main.rs"]
mod example;

/// One thing with attributes of every shape, and everything else that there is.
const EVERYTHING: &str = include_str!("tiny/main.tf");

fn everything(text: &str) -> String {
    EVERYTHING.replace("TEXT", text)
}

/// Where `cargo test` puts examples, which no variable tells.
fn folder() -> PathBuf {
    let binaries = Path::new(env!("CARGO_BIN_EXE_terraform-provider-appservices"));
    let folder = binaries.parent().expect("a folder").join("examples");
    let program = program(&folder);
    assert!(
        program.is_file(),
        "no {} here: `cargo test` builds it, `cargo test --test it` does not. Run `cargo build --examples` first.",
        program.display()
    );
    folder
}

fn program(folder: &Path) -> PathBuf {
    folder.join(format!(
        "terraform-provider-tiny{}",
        std::env::consts::EXE_SUFFIX
    ))
}

/// Terraform with this provider, and a folder for its things.
fn terraform() -> Option<Terraform> {
    let terraform = Terraform::find()?;
    let overrides = format!(
        "provider_installation {{\n  dev_overrides {{\n    \"registry.terraform.io/example/tiny\" = {:?}\n  }}\n  direct {{}}\n}}\n",
        folder().display().to_string()
    );
    terraform.write("cli.tfrc", &overrides);
    fs::create_dir(terraform.directory().join("things")).expect("a folder");
    Some(terraform)
}

fn things(terraform: &Terraform) -> Vec<String> {
    let entries = fs::read_dir(terraform.directory().join("things")).expect("a folder");
    let mut names = entries
        .map(|entry| entry.expect("an entry").file_name())
        .map(|name| name.into_string().expect("UTF-8"))
        .collect::<Vec<_>>();
    names.sort_unstable();
    names
}

async fn apply(terraform: &Terraform, hcl: &str) {
    terraform.write("main.tf", hcl);
    let arguments = ["apply", "-auto-approve", "-input=false"];
    terraform.run(&arguments).await.succeeds();
}

async fn has_nothing_to_do(terraform: &Terraform) {
    let arguments = ["plan", "-detailed-exitcode", "-input=false"];
    terraform.run(&arguments).await.succeeds();
}

/// The attributes of a thing in the state.
fn state(terraform: &Terraform, name: &str) -> Value {
    let state = terraform.state_file();
    let resources = state["resources"].as_array().expect("resources").iter();
    let mut named = resources.filter(|one| one["mode"] == "managed" && one["name"] == name);
    named.next().expect("in the state")["instances"][0]["attributes"].clone()
}

#[tokio::test]
async fn every_shape_of_attribute_goes_there_and_back() {
    let Some(terraform) = terraform() else {
        return;
    };
    for text in ["b", "longer"] {
        apply(&terraform, &everything(text)).await;
        let loud = format!("HELLO {}", text.to_uppercase());
        let size = text.len();
        let all = state(&terraform, "all");
        let mut tags = vec!["x", "y", text];
        tags.sort_unstable();
        let expected = json!({
            "name": "all", "text": loud, "flag": false, "tags": tags,
            "lists": { "k": ["b", "a", "b"], text: [] }, "one": { "name": "one", "size": 3 },
            "many": [{ "name": "m", "size": 1 }, { "name": text, "size": size }],
            "each": { "x": { "name": "each" }, text: { "name": text } },
        });
        for (name, value) in expected.as_object().expect("an object") {
            assert_eq!(all[name], *value, "`{name}`");
        }
        let some = all["some"].as_array().expect("a set");
        assert_eq!(some.len(), 2);
        assert!(some.contains(&json!({ "name": "s" })), "{some:?}");
        assert_eq!(
            all["exact"].to_string(),
            "3.14159265358979323846264338327950288"
        );
        assert_eq!(
            state(&terraform, "bare")["exact"].to_string(),
            "0.1",
            "not 0.1 as a binary float"
        );
        assert_eq!(
            all["any"]["value"],
            json!({ "a": 1, "b": ["z", true, 1.5], "c": null })
        );
        let outputs = terraform.state_file()["outputs"]["size"]["value"].clone();
        assert_eq!(outputs, json!(loud.len()));
        assert_eq!(
            state(&terraform, "bare")["flag"],
            json!(true),
            "the default"
        );
        has_nothing_to_do(&terraform).await;
        assert_eq!(things(&terraform), ["all", "bare"], "the lease is over");
    }
    let shown = terraform.run(&["show"]).await.succeeds();
    shown.never_mentions(&["HELLO"]);
    terraform
        .run(&["destroy", "-auto-approve"])
        .await
        .succeeds();
    assert_eq!(things(&terraform), [""; 0]);
}

#[tokio::test]
async fn what_changes_outside_is_put_right_and_what_is_gone_is_made_again() {
    let Some(terraform) = terraform() else {
        return;
    };
    apply(&terraform, &everything("b")).await;
    let file = terraform.directory().join("things/all");
    fs::write(&file, "drift").expect("a file");
    apply(&terraform, &everything("b")).await;
    assert_eq!(fs::read_to_string(&file).expect("a file"), "HELLO B");
    fs::remove_file(&file).expect("a file");
    apply(&terraform, &everything("b")).await;
    assert_eq!(fs::read_to_string(&file).expect("a file"), "HELLO B");
    has_nothing_to_do(&terraform).await;
}

#[tokio::test]
async fn a_thing_is_imported() {
    let Some(terraform) = terraform() else {
        return;
    };
    fs::write(terraform.directory().join("things/bare"), "").expect("a file");
    let hcl = everything("b");
    let (settings, _) = hcl
        .split_once("resource \"tiny_thing\" \"all\"")
        .expect("both");
    let hcl = format!("{settings}resource \"tiny_thing\" \"bare\" {{\n  name = \"bare\"\n}}\n");
    terraform.write("main.tf", &hcl);
    let arguments = ["import", "-input=false", "tiny_thing.bare", "bare"];
    terraform.run(&arguments).await.succeeds();
    has_nothing_to_do(&terraform).await;
}

/// What this Terraform is too old to ask for.
#[tokio::test]
async fn things_are_listed_generated_and_emptied() {
    let host = Host::launch(Launch::like_terraform().of(program(&folder()))).await;
    let things = tempfile::tempdir().expect("a folder");
    for name in ["a", "b", "c"] {
        fs::write(things.path().join(name), "full").expect("a file");
    }
    let config = json!({ "name": things.path().to_str().expect("UTF-8") });
    let request = configure_provider::Request {
        config: Some(dynamic(&config)),
        ..Default::default()
    };
    let configured = answer(host.provider().configure_provider(request)).await;
    Findings::of(configured.diagnostics).fine();

    let request = list_resource::Request {
        type_name: "tiny_thing".to_owned(),
        config: Some(dynamic(&json!({}))),
        include_resource_object: true,
        limit: 2,
    };
    let events = all(answer(host.provider().list_resource(request)).await).await;
    assert_eq!(events.len(), 2);
    for event in events {
        let name = identity(event.identity)["name"].clone();
        assert_eq!(name, event.display_name.as_str());
        let mut state = read(event.resource_object);
        assert_eq!(state["name"], name);
        // What is computed is no configuration, however deep it lies.
        let part = json!({ "name": "p", "size": 1 });
        state["one"] = part.clone();
        state["many"] = json!([part]);
        let request = generate_resource_config::Request {
            type_name: "tiny_thing".to_owned(),
            state: Some(dynamic(&state)),
        };
        let generated = answer(host.provider().generate_resource_config(request)).await;
        Findings::of(generated.diagnostics).fine();
        let config = read(generated.config);
        let part = json!({ "name": "p", "size": null });
        assert_eq!(config["one"], part);
        assert_eq!(config["many"], json!([part]));
        assert_eq!([&config["text"], &config["flag"]], [&json!(null); 2]);
    }

    let request = invoke_action::Request {
        action_type: "tiny_empty".to_owned(),
        config: Some(dynamic(&json!({ "name": "a" }))),
        client_capabilities: None,
    };
    let events = all(answer(host.provider().invoke_action(request)).await).await;
    let events = events
        .into_iter()
        .map(|event| event.r#type.expect("one of two"));
    let [Event::Progress(progress), Event::Completed(end)] = &events.collect::<Vec<_>>()[..] else {
        panic!("progress, and the end");
    };
    assert_eq!(progress.message, "Emptying a");
    assert!(end.diagnostics.is_empty());
    let left = ["a", "b"].map(|name| fs::read_to_string(things.path().join(name)));
    assert_eq!(left.map(|text| text.expect("a file")), ["", "full"]);
    host.shut_down().await;
}
