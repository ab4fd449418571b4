//! Users of `local-userpass`: registered, confirmed, and with another password.

use std::time::Duration;

use bson::oid::ObjectId;

use super::State;
use super::records::{MailedToken, PasswordLogin, User};
use super::tables::Tables;
use crate::emulator::app::Provider;
use crate::emulator::mails::{Mail, MailKind};
use crate::emulator::options::{Confirmation, PasswordReset, Verdict};
use crate::emulator::refusal::Refusal;
use crate::emulator::secrets::{KeyDigest, PasswordHash, generate_mail_token};

/// How long a mailed token is valid, as documented.
const TOKEN_TTL: Duration = Duration::from_secs(30 * 60);

/// So many tokens of one user are valid at a time. Whoever asks for more loses the oldest.
const MOST_TOKENS: usize = 10;

/// A token as a client shows it.
pub(in crate::emulator) struct ShownToken {
    id: ObjectId,
    digest: KeyDigest,
}

impl ShownToken {
    /// Whatever cannot be a token is told from one that is not valid.
    pub(in crate::emulator) fn parse(token: &str, id: &str) -> Result<Self, Refusal> {
        let hex = token.len() == 128 && token.bytes().all(|byte| byte.is_ascii_hexdigit());
        let id = ObjectId::parse_str(id).ok().filter(|_| hex);
        Ok(Self {
            id: id.ok_or(Refusal::TokenMalformed)?,
            digest: KeyDigest::of(token),
        })
    }
}

/// Users come to be.
impl State {
    /// Makes a user who asks for it. What is returned is to be sent.
    pub(in crate::emulator) async fn register(
        &self,
        email: &str,
        password: String,
    ) -> Result<Option<Mail>, Refusal> {
        let rules = &self.rules.local_userpass;
        let verdict = match rules.confirmation {
            Confirmation::Auto => Verdict::Success,
            Confirmation::Email => Verdict::Pending,
            Confirmation::Function => rules.verdict(email, Verdict::Pending),
        };
        self.make_user(email, password, verdict).await
    }

    /// Makes a user who is confirmed.
    pub(in crate::emulator) async fn add_user(
        &self,
        email: &str,
        password: String,
    ) -> Result<(), Refusal> {
        let made = self.make_user(email, password, Verdict::Success).await;
        made.map(drop)
    }

    async fn make_user(
        &self,
        email: &str,
        password: String,
        verdict: Verdict,
    ) -> Result<Option<Mail>, Refusal> {
        if email.is_empty() {
            return Err(Refusal::EmptyEmail);
        }
        let hash = hash(password).await?;
        // Looked up only now, in the same step as the insertion: hashing took a while.
        let mut tables = self.tables();
        if tables.user_by_name(email).is_some() {
            return Err(Refusal::EmailTaken);
        }
        if verdict == Verdict::Fail {
            return Err(Refusal::ConfirmationFailed(email.to_owned()));
        }
        let login = PasswordLogin {
            email: email.to_owned(),
            hash,
            confirmed: verdict == Verdict::Success,
            tokens: Vec::new(),
        };
        let (user, _) = self.insert_user(&mut tables, Provider::LocalUserpass, |user| {
            user.password = Some(login);
        });
        let pending = verdict == Verdict::Pending;
        Ok(pending.then(|| self.mail(&mut tables, user, email, MailKind::Confirm)))
    }

    /// Gives a user another password, and holds the address for confirmed.
    pub(in crate::emulator) async fn set_password(
        &self,
        email: &str,
        password: String,
    ) -> Result<(), Refusal> {
        let hash = hash(password).await?;
        let mut tables = self.tables();
        let user = tables.user_by_email(email).map(|user| user.id);
        let user = user.ok_or(Refusal::EmailTaken)?;
        change(&mut tables, user, |login| {
            login.hash = hash;
            login.confirmed = true;
            login.tokens.clear();
        });
        Ok(())
    }
}

/// Users are confirmed.
impl State {
    pub(in crate::emulator) fn confirm(&self, token: &ShownToken) -> Result<(), Refusal> {
        let mut tables = self.tables();
        let user = self.holder(&tables, MailKind::Confirm, token)?;
        change(&mut tables, user, PasswordLogin::confirm);
        Ok(())
    }

    /// Another mail for a user who waits to be confirmed.
    pub(in crate::emulator) fn send_confirmation(&self, email: &str) -> Result<Mail, Refusal> {
        let mut tables = self.tables();
        let user = unconfirmed(&tables, email)?;
        if self.rules.local_userpass.confirmation != Confirmation::Email {
            return Err(Refusal::NotThisWay("users are not confirmed by e-mail"));
        }
        Ok(self.mail(&mut tables, user, email, MailKind::Confirm))
    }

