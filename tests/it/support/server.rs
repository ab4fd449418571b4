//! An App Services of the test's own, and what happens to it behind Terraform's back.

use reqwest::{Client, Method, StatusCode};
use serde_json::{Value, json};
use terraform_provider_appservices::emulator::{Emulator, Options, User};

use super::patient;

pub(crate) const EMAIL: &str = "ci@example.com";
pub(crate) const PASSWORD: &str = "correct-horse";
pub(crate) const APP_ID: &str = "myapp-abcde";

/// An emulator with one user, and a client that shares nothing with the provider's.
pub(crate) struct Server {
    pub(crate) emulator: Emulator,
    http: Client,
}

impl Server {
    pub(crate) async fn start() -> Self {
        Self::of_app(APP_ID).await
    }

    pub(crate) async fn of_app(app_id: &str) -> Self {
        let app_id = app_id.to_owned();
        Self::with(Options {
            app_id,
            ..Default::default()
        })
        .await
    }

    /// A server that is special in some way, with the one user all the same.
    pub(crate) async fn with(options: Options) -> Self {
        let user = User {
            email: EMAIL.to_owned(),
            password: PASSWORD.into(),
        };
        let options = Options {
            users: vec![user],
            ..options
        };
        let emulator = Emulator::start(options)
            .await
            .expect("the emulator starts on a free port");
        Self {
            emulator,
            // The emulator closes idle connections, perhaps while a request is on its way through one.
            http: Client::builder()
                .no_proxy()
                .pool_max_idle_per_host(0)
                .build()
                .expect("an HTTP client"),
        }
    }

    pub(crate) fn url(&self) -> String {
        self.emulator.url().to_string()
    }

    /// The provider block's arguments, logged in with the password.
    pub(crate) fn config(&self) -> Value {
        json!({ "base_url": self.url(), "app_id": self.emulator.app_id(), "email": EMAIL, "password": PASSWORD })
    }

    /// What the server has been asked so far, as `GET /path 200`.
    pub(crate) fn requests(&self) -> Vec<String> {
        let requests = self.emulator.requests();
        requests
            .iter()
            .map(|request| format!("{} {} {}", request.method, request.path, request.status))
            .collect()
    }

    /// How many requests there were whose method and path match, `GET /location` for example.
    pub(crate) fn count(&self, method: &str, path_end: &str) -> usize {
        let requests = self.emulator.requests();
        let wanted = requests
            .iter()
            .filter(|one| one.method == method && one.path.ends_with(path_end));
        wanted.count()
    }

    /// Sessions that were not logged out. The helpers here log out of theirs.
    pub(crate) fn open_sessions(&self) -> usize {
        self.emulator.open_sessions()
    }

    /// Makes a key that Terraform does not know: `_id`, `key`, `name`, `disabled`.
    pub(crate) async fn create(&self, name: &str) -> Value {
        let (status, key) = self
            .as_user(Method::POST, "", Some(json!({ "name": name })))
            .await;
        assert!(status.is_success(), "{status}: {key}");
        key
    }

    pub(crate) async fn disable(&self, id: &str) {
        self.change(Method::PUT, &format!("/{id}/disable")).await;
    }

    pub(crate) async fn delete(&self, id: &str) {
        self.change(Method::DELETE, &format!("/{id}")).await;
    }

    async fn change(&self, method: Method, path: &str) {
        let (status, body) = self.as_user(method, path, None).await;
        assert!(status.is_success(), "{status}: {body}");
    }

    /// A further user.
    pub(crate) async fn register(&self, email: &str, password: &str) {
        let path = format!(
            "/app/{}/auth/providers/local-userpass/register",
            self.emulator.app_id()
        );
        let body = json!({ "email": email, "password": password });
        let (status, body) = self.call(Method::POST, &path, "", Some(body)).await;
        assert!(status.is_success(), "{status}: {body}");
    }

