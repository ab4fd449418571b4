//! Making a key, whatever stands in the way, without ever leaving one behind that nobody knows of.

use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::appservices::{
    Client, CreatedUserApiKey, Error, ErrorKind, KeyId, StatusCode, UserApiKey,
};
use crate::tf_provider::{Context, Diagnostic, Diagnostics, ErrorContext, IntoDiagnostic, Result};

use super::super::diagnose::sentence;
use super::conflict::{adoption, quota, taken, twice};
use super::lost::LostKey;
use super::names::Made;
use super::{label, not_deleted};

/// How long one look for a lost key, and its deletion, may go on after an interrupt or the end of the operation's time.
const CLEAN_UP: Duration = Duration::from_secs(10);

/// Before giving up: how often a lost key is looked for where reads may trail writes, and how far apart.
const LAST_LOOKS: u32 = 4;
const BETWEEN_LOOKS: Duration = Duration::from_millis(500);

/// A key to be made.
#[derive(Debug)]
pub(super) struct Creation<'a> {
    pub(super) client: &'a Client,
    pub(super) name: &'a str,
    /// Whether nobody else can have the name.
    pub(super) unique: bool,
    /// Whether a key of the name may be deleted first.
    pub(super) replace_existing: bool,
}

/// Why there is no new key.
#[derive(Debug)]
pub(super) enum NotCreated {
    /// The server has none either.
    Nothing(Diagnostics),
    /// The server may have one, whose value is lost.
    Lost(Diagnostic, LostKey),
}

impl From<Diagnostics> for NotCreated {
    fn from(diagnostics: Diagnostics) -> Self {
        Self::Nothing(diagnostics)
    }
}

/// What became of the creates whose answers were lost.
struct Trail {
    lost: LostKey,
    /// Lists may still show them.
    deleted: Vec<KeyId>,
    /// How many creates may still take effect, since nobody knows what became of the request.
    open: u32,
}

/// What a look for the lost key showed.
enum Look {
    /// No key of the name.
    Nothing,
    /// The lost key, which is deleted now.
    CleanedUp,
    /// A key of the name that is not certainly the lost one. Where reads trail writes, it may have gone already.
    Stranger(UserApiKey),
}

