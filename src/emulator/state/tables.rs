//! The memory behind the rules: records, the indexes that find them, and the way to the data file.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;

use bson::oid::ObjectId;
use jiff::{SignedDuration, Timestamp};

use super::Rules;
use super::records::{Key, Session, User};
use crate::emulator::app::{Identity, Provider};
use crate::emulator::secrets::KeyDigest;
use crate::emulator::store::{Kind, Store};

/// The fewest sessions among which it is worth looking for expired ones.
const MANY_SESSIONS: usize = 1024;

/// After 90 days the service may delete anonymous users.
const ANONYMOUS_STAY: SignedDuration = SignedDuration::from_hours(90 * 24);

/// Users with their keys, and open sessions. Keeps its indexes and the data file in step and knows no other rule.
#[derive(Default)]
pub(in crate::emulator) struct Tables {
    /// Where each change goes.
    store: Option<Arc<Store>>,
    users: HashMap<ObjectId, User>,
    sessions: HashMap<ObjectId, Session>,
    user_by_name: HashMap<String, ObjectId>,
    /// Owner and id of each key.
    key_by_digest: HashMap<KeyDigest, (ObjectId, ObjectId)>,
    /// The user and the identity of each other secret that is a way in.
    credentials: HashMap<(Provider, KeyDigest), (ObjectId, Identity)>,
    /// Sessions may be so many before the expired ones are looked for.
    room: usize,
    /// Anonymous users whose session is over, and when their last access token is.
    leaving: VecDeque<(Timestamp, ObjectId)>,
}

impl Tables {
    /// What a data file holds, and every change into it from now on.
    pub(in crate::emulator) fn stored(
        users: Vec<User>,
        sessions: Vec<Session>,
        rules: &Rules,
        store: Arc<Store>,
    ) -> Self {
        let mut tables = Self::default();
        for user in users {
            tables.index(User {
                keys: user.keys.lagging(rules.lag),
                ..user
            });
        }
        let sessions = sessions.into_iter().map(|session| (session.id, session));
        tables.sessions = sessions.collect();
        let holders: HashSet<_> = tables.sessions.values().map(|one| one.user).collect();
        let until = rules.last_access();
        let gone = tables
            .users()
            .filter(|user| user.is_anonymous() && !holders.contains(&user.id));
        tables.leaving = gone.map(|user| (until, user.id)).collect();
        tables.store = Some(store);
        tables
    }

    pub(super) fn user(&self, id: ObjectId) -> Option<&User> {
        self.users.get(&id)
    }

    pub(super) fn users(&self) -> impl Iterator<Item = &User> {
        self.users.values()
    }

    pub(super) fn user_by_name(&self, name: &str) -> Option<&User> {
        self.users.get(self.user_by_name.get(name)?)
    }

    pub(super) fn user_by_email(&self, email: &str) -> Option<&User> {
        let user = self.user_by_name(email)?;
        (user.email() == Some(email)).then_some(user)
    }

    /// The user of the server key of this name.
    pub(super) fn server_user(&self, wanted: &str) -> Option<ObjectId> {
        let of_key = |user: &&User| {
            let key = user.server_key.as_ref();
            key.is_some_and(|key| key.name == wanted)
        };
        self.users().find(of_key).map(|user| user.id)
    }

    pub(super) fn insert_user(&mut self, user: User) {
        let id = user.id;
        self.index(user);
        self.save_user(id);
    }

    fn index(&mut self, user: User) {
        let id = user.id;
        for name in user.all_names() {
            self.user_by_name.insert(name.to_owned(), id);
        }
        if let Some(key) = &user.server_key {
            let identity = user.identities[0];
            self.insert_credential(Provider::ApiKey, key.digest, id, identity);
        }
        let keys = user.keys.all().iter();
        self.key_by_digest
            .extend(keys.map(|key| (key.digest, (id, key.id))));
        self.users.insert(id, user);
    }

    /// The opposite of `index`.
    fn take(&mut self, id: ObjectId) -> Option<User> {
        let user = self.users.remove(&id)?;
        for name in user.all_names() {
            self.user_by_name.remove(name);
        }
        if let Some(key) = &user.server_key {
            self.credentials.remove(&(Provider::ApiKey, key.digest));
        }
        for key in user.keys.all() {
            self.key_by_digest.remove(&key.digest);
        }
        Some(user)
    }

    /// Changes anything about a user but the keys. `None` when there is none.
    pub(super) fn change_user<T>(
        &mut self,
        id: ObjectId,
        change: impl FnOnce(&mut User) -> T,
    ) -> Option<T> {
        let mut user = self.take(id)?;
        let result = change(&mut user);
        self.insert_user(user);
        Some(result)
    }

    /// Removes the user with keys and sessions. False when there was none.
    pub(super) fn remove_user(&mut self, id: ObjectId) -> bool {
        if self.take(id).is_none() {
            return false;
        }
        self.credentials.retain(|_, (user, _)| *user != id);
        self.close_sessions(id);
        if let Some(store) = &self.store {
            store.remove(Kind::User, id);
        }
        true
    }

    /// Gives all ways in of a user, who is no more then, to another. A provider that both have stays one identity.
    pub(super) fn merge_users(&mut self, from: ObjectId, into: ObjectId) {
        let Some(lost) = self.take(from) else { return };
        self.change_user(into, |user| {
            for identity in lost.identities {
                if user.identity(identity.provider).is_none() {
                    user.identities.push(identity);
                }
            }
            user.names.extend(lost.names);
            user.password = user.password.take().or(lost.password);
        });
        let user = self.users.get(&into);
        for (&(provider, _), holder) in &mut self.credentials {
            let identity = user.and_then(|user| user.identity(provider));
            if let (true, Some(identity)) = (holder.0 == from, identity) {
                *holder = (into, identity);
            }
        }
        if let Some(store) = &self.store {
            store.remove(Kind::User, from);
        }
    }

