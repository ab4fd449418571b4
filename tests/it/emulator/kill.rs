//! A data file, and an emulator that is killed while it works.

use std::collections::BTreeMap;
use std::sync::Arc;

use reqwest::{Client, Method};
use serde_json::{Value, json};
use tempfile::tempdir;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::start;
use crate::support::{cases, patient};

/// How many kills; with more random cases, 100.
const ROUNDS: u64 = 12;
const WRITERS: usize = 8;

#[tokio::test(flavor = "multi_thread")]
async fn a_kill_at_any_moment_loses_nothing_that_was_answered() {
    let folder = tempdir().expect("a folder");
    let data = folder.path().join("data");
    let data = data.to_str().expect("a path in UTF-8");
    let mut writers: Vec<_> = (0..WRITERS).map(Writer::new).collect();
    for round in 0..=cases(ROUNDS).min(100) {
        let (mut emulator, url) = start(&["--listen", "127.0.0.1:0", "--data", data]).await;
        for writer in &mut writers {
            writer.check(&url).await;
        }
        let answered = Arc::new(Semaphore::new(0));
        let mut tasks = JoinSet::new();
        for writer in writers.drain(..) {
            tasks.spawn(writer.write(url.clone(), Arc::clone(&answered)));
        }
        // Sooner in one round, later in another, and always with all of them at work.
        let enough = u32::try_from(WRITERS as u64 + 37 * round % 200).expect("few");
        let enough = patient("answers", answered.acquire_many(enough)).await;
        enough.expect("it is never closed").forget();
        patient("the kill", emulator.kill()).await.expect("it runs");
        writers = patient("the writers", tasks.join_all()).await;
    }
    let (_emulator, url) = start(&["--listen", "127.0.0.1:0", "--data", data]).await;
    for writer in &mut writers {
        writer.check(&url).await;
    }
}

/// A user that writes all the time and knows what has been answered.
struct Writer {
    email: String,
    client: Client,
    /// The refresh token of the first login; empty before it.
    session: String,
    keys: BTreeMap<String, Key>,
    /// A second session, opened and ended again and again.
    other: Option<String>,
    /// The values of deleted keys and the tokens of ended sessions.
    dead_keys: Vec<String>,
    dead_sessions: Vec<String>,
    steps: usize,
    /// The step that was not answered.
    doubt: Option<Step>,
}

#[derive(Clone, Debug, PartialEq)]
struct Key {
    id: String,
    disabled: bool,
    value: String,
}

#[derive(Clone, Debug)]
enum Step {
    Register,
    LogIn,
    Create(String),
    Switch(String, bool),
    Delete(String),
    OpenOther,
    EndOther,
}

/// No answer came.
struct Gone;

impl Writer {
    fn new(number: usize) -> Self {
        Self {
            email: format!("writer-{number}@example.com"),
            client: Client::builder().no_proxy().build().expect("a client"),
            session: String::new(),
            keys: BTreeMap::new(),
            other: None,
            dead_keys: Vec::new(),
            dead_sessions: Vec::new(),
            steps: number,
            doubt: Some(Step::Register),
        }
    }

    /// Writes until the server is gone.
    async fn write(mut self, url: String, answered: Arc<Semaphore>) -> Self {
        loop {
            let step = self.next();
            if self.take(&url, &step).await.is_err() {
                self.doubt = Some(step);
                return self;
            }
            answered.add_permits(1);
        }
    }

    fn next(&mut self) -> Step {
        self.steps += 1;
        let name = format!("key-{}", self.steps);
        let oldest = self.keys.first_key_value().map(|(name, _)| name.clone());
        match (self.steps % 6, oldest) {
            _ if self.session.is_empty() => Step::LogIn,
            (1, Some(oldest)) => Step::Switch(oldest, true),
            (2, Some(oldest)) => Step::Switch(oldest, false),
            (3, Some(oldest)) if self.keys.len() > 8 => Step::Delete(oldest),
            (4, Some(oldest)) if self.keys.len() > 4 => Step::Delete(oldest),
            (5, _) if self.other.is_some() => Step::EndOther,
            (5, _) => Step::OpenOther,
            _ => Step::Create(name),
        }
    }

    /// Does it, and notes what was answered.
    async fn take(&mut self, url: &str, step: &Step) -> Result<(), Gone> {
        let session = self.session.clone();
        match step {
            Step::Register => {
                let path = "/app/myapp-abcde/auth/providers/local-userpass/register";
                let body = json!({ "email": self.email, "password": "password" });
                let (status, body) = self.call(url, Method::POST, path, ("", &body)).await?;
                // The registration that was in doubt may have been made.
                assert!(status == 201 || status == 409, "{status} {body}");
            }
            Step::LogIn => self.session = self.log_in(url).await?,
            Step::OpenOther => self.other = Some(self.log_in(url).await?),
            Step::EndOther => {
                let other = self.other.clone().expect("one is open");
                self.expect(url, (Method::DELETE, "/auth/session"), &other, 204)
                    .await?;
                self.dead_sessions.extend(self.other.take());
            }
            Step::Create(name) => {
                let body = json!({ "name": name });
                let path = "/auth/api_keys";
                let (status, body) = self
                    .call(url, Method::POST, path, (&session, &body))
                    .await?;
                assert_eq!(status, 201, "{body}");
                let key = Key {
                    id: text(&body["_id"]),
                    disabled: false,
                    value: text(&body["key"]),
                };
                self.keys.insert(name.clone(), key);
            }
            Step::Switch(name, disabled) => {
                let word = if *disabled { "disable" } else { "enable" };
                let path = format!("/auth/api_keys/{}/{word}", self.keys[name].id);
                self.expect(url, (Method::PUT, &path), &session, 204)
                    .await?;
                self.keys.get_mut(name).expect("it is there").disabled = *disabled;
            }
            Step::Delete(name) => {
                let path = format!("/auth/api_keys/{}", self.keys[name].id);
                self.expect(url, (Method::DELETE, &path), &session, 204)
                    .await?;
                self.dead_keys
                    .extend(self.keys.remove(name).map(|key| key.value));
            }
        }
        Ok(())
    }

