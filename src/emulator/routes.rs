//! The API's paths, and the JSON that goes in and out.
//!
//! A new path is a line in the table below and a function in the file of its family. What the service decides is in `state`;
//! nothing here is kept between two requests.

mod api_keys;
mod fields;
mod logins;

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::handler::Handler;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::middleware::from_fn_with_state;
use axum::routing::{MethodFilter, MethodRouter, on};
use axum::{Json, Router};
use serde_json::{Value, json};

pub(super) use self::fields::Fields;
use super::Shared;
use super::api_error::ApiError;
use super::app::{Identity, PREFIX};
use super::bearer::{AccessToken, RefreshToken};
use super::frame::{frame, origin};

/// Method, path below the prefix, and who answers.
type Call = (Method, &'static str, MethodRouter<Arc<Shared>>);

fn call<T: 'static>(
    method: Method,
    path: &'static str,
    handler: impl Handler<T, Arc<Shared>>,
) -> Call {
    let filter = MethodFilter::try_from(method.clone()).expect("a method of the API");
    (method, path, on(filter, handler))
}

/// The whole client API v2.0 as far as this emulator speaks it.
fn calls() -> Vec<Call> {
    const REGISTER: &str = "/app/{app_id}/auth/providers/local-userpass/register";
    const LOG_IN: &str = "/app/{app_id}/auth/providers/{provider}/login";
    vec![
        call(Method::GET, "/app/{app_id}/location", location),
        call(Method::POST, REGISTER, logins::register),
        call(Method::POST, LOG_IN, logins::log_in),
        call(Method::POST, "/auth/session", refresh),
        call(Method::DELETE, "/auth/session", log_out),
        call(Method::GET, "/auth/profile", profile),
        call(Method::DELETE, "/auth/delete", delete_user),
        call(Method::GET, "/auth/api_keys", api_keys::list),
        call(Method::POST, "/auth/api_keys", api_keys::create),
        call(Method::GET, "/auth/api_keys/{id}", api_keys::get),
        call(Method::DELETE, "/auth/api_keys/{id}", api_keys::delete),
        call(Method::PUT, "/auth/api_keys/{id}/enable", api_keys::enable),
        call(
            Method::PUT,
            "/auth/api_keys/{id}/disable",
            api_keys::disable,
        ),
    ]
}

/// Methods and paths of all calls.
pub(super) fn names() -> Vec<(Method, &'static str)> {
    let calls = calls().into_iter();
    calls.map(|(method, path, _)| (method, path)).collect()
}

pub(super) fn router(shared: Arc<Shared>) -> Router {
    let api = calls()
        .into_iter()
        .fold(Router::new(), |api, (_, path, handler)| {
            api.route(path, handler)
        });
    Router::new()
        .nest(PREFIX, api)
        .fallback(async |method: Method, uri: Uri| {
            ApiError::not_here(&format!("{method} {}", uri.path()))
        })
        .layer(from_fn_with_state(Arc::clone(&shared), frame))
        .with_state(shared)
}

async fn location(
    State(shared): State<Arc<Shared>>,
    Path(app_id): Path<String>,
    headers: HeaderMap,
) -> Result<Json<Value>, ApiError> {
    expect_app(&shared, &app_id)?;
    let origin = origin(&headers, &shared);
    Ok(Json(json!({
        "deployment_model": "LOCAL",
        "location": "US-VA",
        "hostname": origin,
        "ws_hostname": origin.replacen("http", "ws", 1),
    })))
}

/// A new access token; the refresh token stays as it is. The status is ASSUMED from the Admin API's twin.
async fn refresh(RefreshToken(shared, session): RefreshToken) -> (StatusCode, Json<Value>) {
    let access_token = shared.tokens.access(&session, shared.clock.now());
    let body = json!({ "access_token": access_token });
    (StatusCode::CREATED, Json(body))
}

/// Ends this one session. The status is ASSUMED from the Admin API's twin.
async fn log_out(RefreshToken(shared, session): RefreshToken) -> StatusCode {
    shared.state().close_session(session.id);
    StatusCode::NO_CONTENT
}

/// The data of identities from elsewhere is left out: ASSUMED. The identity of a user key shows only in sessions that the key
/// opened, and the type is `normal` also there, because the user is its owner: ASSUMED.
async fn profile(AccessToken(shared, claims): AccessToken) -> Result<Json<Value>, ApiError> {
    let (user, key) = shared.state().profile(claims.user, claims.session)?;
    let mut data = user
        .email()
        .map_or_else(|| json!({}), |email| json!({ "email": email }));
    let mut identities = vec![identity_body(user.identity, &data)];
    identities.extend(
        key.as_ref()
            .map(|key| identity_body(key.identity(), &json!({}))),
    );
    let own = user.login.name().filter(|_| user.is_server());
    if let Some(name) = key.as_ref().map(|key| &*key.name).or(own) {
        data["name"] = name.into();
    }
    Ok(Json(json!({
        "user_id": user.id,
        "domain_id": shared.app.domain,
        "identities": identities,
        "data": data,
        "type": if user.is_server() { "server" } else { "normal" },
    })))
}

fn identity_body(identity: Identity, data: &Value) -> Value {
    json!({
        "id": identity.id,
        "provider_type": identity.provider.name(),
        "provider_id": identity.provider.id(),
        "provider_data": data,
    })
}

/// Deletes the user with all sessions and keys. The status is ASSUMED from the Admin API.
async fn delete_user(AccessToken(shared, claims): AccessToken) -> Result<StatusCode, ApiError> {
    shared.state().delete_user(claims.user)?;
    Ok(StatusCode::NO_CONTENT)
}

fn expect_app(shared: &Shared, app_id: &str) -> Result<(), ApiError> {
    if app_id == shared.app.id {
        return Ok(());
    }
    let error = format!("cannot find app using Client App ID '{app_id}'");
    Err(ApiError::because(StatusCode::NOT_FOUND, error))
}
