//! What there is before the first request: what the data file holds, and whom the options name.

use std::collections::{HashMap, HashSet};
use std::io;
use std::sync::Arc;

use super::app::Provider;
use super::clock::named_id;
use super::options::{External, ExternalUser, Options, ServerKey, User};
use super::refusal::Refusal;
use super::routes::Fields;
use super::secrets::KeyDigest;
use super::state::{State, Tables};
use super::store::{About, Store};

/// Whose secrets they are that providers accept.
pub(super) type Secrets = HashMap<(External, KeyDigest), String>;

/// What the data file holds, or nothing.
pub(super) fn load(options: &Options) -> io::Result<(About, Tables, Option<Arc<Store>>)> {
    let Some(path) = &options.data else {
        let about = About::new(options.app_id.clone());
        return Ok((about, Tables::in_memory(options.lag), None));
    };
    let (store, about, stored) = Store::open(path, &options.app_id)?;
    let store = Arc::new(store);
    let tables = Tables::stored(options.lag, stored, Arc::clone(&store));
    Ok((about, tables, Some(store)))
}

pub(super) async fn add_users(state: &State, app_id: &str, users: Vec<User>) -> io::Result<()> {
    let mut seen = HashSet::new();
    for User { email, password } in users {
        let id = named_id(app_id, Provider::LocalUserpass.name(), &email);
        let mut added = state.add_user(&email, password.clone(), id).await;
        if added == Err(Refusal::EMAIL_TAKEN) && !seen.contains(&email) {
            // The data file has the user.
            added = state.set_password(&email, password).await;
        }
        added.map_err(|refusal| invalid(&format!("user {email}: {refusal}")))?;
        seen.insert(email);
    }
    Ok(())
}

/// Adds these server keys and revokes all others.
pub(super) fn add_server_keys(state: &State, keys: Vec<ServerKey>) -> io::Result<Vec<ServerKey>> {
    let mut seen = HashSet::new();
    let mut made = Vec::new();
    for ServerKey { name, value } in keys {
        if !seen.insert(name.clone()) {
            return Err(invalid(&format!("server key {name}: it stands twice")));
        }
        let added = state.add_server_key(name.clone(), &value);
        let added = added.map_err(|refusal| invalid(&format!("server key {name}: {refusal}")))?;
        if let Some(value) = added {
            made.push(ServerKey { name, value });
        }
    }
    state.keep_server_keys(|name| seen.contains(name));
    Ok(made)
}

pub(super) fn add_external_users(
    state: &State,
    app_id: &str,
    users: Vec<ExternalUser>,
) -> io::Result<Secrets> {
    let mut secrets = Secrets::new();
    for ExternalUser {
        provider,
        secret,
        user,
    } in users
    {
        let fault = |text: &dyn ToString| invalid(&format!("user {user}: {}", text.to_string()));
        let secret = match provider {
            External::CustomFunction => Fields::parse(secret.as_bytes())
                .map_err(|_| fault(&"the payload is not a JSON object"))?
                .secret(provider),
            _ => secret,
        };
        let id = named_id(app_id, Provider::External(provider).name(), &user);
        let added = state.add_external(provider, &user, id);
        added.map_err(|refusal| fault(&refusal))?;
        secrets.insert((provider, KeyDigest::of(&secret)), user);
    }
    Ok(secrets)
}

fn invalid(text: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, text)
}
