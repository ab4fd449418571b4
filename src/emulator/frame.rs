//! What every answer has around it: the request's id, for a refusal the body with its link, and the faults.

use std::mem;
use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{FromRequestParts, Request as HttpRequest, State};
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE, DATE, HOST};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use tokio::time::{sleep, timeout};

use super::Shared;
use super::connection::{Ending, Slot};
use super::faults::{FaultEffect, When};
use super::refusal::Refusal;
use super::requests::Status;

/// The longest body of a request, in bytes.
const LONGEST_BODY: usize = 1 << 20;

/// How long a client may take for a body.
const BODY: Duration = Duration::from_secs(10);

const REQUEST_ID: HeaderName = HeaderName::from_static("x-appservices-request-id");

/// Lets the routes answer unless a fault is in the way, then records what the client gets.
pub(super) async fn frame(
    State(shared): State<Arc<Shared>>,
    mut request: HttpRequest,
    next: Next,
) -> Response {
    let method = request.method().to_string();
    let path = request.uri().path().to_owned();
    let mut entry = shared.requests.open(&method, &path);
    // Read by now, so that a client that goes while it waits is noticed, and that no end is a reset by accident.
    let whole = read_body(&mut request).await;
    let effect = shared.faults.next_for(When::Before, &method, &path).await;
    let (effect, mut response) = if effect.is_some() {
        (effect, sample())
    } else {
        let response = answer(&shared, request, whole, next).await;
        entry.request.acted = Some(response.status().as_u16());
        let effect = shared.faults.next_for(When::After, &method, &path).await;
        (effect, response)
    };
    shared.date(&mut response);
    let (status, mut response) = match effect {
        Some(effect) => apply(effect, response).await,
        None => (response.status().as_u16().into(), response),
    };
    shared.date(&mut response);
    if !shared.latency.is_zero() {
        sleep(shared.latency).await;
    }
    entry.close(status);
    response
}

/// Puts the whole body in the place of the one that is still to come.
async fn read_body(request: &mut HttpRequest) -> Result<(), Refusal> {
    let body = mem::take(request.body_mut());
    let body = timeout(BODY, to_bytes(body, LONGEST_BODY)).await;
    let body = body.map_err(|_| Refusal::BodyTimeout)?;
    // Or the client is gone, and nobody reads this.
    *request.body_mut() = body.map_err(|_| Refusal::BodyLength)?.into();
    if let Some(slot) = request.extensions().get::<Slot>() {
        slot.renew();
    }
    Ok(())
}

impl Shared {
    /// Dates an answer that has no date yet, if answers are to have one.
    fn date(&self, response: &mut Response) {
        if self.date_header {
            let headers = response.headers_mut();
            headers.entry(DATE).or_insert_with(|| self.clock.date());
        }
    }
}

/// What the server itself says to a request.
async fn answer(
    shared: &Shared,
    request: HttpRequest,
    whole: Result<(), Refusal>,
    next: Next,
) -> Response {
    let id = shared.clock.object_id().to_hex();
    let Origin(origin) = Origin::of(request.headers(), shared);
    let said = format!("{} {}", request.method(), request.uri().path());

    let mut response = match whole {
        Ok(()) => next.run(request).await,
        Err(refusal) => refusal.into_response(),
    };
    if let Some(store) = &shared.store
        && let Err(reason) = store.flushed().await
    {
        // Reads too: what they tell of may be what is lost.
        response = Refusal::DataLost(reason).into_response();
    }
    let status = response.status();
    let refusal = response.extensions_mut().remove::<Refusal>().or_else(|| {
        let turned_away = status.is_client_error() || status.is_server_error();
        turned_away.then_some(Refusal::NotOfThisApi {
            status,
            request: said,
        })
    });
    if let Some(refusal) = refusal {
        let (group, app) = (shared.app.group, shared.app.internal_id);
        let link = format!("{origin}/groups/{group}/apps/{app}/logs?co_id={id}");
        explain(&mut response, &refusal, link);
    }
    if let Ok(id) = HeaderValue::try_from(id) {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    response
}

/// What the client gets instead of the response.
async fn apply(effect: FaultEffect, response: Response) -> (Status, Response) {
    let (status, ending) = match effect {
        FaultEffect::Answer(answer) => return (answer.status().as_u16().into(), answer),
        FaultEffect::Reset => (Status::Reset, Ending::Reset),
        FaultEffect::Garbage(bytes) => (Status::Garbage, Ending::Bytes(bytes.into())),
        FaultEffect::Truncate => {
            let status = Status::Truncated(response.status().as_u16());
            (status, Ending::Bytes(half(response).await))
        }
    };
    (status, ending.into_response())
}

/// What is cut when the server was not asked.
fn sample() -> Response {
    Json(serde_json::json!({ "emulator": "truncated" })).into_response()
}

/// The head of an answer and half of its body, or half of the head if there is no body.
async fn half(response: Response) -> Bytes {
    let (mut parts, body) = response.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap_or_default();
    parts.headers.remove(CONTENT_LENGTH);
    let mut bytes = format!("HTTP/1.1 {}\r\n", parts.status).into_bytes();
    for (name, value) in &parts.headers {
        bytes.extend_from_slice(name.as_str().as_bytes());
        bytes.extend_from_slice(b": ");
        bytes.extend_from_slice(value.as_bytes());
        bytes.extend_from_slice(b"\r\n");
    }
    if body.is_empty() {
        bytes.truncate(bytes.len() / 2);
    } else {
        bytes.extend_from_slice(format!("content-length: {}\r\n\r\n", body.len()).as_bytes());
        bytes.extend_from_slice(&body[..body.len() / 2]);
    }
    bytes.into()
}

/// Where the caller reached the emulator, its scheme and the Host header.
///
/// Location has to repeat it, or a client behind a forwarded port would leave for an address it cannot reach.
pub(super) struct Origin(pub(super) String);

impl Origin {
    fn of(headers: &HeaderMap, shared: &Shared) -> Self {
        match headers.get(HOST).and_then(|host| host.to_str().ok()) {
            Some(host) if !host.is_empty() => {
                let scheme = shared.origin.split("://").next().unwrap_or_default();
                Self(format!("{scheme}://{host}"))
            }
            _ => Self(shared.origin.clone()),
        }
    }
}

impl FromRequestParts<Arc<Shared>> for Origin {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(
        parts: &mut Parts,
        shared: &Arc<Shared>,
    ) -> Result<Self, Self::Rejection> {
        Ok(Self::of(&parts.headers, shared))
    }
}

/// Gives the answer the body of an error, and keeps its status and other headers, such as `Allow` of a 405.
fn explain(response: &mut Response, refusal: &Refusal, link: String) {
    let body = ErrorBody {
        error: refusal.to_string(),
        error_code: refusal.code(),
        link,
    };
    let body = serde_json::to_vec(&body).expect("plain text has a JSON form");
    response.headers_mut().remove(CONTENT_LENGTH);
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    *response.body_mut() = Body::from(body);
}

#[derive(Serialize)]
struct ErrorBody {
    error: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    error_code: Option<&'static str>,
    link: String,
}
