//! Obeys the machine: posts, lists, waits and deletes, and decides nothing.

use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use crate::appservices::{Attempts, Client, CreatedUserApiKey, Error, KeyId, UserApiKey};
use crate::tf_provider::{AtRisk, Context, Diagnostic, Result};

use super::super::super::run::{Made, Names};
use super::super::deletion::{self, Proof};
use super::explain::{self, Facts};
use super::new_key::{Creation, NewName, NotCreated};
use super::{End, Event, Machine, Order, Reason, Step};

/// How long what is done after an interrupt, or the end of the operation's time, may take.
pub(in super::super) const CLEAN_UP: Duration = Duration::from_secs(10);

/// Lists without the key, one after the other, and how far apart: lists may trail behind.
const LOOKS: u32 = 4;
const BETWEEN_LOOKS: Duration = Duration::from_millis(500);

/// The same, for a key that the server says is there and nothing but a list can name.
const MOST_LOOKS: u32 = 60;

impl Creation<'_> {
    /// Makes the key, once no other resource of this process makes one of that name.
    ///
    /// # Errors
    ///
    /// Why not, and what is known about a key that a request may have made.
    pub(in super::super) async fn run<C>(
        &self,
        cx: &Context<C>,
        names: &Names,
    ) -> Result<CreatedUserApiKey, NotCreated> {
        let mut made = tokio::select! {
            biased;
            made = names.lock(self.name.as_str()) => made,
            () = cx.stop().cancelled() => return Err(explain::name_held(self, true).into()),
            () = sleep_until(self.deadline) => return Err(explain::name_held(self, false).into()),
        };
        let created = self.run_alone(cx, &made).await?;
        *made = Some(created.api_key.id.clone());
        Ok(created)
    }

    async fn run_alone<C>(
        &self,
        cx: &Context<C>,
        made: &Made,
    ) -> Result<CreatedUserApiKey, NotCreated> {
        let attempts = self.client.attempts();
        let order = self.order(made.clone(), attempts.left() > 1);
        let mut driver = Driver::new(self, cx, attempts.keeping(order.kept));
        let mut machine = Machine::new(order);
        let mut step = Step::Post;
        loop {
            let event = match step {
                Step::Post => driver.post().await,
                Step::PostAgain => driver.post_again().await,
                Step::List => driver.list().await,
                Step::ListAgain => driver.list_again().await,
                Step::Delete(id, reason) => driver.delete(id, reason).await,
                Step::End(end) => return driver.end(end, made.as_ref()).await,
            };
            step = machine.next(event, driver.attempts.left(), driver.is_ending().await);
        }
    }

    fn order(&self, made_here: Option<KeyId>, has_retries: bool) -> Order<KeyId> {
        let random_name = matches!(self.name, NewName::Random(_));
        Order {
            random_name,
            replace_existing: self.replace_existing,
            made_here,
            looks: LOOKS,
            most_looks: MOST_LOOKS,
            kept: u32::from(random_name && has_retries),
        }
    }
}

/// What a create has seen so far.
struct Driver<'a, C> {
    creation: &'a Creation<'a>,
    cx: &'a Context<C>,
    attempts: Attempts,
    next_wait: Option<Duration>,
    created: Option<CreatedUserApiKey>,
    facts: Facts,
    at_risk: AtRisk,
}

impl<'a, C> Driver<'a, C> {
    fn new(creation: &'a Creation<'a>, cx: &'a Context<C>, attempts: Attempts) -> Self {
        Self {
            creation,
            cx,
            attempts,
            next_wait: None,
            created: None,
            at_risk: cx.at_risk(format!("a user API key {:?}", creation.name.as_str())),
            facts: Facts {
                asked_at: creation.client.server_time(),
                ..Facts::default()
            },
        }
    }

    /// One POST. When the process is about to end, its result would reach no host.
    async fn post(&mut self) -> Event<KeyId> {
        let Creation { client, name, .. } = self.creation;
        let answer = tokio::select! {
            answer = client.create_user_api_key(name.as_str(), &mut self.attempts) => answer,
            () = self.cx.shutdown_imminent().cancelled() => return Event::Ambiguous { retry: false },
        };
        let error = match answer {
            Ok(created) => {
                let id = created.api_key.id.clone();
                self.created = Some(created);
                return Event::Created(id);
            }
            Err(error) => error,
        };
        let exists = error.is_already_exists();
        let is_ambiguous = error.may_have_been_handled();
        self.facts.error = Some(error.clone());
        if exists {
            return Event::AlreadyExists;
        }
        self.next_wait = self.attempts.next_wait(&error);
        let retry = self.next_wait.is_some();
        if is_ambiguous {
            self.facts.ambiguous.get_or_insert(error);
            Event::Ambiguous { retry }
        } else {
            Event::Failed { retry }
        }
    }

