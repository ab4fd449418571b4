//! An emulator that is killed while users are linked, each of which changes two records.

use std::sync::Arc;

use reqwest::Client;
use serde_json::{Value, json};
use tempfile::tempdir;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::start;
use crate::support::patient;

const ROUNDS: u32 = 6;
const LINKERS: usize = 4;
const PROVIDERS: &str = "/api/client/v2.0/app/myapp-abcde/auth/providers";

#[tokio::test(flavor = "multi_thread")]
async fn a_kill_leaves_no_link_half_made() {
    let folder = tempdir().expect("a folder");
    let data = folder.path().join("data");
    let data = data.to_str().expect("a path in UTF-8");
    let flags = ["--listen", "127.0.0.1:0", "--data", data];
    for round in 0..ROUNDS {
        let (mut emulator, url) = start(&flags).await;
        let answered = Arc::new(Semaphore::new(0));
        let mut tasks = JoinSet::new();
        for number in 0..LINKERS {
            let linker = Linker::new(&url, format!("{round}-{number}"));
            tasks.spawn(linker.link(Arc::clone(&answered)));
        }
        let enough = answered.acquire_many(5 + 3 * round);
        let enough = patient("links", enough).await;
        enough.expect("nobody closes it").forget();
        patient("the kill", emulator.kill()).await.expect("it runs");
        let linkers = patient("the linkers", tasks.join_all()).await;
        let (mut emulator, url) = start(&flags).await;
        for linker in linkers {
            linker.check(&url).await;
        }
        patient("the end", emulator.kill()).await.expect("it runs");
    }
}

/// Registers users and links them to anonymous ones until nobody answers.
struct Linker {
    client: Client,
    url: String,
    name: String,
    /// The addresses that were registered, and to which user each was linked. Only of the last is it unknown.
    users: Vec<(String, Option<String>)>,
}

impl Linker {
    fn new(url: &str, name: String) -> Self {
        Self {
            client: Client::builder().no_proxy().build().expect("a client"),
            url: url.to_owned(),
            name,
            users: Vec::new(),
        }
    }

    async fn link(mut self, answered: Arc<Semaphore>) -> Self {
        while self.link_one().await.is_some() {
            answered.add_permits(1);
        }
        self
    }

    /// `None` when no answer came.
    async fn link_one(&mut self) -> Option<()> {
        let email = format!("{}-{}@example.com", self.name, self.users.len());
        let register = json!({ "email": email, "password": "password" });
        self.post("local-userpass/register", "", &register, 201)
            .await?;
        self.users.push((email.clone(), None));
        let anonymous = self.post("anon-user/login", "", &json!({}), 200).await?;
        let token = anonymous["access_token"].as_str().expect("a token");
        let path = "local-userpass/login?link=true";
        let linked = self.post(path, token, &login(&email), 200).await?;
        assert_eq!(linked["user_id"], anonymous["user_id"]);
        let user = linked["user_id"].as_str().map(str::to_owned);
        self.users.last_mut().expect("it was pushed").1 = user;
        Some(())
    }

    /// Whoever has registered can log in, as the user whom the answer named if there was one.
    async fn check(mut self, url: &str) {
        url.clone_into(&mut self.url);
        for (email, user) in &self.users {
            let path = "local-userpass/login";
            let login = self.post(path, "", &login(email), 200).await;
            let login = login.expect("the emulator runs");
            let user = user.as_deref();
            assert!(user.is_none_or(|user| login["user_id"] == user), "{email}");
        }
    }

    async fn post(&self, path: &str, token: &str, body: &Value, expected: u16) -> Option<Value> {
        let url = format!("{}{PROVIDERS}/{path}", self.url);
        let request = self.client.post(url).body(body.to_string());
        let response = request.bearer_auth(token).send().await.ok()?;
        let status = response.status().as_u16();
        let text = response.text().await.ok()?;
        assert_eq!(status, expected, "{path}: {text}");
        serde_json::from_str(&text).ok()
    }
}

fn login(email: &str) -> Value {
    json!({ "username": email, "password": "password" })
}
