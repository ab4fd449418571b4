//! User API keys over HTTP. All of these take the refresh token.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use bson::oid::ObjectId;
use serde::Serialize;

use super::fields::Fields;
use crate::emulator::Shared;
use crate::emulator::bearer::RefreshToken;
use crate::emulator::records::Key;
use crate::emulator::refusal::Refusal;

/// The only answer that holds the value. The status is ASSUMED from the Admin API, where server keys get 201.
pub(super) async fn create(
    State(shared): State<Arc<Shared>>,
    RefreshToken(session): RefreshToken,
    fields: Fields,
) -> Result<(StatusCode, Json<KeyBody>), Refusal> {
    let (key, value) = shared.state.create_key(&session, fields.text("name"))?;
    let body = KeyBody {
        key: Some(value),
        ..KeyBody::from(key)
    };
    Ok((StatusCode::CREATED, Json(body)))
}

pub(super) async fn list(
    State(shared): State<Arc<Shared>>,
    RefreshToken(session): RefreshToken,
) -> Result<Json<Vec<KeyBody>>, Refusal> {
    let keys = shared.state.keys(&session)?.into_iter();
    Ok(Json(keys.map(KeyBody::from).collect()))
}

pub(super) async fn get(
    State(shared): State<Arc<Shared>>,
    RefreshToken(session): RefreshToken,
    Path(id): Path<String>,
) -> Result<Json<KeyBody>, Refusal> {
    Ok(Json(shared.state.key(&session, key_id(&id)?)?.into()))
}

pub(super) async fn delete(
    State(shared): State<Arc<Shared>>,
    RefreshToken(session): RefreshToken,
    Path(id): Path<String>,
) -> Result<StatusCode, Refusal> {
    shared.state.delete_key(&session, key_id(&id)?)?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn enable(
    State(shared): State<Arc<Shared>>,
    RefreshToken(session): RefreshToken,
    Path(id): Path<String>,
) -> Result<StatusCode, Refusal> {
    shared.state.set_disabled(&session, key_id(&id)?, false)?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn disable(
    State(shared): State<Arc<Shared>>,
    RefreshToken(session): RefreshToken,
    Path(id): Path<String>,
) -> Result<StatusCode, Refusal> {
    shared.state.set_disabled(&session, key_id(&id)?, true)?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Serialize)]
pub(super) struct KeyBody {
    #[serde(rename = "_id")]
    id: String,
    /// The secret. Absent everywhere but in the answer to create: one official client fails on null.
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<String>,
    name: String,
    disabled: bool,
}

impl From<Key> for KeyBody {
    fn from(key: Key) -> Self {
        Self {
            id: key.id.to_hex(),
            key: None,
            name: key.name,
            disabled: key.disabled,
        }
    }
}

/// A malformed id is answered like an unknown one; the service gives it a 404 too.
fn key_id(segment: &str) -> Result<ObjectId, Refusal> {
    ObjectId::parse_str(segment).map_err(|_| Refusal::KEY_NOT_FOUND)
}
