use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::{Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use rand::RngExt as _;
use reqwest::Client;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::support::server::Server;

/// How late a request may take effect after it was given up.
pub(super) const LATEST: Duration = Duration::from_secs(2);

/// Stands before a server and loses half of all answers: some after the server acted, some before it did, and some long before
/// it does. Ends on drop.
pub(super) struct Lossy {
    road: Arc<Road>,
    task: JoinHandle<()>,
}

struct Road {
    target: String,
    url: String,
    http: Client,
    passed: AtomicU64,
    lost: AtomicU64,
}

#[derive(Debug)]
pub(super) struct Answers {
    pub(super) passed: u64,
    pub(super) lost: u64,
}

impl Drop for Lossy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Lossy {
    pub(super) async fn before(server: &Server) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let http = Client::builder().no_proxy().build();
        let road = Arc::new(Road {
            target: server.url(),
            url: format!("http://{address}"),
            http: http.expect("an HTTP client"),
            passed: AtomicU64::new(0),
            lost: AtomicU64::new(0),
        });
        let router = Router::new().fallback(pass).with_state(road.clone());
        let task = tokio::spawn(async move {
            axum::serve(listener, router)
                .await
                .expect("serves until dropped");
        });
        Self { road, task }
    }

    pub(super) fn url(&self) -> String {
        self.road.url.clone()
    }

    pub(super) fn counts(&self) -> Answers {
        Answers {
            passed: self.road.passed.load(Ordering::Relaxed),
            lost: self.road.lost.load(Ordering::Relaxed),
        }
    }
}

impl Road {
    async fn forward(&self, request: Request) -> (StatusCode, String) {
        let (parts, body) = request.into_parts();
        let body = to_bytes(body, usize::MAX)
            .await
            .unwrap_or_else(|_| Bytes::new());
        let url = format!("{}{}", self.target, parts.uri);
        let mut onward = self.http.request(parts.method, url).body(body);
        for name in ["authorization", "content-type", "accept"] {
            if let Some(value) = parts.headers.get(name) {
                onward = onward.header(name, value);
            }
        }
        let answer = onward.send().await.expect("the server answers");
        let status = answer.status();
        let text = answer.text().await.expect("a body");
        (status, text.replace(&self.target, &self.url))
    }
}

async fn pass(State(road): State<Arc<Road>>, request: Request) -> Response {
    let chance: u32 = rand::rng().random_range(0..6);
    if chance < 3 {
        road.passed.fetch_add(1, Ordering::Relaxed);
        let (status, body) = road.forward(request).await;
        return (status, [("content-type", "application/json")], body).into_response();
    }
    road.lost.fetch_add(1, Ordering::Relaxed);
    match chance {
        3 => {
            road.forward(request).await;
            StatusCode::BAD_GATEWAY
        }
        4 => StatusCode::SERVICE_UNAVAILABLE,
        _ => {
            let late = LATEST.mul_f64(rand::rng().random_range(0.0..0.9));
            tokio::spawn(async move {
                tokio::time::sleep(late).await;
                road.forward(request).await;
            });
            StatusCode::GATEWAY_TIMEOUT
        }
    }
    .into_response()
}
