use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::tf_provider::{Diagnostic, Object, Plan, Result, Value};

/// The names that one walk of Terraform over a configuration plans keys under.
///
/// A name is unique among the keys of a user, so two resources of one name cannot both have their key. RPCs carry no
/// addresses: resources are told apart by the ids of their keys, and new ones by how often a configuration with the name was
/// validated. Terraform does that once for each resource, right before it plans it. The same plan asked for once more without
/// that is the same resource.
#[derive(Debug, Default)]
pub(in crate::provider) struct NamesInWalk {
    validated: Arc<Validated>,
    walk: Mutex<Walk>,
}

#[derive(Debug, Default)]
struct Walk {
    /// What had been validated before, in a process that serves many walks.
    before: HashMap<String, usize>,
    names: Names,
}

/// How often the process validated a configuration with a name.
#[derive(Debug, Default)]
pub(in crate::provider) struct Validated(Mutex<HashMap<String, usize>>);

impl Validated {
    /// Counts a configuration.
    pub(in crate::provider) fn count(&self, config: &Object) {
        if let Value::String(name) = config.value("name") {
            let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            *counts.entry(name.clone()).or_default() += 1;
        }
    }

    fn of(&self, name: &str) -> usize {
        let counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        counts.get(name).copied().unwrap_or_default()
    }

    fn counts(&self) -> HashMap<String, usize> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

impl NamesInWalk {
    /// A walk that begins now.
    pub(in crate::provider) fn begin(validated: Arc<Validated>) -> Self {
        let walk = Self {
            validated,
            walk: Mutex::default(),
        };
        walk.clear();
        walk
    }

    /// Takes note of a plan; `replaced` is the key whose replacement it is, if its prior state is not there any more.
    ///
    /// # Errors
    ///
    /// When another resource of this walk has the name.
    pub(in crate::provider) fn check(&self, plan: &Plan, replaced: Option<&str>) -> Result<()> {
        let Value::String(name) = plan.planned.value("name") else {
            return Ok(());
        };
        let holder = match &plan.prior {
            Some(prior) => match (prior.value("id"), plan.requires_replace.is_empty()) {
                (Value::String(id), true) => Holder::Stays(id.clone()),
                (Value::String(id), false) => Holder::Replaces(id.clone()),
                _ => return Ok(()),
            },
            None => replaced.map_or(Holder::New, |id| Holder::Replaces(id.to_owned())),
        };
        let mut walk = self.walk();
        let before = walk.before.get(name).copied().unwrap_or_default();
        let validated = self.validated.of(name);
        walk.names
            .plan(name, holder, validated.saturating_sub(before))
            .map_err(|other| duplicate_in_config(name, &other).into())
    }

    /// The key is planned to be destroyed.
    pub(in crate::provider) fn destroys(&self, id: &str) {
        self.walk().names.forget(id);
    }

    /// What was planned is being carried out: what is planned from now on is another walk's.
    pub(in crate::provider) fn clear(&self) {
        *self.walk() = Walk {
            before: self.validated.counts(),
            names: Names::default(),
        };
    }

    fn walk(&self) -> MutexGuard<'_, Walk> {
        self.walk.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What is planned under a name.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Holder {
    /// This key keeps it.
    Stays(String),
    /// A new key gets it in place of this one.
    Replaces(String),
    /// A new key gets it.
    New,
}

impl Holder {
    fn id(&self) -> Option<&str> {
        match self {
            Self::Stays(id) | Self::Replaces(id) => Some(id),
            Self::New => None,
        }
    }
}

/// The rule, without locks and texts.
#[derive(Debug, Default)]
struct Names {
    holders: HashMap<String, Vec<Holder>>,
    /// The name under which the key of an id is planned.
    by_id: HashMap<String, String>,
}

impl Names {
    /// `validated` is how many resources of this name there are at least, as far as Terraform has shown them.
    fn plan(&mut self, name: &str, holder: Holder, validated: usize) -> Result<(), Holder> {
        if let Some(id) = holder.id() {
            self.forget(id);
            self.by_id.insert(id.to_owned(), name.to_owned());
        }
        let holders = self.holders.entry(name.to_owned()).or_default();
        let is_another = validated > holders.len();
        let creates = |holder: &Holder| !matches!(holder, Holder::Stays(_));
        let mut others = holders.iter();
        let other = others
            .find(|other| creates(&holder) || creates(other))
            .cloned();
        if is_another || holder.id().is_some() || !holders.contains(&Holder::New) {
            holders.push(holder);
        }
        match other {
            Some(other) if is_another => Err(other),
            _ => Ok(()),
        }
    }

