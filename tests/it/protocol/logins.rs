//! Every login method, from the block and from the environment.

mod refused;

use serde_json::{Value, json};
use terraform_provider_appservices::emulator::{
    Answer, External, ExternalUser, Fault, Options, ServerKey,
};

use crate::support::host::{Host, Launch};
use crate::support::instance::Instance;
use crate::support::rpc::Change;
use crate::support::server::{APP_ID, EMAIL, PASSWORD, Server};
use crate::support::value::UNKNOWN;

const OWNS_NO_KEYS: &str = "an anonymous user, or a server API key's user, can't own user API keys";

const PAYLOAD: &str = r#"{"badge":"canary-42","nested":{"a":[1,null]}}"#;

/// The attributes with one secret each, and what an emulator takes for it.
const EXTERNAL: [(&str, External, &str); 5] = [
    ("custom_jwt", External::CustomToken, "canary.jwt.token"),
    ("custom_function_payload", External::CustomFunction, PAYLOAD),
    ("google_id_token", External::Google, "canary.google.token"),
    ("apple_id_token", External::Apple, "canary.apple.token"),
    (
        "facebook_access_token",
        External::Facebook,
        "canary-facebook-token",
    ),
];

/// A server that knows its user by every login method there is.
async fn welcoming() -> Server {
    let external = |(_, provider, secret): (&str, External, &str)| ExternalUser {
        provider,
        secret: secret.into(),
        user: EMAIL.to_owned(),
    };
    Server::with(Options {
        third_parties: EXTERNAL.map(external).to_vec(),
        ..Default::default()
    })
    .await
}

/// Every login method: its attributes.
async fn methods(server: &Server) -> Vec<Value> {
    let key = server.create("terraform").await;
    let mut methods = vec![
        json!({ "email": EMAIL, "password": PASSWORD }),
        json!({ "api_key": key["key"] }),
        json!({ "refresh_token": server.session().await }),
    ];
    methods.extend(EXTERNAL.map(|(attribute, _, secret)| json!({ attribute: secret })));
    methods
}

fn place(server: &Server) -> Value {
    json!({ "base_url": server.url(), "app_id": APP_ID })
}

fn with(mut base: Value, more: &Value) -> Value {
    let more = more.as_object().expect("an object").clone();
    base.as_object_mut().expect("an object").extend(more);
    base
}

fn variable(attribute: &str) -> String {
    format!("APPSERVICES_{}", attribute.to_uppercase())
}

/// A process with these attributes in its environment.
fn launch(attributes: &Value) -> Launch {
    let attributes = attributes.as_object().expect("an object").iter();
    attributes.fold(Launch::like_terraform(), |launch, (attribute, value)| {
        launch.with(&variable(attribute), value.as_str().expect("text"))
    })
}

/// The provider makes and deletes a key, and leaves no session of its own behind.
async fn works(server: &Server, host: Host, method: &Value) {
    let open = server.open_sessions();
    let mut key = Instance::create(&host, json!({ "name": "ci" })).await;
    let made = server.emulator.keys();
    let made = made.iter().find(|made| made.name == "ci");
    let owner = &made.expect("the new key").owner;
    assert_eq!(owner, EMAIL, "{method}");
    key.run(&host, &Value::Null).await.fine();
    let ended = host.shut_down().await;
    assert_eq!(server.open_sessions(), open, "sessions after {method}");
    for secret in method.as_object().expect("an object").values() {
        let secret = secret.as_str().expect("text");
        let shown = secret != EMAIL && ended.stderr.contains(secret);
        assert!(!shown, "{method} in the log");
    }
}

#[tokio::test]
async fn every_method_works_from_the_block() {
    let server = welcoming().await;
    for method in methods(&server).await {
        let host = Host::start().await;
        let config = with(place(&server), &method);
        host.validate_provider(config.clone()).await.fine();
        host.configure(config).await.fine();
        works(&server, host, &method).await;
    }
}

#[tokio::test]
async fn every_method_works_from_the_environment() {
    let server = welcoming().await;
    for method in methods(&server).await {
        let host = Host::launch(launch(&method)).await;
        host.configure(place(&server)).await.fine();
        works(&server, host, &method).await;
    }
}

