//! Faults over HTTP, `/emulator/faults`: beside the API and beyond the reach of faults.

use std::sync::Arc;

use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use axum::routing::{delete, get};
use axum::{Json, Router};
use serde_json::{Value, json};

use super::Shared;
use super::api_error::ApiError;
use super::faults::{Fault, Injected};
use super::frame;

/// The paths, to be merged with those of the API.
pub(super) fn router(shared: Arc<Shared>) -> Router {
    Router::new()
        .route("/emulator/faults", get(list).post(add).delete(clear))
        .route("/emulator/faults/{id}", delete(remove))
        .layer(from_fn_with_state(Arc::clone(&shared), limits))
        .with_state(shared)
}

/// The limits of the API hold here too.
async fn limits(State(shared): State<Arc<Shared>>, mut request: Request, next: Next) -> Response {
    let admitted = frame::admit(&shared, &mut request).await;
    frame::answer(&shared, request, admitted, next).await
}

async fn list(State(shared): State<Arc<Shared>>) -> Json<Vec<Value>> {
    let listed = shared.faults.list().into_iter().map(|one| {
        let mut listed = json!(one.fault());
        listed["id"] = one.id().into();
        listed["hits"] = one.hits().into();
        listed
    });
    Json(listed.collect())
}

/// Takes JSON that says to be JSON only: a page in a browser can't send that to another site unasked.
async fn add(
    State(shared): State<Arc<Shared>>,
    body: Result<Json<Fault>, JsonRejection>,
) -> Result<(StatusCode, Json<Value>), ApiError> {
    let refused = |error: JsonRejection| ApiError::because(error.status(), error.body_text());
    let Json(mut fault) = body.map_err(refused)?;
    fault.method = fault.method.map(|method| method.to_ascii_uppercase());
    let injected = shared.faults.inject(fault);
    let injected = injected.map_err(|why| ApiError::because(StatusCode::BAD_REQUEST, why))?;
    Ok((StatusCode::CREATED, Json(json!({ "id": injected.id() }))))
}

async fn clear(State(shared): State<Arc<Shared>>) -> StatusCode {
    shared.faults.list().iter().for_each(Injected::clear);
    StatusCode::NO_CONTENT
}

async fn remove(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
) -> Result<StatusCode, ApiError> {
    let mut faults = shared.faults.list().into_iter();
    let meant = faults.find(|one| one.id().to_string() == id);
    let none = || ApiError::because(StatusCode::NOT_FOUND, format!("there is no fault '{id}'"));
    meant.ok_or_else(none)?.clear();
    Ok(StatusCode::NO_CONTENT)
}
