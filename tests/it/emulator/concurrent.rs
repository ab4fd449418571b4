//! Many requests at once.

use std::sync::Arc;

use reqwest::Client;
use serde_json::{Value, json};
use tempfile::tempdir;
use tokio::sync::Barrier;
use tokio::task::JoinSet;

use super::start;
use crate::support::patient;

const CLIENTS: usize = 64;

#[tokio::test(flavor = "multi_thread")]
async fn of_many_creations_of_a_name_one_succeeds() {
    let folder = tempdir().expect("a folder");
    let data = folder.path().join("data");
    let data = data.to_str().expect("a path in UTF-8");
    let user = [
        "--listen",
        "127.0.0.1:0",
        "--user",
        "ci@example.com:password",
    ];
    let (_in_memory, url) = start(&user).await;
    race(&url).await;
    let (_in_file, url) = start(&[&user[..], &["--data", data]].concat()).await;
    race(&url).await;
}

async fn race(url: &str) {
    let api = format!("{url}/api/client/v2.0");
    let client = Client::builder().no_proxy().build().expect("a client");
    let body = json!({ "username": "ci@example.com", "password": "password" });
    let login = client.post(format!(
        "{api}/app/myapp-abcde/auth/providers/local-userpass/login"
    ));
    let login = login.body(body.to_string()).send().await.expect("a login");
    let login: Value = serde_json::from_slice(&login.bytes().await.expect("a body")).expect("JSON");
    let token = login["refresh_token"].as_str().expect("a token");
    let barrier = Arc::new(Barrier::new(CLIENTS));
    for round in 0..5 {
        let mut tasks = JoinSet::new();
        for _ in 0..CLIENTS {
            let body = json!({ "name": format!("key-{round}") });
            let create = client.post(format!("{api}/auth/api_keys"));
            let create = create.bearer_auth(token).body(body.to_string());
            let barrier = Arc::clone(&barrier);
            tasks.spawn(async move {
                barrier.wait().await;
                create.send().await.expect("an answer").status().as_u16()
            });
        }
        let mut answers = patient("the answers", tasks.join_all()).await;
        answers.sort_unstable();
        let expected: Vec<_> = [201].into_iter().chain([409; CLIENTS - 1]).collect();
        assert_eq!(answers, expected);
        let listed = client
            .get(format!("{api}/auth/api_keys"))
            .bearer_auth(token);
        let listed = listed.send().await.expect("a list");
        let listed: Value =
            serde_json::from_slice(&listed.bytes().await.expect("a body")).expect("JSON");
        assert_eq!(listed.as_array().map(Vec::len), Some(round + 1));
    }
}
