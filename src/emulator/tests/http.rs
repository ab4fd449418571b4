//! A client that hides nothing: one request, and all that came back.

use reqwest::{Client, Method, RequestBuilder};
use serde_json::{Value, json};

use crate::emulator::{Emulator, Options, User};

pub(super) const EMAIL: &str = "ci@example.com";
pub(super) const PASSWORD: &str = "correct-horse";
pub(super) const REGISTER: &str = "/app/myapp-abcde/auth/providers/local-userpass/register";
pub(super) const PASSWORD_LOGIN: &str = "/app/myapp-abcde/auth/providers/local-userpass/login";
pub(super) const KEY_LOGIN: &str = "/app/myapp-abcde/auth/providers/api-key/login";
pub(super) const ANONYMOUS_LOGIN: &str = "/app/myapp-abcde/auth/providers/anon-user/login";

/// An emulator with one user, and a client for it.
pub(super) struct World {
    pub(super) emulator: Emulator,
    client: Client,
}

/// All of an answer that callers can see.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) content_type: Option<String>,
    pub(super) request_id: String,
    pub(super) text: String,
}

/// The tokens of a login.
#[derive(Debug)]
pub(super) struct Login {
    pub(super) access: String,
    pub(super) refresh: String,
    pub(super) user: String,
}

impl World {
    pub(super) async fn start() -> Self {
        Self::with(Options::default()).await
    }

    pub(super) async fn with(options: Options) -> Self {
        let ci = User {
            email: EMAIL.to_owned(),
            password: PASSWORD.into(),
        };
        let emulator = Emulator::start(Options {
            users: vec![ci],
            ..options
        })
        .await
        .unwrap();
        let client = Client::builder().no_proxy().build().unwrap();
        Self { emulator, client }
    }

    /// A request below `/api/client/v2.0`, without any header or body.
    pub(super) fn request(&self, method: &str, path: &str) -> RequestBuilder {
        let url = format!("{}/api/client/v2.0{path}", self.emulator.url());
        self.client
            .request(Method::from_bytes(method.as_bytes()).unwrap(), url)
    }

    pub(super) async fn post(&self, path: &str, body: &Value) -> Answer {
        send(
            self.request("POST", path)
                .header("Content-Type", "application/json")
                .body(body.to_string()),
        )
        .await
    }

    /// A call that is signed and has no body, which are most.
    pub(super) async fn call(&self, method: &str, path: &str, token: &str) -> Answer {
        send(self.request(method, path).bearer_auth(token)).await
    }

    pub(super) async fn create_key(&self, token: &str, body: &Value) -> Answer {
        send(
            self.request("POST", "/auth/api_keys")
                .bearer_auth(token)
                .body(body.to_string()),
        )
        .await
    }

    /// Logs in, which must succeed.
    pub(super) async fn log_in(&self, path: &str, body: &Value) -> Login {
        let answer = self.post(path, body).await.json(200);
        let member = |name: &str| answer[name].as_str().unwrap().to_owned();
        Login {
            access: member("access_token"),
            refresh: member("refresh_token"),
            user: member("user_id"),
        }
    }

    pub(super) async fn log_in_ci(&self) -> Login {
        self.log_in(
            PASSWORD_LOGIN,
            &json!({ "username": EMAIL, "password": PASSWORD }),
        )
        .await
    }
}

pub(super) async fn send(request: RequestBuilder) -> Answer {
    let response = request.send().await.unwrap();
    let header = |name| {
        response
            .headers()
            .get(name)
            .map(|value| value.to_str().unwrap().to_owned())
    };
    Answer {
        status: response.status().as_u16(),
        content_type: header("content-type"),
        request_id: header("x-appservices-request-id").unwrap(),
        text: String::from_utf8(response.bytes().await.unwrap().into()).unwrap(),
    }
}

impl Answer {
    /// The body of an answer that must have this status and the content type that clients compare byte by byte.
    pub(super) fn json(&self, status: u16) -> Value {
        assert_eq!(
            (self.status, self.content_type.as_deref()),
            (status, Some("application/json")),
            "{self:?}"
        );
        serde_json::from_str(&self.text).unwrap()
    }

    /// Asserts a 204 with neither a body nor a content type, on which the JavaScript SDK would fail.
    pub(super) fn is_empty(&self) {
        assert_eq!(
            (
                self.status,
                self.content_type.as_deref(),
                self.text.as_str()
            ),
            (204, None, ""),
            "{self:?}"
        );
    }

    /// Asserts an error of exactly these members, plus the link.
    pub(super) fn refuses(&self, world: &World, status: u16, expected: &Value) {
        let mut body = self.json(status);
        let link = body.as_object_mut().unwrap().remove("link").unwrap();
        let link = link.as_str().unwrap();
        let ids = link
            .strip_prefix(world.emulator.url())
            .unwrap()
            .strip_prefix("/groups/")
            .unwrap();
        let (group, rest) = ids.split_once("/apps/").unwrap();
        let (app, request) = rest.split_once("/logs?co_id=").unwrap();
        assert!(
            [group, app, request].into_iter().all(is_object_id),
            "{link}"
        );
        assert_eq!(request, self.request_id);
        assert_eq!(&body, expected);
    }
}

pub(super) fn is_object_id(text: &str) -> bool {
    text.len() == 24
        && text
            .bytes()
            .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}
