//! What every answer has around it: the request's id, and for a refusal the body with its link.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{FromRequestParts, Request as HttpRequest, State};
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE, HOST};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;
use bson::oid::ObjectId;
use serde::Serialize;

use super::Shared;
use super::refusal::Refusal;
use super::requests::Request;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-appservices-request-id");

/// Lets the routes answer, then completes and records what they said.
pub(super) async fn frame(
    State(shared): State<Arc<Shared>>,
    request: HttpRequest,
    next: Next,
) -> Response {
    let id = ObjectId::new().to_hex();
    let Origin(origin) = Origin::of(request.headers(), &shared);
    let method = request.method().to_string();
    let path = request.uri().path().to_owned();

    let mut response = next.run(request).await;
    let status = response.status();
    let refusal = response.extensions_mut().remove::<Refusal>().or_else(|| {
        let turned_away = status.is_client_error() || status.is_server_error();
        turned_away.then(|| Refusal::NotOfThisApi {
            status,
            request: format!("{method} {path}"),
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
    shared.requests.record(Request {
        method,
        path,
        status: status.as_u16(),
    });
    response
}

/// Where the caller reached the emulator, `http://` and the Host header.
///
/// Location has to repeat it, or a client behind a forwarded port would leave for an address it cannot reach.
pub(super) struct Origin(pub(super) String);

impl Origin {
    fn of(headers: &HeaderMap, shared: &Shared) -> Self {
        match headers.get(HOST).and_then(|host| host.to_str().ok()) {
            Some(host) if !host.is_empty() => Self(format!("http://{host}")),
            _ => Self(format!("http://{}", shared.address)),
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
