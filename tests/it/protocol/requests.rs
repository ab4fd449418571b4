//! How often the server is asked, and when it is not.

use futures_util::future::join_all;
use serde_json::json;

use crate::support::host::Host;
use crate::support::rpc::{Change, KEY, KEYS};
use crate::support::server::Server;
use crate::support::value::UNKNOWN;

/// Requests so far: locations, logins, lists, and all of them.
fn counted(server: &Server) -> [usize; 4] {
    let all = server.requests().len();
    [
        server.count("GET", "/location"),
        server.count("POST", "/login"),
        server.count("GET", "/auth/api_keys"),
        all,
    ]
}

/// Requests since `before`.
fn since(server: &Server, before: [usize; 4]) -> [usize; 4] {
    let now = counted(server);
    std::array::from_fn(|i| now[i] - before[i])
}

#[tokio::test]
async fn what_needs_no_server_asks_none() {
    let server = Server::start().await;
    let host = Host::start().await;
    host.validate_provider(server.config()).await.fine();
    host.configure(server.config()).await.fine();
    host.validate(json!({ "name": "ci" })).await.fine();
    host.validate_data(KEYS, json!({})).await.fine();
    host.validate_data(KEY, json!({ "name": "ci" }))
        .await
        .fine();
    let stored = json!({
        "name": "ci", "enabled": true, "id": "65f0c0ffee0000000000d001", "key": "value",
        "created_at": "2024-03-12T21:33:02Z", "user_id": "65f0c0ffee0000000000a001",
    });
    host.upgrade(&stored.to_string()).await.1.fine();
    host.plan(Change::update(stored.clone(), json!({ "name": "ci" })))
        .await
        .findings
        .fine();
    host.plan(Change::update(
        stored,
        json!({ "name": "ci", "enabled": false }),
    ))
    .await
    .findings
    .fine();
    host.shut_down().await;
    assert_eq!(server.requests(), [""; 0]);
}

#[tokio::test]
async fn twenty_reads_at_once_cost_as_much_as_one() {
    let server = Server::start().await;
    let host = Host::start().await;
    host.configure(server.config()).await.fine();
    let mut states = Vec::new();
    for number in 0..20 {
        states.push(host.create(json!({ "name": format!("ci-{number}") })).await);
    }
    host.shut_down().await;

    let before = counted(&server);
    let host = Host::start().await;
    host.configure(server.config()).await.fine();
    let reads = join_all(states.iter().map(|state| host.read(state, b""))).await;
    for (read, state) in reads.iter().zip(&states) {
        read.findings.fine();
        assert_eq!(read.state, *state);
    }
    assert_eq!(
        since(&server, before),
        [1, 1, 1, 3],
        "{:?}",
        server.requests()
    );
    host.shut_down().await;
}

#[tokio::test]
async fn a_read_after_a_write_sees_it() {
    let server = Server::start().await;
    let host = Host::start().await;
    host.configure(server.config()).await.fine();
    let mut state = host.create(json!({ "name": "ci" })).await;
    for enabled in [false, true, false] {
        // The list of this read is fresh, and must not be taken for the next.
        assert_eq!(host.read(&state, b"").await.state, state);
        state = host
            .update(&state, json!({ "name": "ci", "enabled": enabled }))
            .await;
        assert_eq!(host.read(&state, b"").await.state, state);
    }
    host.delete(&state).await;
    assert_eq!(host.read(&state, b"").await.state, json!(null));
    host.shut_down().await;
}

#[tokio::test]
async fn ten_creates_at_once_share_one_login_which_ends_with_the_process() {
    let server = Server::start().await;
    let host = Host::start().await;
    host.configure(server.config()).await.fine();
    let names = (0..10).map(|number| json!({ "name": format!("ci-{number}") }));
    join_all(names.map(|config| host.create(config))).await;
    assert_eq!(counted(&server)[..2], [1, 1], "{:?}", server.requests());
    assert_eq!(server.open_sessions(), 1);
    host.shut_down().await;
    assert_eq!(server.open_sessions(), 0, "no session is left behind");
}

#[tokio::test]
async fn a_process_that_opened_no_session_ends_none() {
    let server = Server::start().await;
    let host = Host::start().await;
    host.configure(server.config()).await.fine();
    host.shut_down().await;
    assert_eq!(server.requests(), [""; 0]);
}

#[tokio::test]
async fn settings_that_are_not_known_yet_stop_only_what_needs_them() {
    let server = Server::start().await;
    let host = Host::start().await;
    let mut config = server.config();
    config["password"] = UNKNOWN.into();
    host.validate_provider(config.clone()).await.fine();
    host.configure(config).await.fine();
    host.plan(Change::create(json!({ "name": "ci" })))
        .await
        .findings
        .fine();
    let (_, findings) = host.read_data(KEYS, json!({})).await;
    findings.one_error(&["password", "unknown"]);
    host.shut_down().await;
    assert_eq!(server.requests(), [""; 0]);
}

#[tokio::test]
async fn what_is_not_known_yet_is_no_second_way_of_logging_in() {
    let host = Host::start().await;
    let known = json!({ "app_id": "myapp-abcde", "email": "ci@example.com", "password": "secret" });
    // Root variables are unknown in `terraform validate`, whatever their values will be.
    for unknown in [
        &["api_key"][..],
        &["email", "password"],
        &["email", "password", "api_key"],
    ] {
        let mut config = known.clone();
        for name in unknown {
            config[name] = UNKNOWN.into();
        }
        host.validate_provider(config.clone()).await.fine();
        host.configure(config).await.fine();
    }
    for half in ["email", "password"] {
        let config = json!({ "app_id": "myapp-abcde", half: UNKNOWN });
        host.validate_provider(config).await.fine();
    }
    host.shut_down().await;
}

#[tokio::test]
async fn what_is_not_known_yet_is_never_a_wrong_argument_of_a_data_source() {
    let host = Host::start().await;
    for config in [
        json!({ "id": UNKNOWN }),
        json!({ "name": UNKNOWN }),
        json!({ "id": UNKNOWN, "name": UNKNOWN }),
        json!({ "id": UNKNOWN, "name": "ci" }),
    ] {
        host.validate_data(KEY, config).await.fine();
    }
    let filters = json!({ "name_prefix": UNKNOWN, "name_regex": UNKNOWN, "enabled": UNKNOWN });
    host.validate_data(KEYS, filters).await.fine();
    host.shut_down().await;
}
