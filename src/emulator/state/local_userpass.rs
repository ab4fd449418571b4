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
    pub(in crate::emulator) async fn add_user(
        &self,
        email: &str,
        password: String,
        id: ObjectId,
    ) -> Result<(), Refusal> {
        if email.is_empty() || email.chars().count() > LONGEST_EMAIL {
            return Err(Refusal::INVALID_EMAIL);
        }
        let hash = hash(password).await?;
        // Looked up only now, in the same transaction as the insertion: hashing took a while.
        let mut tables = self.tables();
        let found = tables.user_by_name(Provider::LocalUserpass, email);
        if found.is_some() {
            return Err(Refusal::EMAIL_TAKEN);
        }
        let email = email.to_owned();
        let login = Login::Password { email, hash };
        self.insert_user(&mut tables, id, Provider::LocalUserpass, login)
            .map(drop)
    }

    /// Gives a user another password.
    pub(in crate::emulator) async fn set_password(
        &self,
        email: &str,
        password: String,
    ) -> Result<(), Refusal> {
        let hash = hash(password).await?;
        let mut tables = self.tables();
        let user = tables.user_by_name(Provider::LocalUserpass, email);
        let user = user.ok_or(Refusal::WRONG_PASSWORD)?.id;
        let email = email.to_owned();
        tables.set_login(user, Login::Password { email, hash });
        Ok(())
    }
}

async fn hash(password: String) -> Result<PasswordHash, Refusal> {
    if !(6..=128).contains(&password.chars().count()) {
        return Err(Refusal::PASSWORD_LENGTH);
    }
    Ok(PasswordHash::of(password).await)
}
