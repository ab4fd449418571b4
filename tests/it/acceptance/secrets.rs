//! No secret anywhere but in the state: not in a log at its most talkative, not on the screen, not on the disk.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::Value;
use terraform_provider_appservices::emulator::{Answer, Fault, FaultEffect, When};

use crate::support::detour::Detour;
use crate::support::server::{APP_ID, EMAIL, PASSWORD};
use crate::support::terraform::Ran;
use crate::support::world::{CI, World};

/// Go's reader of a provider's log breaks longer lines apart.
const LINE: usize = 64 * 1024;

/// A whole life, with Terraform writing down all that it can.
struct Life {
    world: World,
    detour: Detour,
    /// Everything that was ever on the screen.
    screen: String,
}

impl Life {
    async fn start() -> Option<Self> {
        let mut world = World::start().await?;
        let detour = Detour::to(&world.server).await;
        // From the environment, so that the configuration is not the place where it is found.
        world.terraform.set("TF_VAR_secret", PASSWORD);
        world.terraform.set("TF_LOG", "TRACE");
        world.terraform.set("TF_LOG_PATH", "trace.log");
        let life = Self {
            world,
            detour,
            screen: String::new(),
        };
        life.logging_in_with(&format!("email = {EMAIL:?}\n  password = var.secret"));
        Some(life)
    }

    fn logging_in_with(&self, way: &str) {
        let url = self.detour.url();
        self.world.provider(&format!(
            "base_url = {url:?}\n  app_id = {APP_ID:?}\n  max_retries = 2\n  {way}"
        ));
    }

    fn trouble(&self, when: When, (method, path): (&str, &str), effect: impl Into<FaultEffect>) {
        let fault = match when {
            When::Before => Fault::before(method, path, effect),
            When::After => Fault::after(method, path, effect),
        };
        let injected = self.world.server.emulator.inject(fault);
        injected.expect("a fault");
    }

    async fn apply(&mut self, arguments: &str) -> Ran {
        let hcl = format!(
            "variable \"secret\" {{ sensitive = true }}\nresource \"appservices_user_api_key\" \"ci\" {{\n  name_prefix = \"ci-\"\n  {arguments}\n}}"
        );
        let ran = self.world.apply(&hcl).await;
        self.screen += &ran.whole();
        ran
    }

    async fn run(&mut self, arguments: &[&str]) -> Ran {
        let ran = self.world.terraform.run(arguments).await;
        self.screen += &ran.whole();
        ran
    }

    /// Every token and every value that the server ever gave away.
    fn secrets(&self) -> BTreeSet<String> {
        let seen = self.detour.seen().into_iter();
        let given = seen.flat_map(|seen| {
            ["access_token", "refresh_token", "key"]
                .map(|name| seen.answer[name].as_str().map(str::to_owned))
        });
        let mut secrets = given.flatten().collect::<BTreeSet<_>>();
        secrets.insert(PASSWORD.to_owned());
        secrets
    }

    /// Each secret, and the longest parts of it: a token is three parts, and each alone is too much.
    fn canaries(&self) -> BTreeSet<String> {
        let secrets = self.secrets();
        // The first part of a token is the same for all of them, and tells nothing.
        let parts = secrets
            .iter()
            .flat_map(|secret| secret.split('.').skip(1))
            .map(str::to_owned);
        let parts = parts.collect::<BTreeSet<_>>();
        secrets.into_iter().chain(parts).collect()
    }
}

fn never_has(what: &str, text: &str, canaries: &BTreeSet<String>) {
    for canary in canaries {
        let line = text.lines().find(|line| line.contains(canary.as_str()));
        assert!(line.is_none(), "{canary:?} is in {what}: {line:?}");
    }
}

/// All files below a directory.
fn files(directory: &Path) -> Vec<std::path::PathBuf> {
    let entries = fs::read_dir(directory).expect("a directory");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    paths
        .flat_map(|path| {
            if path.is_dir() {
                files(&path)
            } else {
                vec![path]
            }
        })
        .collect()
}

