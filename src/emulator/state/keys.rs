//! A user's keys, and what reads show of them when reads trail behind writes.

use std::collections::{BTreeMap, HashSet, VecDeque};

use tokio::time::Instant;

use crate::emulator::object_id::ObjectId;
use crate::emulator::options::Lag;
use crate::emulator::records::Key;

/// The keys of one user. Writes see them as they are, reads as they were.
pub(super) struct Keys {
    lag: Lag,
    present: Snapshot,
    names: HashSet<String>,
    /// What reads show instead, each up to a moment. The oldest stands first.
    past: VecDeque<(u128, Snapshot)>,
    /// How many reads there were, and since when.
    reads: u64,
    start: Instant,
}

/// Keys in the order of their creation.
pub(in crate::emulator) type Snapshot = BTreeMap<ObjectId, Key>;

impl Keys {
    /// These keys, which reads show from the start.
    pub(super) fn new(lag: Lag, present: Snapshot) -> Self {
        Self {
            lag,
            names: present.values().map(|key| key.name.clone()).collect(),
            present,
            past: VecDeque::new(),
            reads: 0,
            start: Instant::now(),
        }
    }

    /// The keys as they are.
    pub(super) fn present(&self) -> &Snapshot {
        &self.present
    }

    pub(super) fn has_name(&self, name: &str) -> bool {
        self.names.contains(name)
    }

    pub(super) fn insert(&mut self, key: Key) {
        self.keep_past();
        self.names.insert(key.name.clone());
        self.present.insert(key.id, key);
    }

    pub(super) fn remove(&mut self, id: ObjectId) -> Option<Key> {
        self.keep_past();
        let key = self.present.remove(&id)?;
        self.names.remove(&key.name);
        Some(key)
    }

    /// The key as it is from now on; `None` when there is none.
    pub(super) fn set_disabled(&mut self, id: ObjectId, disabled: bool) -> Option<Key> {
        self.keep_past();
        let key = self.present.get_mut(&id)?;
        key.disabled = disabled;
        Some(key.clone())
    }

    /// What a list or a get is to show. This counts as a read.
    pub(super) fn read(&mut self) -> &Snapshot {
        self.reads += 1;
        self.drop_past();
        let shown = self.past.front().map(|(_, keys)| keys);
        shown.unwrap_or(&self.present)
    }

    /// Before each write.
    fn keep_past(&mut self) {
        let lag = match self.lag {
            Lag::None => return,
            Lag::Time(time) => time.as_nanos(),
            // The one that comes next does not count yet.
            Lag::Reads(reads) => u128::from(reads) + 1,
        };
        let end = self.now() + lag;
        self.drop_past();
        // What is due together shows together, so nothing piles up without reads.
        if self.past.back().is_none_or(|&(last, _)| last != end) {
            self.past.push_back((end, self.present.clone()));
        }
    }

    fn drop_past(&mut self) {
        let now = self.now();
        self.past.retain(|&(end, _)| end > now);
    }

    /// This moment, in what the lag is counted in.
    fn now(&self) -> u128 {
        match self.lag {
            Lag::Reads(_) => self.reads.into(),
            _ => self.start.elapsed().as_nanos(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::emulator::secrets::KeyDigest;

    fn with(lag: Lag) -> Keys {
        Keys::new(lag, Snapshot::new())
    }

    fn add(keys: &mut Keys, name: &str) {
        keys.insert(Key {
            id: ObjectId::new(),
            owner: ObjectId::new(),
            identity: ObjectId::new(),
            name: name.to_owned(),
            disabled: false,
            digest: KeyDigest::of(name),
        });
    }

    fn clear(keys: &mut Keys) {
        let ids: Vec<_> = keys.present().keys().copied().collect();
        for id in ids {
            keys.remove(id);
        }
    }

    fn names(keys: &Snapshot) -> String {
        keys.values().map(|key| key.name.as_str()).collect()
    }

    #[test]
    fn without_lag_reads_show_what_is() {
        let mut keys = with(Lag::None);
        add(&mut keys, "a");
        assert_eq!(names(keys.read()), "a");
        assert!(keys.has_name("a"));
        clear(&mut keys);
        assert_eq!(names(keys.read()), "");
        assert!(!keys.has_name("a"));
    }

    #[test]
    fn a_write_shows_after_so_many_reads() {
        let mut keys = with(Lag::Reads(2));
        add(&mut keys, "a");
        add(&mut keys, "b");
        assert_eq!(names(&keys.present), "ab");
        assert_eq!(names(keys.read()), "");
        add(&mut keys, "c");
        assert_eq!(names(keys.read()), "");
        assert_eq!(names(keys.read()), "ab");
        assert_eq!(names(keys.read()), "abc");
        clear(&mut keys);
        assert_eq!(names(keys.read()), "abc");
        assert_eq!(names(keys.read()), "abc");
        assert_eq!(names(keys.read()), "");
    }

    #[test]
    fn nothing_piles_up_while_nobody_reads() {
        let mut keys = with(Lag::Reads(2));
        for _ in 0..100 {
            add(&mut keys, "a");
        }
        assert_eq!(keys.past.len(), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn a_write_shows_after_so_much_time() {
        let mut keys = with(Lag::Time(Duration::from_secs(2)));
        add(&mut keys, "a");
        tokio::time::advance(Duration::from_secs(1)).await;
        add(&mut keys, "b");
        assert_eq!(names(keys.read()), "");
        tokio::time::advance(Duration::from_secs(1)).await;
        assert_eq!(names(keys.read()), "a");
        tokio::time::advance(Duration::from_secs(1)).await;
        assert_eq!(names(keys.read()), "ab");
        assert_eq!(names(&keys.present), "ab");
    }
}