    /// Runs the function again that confirms.
    pub(in crate::emulator) fn call_confirmation(
        &self,
        email: &str,
    ) -> Result<Option<Mail>, Refusal> {
        let rules = &self.rules.local_userpass;
        let mut tables = self.tables();
        let user = unconfirmed(&tables, email)?;
        if rules.confirmation != Confirmation::Function {
            return Err(Refusal::NotThisWay("users are not confirmed by a function"));
        }
        match rules.verdict(email, Verdict::Success) {
            Verdict::Fail => Err(Refusal::ConfirmationFailed(email.to_owned())),
            Verdict::Pending => Ok(Some(self.mail(&mut tables, user, email, MailKind::Confirm))),
            Verdict::Success => {
                change(&mut tables, user, PasswordLogin::confirm);
                Ok(None)
            }
        }
    }
}

/// Users get another password. Sessions and keys live on: ASSUMED.
impl State {
    pub(in crate::emulator) async fn reset_password(
        &self,
        token: &ShownToken,
        password: String,
    ) -> Result<(), Refusal> {
        check_length(&password)?;
        self.holder(&self.tables(), MailKind::Reset, token)?;
        let hash = hash(password).await?;
        // Once more, because hashing took a while: two may have come with one token.
        let mut tables = self.tables();
        let user = self.holder(&tables, MailKind::Reset, token)?;
        change(&mut tables, user, |login| login.reset(hash));
        Ok(())
    }

    pub(in crate::emulator) fn send_reset(&self, email: &str) -> Result<Mail, Refusal> {
        let mut tables = self.tables();
        let user = registered(&tables, email)?.id;
        if self.rules.local_userpass.password_reset != PasswordReset::Email {
            return Err(Refusal::NotThisWay("passwords are not reset by e-mail"));
        }
        Ok(self.mail(&mut tables, user, email, MailKind::Reset))
    }

    /// Runs the function that resets.
    pub(in crate::emulator) async fn call_reset(
        &self,
        email: &str,
        password: String,
    ) -> Result<Option<Mail>, Refusal> {
        let rules = &self.rules.local_userpass;
        registered(&self.tables(), email)?;
        if rules.password_reset != PasswordReset::Function {
            return Err(Refusal::NotThisWay("passwords are not reset by a function"));
        }
        let hash = hash(password).await?;
        let mut tables = self.tables();
        let user = registered(&tables, email)?.id;
        match rules.verdict(email, Verdict::Success) {
            Verdict::Fail => Err(Refusal::ResetFailed(email.to_owned())),
            Verdict::Pending => Ok(Some(self.mail(&mut tables, user, email, MailKind::Reset))),
            Verdict::Success => {
                change(&mut tables, user, |login| login.reset(hash));
                Ok(None)
            }
        }
    }
}

/// Mailed tokens.
impl State {
    /// Makes a token beside those that are valid, and the mail that brings it.
    fn mail(&self, tables: &mut Tables, user: ObjectId, email: &str, kind: MailKind) -> Mail {
        let now = self.rules.clock.now();
        let (id, token) = (self.rules.clock.object_id(), generate_mail_token());
        let made = MailedToken {
            id,
            kind,
            digest: KeyDigest::of(&token),
            expires_at: now.saturating_add(TOKEN_TTL).unwrap_or(now),
        };
        change(tables, user, |login| {
            login.tokens.retain(|token| token.expires_at > now);
            let excess = (login.tokens.len() + 1).saturating_sub(MOST_TOKENS);
            login.tokens.drain(..excess);
            login.tokens.push(made);
        });
        Mail {
            kind,
            email: email.to_owned(),
            token,
            token_id: id.to_hex(),
        }
    }

    /// To whom a token of this kind was sent, if it is valid.
    fn holder(
        &self,
        tables: &Tables,
        kind: MailKind,
        shown: &ShownToken,
    ) -> Result<ObjectId, Refusal> {
        let now = self.rules.clock.now();
        let valid = |token: &MailedToken| {
            let same = token.id == shown.id && token.digest == shown.digest;
            same && token.kind == kind && token.expires_at > now
        };
        let holds = |user: &&User| {
            let login = user.password.as_ref();
            login.is_some_and(|login| login.tokens.iter().any(valid))
        };
        let holder = tables.users().find(holds);
        holder.map(|user| user.id).ok_or(Refusal::TokenInvalid)
    }
}

fn registered<'a>(tables: &'a Tables, email: &str) -> Result<&'a User, Refusal> {
    tables.user_by_email(email).ok_or(Refusal::UserNotFound)
}

fn unconfirmed(tables: &Tables, email: &str) -> Result<ObjectId, Refusal> {
    let user = registered(tables, email)?;
    if user.password.as_ref().is_some_and(|login| login.confirmed) {
        return Err(Refusal::AlreadyConfirmed);
    }
    Ok(user.id)
}

fn change(tables: &mut Tables, user: ObjectId, change: impl FnOnce(&mut PasswordLogin)) {
    tables.change_user(user, |user| user.password.as_mut().map(change));
}

fn check_length(password: &str) -> Result<(), Refusal> {
    if (6..=128).contains(&password.chars().count()) {
        Ok(())
    } else {
        Err(Refusal::PasswordLength)
    }
}

async fn hash(password: String) -> Result<PasswordHash, Refusal> {
    check_length(&password)?;
    Ok(PasswordHash::of(password).await)
}
