//! What a server gets that has had enough: 429 is meant for the whole process, not for the key that met it.

use futures_util::future::join_all;
use serde_json::json;
use terraform_provider_appservices::emulator::{Answer, Fault, FaultEffect, Options};

use crate::support::host::Host;
use crate::support::patient;
use crate::support::proto::tfplugin6::stop_provider;
use crate::support::rpc::{Change, Stored, answer};
use crate::support::server::Server;

const KEYS: &str = "/auth/api_keys";

/// A server on which many keys fit, and a provider that is configured for it.
async fn world() -> (Server, Host) {
    let server = Server::with(Options {
        max_keys: 100,
        ..Options::default()
    })
    .await;
    let host = Host::start().await;
    host.configure(server.config()).await.fine();
    (server, host)
}

fn busy(retry_after: &str) -> Answer {
    Answer::new(429).header("Retry-After", retry_after)
}

/// Thirty keys at once, as with `-parallelism=30`.
async fn create_thirty(host: &Host, more: &serde_json::Value) -> Vec<Stored> {
    let create = async |number: usize| {
        let mut config = more.clone();
        config["name"] = format!("ci-{number}").into();
        let change = Change::create(config);
        let planned = host.plan(change.clone()).await;
        host.apply(&change, &planned).await
    };
    join_all((0..30).map(create)).await
}

/// The fault for ten requests.
fn ten(fault: Fault) -> Fault {
    Fault {
        times: Some(10),
        ..fault
    }
}

#[tokio::test]
async fn after_a_429_the_others_are_not_sent_and_say_why() {
    let (server, host) = world().await;
    let fault = Fault::before("POST", KEYS, busy("30")).always();
    server.emulator.inject(fault).expect("a fault");
    // The server asks for more time than there is, so the provider does not wait for the end of it.
    let in_time = json!({ "timeouts": { "create": "20s" } });
    for made in create_thirty(&host, &in_time).await {
        made.findings.one_error(&["429"]);
        assert!(made.state.is_null(), "{made:?}");
    }
    let sent = server.count("POST", KEYS);
    assert!(sent <= 10, "{sent} requests");
    host.shut_down().await;
    assert_eq!(
        server.open_sessions(),
        0,
        "logging out is tried all the same"
    );
}

#[tokio::test]
async fn a_429_for_ten_is_healed_and_costs_the_others_nothing() {
    let (server, host) = world().await;
    let fault = ten(Fault::before("POST", KEYS, busy("1")));
    server.emulator.inject(fault).expect("a fault");
    for made in create_thirty(&host, &json!({})).await {
        made.findings.fine();
    }
    assert_eq!(
        (server.count("POST", KEYS), server.emulator.keys().len()),
        (40, 30)
    );
    host.shut_down().await;
}

#[tokio::test]
async fn an_interrupt_ends_the_wait_of_all() {
    let (server, host) = world().await;
    let fault = Fault::before("POST", KEYS, busy("30")).always();
    let fault = server.emulator.inject(fault).expect("a fault");
    let interrupt = async {
        patient("a 429", fault.hit_times(1)).await;
        answer(host.provider().stop_provider(stop_provider::Request {})).await
    };
    let nothing = json!({});
    let (made, _) = tokio::join!(create_thirty(&host, &nothing), interrupt);
    for made in made {
        made.findings.one_error(&["Could not create"]);
    }
    assert!(server.count("POST", KEYS) <= 10);
    host.shut_down().await;
}

#[tokio::test]
async fn ten_requests_are_under_way_at_most_also_after_a_429() {
    let (server, host) = world().await;
    let inject = |fault| server.emulator.inject(fault).expect("a fault");
    let first = inject(ten(Fault::before("POST", KEYS, FaultEffect::Hang)));
    let refused = inject(ten(Fault::before("POST", KEYS, busy("0"))));
    let then = inject(Fault::before("POST", KEYS, FaultEffect::Hang).always());
    let watch = async {
        patient("ten creates", first.hit_times(10)).await;
        first.clear();
        patient("the creates after the 429", then.hit_times(10)).await;
        // What needs no request is answered, and no eleventh request shows meanwhile.
        for number in 0..20 {
            let change = Change::create(json!({ "name": format!("other-{number}") }));
            host.plan(change).await.findings.fine();
        }
        assert_eq!((refused.hits(), then.hits()), (10, 10));
        then.clear();
    };
    let nothing = json!({});
    let (made, ()) = tokio::join!(create_thirty(&host, &nothing), watch);
    for made in made {
        made.findings.fine();
    }
    host.shut_down().await;
}
