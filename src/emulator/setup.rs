//! What there is before the first request: what the data file holds, and whom the options name.

use std::collections::{HashMap, HashSet};
use std::io;

use secrecy::{ExposeSecret, SecretString};

use super::app::Provider;
use super::logins::{External, ExternalUser, ServerKey, User};
use super::object_id::ObjectId;
use super::options::Options;
use super::records::Login;
use super::refusal::Refusal;
use super::routes::Fields;
use super::secrets::KeyDigest;
use super::state::{State, Tables, password_login};
use super::store::{About, Journal, Stored};

/// Whose secrets they are that providers accept.
pub(super) type Secrets = HashMap<(External, KeyDigest), String>;

/// What the data file holds, or nothing.
pub(super) fn load(options: &Options) -> io::Result<(About, Tables)> {
    let app_id = &options.app_id;
    let (journal, about, stored) = match &options.data {
        Some(path) => {
            let (journal, about, stored) = Journal::open(path, app_id)?;
            (Some(journal), about, stored)
        }
        None => (None, About::new(app_id.clone()), Stored::default()),
    };
    Ok((about, Tables::new(options.lag, stored, journal)))
}

/// Makes these users. One that the data file has gets this password.
pub(super) async fn add_users(state: &State, app_id: &str, users: Vec<User>) -> io::Result<()> {
    let provider = Provider::LocalUserpass;
    let mut seen = HashSet::new();
    for User { email, password } in users {
        let fault = |refusal| invalid(&format!("user {email}: {refusal}"));
        if !seen.insert(email.clone()) {
            return Err(fault(Refusal::EMAIL_TAKEN));
        }
        let login = password_login(&email, password.expose_secret()).await;
        let id = ObjectId::named(app_id, provider.name(), &email);
        let put = login.and_then(|login| state.put_user(id, provider, login));
        put.map_err(fault)?;
    }
    Ok(())
}

/// Adds these server keys and revokes all others. Returns the names of those for which a value was made, and the value.
pub(super) fn add_server_keys(
    state: &State,
    keys: Vec<ServerKey>,
) -> io::Result<Vec<(String, SecretString)>> {
    let mut seen = HashSet::new();
    let mut made = Vec::new();
    for ServerKey { name, value } in keys {
        if !seen.insert(name.clone()) {
            return Err(invalid(&format!("server key {name}: it stands twice")));
        }
        let value = value.as_ref().map(ExposeSecret::expose_secret);
        let added = state.add_server_key(name.clone(), value);
        let added = added.map_err(|refusal| invalid(&format!("server key {name}: {refusal}")))?;
        made.extend(added.map(|value| (name, value.into())));
    }
    state.keep_server_keys(|name| seen.contains(name));
    Ok(made)
}

pub(super) fn add_external_users(
    state: &State,
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
        let fault = |why: &str| invalid(&format!("{}, user {user}: {why}", own.name()));
        let secret = secret.expose_secret();
        let secret = match provider {
            External::CustomFunction => Fields::parse(secret.as_bytes())
                .map_err(|_| fault("the payload is not a JSON object"))?
                .secret(provider),
            _ => secret.to_owned(),
        };
        secrets.insert((provider, KeyDigest::of(&secret)), user.clone());
        let id = ObjectId::named(app_id, own.name(), &user);
        let login = Login::External { name: user.clone() };
        let put = state.put_user(id, own, login);
        put.map_err(|refusal| fault(&refusal.to_string()))?;
    }
    Ok(secrets)
}

fn invalid(text: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, text)
}
