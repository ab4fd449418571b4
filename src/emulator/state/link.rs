//! A user's ways in become more.

use bson::oid::ObjectId;

use super::logins::{Credentials, find};
use super::records::Session;
use super::tables::Tables;
use super::{State, owner};
use crate::emulator::refusal::Refusal;

impl State {
    /// Makes what the credentials show a way in of the session's user.
    ///
    /// It may be nobody's, or of a user who never logged in: whoever has only registered is nobody yet. What a login
    /// by the same credentials would be refused for is refused in the same words.
    pub(in crate::emulator) fn link(
        &self,
        session: &Session,
        credentials: &Credentials,
    ) -> Result<(), Refusal> {
        let mut tables = self.tables();
        let user = owner(&tables, session)?;
        if user.disabled {
            return Err(Refusal::UserDisabled);
        }
        // A second one is refused whosever it is.
        let second = user.password.is_some() && matches!(credentials, Credentials::Password { .. });
        let (server, user) = (user.server_key.is_some(), user.id);
        match credentials {
            _ if server => Err(Refusal::LinkInvalid),
            Credentials::Key(_) => Err(Refusal::LinkInvalid),
            Credentials::Anonymous => Err(Refusal::LinkForbidden),
            Credentials::Password { .. } | Credentials::Secret(..) => {
                let (other, _) = find(&tables, credentials)?;
                if second {
                    return Err(Refusal::LinkForbidden);
                }
                take_over(&mut tables, other, user)
            }
            Credentials::Subject(provider, name) => {
                match tables.user_by_name(name).map(|other| other.id) {
                    Some(other) => take_over(&mut tables, other, user)?,
                    None => {
                        tables.change_user(user, |user| user.names.push(name.clone()));
                    }
                }
                self.external_user(&mut tables, *provider, name);
                Ok(())
            }
        }
    }
}

/// Gives all ways in of another user to this one, if that is allowed.
fn take_over(tables: &mut Tables, from: ObjectId, into: ObjectId) -> Result<(), Refusal> {
    if from == into {
        return Ok(());
    }
    let password = |id| tables.user(id).is_some_and(|user| user.password.is_some());
    let other = tables.user(from).ok_or(Refusal::IdentityInUse)?;
    if other.disabled {
        return Err(Refusal::UserDisabled);
    }
    if other.in_use() {
        return Err(Refusal::IdentityInUse);
    }
    if password(from) && password(into) {
        return Err(Refusal::LinkForbidden);
    }
    tables.merge_users(from, into);
    Ok(())
}
