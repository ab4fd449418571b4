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
use super::app::{PREFIX, Provider};
use super::bearer::{AccessToken, RefreshToken};
use super::frame::{frame, origin};
use super::refusal::Refusal;
use super::state::Profile;

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
            Refusal::not_here(&format!("{method} {}", uri.path()))
        })
        .layer(from_fn_with_state(Arc::clone(&shared), frame))
        .with_state(shared)
}

async fn location(
    State(shared): State<Arc<Shared>>,
    Path(app_id): Path<String>,
    headers: HeaderMap,
) -> Result<Json<Value>, Refusal> {
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
async fn refresh(
    State(shared): State<Arc<Shared>>,
    RefreshToken(session): RefreshToken,
) -> (StatusCode, Json<Value>) {
    let access_token = shared.tokens.access(&session, shared.clock.now());
    let body = json!({ "access_token": access_token });
    (StatusCode::CREATED, Json(body))
}

/// Ends this one session. The status is ASSUMED from the Admin API's twin.
async fn log_out(
    State(shared): State<Arc<Shared>>,
    RefreshToken(session): RefreshToken,
) -> StatusCode {
    shared.state.log_out(&session);
    StatusCode::NO_CONTENT
}

async fn profile(
    State(shared): State<Arc<Shared>>,
    AccessToken(claims): AccessToken,
) -> Result<Json<Value>, Refusal> {
    let profile = shared.state.profile(claims.user, claims.session)?;
    Ok(Json(profile_body(&profile, &shared)))
}

/// The data of identities from elsewhere is left out: ASSUMED. The type is `normal` also after a login with a user key,
/// because the user is its owner: ASSUMED.
fn profile_body(profile: &Profile, shared: &Shared) -> Value {
    let mut data = json!({});
    if let Some(email) = &profile.email {
        data["email"] = email.as_str().into();
    }
    let identities = profile.identities.iter().map(|identity| {
        let own = identity.provider == Provider::LocalUserpass;
        json!({
            "id": identity.id.to_hex(),
            "provider_type": identity.provider.name(),
            "provider_id": identity.provider.id(),
            "provider_data": if own { data.clone() } else { json!({}) },
        })
    });
    let identities: Vec<_> = identities.collect();
    if let Some(name) = &profile.key_name {
        data["name"] = name.as_str().into();
    }
    json!({
        "user_id": profile.user.to_hex(),
        "domain_id": shared.app.domain.to_hex(),
        "identities": identities,
        "data": data,
        "type": if profile.server { "server" } else { "normal" },
    })
}

/// Deletes the user with all sessions and keys. The status is ASSUMED from the Admin API.
async fn delete_user(
    State(shared): State<Arc<Shared>>,
    AccessToken(claims): AccessToken,
) -> Result<StatusCode, Refusal> {
    shared.state.delete_user(claims.user)?;
    Ok(StatusCode::NO_CONTENT)
}

fn expect_app(shared: &Shared, app_id: &str) -> Result<(), Refusal> {
    if app_id == shared.app.id {
        return Ok(());
    }
    let error = format!("cannot find app using Client App ID '{app_id}'");
    Err(Refusal::because(StatusCode::NOT_FOUND, error))
}
