//! When a process ends, when it does not, and what its last line says. `acceptance::aborted` does so with the real Terraform.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tonic::{Response, Status};

use crate::support::detour::{Deed, Detour, Held};
use crate::support::host::{Host, Launch};
use crate::support::patient;
use crate::support::proto::plugin::Empty;
use crate::support::proto::plugin::grpc_controller_client::GrpcControllerClient;
use crate::support::proto::tfplugin6::{apply_resource_change, stop_provider};
use crate::support::rpc::{Change, Findings, KEY, answer};
use crate::support::server::Server;

/// A creation under way. Its answer may be used or not.
async fn creating(
    host: &Host,
) -> JoinHandle<Result<Response<apply_resource_change::Response>, Status>> {
    let change = Change::create(json!({ "name": "ci" }));
    let request = host.plan_request(change.clone()).await;
    let planned = answer(host.provider().plan_resource_change(request)).await;
    let request = host.apply_request(change, planned).await;
    let mut provider = host.provider();
    tokio::spawn(async move { provider.apply_resource_change(request).await })
}

#[tokio::test]
async fn no_signal_ends_it_while_its_host_is_connected() {
    let server = Server::start().await;
    let host = Host::start().await;
    host.configure(server.config()).await.fine();
    let state = host.create(json!({ "name": "ci" })).await;
    for _ in 0..2 {
        for which in [
            "-HUP", "-QUIT", "-INT", "-TERM", "-PIPE", "-ALRM", "-USR1", "-USR2", "-TSTP", "-CONT",
        ] {
            host.plugin.signal(which).await;
        }
    }
    host.read(&state, b"").await.findings.fine();
    host.delete(&state).await;
    host.shut_down().await;
    assert_eq!(server.open_sessions(), 0);
}

