//! Ctrl-C and sudden death while a key is being made.

use serde_json::json;
use terraform_provider_appservices::emulator::{Fault, FaultEffect, Injected};

use crate::support::running::Running;
use crate::support::world::{CI, World};

const KEY: &str = r#"resource "appservices_user_api_key" "ci" { name = "ci" }"#;
const KEY_BY_PREFIX: &str = r#"resource "appservices_user_api_key" "ci" { name_prefix = "ci-" }"#;

/// An apply whose create has reached the server, which hangs before or after it acted.
async fn creating(world: &World, hcl: &str, fault: Fault) -> (Running, Injected) {
    let hang = world.server.emulator.inject(fault).expect("a fault");
    world.main(hcl);
    let run = world
        .terraform
        .start(&["apply", "-auto-approve", "-input=false"]);
    crate::support::patient("the create", hang.hit_times(1)).await;
    (run, hang)
}

fn before() -> Fault {
    Fault::before("POST", "/auth/api_keys", FaultEffect::Hang)
}

fn after() -> Fault {
    Fault::after("POST", "/auth/api_keys", FaultEffect::Hang)
}

/// The value is in the state, or the server has no such key.
async fn nothing_is_lost(world: &World, hcl: &str) {
    let state = world.state(CI);
    match &world.server.emulator.keys()[..] {
        [] => assert_eq!(state, json!(null)),
        [key] => {
            assert_eq!(
                state["id"],
                key.id.as_str(),
                "the state of {key:?} after {:#?}",
                world.server.requests()
            );
            let value = state["key"].as_str().expect("a value");
            assert!(world.server.log_in_with(value).await.is_success());
        }
        many => panic!("at most one key, not {many:?}"),
    }
    world.apply(hcl).await.succeeds();
    let value = world.attribute(CI, "key");
    assert!(world.server.log_in_with(&value).await.is_success());
    assert_eq!(world.server.emulator.keys().len(), 1);
    world.has_nothing_to_do(hcl).await;
}

#[tokio::test]
async fn ctrl_c_waits_for_the_key() {
    for fault in [before(), after()] {
        let Some(world) = World::start().await else {
            return;
        };
        let (mut run, hang) = creating(&world, KEY, fault).await;
        run.interrupt().await;
        run.says("Interrupt received").await;
        run.says("Stopping operation").await;
        hang.clear();
        run.end().await;
        let value = world.attribute(CI, "key");
        assert!(world.server.log_in_with(&value).await.is_success());
        nothing_is_lost(&world, KEY).await;
    }
}

/// Two interrupts while the server hangs, and goes on hanging: Terraform does not wait for the provider any more.
async fn interrupted_twice(hcl: &str, fault: Fault) {
    let Some(world) = World::start().await else {
        return;
    };
    let (mut run, hang) = creating(&world, hcl, fault).await;
    let providers = run.providers();
    run.interrupt().await;
    run.says("Stopping operation").await;
    run.interrupt().await;
    let ran = run.end().await;
    assert_eq!(ran.code, 1, "{}", ran.whole());
    ran.mentions(&["Two interrupts received"]);
    for provider in providers {
        provider.ends().await;
    }
    assert_eq!(world.server.open_sessions(), 0, "it still logs out");
    hang.clear();
    nothing_is_lost(&world, hcl).await;
}

#[tokio::test]
async fn a_second_ctrl_c_before_the_server_acts_makes_no_key() {
    interrupted_twice(KEY, before()).await;
}

/// The provider knows its own keys by a random name alone.
#[tokio::test]
async fn a_second_ctrl_c_after_the_server_acted_leaves_no_key_of_a_random_name() {
    interrupted_twice(KEY_BY_PREFIX, after()).await;
}

#[tokio::test]
async fn after_a_sudden_death_the_next_apply_says_how_to_go_on() {
    let Some(world) = World::start().await else {
        return;
    };
    let (run, hang) = creating(&world, KEY, after()).await;
    let providers = run.providers();
    assert!(!providers.is_empty(), "the provider of the apply runs");
    for provider in providers {
        provider.kill().await;
    }
    let ran = run.end().await;
    assert_eq!(ran.code, 1, "{}", ran.whole());
    hang.clear();
    assert_eq!(world.state(CI), json!(null));
    let left = world.server.emulator.keys();
    let [left] = &left[..] else {
        panic!("the key that no state has: {left:?}")
    };
    let ran = world.apply(KEY).await;
    ran.fails_with(&[
        &left.id,
        "replace_existing",
        "terraform import appservices_user_api_key.",
        "import {",
    ]);
    let hcl = KEY.replace(
        "{ name = \"ci\" }",
        "{\n name = \"ci\"\n replace_existing = true\n}",
    );
    world.apply(&hcl).await.succeeds();
    assert_eq!(world.server.keys().await, json!({ "ci": "enabled" }));
    let value = world.attribute(CI, "key");
    assert!(world.server.log_in_with(&value).await.is_success());
}

#[tokio::test]
async fn ctrl_c_while_many_wait_begins_nothing_new() {
    let Some(world) = World::start().await else {
        return;
    };
    let hang = world.server.emulator.inject(after()).expect("a fault");
    let many = r#"
        resource "appservices_user_api_key" "many" {
          count = 15
          name  = "ci-${count.index}"
        }
    "#;
    world.main(many);
    let mut run =
        world
            .terraform
            .start(&["apply", "-auto-approve", "-input=false", "-parallelism=1"]);
    crate::support::patient("the create", hang.hit_times(1)).await;
    run.interrupt().await;
    run.says("Stopping operation").await;
    hang.clear();
    run.end().await;
    let state = world.terraform.state_file();
    let held = state["resources"][0]["instances"].as_array();
    let held = held.expect("instances").len();
    assert_eq!(world.server.emulator.keys().len(), held);
    assert_eq!(held, 1, "no new request after the interrupt");
    world.apply(many).await.succeeds();
    assert_eq!(world.server.emulator.keys().len(), 15);
    world.has_nothing_to_do(many).await;
}
