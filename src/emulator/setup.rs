//! What there is before the first request: what the data file holds, and whom the options name.

use std::collections::HashSet;
use std::io;
use std::sync::Arc;

use super::options::{External, ExternalUser, Options, ServerKey, User};
use super::refusal::Refusal;
use super::routes::Fields;
use super::state::{Rules, State, Tables};
use super::store::{About, Store, Stored};

type Loaded = (About, Tables, Option<Arc<Store>>);

/// What the data file holds, or nothing.
pub(super) fn load(options: &Options, rules: &Rules) -> io::Result<Loaded> {
    let Some(path) = &options.data else {
        let about = About::new(options.app_id.clone());
        return Ok((about, Tables::default(), None));
    };
    let (store, stored) = Store::open(path, &options.app_id)?;
    let store = Arc::new(store);
    let Stored {
        about,
        users,
        sessions,
    } = stored;
    let tables = Tables::stored(users, sessions, rules, Arc::clone(&store));
    Ok((about, tables, Some(store)))
}

pub(super) async fn register(state: &State, users: Vec<User>) -> io::Result<()> {
    let mut seen = HashSet::new();
    for User { email, password } in users {
        let mut registered = state.add_user(&email, password.clone()).await;
        if registered == Err(Refusal::EmailTaken) && !seen.contains(&email) {
            // The data file has the user.
            registered = state.set_password(&email, password).await;
        }
        registered.map_err(|refusal| invalid(&format!("user {email}: {refusal}")))?;
        seen.insert(email);
    }
    Ok(())
}

pub(super) fn add_server_keys(state: &State, keys: Vec<ServerKey>) -> io::Result<Vec<ServerKey>> {
    let mut seen = HashSet::new();
    let mut made = Vec::new();
    for ServerKey { name, value } in keys {
        if !seen.insert(name.clone()) {
            return Err(invalid(&format!("server key {name}: it stands twice")));
        }
        if let Some(value) = state.add_server_key(name.clone(), &value) {
            made.push(ServerKey { name, value });
        }
    }
    Ok(made)
}

pub(super) fn add_external(state: &State, user: &ExternalUser) -> io::Result<()> {
    let name = &user.user;
    let secret = match user.provider {
        External::CustomFunction => Fields::parse(user.secret.as_bytes())
            .map_err(|_| invalid(&format!("user {name}: the payload is not a JSON object")))?
            .secret(user.provider),
        _ => user.secret.clone(),
    };
    state.add_external(user.provider, &secret, name);
    Ok(())
}

fn invalid(text: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, text)
}