    /// All keys, by name: whether each is disabled.
    pub(crate) async fn keys(&self) -> Value {
        let (status, keys) = self.as_user(Method::GET, "", None).await;
        assert!(status.is_success(), "{status}: {keys}");
        let keys = keys.as_array().expect("a list").iter();
        let switches = keys.map(|key| {
            let state = if key["disabled"] == json!(true) {
                "disabled"
            } else {
                "enabled"
            };
            (
                key["name"].as_str().expect("a name").to_owned(),
                Value::from(state),
            )
        });
        Value::Object(switches.collect())
    }

    /// The status of a login with a key's value.
    pub(crate) async fn log_in_with(&self, key: &str) -> StatusCode {
        let (status, session) = self.log_in("api-key", json!({ "key": key })).await;
        if status.is_success() {
            self.log_out(&session).await;
        }
        status
    }

    /// One call to `/auth/api_keys` in a session that ends with it.
    async fn as_user(
        &self,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> (StatusCode, Value) {
        let (status, session) = self
            .log_in(
                "local-userpass",
                json!({ "username": EMAIL, "password": PASSWORD }),
            )
            .await;
        assert!(status.is_success(), "{status}: {session}");
        let answer = self
            .call(
                method,
                &format!("/auth/api_keys{path}"),
                token(&session),
                body,
            )
            .await;
        self.log_out(&session).await;
        answer
    }

    async fn log_in(&self, provider: &str, credentials: Value) -> (StatusCode, Value) {
        let path = format!(
            "/app/{}/auth/providers/{provider}/login",
            self.emulator.app_id()
        );
        self.call(Method::POST, &path, "", Some(credentials)).await
    }

    /// A session that stays open: its refresh token.
    pub(crate) async fn session(&self) -> String {
        let password = json!({ "username": EMAIL, "password": PASSWORD });
        self.session_by("local-userpass", password).await
    }

    /// The same for the user of this JSON Web Token.
    pub(crate) async fn session_of(&self, token: &str) -> String {
        self.session_by("custom-token", json!({ "token": token }))
            .await
    }

    /// A session of any user.
    pub(crate) async fn session_of_user(&self, email: &str, password: &str) -> String {
        let password = json!({ "username": email, "password": password });
        self.session_by("local-userpass", password).await
    }

    /// A key of the user whose session this is: `_id`, `key`, `name`, `disabled`.
    pub(crate) async fn create_in(&self, session: &str, name: &str) -> Value {
        let body = json!({ "name": name });
        let (status, key) = self
            .call(Method::POST, "/auth/api_keys", session, Some(body))
            .await;
        assert!(status.is_success(), "{status}: {key}");
        key
    }

    /// Whether a session still gets new access tokens.
    pub(crate) async fn is_alive(&self, session: &str) -> bool {
        let (status, _) = self
            .call(Method::POST, "/auth/session", session, None)
            .await;
        status.is_success()
    }

    pub(crate) async fn session_by(&self, provider: &str, credentials: Value) -> String {
        let (status, session) = self.log_in(provider, credentials).await;
        assert!(status.is_success(), "{status}: {session}");
        token(&session).to_owned()
    }

    async fn log_out(&self, session: &Value) {
        let (status, body) = self
            .call(Method::DELETE, "/auth/session", token(session), None)
            .await;
        assert!(status.is_success(), "{status}: {body}");
    }

    async fn call(
        &self,
        method: Method,
        path: &str,
        token: &str,
        body: Option<Value>,
    ) -> (StatusCode, Value) {
        let url = format!("{}/api/client/v2.0{path}", self.url());
        let mut request = self.http.request(method, url);
        if !token.is_empty() {
            request = request.bearer_auth(token);
        }
        if let Some(body) = body {
            request = request
                .header("content-type", "application/json")
                .body(body.to_string());
        }
        let response = patient("an answer of the emulator", request.send())
            .await
            .expect("the emulator answers");
        let status = response.status();
        let body = response.text().await.expect("a body");
        let body = if body.is_empty() {
            Value::Null
        } else {
            serde_json::from_str(&body).expect("JSON")
        };
        (status, body)
    }
}

fn token(session: &Value) -> &str {
    session["refresh_token"].as_str().expect("a refresh token")
}
