//! When a key counts as gone: a replica that trails behind must not cost a key.

use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

use crate::appservices::{Client, Error, KeyId, UserApiKey};
use crate::tf_provider::{Context, Diagnostic};

use super::private_state;
use super::state::State;

/// How old a key is that is looked for again before it counts as gone, for how long, and how often.
const YOUNG: Duration = Duration::from_secs(60);
const NOT_FOUND_GRACE: Duration = Duration::from_secs(15);
const BETWEEN_LOOKS: Duration = Duration::from_secs(1);

/// For how long a key that no list has shown stays in the state.
const UNSEEN_GRACE: Duration = Duration::from_secs(10 * 60);

/// What looking for a key came to.
pub(super) enum Lookup {
    Found(UserApiKey),
    /// The shared list does not hold it, and a request for it alone is answered that there is none.
    Gone,
    /// The same, of a young key, and the time was up before it counts as gone: both looks may come from one replica that
    /// trails behind.
    CutShort,
}

/// What a read makes of the key of a state.
pub(super) enum Refreshed {
    Found(UserApiKey),
    Gone,
    /// It is not found, and too young to count as gone: the state stays as it is.
    Stays,
}

/// Looks for the key of a state, and takes note of having seen it.
///
/// # Errors
///
/// When the server gave no answer to that.
pub(super) async fn refresh<C>(
    cx: &Context<C>,
    client: &Client,
    state: &State,
    id: &KeyId,
) -> Result<Refreshed, Error> {
    let refreshed = match find(client, id).await {
        Ok(Lookup::Found(key)) => {
            private_state::change(cx, |kept| {
                kept.unseen = false;
                kept.id = Some(key.id.to_string());
            });
            return Ok(Refreshed::Found(key));
        }
        Ok(Lookup::Gone) => Refreshed::Gone,
        Ok(Lookup::CutShort) => Refreshed::Stays,
        Err(error) if error.is_deadline_exceeded() && may_still_appear(cx, client, state) => {
            return Ok(Refreshed::Stays);
        }
        Err(error) => return Err(error),
    };
    if may_still_appear(cx, client, state) {
        return Ok(Refreshed::Stays);
    }
    if matches!(refreshed, Refreshed::Stays) {
        cut_short(cx, &state.label());
    }
    Ok(refreshed)
}

/// Looks for the key of this id, and again for a while if it is young.
///
/// # Errors
///
/// When the server gave no answer to that.
pub(super) async fn find(client: &Client, id: &KeyId) -> Result<Lookup, Error> {
    let grace = Grace::begin(client, id);
    let mut is_first = true;
    loop {
        let is_last = grace.is_over();
        match look(client, id, is_first || is_last).await {
            Ok(Some(key)) => return Ok(Lookup::Found(key)),
            Ok(None) if is_last => return Ok(Lookup::Gone),
            Ok(None) => {}
            Err(error) if error.is_deadline_exceeded() && !is_first => return Ok(Lookup::CutShort),
            Err(error) => return Err(error),
        }
        is_first = false;
        match grace.looks_again().await {
            Err(error) if error.is_deadline_exceeded() => return Ok(Lookup::CutShort),
            Err(error) => return Err(error),
            Ok(_) => {}
        }
    }
}

/// Warns that a young key was not found before the time for the read was up, and so stays in the state.
pub(super) fn cut_short<C>(cx: &Context<C>, label: &str) {
    let summary =
        format!("The user API key {label} was not found, and is too young to count as gone");
    cx.warn(Diagnostic::warning(summary).detail(format!(
        "A key that is younger than {} seconds is looked for again for up to {} seconds, since lists may trail behind. The time \
         for the read was up before that (`timeouts`), so the key stays in the state. If it was deleted, a later plan will \
         show that.",
        YOUNG.as_secs(),
        NOT_FOUND_GRACE.as_secs()
    )));
}

/// The key in the list that all reads share, or else perhaps by a request for it alone.
async fn look(client: &Client, id: &KeyId, alone: bool) -> Result<Option<UserApiKey>, Error> {
    // Looks are a second apart, so each has a list of its own time.
    if let Some(key) = client.list_for_read().await?.get(id) {
        return Ok(Some(key.clone()));
    }
    if !alone {
        return Ok(None);
    }
    match client.user_api_key(id).await {
        Ok(key) => Ok(Some(key)),
        // A 404 without a code may come from anything on the way; the list has confirmed it.
        Err(error) if error.is_not_found() || error.is_bare_not_found() => Ok(None),
        Err(error) => Err(error),
    }
}

/// The one rule for young keys: what is not found is looked for again for a while, since it may only trail behind.
pub(super) struct Grace<'a> {
    client: &'a Client,
    id: &'a KeyId,
    ends: Instant,
}

impl<'a> Grace<'a> {
    pub(super) fn begin(client: &'a Client, id: &'a KeyId) -> Self {
        let ends = Instant::now() + NOT_FOUND_GRACE;
        Self { client, id, ends }
    }

    /// Whether what is not found now counts as gone.
    fn is_over(&self) -> bool {
        !is_younger(self.client, self.id, YOUNG) || Instant::now() >= self.ends
    }

    /// Waits for the next look, if there is to be one.
    ///
    /// # Errors
    ///
    /// An interrupt, or the end of the operation's time: that is no proof that the key is gone.
    pub(super) async fn looks_again(&self) -> Result<bool, Error> {
        if self.is_over() {
            return Ok(false);
        }
        self.client.pause(BETWEEN_LOOKS).await?;
        Ok(true)
    }
}

/// Whether a list has shown a new key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Visible {
    Yes,
    NotYet,
}

/// Keeps with the state whether a list has shown the key.
pub(super) fn note<C>(cx: &Context<C>, visible: Visible) {
    private_state::change(cx, |kept| kept.unseen = visible == Visible::NotYet);
}

/// Whether a key that is not found stays in the state all the same, with a warning: it was made minutes ago and no list has
/// shown it since, and dropping it would lose the only copy of its value.
fn may_still_appear<C>(cx: &Context<C>, client: &Client, state: &State) -> bool {
    let Some(id) = state.key_id() else {
        return false;
    };
    if !private_state::read(cx).unseen || !is_younger(client, &id, UNSEEN_GRACE) {
        return false;
    }
    let summary = format!("The user API key {} does not show yet", state.label());
    cx.warn(Diagnostic::warning(summary).detail(format!(
        "The server made the key at {} and no list has shown it since. Its value is in the state, and the server would not \
         show it again, so the key stays there for {} minutes after its creation.\n\nIf you know that the key is gone, \
         remove it from the state with `terraform state rm`.",
        id.created_at(),
        UNSEEN_GRACE.as_secs() / 60
    )));
    true
}

/// Whether the key is younger than this, by the server's clock or by ours. Either may be wrong, and a key that counts as young
/// is only looked for once more.
fn is_younger(client: &Client, id: &KeyId, age: Duration) -> bool {
    let made_at = id.created_at();
    let is_younger =
        |now: Timestamp| Duration::try_from(now.duration_since(made_at)).unwrap_or_default() < age;
    client.server_time().is_some_and(is_younger) || is_younger(Timestamp::now())
}
