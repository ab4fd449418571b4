//! Logins by every provider, and the linking of one more to a user who is logged in.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, RawQuery, State};
use axum::http::HeaderMap;
use serde::Serialize;

use super::expect_app;
use super::fields::Fields;
use crate::emulator::Shared;
use crate::emulator::app::Provider;
use crate::emulator::bearer::AccessToken;
use crate::emulator::options::External;
use crate::emulator::refusal::Refusal;
use crate::emulator::secrets::KeyDigest;
use crate::emulator::state::{Credentials, Session};
use crate::emulator::tokens::NO_DEVICE;

pub(super) async fn log_in(
    State(shared): State<Arc<Shared>>,
    Path((app_id, provider)): Path<(String, String)>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    fields: Fields,
) -> Result<Json<Login>, Refusal> {
    expect_app(&shared, app_id)?;
    let known = Provider::from_name(&provider).filter(|&known| shared.offers(known));
    let known = known.ok_or(Refusal::UnsupportedProvider(provider))?;
    if query.is_some_and(|query| query.split('&').any(|pair| pair == "link=true")) {
        let session = linking_session(&shared, &headers)?;
        let credentials = credentials(&shared, known, &fields).await?;
        shared.state.link(&session, &credentials)?;
        return Ok(Json(Login::linked(&session, &shared)));
    }
    let credentials = credentials(&shared, known, &fields).await?;
    let session = shared.state.log_in(&credentials)?;
    Ok(Json(Login::of(&session, &shared)))
}

/// The session that an access token was made for. That it has to be open still is ASSUMED: its user gets a new access
/// token.
fn linking_session(shared: &Shared, headers: &HeaderMap) -> Result<Session, Refusal> {
    let AccessToken(claims) = AccessToken::read(headers, shared)?;
    shared.state.session(claims.session)
}

/// What the body shows of the provider's own. All but a password is judged only with the users at hand.
async fn credentials(
    shared: &Shared,
    provider: Provider,
    fields: &Fields,
) -> Result<Credentials, Refusal> {
    match provider {
        Provider::LocalUserpass => {
            let password = fields.text("password").to_owned();
            let email = fields.text("username");
            shared.state.check_password(email, password).await
        }
        Provider::ApiKey => Ok(Credentials::Key(KeyDigest::of(fields.text("key")))),
        Provider::AnonUser => Ok(Credentials::Anonymous),
        Provider::External(external) => external_credentials(shared, external, fields),
    }
}

/// A secret of the tables, or a token that another system signed.
fn external_credentials(
    shared: &Shared,
    provider: External,
    fields: &Fields,
) -> Result<Credentials, Refusal> {
    let secret = fields.secret(provider);
    let digest = KeyDigest::of(&secret);
    match &shared.custom_jwt {
        Some(verifier)
            if provider == External::CustomToken && !shared.state.has_secret(provider, digest) =>
        {
            let subject = verifier.subject(&secret, shared.clock.now());
            let subject = subject.ok_or(Refusal::WrongToken)?;
            Ok(Credentials::Subject(provider, subject))
        }
        _ => Ok(Credentials::Secret(provider, digest)),
    }
}

#[derive(Serialize)]
pub(super) struct Login {
    access_token: String,
    /// The session of a link goes on with the token that it has.
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<String>,
    user_id: String,
    device_id: &'static str,
}

impl Login {
    fn of(session: &Session, shared: &Shared) -> Self {
        let refresh_token = shared.tokens.refresh(session, shared.clock.now());
        Self {
            refresh_token: Some(refresh_token),
            ..Self::linked(session, shared)
        }
    }

    fn linked(session: &Session, shared: &Shared) -> Self {
        Self {
            access_token: shared.tokens.access(session, shared.clock.now()),
            refresh_token: None,
            user_id: session.user.to_hex(),
            device_id: NO_DEVICE,
        }
    }
}
