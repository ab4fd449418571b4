use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value as Json};
use tokio_util::sync::CancellationToken;

use super::diagnostics::Diagnostic;

/// What an operation has at hand beside its arguments.
pub struct Context<C> {
    client: C,
    stop: CancellationToken,
    shutdown_imminent: CancellationToken,
    left_behind: LeftBehind,
    warnings: Mutex<Vec<Diagnostic>>,
    /// What Terraform keeps with the object's state and hands back: a JSON object once something was kept. Until then, and
    /// for bytes of another make, whatever came is handed back as it came; an answer without private data would delete it.
    private: Mutex<Vec<u8>>,
}

impl<C> Context<C> {
    pub(crate) fn new(client: C, stop: CancellationToken, private: Vec<u8>) -> Self {
        Self {
            client,
            stop,
            shutdown_imminent: CancellationToken::new(),
            left_behind: LeftBehind::default(),
            warnings: Mutex::default(),
            private: Mutex::new(private),
        }
    }

    /// What the provider's `configure` made: the way to the remote API.
    pub fn client(&self) -> &C {
        &self.client
    }

    /// Ends when the practitioner interrupts the run: begin nothing new and wait for nothing more, but finish a request
    /// that is under way and return what it made.
    pub fn stop(&self) -> &CancellationToken {
        &self.stop
    }

    /// The same context, in a process whose end is announced by `shutdown_imminent`.
    pub(crate) fn until(mut self, shutdown_imminent: CancellationToken) -> Self {
        self.shutdown_imminent = shutdown_imminent;
        self
    }

    /// The same context, in a process whose last line tells what could not be cleaned up.
    pub(crate) fn reporting_to(mut self, left_behind: LeftBehind) -> Self {
        self.left_behind = left_behind;
        self
    }

    /// Ends when the process is about to end, and the host will not hear of the result any more: give up what is not
    /// answered, and roll back what it may have made. There is time for a request or two.
    pub fn shutdown_imminent(&self) -> &CancellationToken {
        &self.shutdown_imminent
    }

    /// Notes what may exist without a state or a host that knows of it, as long as the result is held. Should the process end
    /// until then, its last line names it: say ids and names, never values.
    pub fn at_risk(&self, what: impl Into<String>) -> AtRisk {
        let number = self.left_behind.push(what.into());
        AtRisk {
            left_behind: self.left_behind.clone(),
            number,
            remains: false,
        }
    }

    /// Tells the practitioner something that stops nothing.
    pub fn warn(&self, warning: Diagnostic) {
        self.warnings
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(warning);
    }

    /// What was kept under this name with the object's state, which Terraform never shows. The state file still
    /// holds it in the clear.
    pub fn private(&self, name: &str) -> Option<Json> {
        self.private_as::<Map<_, _>>()?.remove(name)
    }

    /// Keeps a value with the object's state, and what was kept under other names.
    pub fn set_private(&self, name: &str, value: Json) {
        let mut entries: Map<_, _> = self.private_as().unwrap_or_default();
        entries.insert(name.to_owned(), value);
        self.set_private_as(&entries);
    }

    /// All that was kept with the object's state, or `None` when it is nothing that reads as one of these.
    pub fn private_as<T: DeserializeOwned>(&self) -> Option<T> {
        let bytes = self.private.lock().unwrap_or_else(PoisonError::into_inner);
        let json = if bytes.is_empty() { b"{}" } else { &bytes[..] };
        // Serde would read an array as a struct, member by member.
        let is_object = json.trim_ascii_start().starts_with(b"{");
        is_object.then(|| serde_json::from_slice(json).ok())?
    }

    /// Keeps these entries and no others: a map, or a struct. What is no object in JSON keeps nothing.
    pub fn set_private_as(&self, entries: &impl Serialize) {
        let json = serde_json::to_vec(entries).unwrap_or_default();
        let is_said = json.starts_with(b"{") && json != b"{}";
        *self.private.lock().unwrap_or_else(PoisonError::into_inner) =
            if is_said { json } else { Vec::new() };
    }

    /// Keeps nothing of what was kept so far: the object is a new one.
    pub fn clear_private(&self) {
        self.set_private_as(&Map::new());
    }

    /// What the operation leaves beside its result: its warnings and the private data.
    pub(crate) fn into_parts(self) -> (Vec<Diagnostic>, Vec<u8>) {
        let warnings = self
            .warnings
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner);
        let private = self
            .private
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner);
        (warnings, private)
    }
}

impl<C> fmt::Debug for Context<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Context")
            .field("stopped", &self.stop.is_cancelled())
            .finish_non_exhaustive()
    }
}

/// Something that may be left behind if the process ends while this is held.
#[derive(Debug)]
#[must_use = "it counts as long as it is held"]
pub struct AtRisk {
    left_behind: LeftBehind,
    number: u64,
    remains: bool,
}

impl AtRisk {
    /// It may be left behind for good.
    pub fn remains(mut self) {
        self.remains = true;
    }
}

impl Drop for AtRisk {
    fn drop(&mut self) {
        if !self.remains {
            self.left_behind.entries().remove(&self.number);
        }
    }
}

/// What could not be cleaned up, or is not yet, of all operations of a process.
#[derive(Debug, Clone, Default)]
pub(crate) struct LeftBehind(Arc<Mutex<BTreeMap<u64, String>>>);

impl LeftBehind {
    /// Its number.
    pub(crate) fn push(&self, what: String) -> u64 {
        let mut entries = self.entries();
        let number = entries.last_key_value().map_or(0, |(last, _)| last + 1);
        entries.insert(number, what);
        number
    }

    /// What is at risk now is left behind, whatever becomes of its operation.
    pub(crate) fn give_up(&self) {
        for what in self.list() {
            self.push(what);
        }
    }

    /// Each once, in the order in which they came.
    pub(crate) fn list(&self) -> Vec<String> {
        let mut list = Vec::new();
        for what in self.entries().values() {
            if !list.contains(what) {
                list.push(what.clone());
            }
        }
        list
    }

    fn entries(&self) -> MutexGuard<'_, BTreeMap<u64, String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_data_goes_back_as_it_came() {
        for bytes in [&b""[..], b"\xff\x00", b"[1]", br#"{ "a": 1 }"#] {
            let cx = Context::new((), CancellationToken::new(), bytes.to_vec());
            let _ = cx.private("a");
            assert_eq!(cx.into_parts().1, bytes);
        }
    }

    #[test]
    fn what_is_at_risk_is_left_behind_only_if_the_end_comes_first() {
        let cx = Context::new((), CancellationToken::new(), Vec::new());
        let done = cx.at_risk("a");
        cx.at_risk("b").remains();
        let running = cx.at_risk("c");
        drop(done);
        assert_eq!(cx.left_behind.list(), ["b", "c"]);
        cx.left_behind.give_up();
        drop(running);
        assert_eq!(cx.left_behind.list(), ["b", "c"]);
    }

    #[test]
    fn keeping_one_thing_keeps_the_others() {
        let cx = Context::new((), CancellationToken::new(), br#"{"a":1}"#.to_vec());
        cx.set_private("b", Json::Bool(true));
        assert_eq!(cx.private("a"), Some(Json::from(1)));
        assert_eq!(cx.into_parts().1, br#"{"a":1,"b":true}"#);
    }
}
