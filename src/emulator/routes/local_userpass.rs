//! Registration, confirmation and another password: the calls of `local-userpass` beside the login. None takes a token.
//!
//! All of them answer success with an empty object, of which official clients read nothing: ASSUMED, like the statuses.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::post;
use axum::{Json, Router};
use serde::Serialize;

use super::expect_app;
use super::fields::Fields;
use crate::emulator::Shared;
use crate::emulator::refusal::Refusal;
use crate::emulator::state::ShownToken;

/// The paths below that of the provider.
pub(super) fn router() -> Router<Arc<Shared>> {
    Router::new()
        .route("/register", post(register))
        .route("/confirm", post(confirm))
        .route("/confirm/send", post(send_confirmation))
        .route("/confirm/call", post(call_confirmation))
        .route("/reset", post(reset))
        .route("/reset/send", post(send_reset))
        .route("/reset/call", post(call_reset))
}

#[derive(Serialize)]
struct Nothing {}

type Done = Result<Json<Nothing>, Refusal>;

async fn register(
    State(shared): State<Arc<Shared>>,
    Path(app_id): Path<String>,
    fields: Fields,
) -> Result<(StatusCode, Json<Nothing>), Refusal> {
    expect_app(&shared, app_id)?;
    let (email, password) = (fields.text("email"), fields.text("password"));
    let mail = shared.state.register(email, password.to_owned()).await?;
    shared.mail(mail);
    Ok((StatusCode::CREATED, Json(Nothing {})))
}

async fn confirm(
    State(shared): State<Arc<Shared>>,
    Path(app_id): Path<String>,
    fields: Fields,
) -> Done {
    expect_app(&shared, app_id)?;
    shared.state.confirm(&token(&fields)?)?;
    Ok(Json(Nothing {}))
}

async fn send_confirmation(
    State(shared): State<Arc<Shared>>,
    Path(app_id): Path<String>,
    fields: Fields,
) -> Done {
    expect_app(&shared, app_id)?;
    let mail = shared.state.send_confirmation(fields.text("email"))?;
    shared.mail(Some(mail));
    Ok(Json(Nothing {}))
}

async fn call_confirmation(
    State(shared): State<Arc<Shared>>,
    Path(app_id): Path<String>,
    fields: Fields,
) -> Done {
    expect_app(&shared, app_id)?;
    let mail = shared.state.call_confirmation(fields.text("email"))?;
    shared.mail(mail);
    Ok(Json(Nothing {}))
}

async fn reset(
    State(shared): State<Arc<Shared>>,
    Path(app_id): Path<String>,
    fields: Fields,
) -> Done {
    expect_app(&shared, app_id)?;
    let password = fields.text("password").to_owned();
    let token = token(&fields)?;
    shared.state.reset_password(&token, password).await?;
    Ok(Json(Nothing {}))
}

async fn send_reset(
    State(shared): State<Arc<Shared>>,
    Path(app_id): Path<String>,
    fields: Fields,
) -> Done {
    expect_app(&shared, app_id)?;
    let mail = shared.state.send_reset(fields.text("email"))?;
    shared.mail(Some(mail));
    Ok(Json(Nothing {}))
}

/// The member `arguments` is for the app's function, which is not run here.
async fn call_reset(
    State(shared): State<Arc<Shared>>,
    Path(app_id): Path<String>,
    fields: Fields,
) -> Done {
    expect_app(&shared, app_id)?;
    let (email, password) = (fields.text("email"), fields.text("password"));
    let mail = shared.state.call_reset(email, password.to_owned()).await?;
    shared.mail(mail);
    Ok(Json(Nothing {}))
}

fn token(fields: &Fields) -> Result<ShownToken, Refusal> {
    ShownToken::parse(fields.text("token"), fields.text("tokenId"))
}