    pub(super) fn credential(
        &self,
        provider: Provider,
        digest: KeyDigest,
    ) -> Option<(ObjectId, Identity)> {
        self.credentials.get(&(provider, digest)).copied()
    }

    pub(super) fn insert_credential(
        &mut self,
        provider: Provider,
        digest: KeyDigest,
        user: ObjectId,
        identity: Identity,
    ) {
        self.credentials
            .insert((provider, digest), (user, identity));
    }

    pub(super) fn session(&self, id: ObjectId) -> Option<&Session> {
        self.sessions.get(&id)
    }

    /// Makes room for the session too: forgets what is over, as far as no access token is valid after `until`.
    pub(super) fn open_session(&mut self, session: Session, now: Timestamp, until: Timestamp) {
        if self.sessions.len() >= self.room.max(MANY_SESSIONS) {
            let over = self.sessions.values().filter(|one| self.is_over(one, now));
            for id in over.map(|session| session.id).collect::<Vec<_>>() {
                self.close_session(id, until);
            }
            self.room = self.sessions.len() * 2;
        }
        while self.leaving.front().is_some_and(|(time, _)| *time <= now) {
            let (_, id) = self.leaving.pop_front().expect("there is one");
            if self.user(id).is_some_and(User::is_anonymous) {
                self.remove_user(id);
            }
        }
        if let Some(store) = &self.store {
            store.put(Kind::Session, session.id, &session);
        }
        self.sessions.insert(session.id, session);
    }

    /// Whether the session has expired, or is an old one of a user who is still anonymous.
    fn is_over(&self, session: &Session, now: Timestamp) -> bool {
        let old = || {
            let made_at = Timestamp::from_millisecond(session.id.timestamp().timestamp_millis());
            made_at.is_ok_and(|made_at| now.duration_since(made_at) >= ANONYMOUS_STAY)
        };
        let anonymous = || self.user(session.user).is_some_and(User::is_anonymous);
        session.expires_at <= now
            || session.identity.provider == Provider::AnonUser && old() && anonymous()
    }

    pub(super) fn close_session(&mut self, id: ObjectId, until: Timestamp) {
        let Some(session) = self.sessions.remove(&id) else {
            return;
        };
        self.leave(&session, until);
        if let Some(store) = &self.store {
            store.remove(Kind::Session, id);
        }
    }

    /// Closes all sessions of a user who has a name, and says how many there were.
    pub(super) fn close_sessions(&mut self, user: ObjectId) -> usize {
        self.close_sessions_where(|session| session.user == user)
            .len()
    }

    fn close_sessions_where(&mut self, over: impl Fn(&Session) -> bool) -> Vec<Session> {
        let closed = self.sessions.extract_if(|_, session| over(session));
        let closed: Vec<_> = closed.map(|(_, session)| session).collect();
        if let Some(store) = &self.store {
            for session in &closed {
                store.remove(Kind::Session, session.id);
            }
        }
        closed
    }

    /// Whoever came anonymously cannot come again.
    fn leave(&mut self, session: &Session, until: Timestamp) {
        if session.identity.provider == Provider::AnonUser {
            self.leaving.push_back((until, session.user));
        }
    }

    pub(super) fn open_sessions(&self) -> usize {
        self.sessions.len()
    }

    pub(super) fn key_by_digest(&self, digest: &KeyDigest) -> Option<(&User, &Key)> {
        let (user, key) = self.key_by_digest.get(digest)?;
        let user = self.users.get(user)?;
        Some((user, user.key(*key)?))
    }

    /// What a read shows to a user, who must be there.
    pub(super) fn read_keys(&mut self, user: ObjectId) -> Option<&[Key]> {
        Some(self.users.get_mut(&user)?.keys.read())
    }

    /// Switches a key. False when there is none.
    pub(super) fn switch_key(&mut self, owner: ObjectId, id: ObjectId, disabled: bool) -> bool {
        let Some(user) = self.users.get_mut(&owner) else {
            return false;
        };
        let found = user
            .keys
            .change(|keys| match keys.iter_mut().find(|key| key.id == id) {
                Some(key) => {
                    key.disabled = disabled;
                    true
                }
                None => false,
            });
        if found {
            self.save_user(owner);
        }
        found
    }

    pub(super) fn insert_key(&mut self, owner: ObjectId, key: Key) {
        if let Some(user) = self.users.get_mut(&owner) {
            self.key_by_digest.insert(key.digest, (owner, key.id));
            user.keys.change(|keys| keys.push(key));
        }
        self.save_user(owner);
    }

    pub(super) fn remove_key(&mut self, owner: ObjectId, id: ObjectId) {
        if let Some(user) = self.users.get_mut(&owner) {
            user.keys.change(|keys| {
                for key in keys.extract_if(.., |key| key.id == id) {
                    self.key_by_digest.remove(&key.digest);
                }
            });
        }
        self.save_user(owner);
    }

    pub(super) fn end_step(&self) {
        if let Some(store) = &self.store {
            store.end_step();
        }
    }

    /// A user is one record with all its keys, which are few.
    fn save_user(&self, id: ObjectId) {
        if let (Some(store), Some(user)) = (&self.store, self.users.get(&id)) {
            store.put(Kind::User, id, user);
        }
    }
}

#[cfg(test)]
mod tests;
