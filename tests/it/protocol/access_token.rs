//! The ephemeral access token: whose it is, where it is valid, until when, and what renewing it means.

use jiff::Timestamp;
use reqwest::Client;
use serde_json::{Value, json};

use crate::support::host::configured_with_server as configured;
use crate::support::patient;
use crate::support::rpc::{Findings, KEY};

const TOKEN: &str = "appservices_access_token";

fn text<'a>(result: &'a Value, name: &str) -> &'a str {
    result[name]
        .as_str()
        .unwrap_or_else(|| panic!("no `{name}`"))
}

#[tokio::test]
async fn an_access_token_says_whose_it_is_where_it_is_valid_and_until_when() {
    let (server, host) = configured().await;
    let open = host.open(TOKEN, json!({})).await;
    let base_url = text(&open.result, "base_url");
    assert_eq!(base_url, server.url().trim_end_matches('/'));
    let expires_at: Timestamp = text(&open.result, "expires_at").parse().expect("RFC 3339");
    let renew_at = open.renew_at.expect("a token ends, and is renewed before");
    assert!(renew_at < expires_at.as_second());
    assert!(renew_at > Timestamp::now().as_second(), "not at once");

    let token = text(&open.result, "access_token");
    let http = Client::builder().no_proxy().build().expect("a client");
    let url = format!("{base_url}/api/client/v2.0/auth/profile");
    let profile = patient("a profile", http.get(url).bearer_auth(token).send());
    let profile = profile.await.expect("an answer").text().await;
    let profile: Value =
        serde_json::from_str(&profile.expect("a body")).expect("the profile is JSON");
    assert_eq!(profile["user_id"], open.result["user_id"]);
    host.close(TOKEN, open.private).await.fine();
    host.shut_down().await;
    assert_eq!(server.open_sessions(), 0);
}

#[tokio::test]
async fn an_access_token_can_be_renewed_again_and_again() {
    let (server, host) = configured().await;
    let open = host.open(TOKEN, json!({})).await;
    let mut private = open.private.clone();
    for _ in 0..3 {
        let renewed = host.renew(TOKEN, private).await;
        Findings::of(renewed.diagnostics).fine();
        let renew_at = renewed.renew_at.expect("once more");
        assert!(renew_at.seconds > Timestamp::now().as_second());
        private = renewed.private;
    }
    host.close(TOKEN, open.private).await.fine();
    // What is still open works on: the session is the provider's, not the token's.
    let key = host.open(KEY, json!({})).await;
    host.close(KEY, key.private).await.fine();
    host.shut_down().await;
    assert_eq!(server.open_sessions(), 0);
}