impl Creation<'_> {
    /// Makes the key.
    ///
    /// A create whose answer is lost may have made a key, and nobody has its value. So the name is looked up; a key that
    /// is certainly the lost one is deleted, and the create repeated.
    ///
    /// # Errors
    ///
    /// Why not, and whether a key may have been left behind.
    async fn run(&self, made: &mut Made) -> Result<CreatedUserApiKey, NotCreated> {
        if self.replace_existing {
            self.make_room(made.as_ref()).await?;
        }
        let mut trail: Option<Trail> = None;
        let mut attempts = self.client.attempts();
        let mut waits = self.client.waits();
        loop {
            let since = self.client.server_time();
            let error = match self
                .client
                .create_user_api_key(self.name, &mut attempts)
                .await
            {
                Ok(created) => {
                    *made = Some(created.api_key.id.clone());
                    return Ok(created);
                }
                Err(error) => error,
            };
            if error.may_have_been_handled() {
                let trail = trail.get_or_insert_with(|| self.trail(since));
                trail.open += u32::from(is_open(&error));
                let looked = self.clean_up(trail).await;
                looked.map_err(|trouble| self.lost_from_sight(&error, &trouble, trail))?;
            } else if error.is_already_exists() {
                match &mut trail {
                    // Perhaps our own lost key has taken the name, and is not seen yet.
                    Some(trail) => {
                        let looked = self.look_around(trail).await;
                        let looked = looked
                            .map_err(|trouble| self.lost_from_sight(&error, &trouble, trail))?;
                        if let Look::Stranger(existing) = looked {
                            return Err(self.stranger(&error, &existing, trail));
                        }
                    }
                    None if self.replace_existing => self.make_room(made.as_ref()).await?,
                    None => return Err(self.taken(&error, made.as_ref()).await.into()),
                }
            } else if trail.is_none() {
                return Err(Diagnostics::from(self.refused(&error).await).into());
            } else {
                return Err(self.given_up(&error, trail).await);
            }
            let Some(wait) = waits.next() else {
                return Err(self.given_up(&error, trail).await);
            };
            if self.client.pause(wait).await.is_err() {
                return Err(self.given_up(&error, trail).await);
            }
        }
    }

    /// As [`run`](Self::run), but gives up a create that is not answered when the process is about to end: nobody will hear
    /// of its result.
    ///
    /// # Errors
    ///
    /// As [`run`](Self::run).
    pub(super) async fn run_until_shutdown<C>(
        &self,
        cx: &Context<C>,
        made: &mut Made,
    ) -> Result<CreatedUserApiKey, NotCreated> {
        let since = self.client.server_time();
        tokio::select! {
            created = self.run(made) => return created,
            () = cx.shutdown_imminent().cancelled() => {}
        }
        if self.clean_up(&mut self.trail(since)).await.is_err() {
            tracing::error!(
                name = self.name,
                "a key may be left behind that no state knows"
            );
        }
        Err(NotCreated::Nothing(
            Diagnostic::error("Terraform went away").into(),
        ))
    }

    fn doing(&self) -> String {
        format!("create the user API key {:?}", self.name)
    }

    fn trail(&self, since: Option<Timestamp>) -> Trail {
        Trail {
            lost: LostKey {
                name: self.name.to_owned(),
                unique: self.unique,
                since,
            },
            deleted: Vec::new(),
            open: 0,
        }
    }

    /// Deletes the key that stands where the new one is to be.
    async fn make_room(&self, made: Option<&KeyId>) -> Result<()> {
        let doing = format!("look for an existing user API key {:?}", self.name);
        let keys = self.client.user_api_keys().await.context(&doing)?;
        let Some(existing) = keys.into_iter().find(|key| key.name == self.name) else {
            return Ok(());
        };
        if made == Some(&existing.id) {
            return Err(twice(&existing).into());
        }
        let id = &existing.id;
        match self.client.delete_user_api_key(id).await {
            Err(error) if !error.is_not_found() => {
                Err(not_deleted(&error, &label(self.name, id)).into())
            }
            _ => {
                tracing::info!(%id, name = self.name, "deleted the existing key, as replace_existing says");
                Ok(())
            }
        }
    }

    /// Looks for the lost key and deletes it. Done also after an interrupt, since nobody else could do it later.
    ///
    /// # Errors
    ///
    /// When it could not be looked for, or not be deleted.
    async fn clean_up(&self, trail: &mut Trail) -> Result<Look, Error> {
        let client = self
            .client
            .within(CancellationToken::new(), Some(Instant::now() + CLEAN_UP));
        let keys = client.user_api_keys().await?;
        let is_deleted = |key: &UserApiKey| trail.deleted.contains(&key.id);
        let of_the_name = |key: &UserApiKey| key.name == self.name && !is_deleted(key);
        let (ours, others): (Vec<_>, Vec<_>) = keys
            .into_iter()
            .filter(of_the_name)
            .partition(|key| trail.lost.is(key));
        let Some(found) = ours.into_iter().next() else {
            return Ok(others
                .into_iter()
                .next()
                .map_or(Look::Nothing, Look::Stranger));
        };
        match client.delete_user_api_key(&found.id).await {
            Err(error) if !error.is_not_found() => return Err(error),
            _ => {}
        }
        tracing::info!(id = %found.id, name = self.name, "deleted a key whose value was lost with the answer");
        trail.deleted.push(found.id);
        trail.open = trail.open.saturating_sub(1);
        Ok(Look::CleanedUp)
    }

    /// Looks a few times, since reads may trail writes.
    ///
    /// # Errors
    ///
    /// As [`clean_up`](Self::clean_up).
    async fn look_around(&self, trail: &mut Trail) -> Result<Look, Error> {
        for _ in 1..LAST_LOOKS {
            if let Look::CleanedUp = self.clean_up(trail).await? {
                return Ok(Look::CleanedUp);
            }
            tokio::time::sleep(BETWEEN_LOOKS).await;
        }
        self.clean_up(trail).await
    }

    /// The end, after a create whose answer was lost and whatever could be cleaned up.
    async fn given_up(&self, error: &Error, trail: Option<Trail>) -> NotCreated {
        let failed = error.diagnostic(&self.doing());
        let Some(mut trail) = trail else {
            return NotCreated::Nothing(failed.into());
        };
        match self.look_around(&mut trail).await {
            Err(trouble) => self.lost_from_sight(error, &trouble, &trail),
            Ok(Look::Stranger(existing)) => self.stranger(error, &existing, &trail),
            Ok(Look::Nothing | Look::CleanedUp) if trail.open > 0 => self.lost(failed, &trail),
            Ok(Look::Nothing | Look::CleanedUp) => {
                let nothing = "A key that a lost answer may have been about was looked for, and none is left on the \
                               server.";
                NotCreated::Nothing(failed.and_detail(nothing).into())
            }
        }
    }

    /// The lost key could not be looked for, or not be deleted.
    fn lost_from_sight(&self, error: &Error, trouble: &Error, trail: &Trail) -> NotCreated {
        let failed = error.diagnostic(&self.doing());
        let also = sentence(trouble, "look for the key and delete it");
        self.lost(failed.and_detail(&also), trail)
    }

    /// The name is somebody else's.
    fn stranger(&self, error: &Error, existing: &UserApiKey, trail: &Trail) -> NotCreated {
        let failed = if error.is_already_exists() {
            taken(existing)
        } else {
            let id = &existing.id;
            let adoption = adoption(existing);
            error.diagnostic(&self.doing()).and_detail(&format!(
                "A key of that name exists, with the id {id}.\n\n{adoption}"
            ))
        };
        let why = if trail.lost.since.is_none() {
            "An answer was lost on the way, and the server does not tell its time, so it cannot be told whether that key is \
             of this request. It is not touched."
        } else {
            "An answer was lost on the way, but that key cannot be of this request. It is not touched."
        };
        NotCreated::Nothing(failed.and_detail(why).into())
    }

    fn lost(&self, failed: Diagnostic, trail: &Trail) -> NotCreated {
        let failed = failed.and_detail(&format!(
            "It is not known whether the server made a key {:?}. If it did, nobody has its value.",
            self.name
        ));
        NotCreated::Lost(failed, trail.lost.clone())
    }

    /// The name is somebody else's.
    async fn taken(&self, error: &Error, made: Option<&KeyId>) -> Diagnostics {
        let keys = self.client.user_api_keys().await.unwrap_or_default();
        match keys.into_iter().find(|key| key.name == self.name) {
            Some(existing) if made == Some(&existing.id) => twice(&existing).into(),
            Some(existing) => taken(&existing).into(),
            None => error.diagnostic(&self.doing()).into(),
        }
    }

    /// The server said no. If that may be for the number of keys, says which could go.
    async fn refused(&self, error: &Error) -> Diagnostic {
        let failed = error.diagnostic(&self.doing());
        let may_be_the_quota = matches!(error.kind(), ErrorKind::Refused { status, .. }
            if status.is_client_error() && *status != StatusCode::UNAUTHORIZED)
            && !error.is_invalid_name()
            && !error.is_login_refused()
            && !error.is_app_not_found();
        if !may_be_the_quota {
            return failed;
        }
        match self.client.user_api_keys().await {
            Ok(keys) => failed.and_detail(&quota(&keys)),
            Err(_) => failed,
        }
    }
}

/// Whether the request may still be on its way to take effect.
fn is_open(error: &Error) -> bool {
    match error.kind() {
        ErrorKind::TimedOut { .. } => true,
        ErrorKind::Refused { status, .. } => {
            matches!(
                *status,
                StatusCode::GATEWAY_TIMEOUT | StatusCode::REQUEST_TIMEOUT
            )
        }
        ErrorKind::Interrupted { source } | ErrorKind::DeadlineExceeded { source } => {
            source.as_ref().is_none_or(is_open)
        }
        _ => false,
    }
}
