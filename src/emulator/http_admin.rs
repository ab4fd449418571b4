//! Faults over HTTP, `/emulator/faults`: beside the API and beyond the reach of faults.

use std::sync::Arc;

use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get};
use axum::{Json, Router};
use serde::Serialize;
use serde_json::{Value, json};

use super::faults::{Fault, Faults};
use super::frame::read_body;

/// The paths, to be merged with those of the API.
pub(super) fn router(faults: Arc<Faults>) -> Router {
    Router::new()
        .route("/emulator/faults", get(list).post(add).delete(clear))
        .route("/emulator/faults/{id}", delete(remove))
        .layer(from_fn(limits))
        .with_state(faults)
}

/// The limits of the API hold here too.
async fn limits(mut request: Request, next: Next) -> Response {
    match read_body(&mut request).await {
        Ok(()) => next.run(request).await,
        Err(refusal) => refused(refusal.status(), &refusal),
    }
}

/// A fault at work.
#[derive(Serialize)]
struct Listed {
    id: u64,
    hits: u32,
    #[serde(flatten)]
    fault: Fault,
}

async fn list(State(faults): State<Arc<Faults>>) -> Json<Vec<Listed>> {
    let listed = faults.list().into_iter();
    let listed = listed.map(|(id, hits, fault)| Listed { id, hits, fault });
    Json(listed.collect())
}

/// Takes JSON that says to be JSON only: a page in a browser can't send that to another site unasked.
async fn add(
    State(faults): State<Arc<Faults>>,
    body: Result<Json<Fault>, JsonRejection>,
) -> Result<(StatusCode, Json<Value>), Response> {
    let Json(mut fault) = body.map_err(|error| refused(error.status(), &error.body_text()))?;
    fault.method = fault.method.map(|method| method.to_ascii_uppercase());
    let injected = faults.inject(fault);
    let injected = injected.map_err(|error| refused(StatusCode::BAD_REQUEST, &error))?;
    Ok((StatusCode::CREATED, Json(json!({ "id": injected.id }))))
}

async fn clear(State(faults): State<Arc<Faults>>) -> StatusCode {
    faults.clear();
    StatusCode::NO_CONTENT
}

async fn remove(
    State(faults): State<Arc<Faults>>,
    Path(id): Path<String>,
) -> Result<StatusCode, Response> {
    if id.parse().is_ok_and(|id| faults.remove(id)) {
        return Ok(StatusCode::NO_CONTENT);
    }
    let why = format!("there is no fault '{id}'");
    Err(refused(StatusCode::NOT_FOUND, &why))
}

fn refused(status: StatusCode, why: &dyn ToString) -> Response {
    (status, Json(json!({ "error": why.to_string() }))).into_response()
}