#[tokio::test]
async fn a_whole_life_with_faults_shows_no_secret() {
    use When::{After, Before};
    const POST: (&str, &str) = ("POST", "/auth/api_keys");
    const LIST: (&str, &str) = ("GET", "/auth/api_keys");
    const DISABLE: (&str, &str) = ("PUT", "/auth/api_keys/{id}/disable");
    const LOGIN: (&str, &str) = ("POST", "/app/{app_id}/auth/providers/{provider}/login");
    let Some(mut life) = Life::start().await else {
        return;
    };
    // A server that repeats what it was sent, and one that has much to say.
    let echo = format!(
        r#"{{"error":"{PASSWORD} is not the password of {EMAIL}","error_code":"InvalidPassword"}}"#
    );
    life.trouble(
        Before,
        LOGIN,
        Answer::new(401).body("application/json", &echo),
    );
    life.apply("").await.fails_with(&["log in"]);
    life.trouble(
        Before,
        LOGIN,
        Answer::new(500).body("text/html", "<p>not today</p>".repeat(20_000)),
    );
    // Answers that the road could not carry are cut by the emulator itself.
    life.trouble(After, POST, Answer::new(502));
    life.trouble(
        Before,
        POST,
        Answer::new(429).body("application/json", "{}"),
    );
    life.trouble(
        Before,
        LIST,
        Answer::new(200).body("text/html", "<html></html>"),
    );
    life.apply("").await.succeeds();
    life.trouble(Before, DISABLE, Answer::new(503));
    life.apply("enabled = false").await.succeeds();
    life.run(&["plan", "-input=false", "-out=plan.bin"]).await;
    life.run(&["show"]).await;
    life.run(&["show", "plan.bin"]).await;
    life.apply("keepers = { a = \"1\" }").await.succeeds();
    // Logged in with a key: its value is a secret of the configuration now.
    let login = life.world.server.create("terraform").await;
    let value = login["key"].as_str().expect("a value").to_owned();
    life.world.terraform.set("TF_VAR_secret", &value);
    life.logging_in_with("api_key = var.secret");
    life.apply("keepers = { a = \"2\" }").await.succeeds();
    let session = life.world.server.session().await;
    life.world.terraform.set("TF_VAR_secret", &session);
    life.logging_in_with("refresh_token = var.secret");
    life.apply("keepers = { a = \"3\" }").await.succeeds();
    let held = life.world.attribute(CI, "key");
    life.run(&["destroy", "-auto-approve", "-input=false"])
        .await;

    let mut canaries = life.canaries();
    assert!(canaries.contains(&held), "the road has seen the values");
    canaries.extend([value, session]);
    assert!(canaries.len() > 10, "{canaries:?}");
    never_has("the output", &life.screen, &canaries);
    let directory = life.world.terraform.directory();
    for file in files(directory) {
        let name = file.file_name().expect("a name").to_string_lossy();
        // The state is the one place; a saved plan holds a state.
        if name.starts_with("terraform.tfstate") || name == "plan.bin" {
            continue;
        }
        let bytes = fs::read(&file).expect("a file");
        never_has(&name, &String::from_utf8_lossy(&bytes), &canaries);
    }
    let state = life.world.terraform.read("terraform.tfstate.backup");
    assert!(state.contains(&held), "the search finds what is there");
    can_be_followed(&life.world.terraform.read("trace.log"));
}

/// Requests are on record with what it takes to understand them, and no line is too long.
fn can_be_followed(log: &str) {
    let ours = log
        .lines()
        .filter(|line| line.contains("terraform-provider-appservices"));
    let ours = ours.collect::<Vec<_>>();
    for line in &ours {
        assert!(line.len() < LINE, "{} bytes: {line:.200}", line.len());
    }
    let requests = ours.iter().filter(|line| line.contains("elapsed_ms="));
    let requests = requests.collect::<Vec<_>>();
    for wanted in [
        [
            "method=GET",
            "/app/{app_id}/location",
            "status=200",
            "attempt=1",
        ],
        ["method=POST", "/login", "status=401", "attempt=1"],
        ["method=POST", "/login", "status=500", "attempt=1"],
        ["method=POST", "/login", "status=200", "attempt=2"],
        ["method=POST", "/auth/api_keys", "status=502", "attempt=2"],
        ["method=POST", "/auth/api_keys", "status=201", "attempt="],
        [
            "method=PUT",
            "/auth/api_keys/{id}/disable",
            "status=503",
            "attempt=1",
        ],
        [
            "method=PUT",
            "/auth/api_keys/{id}/disable",
            "status=204",
            "attempt=2",
        ],
        [
            "method=DELETE",
            "/auth/api_keys/{id}",
            "status=204",
            "attempt=1",
        ],
        ["method=DELETE", "/auth/session", "status=204", "attempt=1"],
    ] {
        let found = requests
            .iter()
            .any(|line| wanted.iter().all(|part| line.contains(part)));
        assert!(found, "no request like {wanted:?} in:\n{requests:#?}");
    }
}

#[tokio::test]
async fn a_value_reaches_only_those_that_the_configuration_gives_it_to() {
    let Some(world) =
        World::with("resource \"appservices_user_api_key\" \"ci\" {\n  name = \"ci\"\n}").await
    else {
        return;
    };
    let value = world.attribute(CI, "key");
    let shown = world.terraform.run(&["show", "-json"]).await.succeeds();
    let shown: Value = serde_json::from_str(&shown.stdout).expect("JSON");
    let resource = &shown["values"]["root_module"]["resources"][0];
    assert_eq!(resource["sensitive_values"]["key"], true);
    let mut public = resource["values"].clone();
    public["key"].take();
    assert!(!public.to_string().contains(&value), "{public}");
}
