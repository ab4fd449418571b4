//! User API keys over HTTP. All of these take the refresh token.

use axum::Json;
use axum::body::Bytes;
use axum::extract::Path;
use axum::http::StatusCode;
use serde_json::{Value, json};

use super::fields::Fields;
use crate::emulator::api_error::ApiError;
use crate::emulator::bearer::RefreshToken;
use crate::emulator::object_id::ObjectId;
use crate::emulator::records::Key;

/// The only answer that holds the value: elsewhere one official client fails on a null. The status is ASSUMED from the
/// Admin API, where server keys get 201.
pub(super) async fn create(
    RefreshToken(shared, session): RefreshToken,
    body: Bytes,
) -> Result<(StatusCode, Json<Value>), ApiError> {
    let fields = Fields::parse(&body)?;
    let (key, value) = shared.state().create_key(&session, fields.text("name"))?;
    let mut body = key_body(&key);
    body["key"] = value.into();
    Ok((StatusCode::CREATED, Json(body)))
}

pub(super) async fn list(
    RefreshToken(shared, session): RefreshToken,
) -> Result<Json<Value>, ApiError> {
    let mut state = shared.state();
    let keys = state.keys(&session)?.values();
    Ok(Json(keys.map(key_body).collect()))
}

pub(super) async fn get(
    RefreshToken(shared, session): RefreshToken,
    id: Path<String>,
) -> Result<Json<Value>, ApiError> {
    let id = key_id(id)?;
    let mut state = shared.state();
    let key = state.keys(&session)?.get(&id);
    Ok(Json(key_body(key.ok_or(ApiError::KEY_NOT_FOUND)?)))
}

pub(super) async fn delete(
    RefreshToken(shared, session): RefreshToken,
    id: Path<String>,
) -> Result<StatusCode, ApiError> {
    shared.state().delete_key(&session, key_id(id)?)?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn enable(token: RefreshToken, id: Path<String>) -> Result<StatusCode, ApiError> {
    set_disabled(token, id, false)
}

pub(super) async fn disable(token: RefreshToken, id: Path<String>) -> Result<StatusCode, ApiError> {
    set_disabled(token, id, true)
}

fn set_disabled(
    token: RefreshToken,
    id: Path<String>,
    disabled: bool,
) -> Result<StatusCode, ApiError> {
    let RefreshToken(shared, session) = token;
    shared
        .state()
        .set_disabled(&session, key_id(id)?, disabled)?;
    Ok(StatusCode::NO_CONTENT)
}

fn key_body(key: &Key) -> Value {
    json!({ "_id": key.id, "name": key.name, "disabled": key.disabled })
}

/// A malformed id is answered like an unknown one; the service gives it a 404 too.
fn key_id(Path(segment): Path<String>) -> Result<ObjectId, ApiError> {
    segment.try_into().map_err(|_| ApiError::KEY_NOT_FOUND)
}
