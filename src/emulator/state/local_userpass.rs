//! Users of `local-userpass`.

use super::State;
use crate::emulator::app::Provider;
use crate::emulator::object_id::ObjectId;
use crate::emulator::records::Login;
use crate::emulator::refusal::Refusal;
use crate::emulator::secrets::PasswordHash;

/// The longest e-mail address, as in the Admin API's call that changes one. ASSUMED for registration.
const LONGEST_EMAIL: usize = 128;

impl State {
    /// Makes a user of this id, confirmed at once.
    pub(in crate::emulator) async fn register(
        &self,
        email: &str,
        password: &str,
        id: ObjectId,
    ) -> Result<(), Refusal> {
        // Hashing takes a while, so it is not part of the transaction.
        let login = password_login(email, password).await?;
        let mut tables = self.tables();
        self.insert_user(&mut tables, id, Provider::LocalUserpass, login)
            .map(drop)
    }
}

/// Logins with this address and this password, if they can be a user's.
pub(in crate::emulator) async fn password_login(
    email: &str,
    password: &str,
) -> Result<Login, Refusal> {
    if email.is_empty() || email.chars().count() > LONGEST_EMAIL {
        return Err(Refusal::INVALID_EMAIL);
    }
    if !(6..=128).contains(&password.chars().count()) {
        return Err(Refusal::PASSWORD_LENGTH);
    }
    Ok(Login::Password {
        email: email.to_owned(),
        hash: PasswordHash::of(password.to_owned()).await,
    })
}
