//! Where the two sides differ, and the one table of where they may.

mod between;

use serde_json::{Map, Value};

use crate::support::random::{Attribute, Nesting, canonical};
use crate::support::value::UNKNOWN;

pub(super) use between::between;

/// One difference, with what it hangs on. That our own plan is a right one is the model's to say; here it matters why
/// theirs is another.
#[derive(Debug)]
pub(super) struct Difference<'a> {
    what: What,
    path: String,
    attribute: Option<&'a Attribute>,
    prior: Value,
    ours: Value,
    theirs: Value,
    facts: Facts,
}

#[derive(Debug, Clone, Copy, Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a fact of its own, and any may go with any"
)]
struct Facts {
    /// The configuration leaves it, or what it is in, to a default.
    in_default: bool,
    /// It, or what it is in, uses the state for unknown.
    keeps: bool,
    /// The nested object that it is in was not there before.
    is_new: bool,
    /// An explained difference of planned values lies at the same place, or around it.
    follows: bool,
    /// Our plan changes nothing at all.
    settled: bool,
    /// It is our plan that replaces, and not theirs.
    only_ours: bool,
    /// A set is configured with elements that its defaults make equal.
    has_twins: bool,
    /// Nested objects somewhere are left to a default, or are elements of a set that have some.
    defaults_objects: bool,
    /// Their plan has, once equal elements are one, fewer than are configured.
    theirs_is_short: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum What {
    Refused,
    Planned,
    Replaces,
    Applied,
    Upgraded,
    Failed,
}

/// A difference that is meant.
struct Intended {
    what: What,
    /// Why ours is another answer.
    reason: &'static str,
    /// What core says to it.
    rule: &'static str,
    when: fn(&Difference<'_>) -> bool,
}

const INTENDED: [Intended; 11] = [
    Intended {
        what: What::Planned,
        reason: "an object that is left to a default or to the provider, and an element of a set that has defaults, is applied \
                 already when the provider has filled in its parts; the framework compares it with the defaults as they were \
                 written, and plans a change for ever",
        rule: "a plan equal to the prior state is no change",
        when: |it| it.facts.defaults_objects && it.facts.settled && it.theirs == UNKNOWN,
    },
    Intended {
        what: What::Planned,
        reason: "what a default says inside of an object is a value that the author promised; the framework makes it unknown \
                 because the configuration does not say it, and then brings back the state's where that is to be used",
        rule: "a computed attribute that is null in the configuration may be planned as any value",
        when: |it| {
            let kept = it.facts.keeps && it.theirs == it.prior;
            it.facts.in_default && (it.theirs == UNKNOWN || kept)
        },
    },
    Intended {
        what: What::Planned,
        reason: "a nested object that was not there before has no state to keep: null would be a promise that the apply \
                 cannot keep",
        rule: "a computed attribute that is null in the configuration may be planned as unknown",
        when: |it| {
            let keeps = it.attribute.is_some_and(|of| of.keeps);
            keeps && it.facts.is_new && it.ours == UNKNOWN && it.theirs.is_null()
        },
    },
    Intended {
        what: What::Planned,
        reason: "elements of a set belong to those that they resemble, and not to those that a hash put at the same place; what \
                 is configured in them is never made unknown",
        rule: "elements of a set are not correlated; their number has to be the configuration's",
        when: |it| is_set_of_objects(it) && configured(it, &it.ours) == configured(it, &it.theirs),
    },
    Intended {
        what: What::Replaces,
        reason: "an object that goes takes its values with it: a value that cannot change cannot become null either",
        rule: "a path counts if it exists in the prior or in the planned state and its values differ",
        when: |it| {
            let gone = it.theirs.is_null() && it.ours.is_null() && !it.prior.is_null();
            gone && it.facts.only_ours && it.attribute.is_some_and(may_replace)
        },
    },
    Intended {
        what: What::Replaces,
        reason: "an object whose parts all stay what they were is no change; the framework looks at it before it brings the \
                 parts back",
        rule: "a path whose values do not differ is dropped",
        when: |it| it.ours == it.prior && !it.facts.only_ours,
    },
    Intended {
        what: What::Replaces,
        reason: "what follows from another intended difference, or from a set's elements being told apart",
        rule: "as there",
        when: |it| {
            let in_set = is_set_of_objects(it) && it.attribute.is_some_and(may_replace);
            it.facts.follows || (in_set && it.ours != it.prior)
        },
    },
    Intended {
        what: What::Upgraded,
        reason: "a state from before an attribute existed gets its default, so that code which reads it meets a value",
        rule: "an upgraded state has to be of the schema's type, and nothing more",
        when: |it| it.theirs.is_null() && it.attribute.is_some_and(|of| of.default == it.ours),
    },
    Intended {
        what: What::Failed,
        reason: "elements of a set that a default makes equal are refused by both, in other words",
        rule: "a set is planned with as many elements as are configured",
        when: |it| it.facts.has_twins && refuses_twins(&it.ours) && theirs_refuses_twins(it),
    },
    Intended {
        what: What::Failed,
        reason: "the framework looks for equal elements inside of sets too, and before the provider has told them apart: it \
                 gives them by their place what prior elements had",
        rule: "a set with unknown elements may have as many as are configured; core counts nothing inside of sets, and nothing \
               that is not configured",
        when: |it| it.ours == "" && theirs_refuses_twins(it),
    },
    Intended {
        what: What::Failed,
        reason: "in sets inside of lists, maps and objects the framework looks for no equal elements, and core then calls the \
                 plan a bug of the provider",
        rule: "count in plan disagrees with count in config",
        when: |it| it.facts.theirs_is_short && refuses_twins(&it.ours) && it.theirs == "",
    },
];

impl Difference<'_> {
    /// Why it is meant, and what core says to it; none for a fault.
    pub(super) fn intention(&self) -> Option<(&'static str, &'static str)> {
        let row = INTENDED
            .iter()
            .find(|row| row.what == self.what && (row.when)(self))?;
        Some((row.reason, row.rule))
    }
}

fn refuses_twins(failure: &Value) -> bool {
    let text = failure.as_str().unwrap_or_default();
    text.starts_with("Equal elements")
}

fn theirs_refuses_twins(it: &Difference<'_>) -> bool {
    let text = it.theirs.as_str().unwrap_or_default();
    text.starts_with("Duplicate Set Element")
}

fn is_set_of_objects(it: &Difference<'_>) -> bool {
    it.attribute
        .is_some_and(|of| of.nesting == Some(Nesting::Set))
}

/// Whether a change of it, or of anything in it, replaces the object.
fn may_replace(attribute: &Attribute) -> bool {
    attribute.replaces || attribute.attributes.iter().any(may_replace)
}

/// What a configuration alone decides in a value: nothing that is computed.
fn configured(it: &Difference<'_>, value: &Value) -> Value {
    fn value_of(one: &Attribute, value: &Value) -> Value {
        let inside = |value: &Value| object(&one.attributes, value);
        match (one.nesting, value) {
            (Some(Nesting::Map), Value::Object(elements)) => elements
                .iter()
                .map(|(key, element)| (key.clone(), inside(element)))
                .collect::<Map<_, _>>()
                .into(),
            (Some(Nesting::Set), Value::Array(elements)) => {
                let elements = elements.iter().map(inside).collect();
                canonical(&serde_json::json!(["set", "any"]), elements)
            }
            (Some(_), Value::Array(elements)) => elements.iter().map(inside).collect(),
            (Some(Nesting::Single), value) => inside(value),
            (_, value) => value.clone(),
        }
    }
    fn object(attributes: &[Attribute], value: &Value) -> Value {
        let Value::Object(members) = value else {
            return value.clone();
        };
        let known = attributes.iter().filter(|one| !one.computed);
        known
            .map(|one| (one.name.to_owned(), value_of(one, &members[one.name])))
            .collect::<Map<_, _>>()
            .into()
    }
    let attribute = it.attribute.expect("a set of objects");
    value_of(attribute, value)
}
