//! What the host remembers between answers.

use std::collections::BTreeMap;

use super::val::Val;

/// So that a host of ten thousand lives does not grow for ever.
const MOST: usize = 512;

/// Objects have no names on the wire: they are recognised by their type, their state and their private data.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    /// The provider was configured with unknown values.
    pub(super) configured_unknown: bool,
    plans: BTreeMap<(String, Val, Vec<u8>), FirstPlan>,
    /// None where two objects share a state.
    identities: BTreeMap<(String, Val), Option<Val>>,
}

/// A plan that may be made again, with more known.
#[derive(Debug)]
pub(super) struct FirstPlan {
    pub(super) config: Val,
    pub(super) planned: Val,
    pub(super) action: Action,
}

/// What a plan amounts to, from the least to the most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Action {
    Nothing,
    Update,
    Replace,
    Create,
    Delete,
}

impl Memory {
    /// A new configuration: plans are made anew, and objects are what they were.
    pub(super) fn configure(&mut self, unknown: bool) {
        self.configured_unknown = unknown;
        self.plans.clear();
    }

    pub(super) fn first_plan(
        &self,
        type_name: &str,
        prior: &Val,
        private: &[u8],
    ) -> Option<&FirstPlan> {
        self.plans
            .get(&(type_name.to_owned(), prior.clone(), private.to_vec()))
    }

    pub(super) fn keep_plan(
        &mut self,
        type_name: &str,
        prior: Val,
        private: &[u8],
        plan: FirstPlan,
    ) {
        if self.plans.len() >= MOST {
            self.plans.clear();
        }
        self.plans
            .insert((type_name.to_owned(), prior, private.to_vec()), plan);
    }

    /// An apply may change what the next plan of the same prior object comes to.
    pub(super) fn forget_plans(&mut self) {
        self.plans.clear();
    }

    pub(super) fn identity(&self, type_name: &str, state: &Val) -> Option<&Val> {
        self.identities
            .get(&(type_name.to_owned(), state.clone()))?
            .as_ref()
    }

    pub(super) fn keep_identity(&mut self, type_name: &str, state: &Val, identity: &Val) {
        if self.identities.len() >= MOST {
            self.identities.clear();
        }
        let kept = self.identities.entry((type_name.to_owned(), state.clone()));
        let kept = kept.or_insert_with(|| Some(identity.clone()));
        if kept.as_ref() != Some(identity) {
            *kept = None;
        }
    }
}
