//! What every answer has around it: the request's id, for a refusal the body with its link, and the faults.

use std::error::Error;
use std::mem;
use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request as HttpRequest, State};
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE, DATE, HOST};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use hyper::body::Body as _;
use serde_json::json;
use tokio::time::{sleep, timeout};

use super::Shared;
use super::api_error::ApiError;
use super::connection::Ending;
use super::faults::{FaultEffect, When};
use super::places::Place;

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
    // The body is read by now, so that a client that goes while it waits is noticed, and that no end is a reset by accident.
    let admitted = admit(&shared, &mut request).await;
    let place = request.extensions_mut().remove::<Place>();
    let place = place.expect("every connection has one");
    let _answering = place.answer().await;
    let faults = admitted.is_ok().then_some(&shared.faults);
    let effect = async |when| match faults {
        Some(faults) => faults.next_for(when, &method, &path).await,
        None => None,
    };
    let mut met = effect(When::Before).await;
    // What is cut when the server was not asked.
    let mut response = Json(json!({ "emulator": "truncated" })).into_response();
    if met.is_none() {
        response = answer(&shared, request, admitted, next).await;
        entry.request.acted = Some(response.status().as_u16());
        met = effect(When::After).await;
    }
    shared.date(&mut response);
    if let Some(effect) = met {
        response = apply(effect, response).await;
        shared.date(&mut response);
    }
    if !shared.options.latency.is_zero() {
        sleep(shared.options.latency).await;
    }
    let ending = response.extensions().get::<Ending>();
    let status = response.status().as_u16();
    entry.request.status = ending.map_or_else(|| status.to_string(), Ending::to_string);
    response
}

/// Lets a request through that names a host of ours, and puts its whole body in the place of the one that is still to come.
pub(super) async fn admit(shared: &Shared, request: &mut HttpRequest) -> Result<(), ApiError> {
    shared.hosts.check(request.uri(), request.headers())?;
    let body = mem::take(request.body_mut());
    if body.size_hint().lower() > LONGEST_BODY as u64 {
        return Err(ApiError::BODY_LENGTH);
    }
    let body = timeout(BODY, to_bytes(body, LONGEST_BODY)).await;
    let body = body.map_err(|_| ApiError::BODY_TIMEOUT)?;
    let body = body.map_err(|error| {
        if is_cut(&error) {
            // Or the client is gone, and no answer arrives.
            ApiError::MALFORMED_BODY
        } else {
            ApiError::BODY_LENGTH
        }
    });
    *request.body_mut() = body?.into();
    Ok(())
}

/// Whether the connection is what failed.
fn is_cut(error: &(dyn Error + 'static)) -> bool {
    error.is::<hyper::Error>() || error.source().is_some_and(is_cut)
}

impl Shared {
    /// Dates an answer that has no date yet, if answers are to have one.
    fn date(&self, response: &mut Response) {
        if self.options.date_header {
            let headers = response.headers_mut();
            headers.entry(DATE).or_insert_with(|| self.clock.date());
        }
    }
}

/// What the server itself says to a request.
pub(super) async fn answer(
    shared: &Shared,
    request: HttpRequest,
    admitted: Result<(), ApiError>,
    next: Next,
) -> Response {
    let id = shared.clock.object_id().to_string();
    let origin = origin(request.headers(), shared);
    let said = format!("{} {}", request.method(), request.uri().path());

    let mut response = match admitted {
        Ok(()) => next.run(request).await,
        Err(refusal) => refusal.into_response(),
    };
    let flushed = shared.state().journal.flush();
    if let Err(reason) = flushed.await {
        // Reads too: what they tell of may be what is lost.
        response = ApiError::data_lost(&reason).into_response();
    }
    let status = response.status();
    let turned_away = status.is_client_error() || status.is_server_error();
    let refusal = response.extensions_mut().remove::<ApiError>();
    // Whatever else the router turns away: wrong methods, malformed paths.
    let refusal = refusal.or_else(|| {
        let reason = status.canonical_reason().unwrap_or("refused");
        turned_away.then(|| ApiError::because(status, format!("emulator: {reason}: {said}")))
    });
    if let Some(refusal) = refusal {
        let (group, app) = (shared.app.group, shared.app.internal_id);
        let link = format!("{origin}/groups/{group}/apps/{app}/logs?co_id={id}");
        explain(&mut response, &refusal, &link);
    }
    if let Ok(id) = HeaderValue::try_from(id) {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    response
}

/// What the client gets instead of the response. Delays are over by now.
async fn apply(effect: FaultEffect, response: Response) -> Response {
    let (name, bytes) = match effect {
        FaultEffect::Reset => ("reset".to_owned(), None),
        FaultEffect::Garbage(bytes) => ("garbage".to_owned(), Some(bytes.into())),
        FaultEffect::Truncate => {
            let name = format!("truncated {}", response.status().as_u16());
            (name, Some(half(response).await))
        }
        FaultEffect::Answer(answer) => return answer.response().unwrap_or(response),
        FaultEffect::Hang | FaultEffect::Slow(_) => return response,
    };
    let mut ended = Response::default();
    ended.extensions_mut().insert(Ending { name, bytes });
    ended
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

/// Where the client reached the emulator, its scheme and the Host header.
///
/// Location has to repeat it, or a client behind a forwarded port would leave for an address it cannot reach.
pub(super) fn origin(headers: &HeaderMap, shared: &Shared) -> String {
    match headers.get(HOST).and_then(|host| host.to_str().ok()) {
        Some(host) if !host.is_empty() => {
            let scheme = shared.origin.split("://").next().unwrap_or_default();
            format!("{scheme}://{host}")
        }
        _ => shared.origin.clone(),
    }
}

/// Gives the answer the body of an error, and keeps its status and other headers, such as `Allow` of a 405.
fn explain(response: &mut Response, refusal: &ApiError, link: &str) {
    let mut body = json!({ "error": refusal.to_string(), "link": link });
    if let Some(code) = refusal.code {
        body["error_code"] = code.into();
    }
    let headers = response.headers_mut();
    headers.remove(CONTENT_LENGTH);
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    *response.body_mut() = Body::from(body.to_string());
}
