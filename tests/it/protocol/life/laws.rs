//! What always holds, and who has which key.

use std::fmt;

use proptest::prelude::*;
use serde_json::Value;
use terraform_provider_appservices::emulator::StoredKey;

use super::Life;
use super::step::Step;
use crate::support::instance::Instance;
use crate::support::rpc::Findings;

/// A step and what it came to.
pub(super) struct Moment {
    pub(super) step: Step,
    pub(super) before: Instance,
    /// The keys before.
    pub(super) there: Vec<StoredKey>,
    pub(super) config: Value,
    pub(super) findings: Option<Findings>,
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:?} of {}", self.step, self.config)?;
        writeln!(f, "before: {:?}", self.before.state)?;
        match &self.findings {
            Some(findings) => write!(f, "{findings}"),
            None => Ok(()),
        }
    }
}

impl Life<'_> {
    /// A key that the configuration said to leave behind belongs to no state any more.
    pub(super) fn retire(&mut self, before: &Instance) {
        let id = &before.state["id"];
        if before.state["on_destroy"] == "disable" && self.key.state["id"] != *id {
            let left = self.bench.keys().into_iter();
            let left = left.filter(|key| *id == key.id.as_str() && key.disabled);
            self.others.extend(left.map(|key| key.id));
        }
    }

    /// Of a create that was lost under a fixed name nothing is known. The practitioner is told, and has the key.
    pub(super) fn hand_over(&mut self, findings: &Findings, there: &[StoredKey], config: &Value) {
        let Some(name) = config["name"].as_str().filter(|_| findings.has_error()) else {
            return;
        };
        let is_named = findings.to_string().contains(&format!("{name:?}"));
        let new = self.bench.keys().into_iter();
        let new = new.filter(|key| key.name == name && !there.iter().any(|one| one.id == key.id));
        let lost = new.filter(|key| is_named && self.key.state["id"] != key.id.as_str());
        let lost = lost.map(|key| key.id).collect::<Vec<_>>();
        self.others.extend(lost);
    }

    /// What always holds.
    pub(super) fn stands(&self, moment: &Moment) -> Result<(), TestCaseError> {
        let (before, now) = (&moment.before.state, &self.key.state);
        let same = now["id"].is_string() && now["id"] == before["id"];
        if same && before["key"].is_string() && !matches!(moment.step, Step::Reimport(_)) {
            prop_assert_eq!(&now["key"], &before["key"], "{}", moment);
        }
        let keys = self.bench.keys();
        let unseen = now.is_object() && now["id"].is_null();
        for key in &keys {
            let held = now["id"] == key.id.as_str() || self.others.contains(&key.id);
            prop_assert!(held || unseen, "{:?} is an orphan; {}", key, moment);
        }
        let may_replace = moment.config["replace_existing"] == true;
        for other in &moment.there {
            let gone = self.others.contains(&other.id) && keys.iter().all(|key| key.id != other.id);
            prop_assert!(
                !gone || (may_replace && other.name == "ci"),
                "{:?} belongs to another program; {}",
                other,
                moment
            );
        }
        Ok(())
    }
}
