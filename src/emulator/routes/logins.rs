//! Registration, and logins by every provider.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use serde_json::{Value, json};

use super::expect_app;
use super::fields::Fields;
use crate::emulator::Shared;
use crate::emulator::api_error::ApiError;
use crate::emulator::app::Provider;
use crate::emulator::logins::External;
use crate::emulator::records::Login;
use crate::emulator::secrets::KeyDigest;
use crate::emulator::state::{Credentials, password_login};
use crate::emulator::tokens::NO_DEVICE;

/// Makes a user of `local-userpass`. The answer is an empty object, which no official client reads: ASSUMED, like the
/// status.
pub(super) async fn register(
    State(shared): State<Arc<Shared>>,
    Path(app_id): Path<String>,
    body: Bytes,
) -> Result<(StatusCode, Json<Value>), ApiError> {
    expect_app(&shared, &app_id)?;
    let fields = Fields::parse(&body)?;
    let login = password_login(fields.text("email"), fields.text("password")).await?;
    shared.state().register(login)?;
    Ok((StatusCode::CREATED, Json(json!({}))))
}

pub(super) async fn log_in(
    State(shared): State<Arc<Shared>>,
    Path((app_id, provider)): Path<(String, String)>,
    RawQuery(query): RawQuery,
    body: Bytes,
) -> Result<Json<Value>, ApiError> {
    expect_app(&shared, &app_id)?;
    if query.is_some_and(|query| query.split('&').any(|pair| pair == "link=true")) {
        return Err(ApiError::not_here("linking (`?link=true`)"));
    }
    let known = Provider::from_name(&provider).filter(|&known| shared.offers(known));
    let known = known.ok_or_else(|| {
        let error = format!("authentication via '{provider}' is unsupported");
        ApiError::because(StatusCode::UNAUTHORIZED, error)
    })?;
    let fields = Fields::parse(&body)?;
    let credentials = credentials(&shared, known, &fields).await?;
    let session = shared.state().log_in(credentials)?;
    let now = shared.clock.now();
    Ok(Json(json!({
        "access_token": shared.tokens.access(&session, now),
        "refresh_token": shared.tokens.refresh(&session, now),
        "user_id": session.user,
        "device_id": NO_DEVICE,
    })))
}

/// What the body shows of the provider's own. All but a password is judged only with the users at hand.
async fn credentials(
    shared: &Shared,
    provider: Provider,
    fields: &Fields,
) -> Result<Credentials, ApiError> {
    match provider {
        Provider::LocalUserpass => {
            let known = shared.state().password(fields.text("username"));
            let (user, hash) = known.ok_or(ApiError::WRONG_PASSWORD)?;
            let fits = hash.matches(fields.text("password").to_owned()).await;
            fits.then_some(Credentials::Password(user))
                .ok_or(ApiError::WRONG_PASSWORD)
        }
        Provider::ApiKey => Ok(Credentials::Key(KeyDigest::of(fields.text("key")))),
        Provider::AnonUser => Ok(Credentials::User(provider, Login::Anonymous)),
        Provider::External(external) => {
            // Whose secret it is by the table, or whom a token names that another system signed.
            let secret = fields.secret(external);
            let named = shared.secrets.get(&(external, KeyDigest::of(&secret)));
            let verifier = shared.custom_jwt.as_ref();
            let verifier = verifier.filter(|_| external == External::CustomToken);
            let signed = || verifier?.subject(&secret, shared.clock.now());
            let name = named.cloned().or_else(signed).ok_or(match external {
                External::CustomFunction => ApiError::WRONG_PAYLOAD,
                _ => ApiError::WRONG_TOKEN,
            })?;
            Ok(Credentials::User(provider, Login::External { name }))
        }
    }
}