    fn forget(&mut self, id: &str) {
        let name = self.by_id.remove(id);
        if let Some(holders) = name.and_then(|name| self.holders.get_mut(&name)) {
            holders.retain(|holder| holder.id() != Some(id));
        }
    }
}

fn duplicate_in_config(name: &str, other: &Holder) -> Diagnostic {
    let other = match other {
        Holder::Stays(id) => format!("the key {name:?} ({id}) of another resource stays"),
        Holder::Replaces(id) => {
            format!("another resource replaces the key {id} with a key {name:?}")
        }
        Holder::New => {
            format!("another resource creates a key {name:?}, which does not have an id yet")
        }
    };
    Diagnostic::error(format!("Two resources with the user API key name {name:?}"))
        .at("name")
        .detail(format!(
            "In this plan, {other}. A name is unique among the keys of a user, so this resource cannot have a key of that \
             name too.\n\nGive each resource a name of its own; with `count` or `for_each`, put `count.index` or `each.key` \
             into it. Or use `name_prefix`."
        ))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Terraform validates a configuration with the name.
    const VALIDATE: Step = Step::Validate;

    enum Step {
        Validate,
        Plan(Holder),
        /// The plan that is refused, and what it conflicts with.
        Refused(Holder, Holder),
        Destroy(&'static str),
    }

    use Step::{Destroy, Plan, Refused};

    fn new() -> Holder {
        Holder::New
    }

    fn stays(id: &str) -> Holder {
        Holder::Stays(id.to_owned())
    }

    fn replaces(id: &str) -> Holder {
        Holder::Replaces(id.to_owned())
    }

    fn table() -> Vec<(&'static str, Vec<Step>)> {
        vec![
            ("one create", vec![VALIDATE, Plan(new())]),
            (
                "count = 2",
                vec![VALIDATE, VALIDATE, Plan(new()), Refused(new(), new())],
            ),
            (
                "count = 3, one after the other",
                vec![
                    VALIDATE,
                    Plan(new()),
                    VALIDATE,
                    Refused(new(), new()),
                    VALIDATE,
                    Refused(new(), new()),
                ],
            ),
            (
                "one plan asked for twice",
                vec![VALIDATE, Plan(new()), Plan(new())],
            ),
            (
                "a host that does not validate",
                vec![Plan(new()), Plan(new()), Plan(stays("a"))],
            ),
            (
                "a new one beside a key that stays",
                vec![
                    VALIDATE,
                    Plan(stays("a")),
                    VALIDATE,
                    Refused(new(), stays("a")),
                ],
            ),
            (
                "a key that stays beside a new one",
                vec![VALIDATE, VALIDATE, Plan(new()), Refused(stays("a"), new())],
            ),
            (
                "-replace and replace_triggered_by: it stays, then Terraform decides otherwise",
                vec![VALIDATE, Plan(stays("a")), Plan(replaces("a"))],
            ),
            (
                "keepers: it is replaced in both plans",
                vec![VALIDATE, Plan(replaces("a")), Plan(replaces("a"))],
            ),
            (
                "taint: nothing is known of the old key",
                vec![VALIDATE, Plan(new())],
            ),
            (
                "a new one beside a key that is replaced",
                vec![
                    VALIDATE,
                    Plan(replaces("a")),
                    VALIDATE,
                    Refused(new(), replaces("a")),
                ],
            ),
            (
                "a new one under the name of a key that goes",
                vec![
                    VALIDATE,
                    Plan(stays("a")),
                    Destroy("a"),
                    VALIDATE,
                    Plan(new()),
                ],
            ),
            (
                "the same key planned by two resources",
                vec![VALIDATE, Plan(stays("a")), VALIDATE, Plan(stays("a"))],
            ),
        ]
    }

    #[test]
    fn two_resources_of_one_name_conflict_and_one_never_with_itself() {
        for (what, steps) in table() {
            let (mut names, mut validated) = (Names::default(), 0);
            for step in steps {
                match step {
                    Step::Validate => validated += 1,
                    Plan(holder) => {
                        assert_eq!(names.plan("ci", holder, validated), Ok(()), "{what}");
                    }
                    Refused(holder, other) => {
                        assert_eq!(names.plan("ci", holder, validated), Err(other), "{what}");
                    }
                    Destroy(id) => names.forget(id),
                }
            }
        }
    }

    #[test]
    fn keys_that_swap_their_names_do_not_conflict() {
        let mut names = Names::default();
        for (name, holder) in [
            ("b", replaces("a")),
            ("b", replaces("a")),
            ("a", replaces("b")),
            ("a", replaces("b")),
        ] {
            assert_eq!(names.plan(name, holder, 1), Ok(()));
        }
    }
}
