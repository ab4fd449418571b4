//! A user's keys, and what reads show of them when reads trail behind writes.

use std::collections::VecDeque;

use bson::oid::ObjectId;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use tokio::time::Instant;

use super::records::Key;
use crate::emulator::options::Lag;

/// The keys of one user in the order of their creation. Writes see them as they are, reads as they were.
pub(super) struct Keys {
    lag: Lag,
    present: Vec<Key>,
    /// What reads show, unless there is no lag.
    shown: Vec<Key>,
    /// What they will show, and from when on. The oldest stands first.
    coming: VecDeque<(Due, Vec<Key>)>,
    /// How many reads there were.
    reads: u64,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Due {
    At(Instant),
    /// Reads after this one.
    AfterRead(u64),
}

impl Keys {
    pub(super) fn new(lag: Lag) -> Self {
        Self {
            lag,
            present: Vec::new(),
            shown: Vec::new(),
            coming: VecDeque::new(),
            reads: 0,
        }
    }

    /// The same keys, all shown, with another lag from now on.
    pub(super) fn lagging(self, lag: Lag) -> Self {
        Self {
            shown: self.present.clone(),
            present: self.present,
            ..Self::new(lag)
        }
    }

    pub(super) fn all(&self) -> &[Key] {
        &self.present
    }

    pub(super) fn get(&self, id: ObjectId) -> Option<&Key> {
        self.present.iter().find(|key| key.id == id)
    }

    /// Changes the keys at once. Reads show it later.
    pub(super) fn change<T>(&mut self, change: impl FnOnce(&mut Vec<Key>) -> T) -> T {
        let result = change(&mut self.present);
        let due = match self.lag {
            Lag::None => return result,
            Lag::Time(time) => Due::At(Instant::now() + time),
            Lag::Reads(reads) => Due::AfterRead(self.reads + u64::from(reads)),
        };
        // What is due together shows together, so nothing piles up while nobody reads.
        self.coming.retain(|&(other, _)| other != due);
        self.settle();
        self.coming.push_back((due, self.present.clone()));
        result
    }

    /// What a list or a get is to show. This counts as a read.
    pub(super) fn read(&mut self) -> &[Key] {
        if self.lag == Lag::None {
            return &self.present;
        }
        self.reads += 1;
        self.settle();
        &self.shown
    }

    fn settle(&mut self) {
        let (now, reads) = (Instant::now(), self.reads);
        let due = self.coming.iter().take_while(|(due, _)| match *due {
            Due::At(time) => time <= now,
            Due::AfterRead(read) => read < reads,
        });
        let due = due.count();
        if let Some((_, keys)) = self.coming.drain(..due).next_back() {
            self.shown = keys;
        }
    }
}

/// As a list of what is. What reads show does not outlive the process.
impl Serialize for Keys {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.present.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Keys {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self {
            present: Vec::deserialize(deserializer)?,
            ..Self::new(Lag::None)
        })
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::emulator::secrets::KeyDigest;

    fn add(keys: &mut Keys, name: &str) {
        let key = Key {
            id: ObjectId::new(),
            name: name.to_owned(),
            disabled: false,
            digest: KeyDigest::of(name),
        };
        keys.change(|keys| keys.push(key));
    }

    fn names(keys: &[Key]) -> String {
        keys.iter().map(|key| key.name.as_str()).collect()
    }

    #[test]
    fn without_lag_reads_show_what_is() {
        let mut keys = Keys::new(Lag::None);
        add(&mut keys, "a");
        assert_eq!(names(keys.read()), "a");
        keys.change(Vec::clear);
        assert_eq!(names(keys.read()), "");
    }

    #[test]
    fn a_write_shows_after_so_many_reads() {
        let mut keys = Keys::new(Lag::Reads(2));
        add(&mut keys, "a");
        add(&mut keys, "b");
        assert_eq!(names(keys.all()), "ab");
        assert_eq!(names(keys.read()), "");
        add(&mut keys, "c");
        assert_eq!(names(keys.read()), "");
        assert_eq!(names(keys.read()), "ab");
        assert_eq!(names(keys.read()), "abc");
        keys.change(Vec::clear);
        assert_eq!(names(keys.read()), "abc");
        assert_eq!(names(keys.read()), "abc");
        assert_eq!(names(keys.read()), "");
    }

    #[test]
    fn nothing_piles_up_while_nobody_reads() {
        let mut keys = Keys::new(Lag::Reads(2));
        for _ in 0..100 {
            add(&mut keys, "a");
        }
        assert_eq!(keys.coming.len(), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn a_write_shows_after_so_much_time() {
        let mut keys = Keys::new(Lag::Time(Duration::from_secs(2)));
        add(&mut keys, "a");
        tokio::time::advance(Duration::from_secs(1)).await;
        add(&mut keys, "b");
        assert_eq!(names(keys.read()), "");
        tokio::time::advance(Duration::from_secs(1)).await;
        assert_eq!(names(keys.read()), "a");
        tokio::time::advance(Duration::from_secs(1)).await;
        assert_eq!(names(keys.read()), "ab");
        assert_eq!(names(keys.all()), "ab");
    }
}