    /// Finds everything as it was answered. Only the one step in doubt may have been made or not.
    async fn check(&mut self, url: &str) {
        if let Some(Step::Register) = self.doubt {
            let registered = self.take(url, &Step::Register).await;
            assert!(registered.is_ok(), "the emulator went by itself");
        }
        if !self.session.is_empty() {
            let kept = self.check_all(url).await;
            assert!(kept.is_ok(), "the emulator went by itself");
        }
        self.doubt = None;
    }

    async fn check_all(&mut self, url: &str) -> Result<(), Gone> {
        let nothing = Value::Null;
        let session = self.session.clone();
        let call = (session.as_str(), &nothing);
        let (status, listed) = self.call(url, Method::GET, "/auth/api_keys", call).await?;
        assert_eq!(status, 200, "{}: {listed}", self.email);
        let mut listed: BTreeMap<_, _> = listed
            .as_array()
            .expect("a list")
            .iter()
            .map(|key| {
                (
                    text(&key["name"]),
                    (text(&key["_id"]), key["disabled"] == true),
                )
            })
            .collect();
        match self.doubt.clone() {
            Some(Step::Create(name)) => {
                // Its value is lost, so it has to make way.
                if let Some((id, _)) = listed.remove(&name) {
                    let path = format!("/auth/api_keys/{id}");
                    self.expect(url, (Method::DELETE, &path), &session, 204)
                        .await?;
                }
            }
            Some(Step::Switch(name, _)) => {
                let key = self.keys.get_mut(&name).expect("it is there");
                key.disabled = listed[&name].1;
            }
            Some(Step::Delete(name)) if !listed.contains_key(&name) => {
                self.keys.remove(&name);
            }
            Some(Step::EndOther) => self.other = None,
            _ => {}
        }
        let kept = self.keys.iter();
        let kept: BTreeMap<_, _> = kept
            .map(|(name, key)| (name.clone(), (key.id.clone(), key.disabled)))
            .collect();
        assert_eq!(listed, kept, "{}", self.email);
        self.check_values(url).await?;
        let sessions = self.other.iter().map(|other| (other, 200));
        let dead = self.dead_sessions.iter().map(|dead| (dead, 401));
        for (token, expected) in sessions.chain(dead) {
            self.expect(url, (Method::GET, "/auth/api_keys"), token, expected)
                .await?;
        }
        self.dead_sessions.clear();
        Ok(())
    }

    /// Logs in with the value of every key.
    async fn check_values(&mut self, url: &str) -> Result<(), Gone> {
        let path = "/app/myapp-abcde/auth/providers/api-key/login";
        let keys = self.keys.values();
        let keys = keys.map(|key| (&key.value, if key.disabled { 401 } else { 200 }));
        let dead = self.dead_keys.iter().map(|value| (value, 401));
        for (value, expected) in keys.chain(dead) {
            let body = json!({ "key": value });
            let (status, body) = self.call(url, Method::POST, path, ("", &body)).await?;
            assert_eq!(status, expected, "{}: {body}", self.email);
        }
        self.dead_keys.clear();
        Ok(())
    }

    async fn log_in(&self, url: &str) -> Result<String, Gone> {
        let path = "/app/myapp-abcde/auth/providers/local-userpass/login";
        let body = json!({ "username": self.email, "password": "password" });
        let (status, body) = self.call(url, Method::POST, path, ("", &body)).await?;
        assert_eq!(status, 200, "{}: {body}", self.email);
        Ok(text(&body["refresh_token"]))
    }

    async fn expect(
        &self,
        url: &str,
        (method, path): (Method, &str),
        token: &str,
        expected: u16,
    ) -> Result<(), Gone> {
        let (status, body) = self.call(url, method, path, (token, &Value::Null)).await?;
        assert_eq!(status, expected, "{} {path}: {body}", self.email);
        Ok(())
    }

    /// Status and body of an answer that came whole.
    async fn call(
        &self,
        url: &str,
        method: Method,
        path: &str,
        (token, body): (&str, &Value),
    ) -> Result<(u16, Value), Gone> {
        let mut request = self
            .client
            .request(method, format!("{url}/api/client/v2.0{path}"));
        if !token.is_empty() {
            request = request.bearer_auth(token);
        }
        if !body.is_null() {
            request = request.body(body.to_string());
        }
        let response = request.send().await.map_err(|_| Gone)?;
        let status = response.status().as_u16();
        let text = response.text().await.map_err(|_| Gone)?;
        Ok((status, serde_json::from_str(&text).unwrap_or_default()))
    }
}

fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}
