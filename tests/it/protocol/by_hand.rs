//! The provider started by people: `--version`, `--help`, and `--debug` for a debugger.

use serde_json::json;

use crate::support::host::{Launch, attached, debugged};
use crate::support::server::Server;

#[tokio::test]
async fn version_is_one_line_on_stdout() {
    let ended = Launch::by_hand(&["--version"]).run().await;
    assert_eq!(ended.status.code(), Some(0), "{ended:?}");
    assert_eq!(
        ended.stdout.trim_end(),
        concat!("terraform-provider-appservices ", env!("CARGO_PKG_VERSION"))
    );
    assert_eq!(ended.stderr, "");
}

#[tokio::test]
async fn help_says_what_this_is_and_names_the_options() {
    let ended = Launch::by_hand(&["--help"]).run().await;
    assert_eq!(ended.status.code(), Some(0), "{ended:?}");
    for word in ["Terraform", "--debug", "--version"] {
        assert!(ended.stdout.contains(word), "{word}: {}", ended.stdout);
    }
    assert_eq!(ended.stderr, "");
}

#[tokio::test]
async fn an_unknown_option_is_refused() {
    let ended = Launch::by_hand(&["--no-such-option"]).run().await;
    assert_ne!(ended.status.code(), Some(0));
    assert_eq!(ended.stdout, "");
    assert!(
        ended.stderr.contains("--no-such-option"),
        "{}",
        ended.stderr
    );
}

#[tokio::test]
async fn debug_prints_what_terraform_needs_to_reattach() {
    let (mut plugin, _) = Launch::by_hand(&["--debug"]).spawn();
    let printed = plugin.reattach().await;
    let mut provider = printed["registry.terraform.io/appservices/appservices"].clone();
    let address = provider["Addr"].take();
    // With `Test` false Terraform would take the protocol for version 5, and panic.
    let pid = plugin.id();
    let expected =
        json!({ "Protocol": "grpc", "ProtocolVersion": 6, "Pid": pid, "Test": true, "Addr": null });
    assert_eq!(provider, expected);
    assert!(
        address["Network"].is_string() && address["String"].is_string(),
        "{address}"
    );
    plugin.interrupt_and_end().await;
}

#[tokio::test]
async fn debug_serves_one_terraform_after_the_other_without_tls() {
    let server = Server::start().await;
    let (plugin, address) = debugged(Launch::by_hand(&["--debug"])).await;
    for name in ["one", "two", "three"] {
        let terraform = attached(&address).await;
        terraform.configure(server.config()).await.fine();
        terraform.create(json!({ "name": name })).await;
    }
    plugin.interrupt_and_end().await;
}
