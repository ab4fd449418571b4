//! A stretch of road between provider and server on which answers can be held up, changed and lost.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use axum::Router;
use axum::body::{Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use reqwest::Client;
use serde_json::Value;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::{JoinHandle, yield_now};
use tokio_util::sync::CancellationToken;

use super::patient;
use super::server::Server;

/// What happens, once, to a request.
pub(crate) enum Deed {
    /// The server never hears of it.
    Refuse(u16, &'static str),
    /// The server does its part, and the client gets another answer.
    Replace(u16, &'static str),
    /// The server does its part, and the answer waits until it is let go.
    Hold(Held),
    /// The key that is created seems this many seconds older than it is, from now on and on this road.
    Backdate(u32),
    /// The server takes its time, and then does its part even when the client waits no more.
    Late(Held, Duration),
    /// The server does its part, and the answer is lost.
    Silence(Held),
    /// The server does its part, and its answer is the last on this road: from then on connections are refused.
    Last,
    /// The server never hears of it, and the answer waits until it is let go.
    HoldAndRefuse(Held, u16, &'static str),
}

/// Both ends of an answer that waits.
#[derive(Clone)]
pub(crate) struct Held {
    here: Arc<Semaphore>,
    go: Arc<Semaphore>,
}

impl Held {
    pub(crate) fn new() -> Self {
        Self {
            here: Arc::new(Semaphore::new(0)),
            go: Arc::new(Semaphore::new(0)),
        }
    }

    /// Waits until a request is there.
    pub(crate) async fn arrives(&self) {
        patient("a request at the detour", self.here.acquire())
            .await
            .expect("it is never closed")
            .forget();
    }

    pub(crate) fn let_go(&self) {
        self.go.add_permits(1);
    }

    /// Waits until the server has done its part of a request that was late, or stays without an answer.
    pub(crate) async fn done(&self) {
        patient("the server's part", self.go.acquire())
            .await
            .expect("it is never closed")
            .forget();
    }

    async fn wait(&self) {
        self.here.add_permits(1);
        patient("the test to let an answer go", self.go.acquire())
            .await
            .expect("it is never closed")
            .forget();
    }
}

/// A request that came by, as the provider sent it, and the answer it got.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) user_agent: String,
    pub(crate) answer: Value,
}

struct Rule {
    method: &'static str,
    path_end: String,
    deed: Deed,
}

struct Road {
    target: String,
    url: String,
    address: SocketAddr,
    closing: CancellationToken,
    http: Client,
    rules: Mutex<Vec<Rule>>,
    seen: Mutex<Vec<Seen>>,
    /// Ids at the server, and what they are called on this side.
    aliases: Mutex<Vec<(String, String)>>,
}

/// Passes everything on to a server, until a test wants something else. Ends on drop.
pub(crate) struct Detour {
    road: Arc<Road>,
    task: JoinHandle<()>,
}

impl Drop for Detour {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Detour {
    pub(crate) async fn to(server: &Server) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let closing = CancellationToken::new();
        let road = Arc::new(Road {
            target: server.url(),
            url: format!("http://{address}"),
            address,
            closing: closing.clone(),
            http: Client::builder()
                .no_proxy()
                .build()
                .expect("an HTTP client"),
            rules: Mutex::default(),
            seen: Mutex::default(),
            aliases: Mutex::default(),
        });
        let router = Router::new().fallback(pass).with_state(Arc::clone(&road));
        let task = tokio::spawn(async move {
            axum::serve(listener, router)
                .with_graceful_shutdown(closing.cancelled_owned())
                .await
                .expect("serves until dropped");
        });
        Self { road, task }
    }

    /// The provider block's arguments, over this detour.
    pub(crate) fn config(&self, server: &Server) -> Value {
        let mut config = server.config();
        config["base_url"] = self.road.url.clone().into();
        config
    }

    pub(crate) fn url(&self) -> String {
        self.road.url.clone()
    }

    /// The next request of this kind gets `deed`.
    pub(crate) fn next(&self, method: &'static str, path_end: &str, deed: Deed) {
        let path_end = path_end.to_owned();
        self.road
            .rules
            .lock()
            .expect("no test panicked here")
            .push(Rule {
                method,
                path_end,
                deed,
            });
    }

    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.road
            .seen
            .lock()
            .expect("no test panicked here")
            .clone()
    }
}

impl Road {
    fn rule(&self, method: &str, path: &str) -> Option<Deed> {
        let mut rules = self.rules.lock().expect("no test panicked here");
        let place = rules
            .iter()
            .position(|rule| rule.method == method && path.ends_with(&rule.path_end))?;
        Some(rules.remove(place).deed)
    }

    /// The server's answer, which is to name this road and not itself as the place to go on.
    async fn forward(&self, request: Request) -> (StatusCode, String) {
        let (parts, body) = request.into_parts();
        let mut url = format!("{}{}", self.target, parts.uri);
        for (real, alias) in &*self.aliases() {
            url = url.replace(alias, real);
        }
        let body = to_bytes(body, usize::MAX)
            .await
            .unwrap_or_else(|_| Bytes::new());
        let mut onward = self.http.request(parts.method, url).body(body);
        for name in ["authorization", "content-type", "accept"] {
            if let Some(value) = parts.headers.get(name) {
                onward = onward.header(name, value);
            }
        }
        let answer = onward.send().await.expect("the server answers");
        let status = answer.status();
        let text = answer.text().await.expect("a body");
        (status, self.seen_from_here(&text))
    }

    /// In a task of its own, since this one ends when the client hangs up.
    async fn later(
        self: &Arc<Self>,
        held: Held,
        by: Duration,
        request: Request,
    ) -> (StatusCode, String) {
        let road = Arc::clone(self);
        held.here.add_permits(1);
        let task = tokio::spawn(async move {
            tokio::time::sleep(by).await;
            let answer = road.forward(request).await;
            held.let_go();
            answer
        });
        task.await.expect("the server answers")
    }

    fn seen_from_here(&self, text: &str) -> String {
        let text = text.replace(&self.target, &self.url);
        let aliases = self.aliases();
        aliases
            .iter()
            .fold(text, |text, (real, alias)| text.replace(real, alias))
    }

    /// Gives the key in this answer an id that was made earlier.
    fn backdate(&self, body: &str, by_s: u32) -> String {
        let key = serde_json::from_str::<Value>(body).expect("a key");
        let real = key["_id"].as_str().expect("an id");
        let made = u32::from_str_radix(&real[..8], 16).expect("hexadecimal digits");
        let alias = format!("{:08x}{}", made - by_s, &real[8..]);
        self.aliases().push((real.to_owned(), alias));
        self.seen_from_here(body)
    }

    fn aliases(&self) -> MutexGuard<'_, Vec<(String, String)>> {
        self.aliases.lock().expect("no test panicked here")
    }
}

async fn pass(State(road): State<Arc<Road>>, request: Request) -> Response {
    let (method, path) = (
        request.method().to_string(),
        request.uri().path().to_owned(),
    );
    let user_agent = request
        .headers()
        .get("user-agent")
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let mut seen = Seen {
        method,
        path,
        user_agent: user_agent.to_owned(),
        answer: Value::Null,
    };
    let (status, body) = match road.rule(&seen.method, &seen.path) {
        None => road.forward(request).await,
        Some(Deed::Refuse(status, body)) => (code(status), body.to_owned()),
        Some(Deed::Replace(status, body)) => {
            road.forward(request).await;
            (code(status), body.to_owned())
        }
        Some(Deed::Hold(held)) => {
            let answer = road.forward(request).await;
            held.wait().await;
            answer
        }
        Some(Deed::Last) => {
            let answer = road.forward(request).await;
            road.closing.cancel();
            while TcpStream::connect(road.address).await.is_ok() {
                yield_now().await;
            }
            answer
        }
        Some(Deed::Late(held, by)) => road.later(held, by, request).await,
        Some(Deed::Silence(held)) => {
            road.later(held, Duration::ZERO, request).await;
            std::future::pending().await
        }
        Some(Deed::Backdate(by_s)) => {
            let (status, body) = road.forward(request).await;
            (status, road.backdate(&body, by_s))
        }
        Some(Deed::HoldAndRefuse(held, status, body)) => {
            held.wait().await;
            (code(status), body.to_owned())
        }
    };
    seen.answer = serde_json::from_str(&body).unwrap_or_default();
    road.seen.lock().expect("no test panicked here").push(seen);
    let kind = if body.is_empty() {
        None
    } else {
        Some([("content-type", "application/json")])
    };
    (status, kind.unwrap_or([("x-empty", "yes")]), body).into_response()
}

fn code(status: u16) -> StatusCode {
    StatusCode::from_u16(status).expect("a status")
}
