//! The client against a scripted server: who asks for what, how often, and what comes of it.

mod budget;
mod circuit_breaker;
mod decoding;
mod faults;
mod keys;
mod limits;
mod matrix;
mod politeness;
mod redirects;
mod secrets;
mod server;
mod sessions;
mod sharing;
mod taken_up;
mod tls;
mod until_listed;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::future::join_all;
use secrecy::ExposeSecret;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use self::server::{Reply, Request, Server};
use super::retry::Backoff;
use super::{
    BaseUrl, Client, CreatedUserApiKey, Credentials, Error, ErrorKind, KeyId, Phase, Settings,
};

const LOCATION: &str = "GET /app/myapp-abcde/location";
const LOGIN: &str = "POST /app/myapp-abcde/auth/providers/local-userpass/login";
const REFRESH: &str = "POST /auth/session";
const LOGOUT: &str = "DELETE /auth/session";
const PROFILE: &str = "GET /auth/profile";
const LIST: &str = "GET /auth/api_keys";
const CREATE: &str = "POST /auth/api_keys";
const GET: &str = "GET /auth/api_keys/65f0c0ffee0000000000d001";
const ENABLE: &str = "PUT /auth/api_keys/65f0c0ffee0000000000d001/enable";
const DISABLE: &str = "PUT /auth/api_keys/65f0c0ffee0000000000d001/disable";
const DELETE: &str = "DELETE /auth/api_keys/65f0c0ffee0000000000d001";

const KEY: &str = r#"{"_id":"65f0c0ffee0000000000d001","name":"deploy-bot","disabled":true}"#;
const CREATED: &str =
    r#"{"_id":"65f0c0ffee0000000000d001","name":"deploy-bot","disabled":false,"key":"canary-key"}"#;
const GONE: &str = r#"{"error":"API key not found","error_code":"APIKeyNotFound"}"#;
const HTML: &str = "<html><head><title>502 Bad Gateway</title></head></html>";

/// Texts that no error, log or `Debug` may show.
const CANARIES: [&str; 4] = [
    "canary-password",
    "canary-key",
    "canary-refresh",
    "canary-access",
];

async fn make(client: &Client, name: &str) -> Result<CreatedUserApiKey, Error> {
    let mut attempts = client.attempts();
    client.create_user_api_key(name, &mut attempts).await
}

fn id() -> KeyId {
    KeyId::parse("65f0c0ffee0000000000d001").unwrap()
}

/// The n-th login: a refresh token of its own each time, and an access token that expires at `exp`.
fn login(n: usize, access_token: &str) -> Reply {
    Reply::json(
        200,
        format!(
            r#"{{"access_token":"{access_token}","refresh_token":"canary-refresh-{n}","user_id":"65f0c0ffee0000000000a001"}}"#
        ),
    )
}

fn refusal(status: u16, code: &str, text: &str) -> Reply {
    Reply::json(
        status,
        format!(
            r#"{{"error":"{text}","error_code":"{code}","link":"https://example.com/logs?co_id=1"}}"#
        ),
    )
}

/// What a server without faults answers.
fn healthy(request: &Request, n: usize) -> Reply {
    match request.line.as_str() {
        LOCATION => Reply::json(
            200,
            r#"{"deployment_model":"LOCAL","location":"US-VA","hostname":""}"#,
        ),
        LOGIN => login(n, "canary-access"),
        REFRESH => Reply::json(201, r#"{"access_token":"canary-access-2"}"#),
        PROFILE => Reply::json(200, r#"{"user_id":"65f0c0ffee0000000000a001"}"#),
        LIST => Reply::json(200, format!("[{KEY}]")),
        GET => Reply::json(200, KEY),
        CREATE => Reply::json(201, CREATED),
        LOGOUT | DELETE | ENABLE | DISABLE => Reply::empty(204),
        _ => Reply::empty(404),
    }
}

/// A healthy server but for what `script` says.
async fn server(script: impl Fn(&str, usize) -> Option<Reply> + Send + Sync + 'static) -> Server {
    Server::start(move |request, n| script(&request.line, n).unwrap_or_else(|| healthy(request, n)))
        .await
}

/// A server that answers requests of one line with these replies, and is healthy afterwards.
async fn faulty(line: &'static str, replies: Vec<Reply>) -> Server {
    server(move |asked, n| {
        (asked == line)
            .then(|| replies.get(n - 1).cloned())
            .flatten()
    })
    .await
}

/// A server that answers requests of one line always like this.
async fn stubborn(line: &'static str, reply: Reply) -> Server {
    server(move |asked, _| (asked == line).then(|| reply.clone())).await
}

fn settings(url: &str) -> Settings {
    let email = ("email", "ci@example.com");
    settings_with(url, credentials(&[email, ("password", "canary-password")]))
}

fn credentials(values: &[(&str, &str)]) -> Credentials {
    Credentials::of(values.iter().map(|(name, text)| (*name, (*text).into()))).unwrap()
}

fn settings_with(url: &str, credentials: Credentials) -> Settings {
    let mut settings = Settings::new("myapp-abcde", credentials);
    settings.base_url = BaseUrl::parse(url).unwrap();
    settings
}

/// Two retries, a millisecond apart.
fn client_of(settings: Settings) -> Client {
    let wait = Duration::from_millis(1);
    Client::with_backoff(
        settings,
        Backoff {
            first: wait,
            longest: wait,
            times: 2,
        },
    )
    .unwrap()
}

fn client(server: &Server) -> Client {
    client_of(settings(&server.url))
}

/// The error with everything that it could print.
fn message(error: &Error) -> String {
    let mut texts = vec![format!("{error:?} {error}")];
    let mut next = std::error::Error::source(error);
    while let Some(error) = next {
        texts.push(format!("{error:?} {error}"));
        next = error.source();
    }
    texts.join(" ")
}

#[track_caller]
fn assert_silent(text: &str) {
    for canary in CANARIES {
        assert!(!text.contains(canary), "{text}");
    }
}