    async fn post_again(&mut self) -> Event<KeyId> {
        let wait = self.next_wait.take().unwrap_or_default();
        match self.creation.client.pause(wait).await {
            Ok(()) => self.post().await,
            Err(_) => Event::Failed { retry: false },
        }
    }

    async fn list(&mut self) -> Event<KeyId> {
        let client = self.client_for_clean_up().await;
        let mut keys = client.list_since(Instant::now()).await;
        if let Some(client) = self.once_all_the_same(keys.as_ref().err()) {
            keys = client.list_since(Instant::now()).await;
        }
        let keys = match keys {
            Ok(keys) => keys,
            Err(error) => {
                self.facts.not_listed = Some(error);
                return Event::NotListed;
            }
        };
        let has_the_name = |key: &UserApiKey| key.name == self.creation.name.as_str();
        self.facts.listed = keys.iter().find(|key| has_the_name(key)).cloned();
        Event::Listed(self.facts.listed.as_ref().map(|key| key.id.clone()))
    }

    async fn list_again(&mut self) -> Event<KeyId> {
        match self.creation.client.pause(BETWEEN_LOOKS).await {
            Ok(()) => self.list().await,
            Err(_) => Event::NotListed,
        }
    }

    async fn delete(&mut self, id: KeyId, reason: Reason) -> Event<KeyId> {
        let listed = self.facts.listed.take_if(|listed| listed.id == id);
        let proof = listed.as_ref().and_then(|key| self.proof(key, reason));
        let (Some(existing), Some(proof)) = (listed, proof) else {
            return Event::NotDeleted;
        };
        let client = self.client_for_clean_up().await;
        let mut deleted = deletion::delete(&client, &proof).await;
        if let Some(client) = self.once_all_the_same(deleted.as_ref().err()) {
            deleted = deletion::delete(&client, &proof).await;
        }
        match deleted {
            Ok(_) => {
                match reason {
                    Reason::RandomName => self.facts.rolled_back = true,
                    Reason::ReplaceExisting => self.cx.warn(explain::replaced(&existing)),
                }
                Event::Deleted(id)
            }
            Err(error) => {
                self.facts.listed = Some(existing);
                self.facts.not_deleted = Some(error);
                Event::NotDeleted
            }
        }
    }

    fn proof(&self, key: &UserApiKey, reason: Reason) -> Option<Proof> {
        match (reason, self.creation.name) {
            (Reason::RandomName, NewName::Random(name)) => Proof::random_name(name, key),
            (Reason::ReplaceExisting, NewName::Fixed(name)) => {
                Proof::replace_existing(self.creation.replace_existing, name, key)
            }
            _ => None,
        }
    }

    /// Whether nothing may begin any more that clean-up does not need.
    async fn is_ending(&self) -> bool {
        self.cx.shutdown_imminent().is_cancelled()
            || self.creation.client.pause(Duration::ZERO).await.is_err()
    }

    /// The client for what is to be done whether or not the run is ending: it could not be done later.
    async fn client_for_clean_up(&self) -> Client {
        let client = self.creation.client;
        if !self.is_ending().await {
            return client.clone();
        }
        client.for_cleanup(CLEAN_UP)
    }

    /// The client for what was not even tried, since other operations have found the server down: a key of a random name
    /// is looked for and deleted all the same.
    fn once_all_the_same(&self, error: Option<&Error>) -> Option<Client> {
        let is_random = matches!(self.creation.name, NewName::Random(_));
        let was_tried = error.is_none_or(|error| !error.is_circuit_open());
        (is_random && !was_tried).then(|| self.creation.client.for_cleanup(CLEAN_UP))
    }

    async fn end(
        self,
        end: End<KeyId>,
        made_here: Option<&KeyId>,
    ) -> Result<CreatedUserApiKey, NotCreated> {
        let (creation, facts) = (self.creation, &self.facts);
        let is_unclear = matches!(end, End::Unclear(_) | End::Unfinished);
        if is_unclear && self.cx.shutdown_imminent().is_cancelled() {
            self.at_risk.remains();
        }
        let failed = match end {
            End::Created(_) => {
                return self.created.ok_or_else(|| {
                    let detail = "The key that the server answered with was not kept.";
                    NotCreated::Failed(Diagnostic::bug("No key", detail))
                });
            }
            End::Refused => explain::refused(creation, facts).await,
            End::Taken(_) => explain::taken(creation, facts, made_here),
            End::Unclear(_) => explain::unclear(creation, facts),
            End::Unfinished => {
                return Err(NotCreated::Unfinished(explain::unfinished(creation, facts)));
            }
        };
        Err(NotCreated::Failed(failed))
    }
}
