//! Every example validates; those that need only a server are applied, planned again and destroyed.

use terraform_provider_appservices::emulator::{External, ExternalUser, Options};
use tokio::sync::Semaphore;

use super::beyond::{BEYOND, Needs, cut, minor, needs};
use super::example::{CODE, Example, JWT, LaidOut};
use crate::support::cells;
use crate::support::server::{EMAIL, PASSWORD, Server};
use crate::support::terraform::Terraform;

/// Examples that are validated and not applied, beside those of [`BEYOND`].
const ONLY_VALIDATED: [(&str, &str); 1] = [(
    "provider/own-server",
    "names a server of its reader's, with a certificate of its own",
)];

/// Examples that have something to do each time.
const RESTLESS: [&str; 1] = ["ephemeral-resources/appservices_access_token/ephemeral-resource.tf"];

/// Keys that are there before, because the example speaks of them, and whether they are enabled.
const KEYS: [(&str, &str, bool); 8] = [
    ("guides/importing/by-name", "deploy-bot", true),
    ("guides/importing/many", "deploy-production", true),
    ("guides/importing/many", "deploy-staging", true),
    (
        "data-sources/appservices_user_api_key/data-source.tf",
        "deploy-bot",
        true,
    ),
    (
        "resources/appservices_rotating_user_api_key/import-by-string-id.tf",
        "deploy-bot",
        true,
    ),
    (
        "resources/appservices_user_api_key/import-by-string-id.tf",
        "deploy-bot",
        true,
    ),
    (
        "resources/appservices_user_api_key/lost-state.tf",
        "nightly-report",
        true,
    ),
    ("rotation/clean-up", "worker-1", false),
];

/// The id that pages give as an example. Here it is that of a key that is there before.
const SOME_ID: &str = "65f0c0ffee0000000000d001";

/// Where examples say that an emulator is.
const EMULATOR: &str = "http://127.0.0.1:9090";

/// GitHub's program in one example: it takes a secret from its input.
const GH: &str = r#"#!/bin/sh
[ "$1 $2" = "secret set" ] && [ "$(wc -c)" -gt 20 ]
"#;

/// A login is tried, and not only read.
const PROBE: &str = "data \"appservices_user_api_keys\" \"probe\" {}\n";

/// A server that knows its user by every login that the examples have.
async fn server() -> Server {
    let function = format!(r#"{{"tenant":"acme","code":"{CODE}"}}"#);
    let logins = [
        (External::CustomToken, JWT.to_owned()),
        (External::CustomFunction, function),
    ];
    let third_parties = logins.map(|(provider, secret)| ExternalUser {
        provider,
        secret: secret.into(),
        user: EMAIL.to_owned(),
    });
    let server = Server::with(Options {
        third_parties: third_parties.to_vec(),
        ..Options::default()
    })
    .await;
    server.register("reports@example.com", PASSWORD).await;
    server
}

#[tokio::test]
async fn every_example_validates_and_lives() {
    let Some(terraform) = Terraform::find() else {
        return;
    };
    let minor = minor(&terraform).await;
    let turns = Semaphore::new(6);
    let examples = Example::all().into_iter();
    cells::walk(
        examples.map(|example| (example.name.clone(), example)),
        async |example| {
            let _turn = turns.acquire().await.expect("it is never closed");
            run(example, minor).await;
        },
    )
    .await;
}

async fn run(example: Example, minor: u64) {
    let terraform = Terraform::find().expect("it was there");
    let needs = needs(&example);
    let beyond = match needs {
        Some(Needs::Terraform(since)) if minor >= since => None,
        needs => needs,
    };
    if let Some(needs) = beyond {
        let whole = example.bodies().map(|body| body.to_string());
        let whole = whole.collect::<String>();
        let rest = example.bodies().map(|body| cut(&body.to_string(), needs));
        assert_ne!(
            rest.collect::<String>(),
            whole,
            "{} needs {needs:?} no more",
            example.name
        );
    }
    let only_validated = ONLY_VALIDATED.iter().any(|(name, _)| *name == example.name);
    if needs.is_some() || only_validated {
        let change = |text: String| beyond.map_or(text.clone(), |needs| cut(&text, needs));
        let there = example.lay_out(terraform, change);
        validate(&example, &there).await;
    } else {
        live(&example, terraform).await;
    }
}

async fn validate(example: &Example, there: &LaidOut) {
    if example.has_modules() {
        there.prepare().await;
    }
    let ran = there.run(&["validate"]).await;
    assert_eq!(
        ran.code,
        0,
        "{}: if it needs a newer Terraform or another provider, say so in BEYOND. {}",
        example.name,
        ran.whole()
    );
}

async fn live(example: &Example, terraform: Terraform) {
    let server = server().await;
    let mut id = SOME_ID.to_owned();
    for (_, name, enabled) in KEYS.iter().filter(|(of, ..)| *of == example.name) {
        let key = server.create(name).await;
        id = key["_id"].as_str().expect("an id").to_owned();
        if !enabled {
            server.disable(&id).await;
        }
    }
    let here = |text: String| text.replace(SOME_ID, &id).replace(EMULATOR, &server.url());
    let mut there = example.lay_out(terraform, here);
    there.log_in_to(&server);
    there.terraform.lend_path();
    there.terraform.lend("gh", GH);
    let key = server.create("the-login").await;
    let key = key["key"].as_str().expect("a value");
    there.terraform.set("TF_VAR_appservices_api_key", key);
    let before = server.keys().await;
    if !example.has_any(&["resource", "data", "ephemeral", "module"]) {
        there.write("probe.tf", PROBE);
    }
    if example.has_modules() {
        there.prepare().await;
    }
    // It validates first.
    there.apply().await.succeeds();
    let asked = server.count("POST", "/login");
    assert!(asked > 1, "{}: the server was never asked", example.name);
    let ran = there.plan(&["-json"]).await;
    // A plan in the second of the apply has the same `plantimestamp()`.
    let is_fine = ran.code == 0 || ran.code == 2 && RESTLESS.contains(&example.name.as_str());
    assert!(is_fine, "{}: {}", example.name, ran.whole());
    // A job that looks for drift has nothing to tell either.
    let drift = ran.stdout.contains(r#""type":"resource_drift""#);
    assert!(!drift, "{}: {}", example.name, ran.whole());
    there.destroy().await.succeeds();
    for (name, state) in server.keys().await.as_object().expect("an object") {
        let is_fine = *state == before[name] || state == "disabled";
        assert!(is_fine, "{} leaves {name}, {state}", example.name);
    }
}

/// So that nothing is excused that is no more.
#[test]
fn the_tables_name_examples_that_exist() {
    let all = Example::all();
    let beyond = BEYOND.iter().map(|(name, _)| name);
    let named = beyond
        .chain(ONLY_VALIDATED.iter().map(|(name, _)| name))
        .chain(KEYS.iter().map(|(name, ..)| name))
        .chain(&RESTLESS);
    for name in named {
        assert!(all.iter().any(|example| example.name == *name), "{name}");
    }
    let applied = all.len() - BEYOND.len() - ONLY_VALIDATED.len();
    assert!(applied > 20, "only {applied} are applied");
}