#[tokio::test]
async fn a_request_to_terminate_is_an_interrupt() {
    let server = Server::start().await;
    let detour = Detour::to(&server).await;
    let host = Host::start().await;
    host.configure(detour.config(&server)).await.fine();
    let state = host.create(json!({ "name": "ci" })).await;
    let held = Held::new();
    let busy = Deed::HoldAndRefuse(held.clone(), 503, r#"{"error":"busy"}"#);
    detour.next("PUT", "/disable", busy);
    let change = Change::update(state.clone(), json!({ "name": "ci", "enabled": false }));
    let planned = host.plan(change.clone()).await;
    let (updated, ()) = tokio::join!(host.apply(&change, &planned), async {
        held.arrives().await;
        host.plugin.signal("-TERM").await;
        // Signals have no order among requests, but a process that answers a few has come by its signals.
        for _ in 0..5 {
            host.validate(json!({ "name": "ci" })).await.fine();
        }
        held.let_go();
    });
    assert!(updated.findings.has_error(), "it is not tried again");
    // What comes later is not bound by it.
    host.delete(&state).await;
    host.shut_down().await;
    assert_eq!(server.keys().await, json!({}));
}

#[tokio::test]
async fn a_host_that_disconnects_after_an_interrupt_ends_the_process() {
    let server = Server::start().await;
    let host = Host::start().await;
    host.configure(server.config()).await.fine();
    host.create(json!({ "name": "ci" })).await;
    answer(host.provider().stop_provider(stop_provider::Request {})).await;
    let ended = host.hang_up().await;
    assert_eq!(ended.status.code(), Some(0), "{ended:?}");
    assert!(!ended.left_a_file);
    assert_eq!(server.open_sessions(), 0);
    assert_eq!(
        server.keys().await,
        json!({ "ci": "enabled" }),
        "an answer that was heard stays"
    );
}

/// As under a wrapper that is still the parent when the host has died.
#[tokio::test]
async fn a_host_that_is_not_the_parent_is_gone_when_stderr_has_no_reader() {
    let server = Server::start().await;
    let mut host = Host::start().await;
    host.configure(server.config()).await.fine();
    host.open(KEY, json!({})).await;
    host.plugin.close_stderr().await;
    let ended = host.hang_up().await;
    assert_eq!(ended.status.code(), Some(0), "{ended:?}");
    assert_eq!(server.keys().await, json!({}));
    assert_eq!(server.open_sessions(), 0);
}

#[tokio::test]
async fn a_log_without_a_reader_holds_up_nothing() {
    let deaf = Host::launch(Launch::like_terraform().with("TF_LOG", "TRACE").deaf()).await;
    let mut closed = Host::launch(Launch::like_terraform().with("TF_LOG", "TRACE")).await;
    closed.plugin.close_stderr().await;
    for host in [deaf, closed] {
        // A pipe holds 64 KiB, and each of these is two lines or more.
        for _ in 0..400 {
            host.validate(json!({ "name": "ci" })).await.fine();
        }
        host.shut_down().await;
    }
}

/// The ERROR lines of a process whose log is off.
fn errors(stderr: &str) -> Vec<Value> {
    let lines = stderr
        .lines()
        .map(|line| serde_json::from_str(line).expect("a line of JSON"));
    lines
        .filter(|line: &Value| line["@level"] == "error")
        .collect()
}

#[tokio::test]
async fn the_last_line_names_the_ephemeral_key_that_could_not_be_closed() {
    let server = Server::start().await;
    let host = Host::launch(Launch::like_terraform()).await;
    host.configure(server.config()).await.fine();
    let open = host.open(KEY, json!({})).await;
    server.emulator.stop().await;
    let ended = host.shut_down().await;
    let [error] = &errors(&ended.stderr)[..] else {
        panic!("one line: {}", ended.stderr)
    };
    let left = error["left_behind"].as_str().expect("what is left");
    let text = |name: &str| open.result[name].as_str().expect("a text");
    assert!(left.contains(text("id")), "{left}");
    assert!(!ended.stderr.contains(text("key")));
}

/// Core calls Shutdown in the middle of things after a second Ctrl-C, and writes no answer into a state any more.
#[tokio::test]
async fn what_is_made_during_a_shutdown_is_deleted_again_before_it_is_answered() {
    let server = Server::start().await;
    let detour = Detour::to(&server).await;
    let host = Host::start().await;
    host.configure(detour.config(&server)).await.fine();
    host.create(json!({ "name": "kept" })).await;
    let held = Held::new();
    detour.next("POST", "/auth/api_keys", Deed::Hold(held.clone()));
    let applying = creating(&host).await;
    held.arrives().await;
    let mut controller = GrpcControllerClient::new(host.channel());
    let shutdown = tokio::spawn(async move { controller.shutdown(Empty {}).await });
    // Calls have no order, but a process that answers a few has come by Shutdown.
    for _ in 0..5 {
        host.validate(json!({ "name": "ci" })).await.fine();
    }
    held.let_go();
    let said = patient("the answer to Shutdown", shutdown).await;
    said.expect("no panic").expect("Shutdown is answered");
    assert_eq!(server.keys().await, json!({ "kept": "enabled" }));
    let ended = host.plugin.end().await;
    assert_eq!(errors(&ended.stderr), [json!(null); 0], "{ended:?}");
    // Should the host write this into a state after all, it is what is there.
    let made = applying
        .await
        .expect("no panic")
        .expect("an answer")
        .into_inner();
    let state = made.new_state.expect("a state");
    assert_eq!(state.msgpack, [0xc0], "null");
    Findings::of(made.diagnostics).one_error(&["taken back"]);
}

#[tokio::test]
async fn a_read_under_way_holds_up_no_shutdown() {
    let server = Server::start().await;
    let maker = Host::start().await;
    maker.configure(server.config()).await.fine();
    let state = maker.create(json!({ "name": "ci" })).await;
    maker.shut_down().await;
    let detour = Detour::to(&server).await;
    let host = Host::start().await;
    host.configure(detour.config(&server)).await.fine();
    let held = Held::new();
    detour.next("GET", "/auth/api_keys", Deed::Hold(held.clone()));
    let mut controller = GrpcControllerClient::new(host.channel());
    let (_, ()) = tokio::join!(host.read(&state, b""), async {
        held.arrives().await;
        // Changes are waited for, for ten seconds.
        let shutdown = timeout(Duration::from_secs(9), controller.shutdown(Empty {})).await;
        shutdown.expect("in time").expect("Shutdown is answered");
        held.let_go();
    });
}

#[tokio::test]
async fn the_last_line_names_the_key_whose_creation_was_never_answered() {
    let server = Server::start().await;
    let detour = Detour::to(&server).await;
    let host = Host::start().await;
    host.configure(detour.config(&server)).await.fine();
    let [created, listed] = [Held::new(), Held::new()];
    detour.next("POST", "/auth/api_keys", Deed::Silence(created.clone()));
    detour.next("GET", "/auth/api_keys", Deed::Silence(listed));
    let applying = creating(&host).await;
    created.arrives().await;
    let mut controller = GrpcControllerClient::new(host.channel());
    patient("the answer to Shutdown", controller.shutdown(Empty {}))
        .await
        .expect("Shutdown is answered");
    let ended = host.plugin.end().await;
    assert_eq!(ended.status.code(), Some(0), "{ended:?}");
    assert!(applying.await.expect("no panic").is_err());
    let [error] = &errors(&ended.stderr)[..] else {
        panic!("one line: {}", ended.stderr)
    };
    let left = error["left_behind"].as_str().expect("what is left");
    assert!(left.contains("\"ci\""), "{left}");
}

#[tokio::test]
async fn a_developer_ends_it_with_any_signal_that_a_terminal_sends() {
    for which in ["-INT", "-TERM", "-HUP", "-QUIT"] {
        let (mut plugin, _) = Launch::by_hand(&["--debug"]).spawn();
        plugin.reattach().await;
        plugin.signal(which).await;
        let ended = plugin.end().await;
        assert_eq!(ended.status.code(), Some(0), "{which}: {ended:?}");
        assert!(!ended.left_a_file);
    }
}
