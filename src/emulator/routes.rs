//! The API's paths, and the JSON that goes in and out.
//!
//! A new path is a line in the table below and a function in the file of its family. What the service decides is in `state`;
//! nothing here is kept between two requests.

mod api_keys;
mod fields;
mod logins;

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::{Method, StatusCode, Uri};
use axum::middleware::from_fn_with_state;
use axum::routing::{delete, get, post, put};
use axum::{Json, Router};
use serde::Serialize;

pub(super) use self::fields::Fields;
use super::Shared;
use super::app::{Identity, PREFIX, Provider};
use super::bearer::{AccessToken, RefreshToken};
use super::frame::{Origin, frame};
use super::refusal::Refusal;
use super::state::Profile;

/// The whole client API v2.0 as far as this emulator speaks it.
pub(super) fn router(shared: Arc<Shared>) -> Router {
    let api = Router::new()
        .route("/app/{app_id}/location", get(location))
        .route(
            "/app/{app_id}/auth/providers/local-userpass/register",
            post(logins::register),
        )
        .route(
            "/app/{app_id}/auth/providers/{provider}/login",
            post(logins::log_in),
        )
        .route("/auth/session", post(refresh).delete(log_out))
        .route("/auth/profile", get(profile))
        .route("/auth/delete", delete(delete_user))
        .route("/auth/api_keys", get(api_keys::list).post(api_keys::create))
        .route(
            "/auth/api_keys/{id}",
            get(api_keys::get).delete(api_keys::delete),
        )
        .route("/auth/api_keys/{id}/enable", put(api_keys::enable))
        .route("/auth/api_keys/{id}/disable", put(api_keys::disable));
    Router::new()
        .nest(PREFIX, api)
        .fallback(not_here)
        .layer(from_fn_with_state(Arc::clone(&shared), frame))
        .with_state(shared)
}

/// What the service may have, and the emulator does not.
async fn not_here(method: Method, uri: Uri) -> Refusal {
    Refusal::NotHere(format!("{method} {}", uri.path()))
}

async fn location(
    State(shared): State<Arc<Shared>>,
    Path(app_id): Path<String>,
    Origin(origin): Origin,
) -> Result<Json<LocationBody>, Refusal> {
    expect_app(&shared, app_id)?;
    let ws_hostname = origin.replacen("http", "ws", 1);
    Ok(Json(LocationBody {
        deployment_model: "LOCAL",
        place: "US-VA",
        hostname: origin,
        ws_hostname,
    }))
}

#[derive(Serialize)]
struct LocationBody {
    deployment_model: &'static str,
    #[serde(rename = "location")]
    place: &'static str,
    hostname: String,
    ws_hostname: String,
}

/// A new access token; the refresh token stays as it is. The status is ASSUMED from the Admin API's twin.
async fn refresh(
    State(shared): State<Arc<Shared>>,
    RefreshToken(session): RefreshToken,
) -> (StatusCode, Json<Refreshed>) {
    let access_token = shared.tokens.access(&session, shared.clock.now());
    (StatusCode::CREATED, Json(Refreshed { access_token }))
}

#[derive(Serialize)]
struct Refreshed {
    access_token: String,
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
) -> Result<Json<ProfileBody>, Refusal> {
    let profile = shared.state.profile(claims.user, claims.session)?;
    Ok(Json(ProfileBody::of(profile, &shared)))
}

#[derive(Serialize)]
struct ProfileBody {
    user_id: String,
    domain_id: String,
    identities: Vec<IdentityBody>,
    data: ProfileData,
    #[serde(rename = "type")]
    kind: &'static str,
}

#[derive(Serialize)]
struct IdentityBody {
    id: String,
    provider_type: &'static str,
    provider_id: &'static str,
    provider_data: ProfileData,
}

#[derive(Default, Serialize)]
struct ProfileData {
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
}

impl ProfileBody {
    /// The data of identities from elsewhere is left out: ASSUMED. The type is `normal` also after a login with a user key, because the user is its owner: ASSUMED.
    fn of(profile: Profile, shared: &Shared) -> Self {
        let identities = profile.identities.into_iter().map(|identity| {
            let own = identity.provider == Provider::LocalUserpass;
            let email = profile.email.clone().filter(|_| own);
            IdentityBody::of(identity, ProfileData { email, name: None })
        });
        Self {
            user_id: profile.user.to_hex(),
            domain_id: shared.app.domain.to_hex(),
            identities: identities.collect(),
            data: ProfileData {
                email: profile.email.clone(),
                name: profile.key_name,
            },
            kind: if profile.server { "server" } else { "normal" },
        }
    }
}

impl IdentityBody {
    fn of(Identity { id, provider }: Identity, provider_data: ProfileData) -> Self {
        Self {
            id: id.to_hex(),
            provider_type: provider.name(),
            provider_id: provider.id(),
            provider_data,
        }
    }
}

/// Deletes the caller with all sessions and keys. The status is ASSUMED from the Admin API.
async fn delete_user(
    State(shared): State<Arc<Shared>>,
    AccessToken(claims): AccessToken,
) -> Result<StatusCode, Refusal> {
    shared.state.delete_user(claims.user)?;
    Ok(StatusCode::NO_CONTENT)
}

fn expect_app(shared: &Shared, app_id: String) -> Result<(), Refusal> {
    if app_id == shared.app.id {
        Ok(())
    } else {
        Err(Refusal::UnknownApp(app_id))
    }
}
