//! Reads what the server answers to logins, refreshes and profiles: tokens that fit a header, and whose they are.

use secrecy::SecretString;

use super::access_token;
use super::wire::{self, Malformed, fits_a_header};

pub(super) fn decode_login(body: &[u8]) -> Result<wire::Login, Malformed> {
    let login: wire::Login = wire::decode(body)?;
    check(&login.access_token)?;
    check(&login.refresh_token)?;
    check_user_id(&login.user_id)?;
    Ok(login)
}

pub(super) fn decode_refreshed(body: &[u8]) -> Result<SecretString, Malformed> {
    let refreshed: wire::Refreshed = wire::decode(body)?;
    check(&refreshed.access_token)?;
    Ok(refreshed.access_token)
}

/// The id that a profile names, or else the first of the tokens that knows it.
pub(super) fn decode_user_id(body: &[u8], tokens: [&SecretString; 2]) -> Result<String, Malformed> {
    let profile: wire::Profile = wire::decode(body)?;
    let named = profile.user_id.filter(|id| !id.is_empty());
    let id = named
        .or_else(|| tokens.into_iter().find_map(access_token::user_id))
        .unwrap_or_default();
    check_user_id(&id)?;
    Ok(id)
}

fn check(token: &SecretString) -> Result<(), Malformed> {
    if fits_a_header(token) {
        Ok(())
    } else {
        Err(Malformed("the token does not fit a header".to_owned()))
    }
}

/// Ids of users have 24 hexadecimal digits, but nothing here depends on that; they stand in messages
/// and in states, though.
fn check_user_id(id: &str) -> Result<(), Malformed> {
    if id.is_empty() || id.len() > LONGEST_USER_ID || id.contains(char::is_control) {
        return Err(Malformed("it does not say whose session it is".to_owned()));
    }
    Ok(())
}

const LONGEST_USER_ID: usize = 256;
