//! What there is before the first request: what the data file holds, and whom the options name.

use std::collections::{HashMap, HashSet};
use std::io;

use secrecy::{ExposeSecret, SecretString};

use super::api_error::ApiError;
use super::app::Provider;
use super::invalid;
use super::logins::{External, ExternalUser, ServerKey, User};
use super::object_id::ObjectId;
use super::records::Login;
use super::routes::Fields;
use super::secrets::{KeyDigest, generate_key_value};
use super::state::{State, password_login};

/// Whose secrets they are that providers accept.
pub(super) type Secrets = HashMap<(External, KeyDigest), String>;

/// Makes these users. One that the data file has gets this password.
pub(super) async fn add_users(state: &mut State, app_id: &str, users: Vec<User>) -> io::Result<()> {
    let provider = Provider::LocalUserpass;
    let mut seen = HashSet::new();
    for User { email, password } in users {
        let fault = |refusal| invalid(format_args!("user {email}"), refusal);
        if !seen.insert(email.clone()) {
            return Err(fault(ApiError::EMAIL_TAKEN));
        }
        let login = password_login(&email, password.expose_secret()).await;
        let id = ObjectId::named(app_id, provider.name(), &email);
        let put = login.and_then(|login| state.put_user(id, provider, login));
        put.map_err(fault)?;
    }
    Ok(())
}

/// Makes the users of these server keys, or gives them these values, and revokes all other server keys. Returns the names
/// of those for which a value was made, and the value.
pub(super) fn add_server_keys(
    state: &mut State,
    keys: Vec<ServerKey>,
) -> io::Result<Vec<(String, SecretString)>> {
    let mut seen = HashSet::new();
    let mut made = Vec::new();
    for ServerKey { name, value } in keys {
        let place = format!("server key {name}");
        if !seen.insert(name.clone()) {
            return Err(invalid(place, "it stands twice"));
        }
        let value = match value {
            Some(value) => value,
            None if state.user_by_name(Provider::ApiKey, &name).is_some() => continue,
            None => {
                let value = SecretString::from(generate_key_value());
                made.push((name.clone(), value.clone()));
                value
            }
        };
        let digest = KeyDigest::of(value.expose_secret());
        let login = Login::ServerKey { name, digest };
        let put = state.put_user(state.clock.object_id(), Provider::ApiKey, login);
        put.map_err(|refusal| invalid(place, refusal))?;
    }
    state.keep_server_keys(&seen);
    Ok(made)
}

pub(super) fn add_external_users(
    state: &mut State,
    app_id: &str,
    users: impl IntoIterator<Item = ExternalUser>,
) -> io::Result<Secrets> {
    let mut secrets = Secrets::new();
    for ExternalUser {
        provider,
        secret,
        user,
    } in users
    {
        let own = Provider::External(provider);
        let place = format!("{}, user {user}", own.name());
        let secret = secret.expose_secret();
        let secret = match provider {
            External::CustomFunction => Fields::parse(secret.as_bytes())
                .map_err(|_| invalid(&place, "the payload is not a JSON object"))?
                .secret(provider),
            _ => secret.to_owned(),
        };
        let id = ObjectId::named(app_id, own.name(), &user);
        let login = Login::External { name: user.clone() };
        let put = state.put_user(id, own, login);
        put.map_err(|refusal| invalid(&place, refusal))?;
        let other = secrets.insert((provider, KeyDigest::of(&secret)), user.clone());
        if other.is_some_and(|other| other != user) {
            return Err(invalid(&place, "another user has the same secret"));
        }
    }
    Ok(secrets)
}
