//! Pairs of runs of one configuration against a server that loses half of all answers: no state holds a key that is gone, and
//! every key that is left can be named.
//!
//! Off unless asked for, since it takes minutes: `APPSERVICES_TEST_SOAK=200 cargo test --test it soak -- --nocapture`, with the
//! number of pairs.

mod lossy;

use std::env;
use std::io::Write as _;

use futures_util::{StreamExt as _, stream};
use serde_json::{Value, json};
use terraform_provider_appservices::emulator::Options;

use crate::support::host::Host;
use crate::support::instance::Instance;
use crate::support::server::Server;
use lossy::{LATEST, Lossy};

const SOAK: &str = "APPSERVICES_TEST_SOAK";
const PAIRS_AT_ONCE: usize = 6;

/// One of two runs, with a state of its own, and everything that it was told.
#[derive(Default)]
struct Runner {
    key: Instance,
    findings: String,
    /// The key whose deletion failed in the last run, which says so in an error.
    not_deleted: Option<String>,
}

impl Runner {
    /// One process, as Terraform starts it for an apply. What fails is told, and the next one goes on from there.
    async fn apply(&mut self, base_url: &str, server: &Server, config: &Value) {
        let host = Host::start().await;
        let mut provider = server.config();
        provider["base_url"] = base_url.into();
        host.configure(provider).await.fine();
        let findings = self.key.run(&host, config).await;
        let own = self.key.state["id"].as_str().map(str::to_owned);
        self.not_deleted = own.filter(|id| {
            let is_own = |summary: &str| summary.ends_with(&format!("({id})"));
            findings.0.iter().any(|found| {
                found.is_error()
                    && found
                        .summary
                        .starts_with("Could not delete the user API key")
                    && is_own(&found.summary)
            })
        });
        self.findings += &findings.to_string();
        host.shut_down().await;
    }
}

#[derive(Debug, Default)]
struct Count {
    held: usize,
    dead: Vec<String>,
    /// Keys that are gone, and stay in the state since every answer to their deletion was lost.
    excluded: usize,
    nameless: Vec<String>,
    errors: usize,
}

impl Count {
    fn add(&mut self, other: Self) {
        self.held += other.held;
        self.errors += other.errors;
        self.excluded += other.excluded;
        self.dead.extend(other.dead);
        self.nameless.extend(other.nameless);
    }

    fn of(server: &Server, pair: &[Runner; 2], names: &str) -> Self {
        let keys = server.emulator.keys();
        let mut count = Self::default();
        for runner in pair {
            count.errors += runner.findings.matches("Error at").count();
            let Some(id) = runner.key.state["id"].as_str() else {
                continue;
            };
            count.held += 1;
            if keys.iter().any(|key| key.id == id) {
                continue;
            }
            if runner.not_deleted.as_deref() == Some(id) {
                count.excluded += 1;
            } else {
                count.dead.push(id.to_owned());
            }
        }
        for key in keys.iter().filter(|key| key.name.starts_with(names)) {
            let is_named = pair.iter().any(|runner| {
                let state = &runner.key.state;
                state["id"] == key.id.as_str()
                    || state["name"] == key.name.as_str()
                    || [
                        format!("not known whether the server made the key {:?}", key.name),
                        format!("No user API key {} was found to delete", key.name),
                    ]
                    .iter()
                    .any(|named| runner.findings.contains(named))
            });
            if !is_named {
                count.nameless.push(key.name.clone());
            }
        }
        count
    }
}

/// Both apply twice and destroy, each step at the same time, and the count is taken after each.
async fn soak(number: usize, server: &Server, lossy: &Lossy) -> Count {
    let names = format!("ci{number}-");
    let timeouts = json!({ "create": "20s", "read": "20s", "delete": "20s" });
    let config = if number.is_multiple_of(2) {
        json!({ "name": format!("{names}fixed"), "timeouts": timeouts })
    } else {
        json!({ "name_prefix": names, "timeouts": timeouts })
    };
    let mut pair = [Runner::default(), Runner::default()];
    let mut count = Count::default();
    for config in [&config, &config, &Value::Null] {
        let [one, other] = &mut pair;
        let url = lossy.url();
        tokio::join!(
            one.apply(&url, server, config),
            other.apply(&url, server, config)
        );
        // What is late takes effect before the next step, or after the end of this run.
        tokio::time::sleep(LATEST).await;
        count.add(Count::of(server, &pair, &names));
    }
    count
}

#[tokio::test]
async fn half_of_all_answers_are_lost_and_no_key_is() {
    let pairs = env::var_os(SOAK).and_then(|pairs| pairs.to_str()?.parse::<usize>().ok());
    let Some(pairs) = pairs else {
        return;
    };
    let server = Server::with(Options {
        max_keys: 10_000,
        ..Options::default()
    })
    .await;
    let lossy = Lossy::before(&server).await;
    let count = stream::iter(0..pairs)
        .map(|number| soak(number, &server, &lossy))
        .buffer_unordered(PAIRS_AT_ONCE)
        .fold(Count::default(), async |mut sum, count| {
            sum.add(count);
            sum
        })
        .await;
    let answers = lossy.counts();
    writeln!(
        std::io::stderr(),
        "{pairs} pairs: {} answers passed, {} lost; {} keys held, {} errors; {} dead, {} more whose own run \
         ended with the error that it could not delete them, {} nameless",
        answers.passed,
        answers.lost,
        count.held,
        count.errors,
        count.dead.len(),
        count.excluded,
        count.nameless.len()
    )
    .expect("stderr is open");
    assert!(count.held > 0 && answers.lost > 0, "{count:?}");
    assert_eq!((&count.dead[..], &count.nameless[..]), (&[][..], &[][..]));
}