#[tokio::test]
async fn any_two_methods_are_an_error_that_names_both() {
    let host = Host::start().await;
    let server = welcoming().await;
    let methods = methods(&server).await;
    for (place, one) in methods.iter().enumerate() {
        for other in &methods[place + 1..] {
            let both = with(with(self::place(&server), one), other);
            let found = host.validate_provider(both).await;
            let first = |method: &Value| method.as_object().expect("one").keys().next().cloned();
            let (one, other) = (first(one).expect("a name"), first(other).expect("a name"));
            let error = found.one_error(&[&one, &other]);
            for secret in [PASSWORD, PAYLOAD, "canary"] {
                assert!(!error.to_string().contains(secret), "{error}");
            }
        }
    }
}

#[tokio::test]
async fn two_methods_in_the_environment_are_an_error_that_names_both_variables() {
    let server = Server::start().await;
    let both = json!({ "api_key": "canary-key", "custom_jwt": "canary.jwt.token" });
    let host = Host::launch(launch(&both)).await;
    let findings = host.configure(place(&server)).await;
    let error = findings.one_error(&["APPSERVICES_API_KEY", "APPSERVICES_CUSTOM_JWT"]);
    assert!(!error.to_string().contains("canary"), "{error}");
}

#[tokio::test]
async fn incomplete_credentials_name_what_is_missing() {
    let host = Host::start().await;
    for (half, missing) in [
        (json!({ "email": EMAIL }), "password"),
        (json!({ "password": PASSWORD }), "email"),
    ] {
        let config = with(json!({ "app_id": APP_ID }), &half);
        host.validate_provider(config).await.one_error(&[missing]);
        let launched = Host::launch(launch(&half)).await;
        let findings = launched.configure(json!({ "app_id": APP_ID })).await;
        findings.one_error(&[&variable(missing)]);
    }
}

#[tokio::test]
async fn credentials_in_the_block_win_over_the_environment_as_a_whole() {
    let server = welcoming().await;
    // Incomplete credentials, and others: none of them is looked at.
    let environment = json!({
        "email": "nobody@example.com",
        "custom_jwt": "wrong",
        "refresh_token": "wrong",
    });
    for method in methods(&server).await {
        let host = Host::launch(launch(&environment)).await;
        host.configure(with(place(&server), &method)).await.fine();
        works(&server, host, &method).await;
    }
}

#[tokio::test]
async fn what_is_not_known_yet_is_never_taken_from_the_environment() {
    let server = welcoming().await;
    let environment = json!({ "email": EMAIL, "password": PASSWORD });
    for unknown in [
        json!({ "email": EMAIL, "password": UNKNOWN }),
        json!({ "api_key": UNKNOWN }),
        json!({ "refresh_token": UNKNOWN }),
        json!({ "email": EMAIL, "password": PASSWORD, "app_id": UNKNOWN }),
        json!({ "email": EMAIL, "password": PASSWORD, "base_url": UNKNOWN }),
        json!({ "email": EMAIL, "password": PASSWORD, "ca_certificate_file": UNKNOWN }),
        json!({ "email": EMAIL, "password": PASSWORD, "request_timeout": UNKNOWN }),
        json!({ "email": EMAIL, "password": PASSWORD, "max_retries": UNKNOWN }),
    ] {
        let environment = with(environment.clone(), &json!({ "request_timeout": "9s" }));
        let launch = launch(&environment)
            .with("APPSERVICES_APP_ID", APP_ID)
            .with("APPSERVICES_BASE_URL", &server.url());
        let host = Host::launch(launch).await;
        let config = with(place(&server), &unknown);
        host.validate_provider(config.clone()).await.fine();
        host.configure(config).await.fine();
        // Planning goes on; what needs the server is told what is missing.
        let change = Change::create(json!({ "name": "ci" }));
        let planned = host.plan(change.clone()).await;
        planned.findings.fine();
        let attribute = unknown.as_object().expect("an object").iter();
        let attribute = attribute.filter(|(_, value)| **value == UNKNOWN);
        let attribute = attribute.map(|(name, _)| name.as_str()).next();
        let attribute = attribute.expect("an unknown attribute");
        let made = host.apply(&change, &planned).await;
        made.findings.one_error(&[attribute, "unknown"]);
        host.shut_down().await;
    }
    assert_eq!(server.requests(), [""; 0]);
}

#[tokio::test]
async fn a_payload_that_is_no_object_is_refused_before_anything_is_sent() {
    for payload in ["", "canary", "[1]", "{", "\"canary\"", "{}canary"] {
        let host = Host::start().await;
        let config = json!({ "app_id": APP_ID, "custom_function_payload": payload });
        let mut findings = host.validate_provider(config.clone()).await;
        if !findings.has_error() {
            findings = host.configure(config).await;
        }
        let error = findings.one_error(&["custom_function_payload"]);
        assert!(!error.to_string().contains("canary"), "{error}");
    }
}
