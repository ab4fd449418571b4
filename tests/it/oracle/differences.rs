//! Where the two sides differ, and the one table of where they may.

use serde_json::{Map, Value};

use super::side::Answers;
use crate::support::random::{Attribute, Case, Nesting, canonical};
use crate::support::value::UNKNOWN;

/// One difference, with what it hangs on.
#[derive(Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a fact of its own, and any may go with any"
)]
pub(super) struct Difference<'a> {
    what: What,
    path: String,
    attribute: Option<&'a Attribute>,
    prior: Value,
    /// The configuration with its defaults.
    said: Value,
    ours: Value,
    theirs: Value,
    /// The configuration leaves it, or what it is in, to a default.
    in_default: bool,
    /// The nested object that it is in was not there before.
    is_new: bool,
    /// An explained difference of planned values lies at the same place, or around it.
    follows: bool,
    /// Our plan changes nothing at all.
    settled: bool,
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

const INTENDED: [Intended; 9] = [
    Intended {
        what: What::Planned,
        reason: "what a default says inside of an object is a value that the author promised; the framework makes it unknown \
                 because the configuration does not say it",
        rule: "a computed attribute that is null in the configuration may be planned as any value",
        when: |it| it.in_default && honours(&it.said, &it.ours),
    },
    Intended {
        what: What::Planned,
        reason: "a nested object that was not there before has no state to keep: null would be a promise that the apply \
                 cannot keep",
        rule: "a computed attribute that is null in the configuration may be planned as unknown",
        when: |it| it.is_new && it.ours == UNKNOWN && it.theirs.is_null(),
    },
    Intended {
        what: What::Planned,
        reason: "elements of a set belong to those that they resemble, and not to those that a hash put at the same place; what \
                 is configured in them is never made unknown",
        rule: "elements of a set are not correlated; their number has to be the configuration's",
        when: |it| {
            is_set_of_objects(it)
                && honours(&it.said, &it.ours)
                && without_computed(it, &it.ours) == without_computed(it, &it.theirs)
        },
    },
    Intended {
        what: What::Planned,
        reason: "a default object whose computed part the provider has filled in is applied already; the framework compares it \
                 with the default as it was written, and plans a change for ever",
        rule: "a plan equal to the prior state is no change",
        when: |it| it.settled && it.theirs == UNKNOWN,
    },
    Intended {
        what: What::Replaces,
        reason: "an object that goes takes its values with it: a value that cannot change cannot become null either",
        rule: "a path counts if it exists in the prior or in the planned state and its values differ",
        when: |it| it.theirs.is_null() && !it.prior.is_null() && it.ours.is_null(),
    },
    Intended {
        what: What::Replaces,
        reason: "an object whose parts all stay what they were is no change; the framework looks at it before it brings the \
                 parts back",
        rule: "a path whose values do not differ is dropped",
        when: |it| it.ours == it.prior,
    },
    Intended {
        what: What::Replaces,
        reason: "what follows from another intended difference, or from a set's elements being told apart",
        rule: "as there",
        when: |it| it.follows || is_set_of_objects(it),
    },
    Intended {
        what: What::Upgraded,
        reason: "a state from before an attribute existed gets its default, so that code which reads it meets a value",
        rule: "an upgraded state has to be of the schema's type, and nothing more",
        when: |it| it.theirs.is_null() && it.attribute.is_some_and(|of| of.default == it.ours),
    },
    Intended {
        what: What::Failed,
        reason: "elements of a set that a default makes equal are refused by both, in other words; where the provider has yet \
                 to tell them apart, they are two",
        rule: "a set is planned with as many elements as are configured",
        when: |it| {
            let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            let both = text(&it.ours).is_empty() || text(&it.ours).starts_with("Equal elements");
            both && text(&it.theirs).starts_with("Duplicate Set Element")
        },
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

fn is_set_of_objects(it: &Difference<'_>) -> bool {
    it.attribute
        .is_some_and(|of| of.nesting == Some(Nesting::Set))
}

/// Whether a value is what was said, as far as something was.
fn honours(said: &Value, value: &Value) -> bool {
    match (said, value) {
        (Value::Null, _) => true,
        (Value::Object(said), Value::Object(value)) => said
            .iter()
            .all(|(name, said)| value.get(name).is_some_and(|value| honours(said, value))),
        (Value::Array(said), Value::Array(value)) => {
            let is_there = |said: &Value| value.iter().any(|value| honours(said, value));
            said.len() == value.len() && said.iter().all(is_there)
        }
        (said, value) => said == value,
    }
}

/// A configuration with the defaults where it says nothing.
fn filled(attributes: &[Attribute], config: &Value) -> Value {
    let object = |attributes: &[Attribute], config: &Value| {
        let of = |one: &Attribute| {
            let value = match &config[one.name] {
                Value::Null => one.default.clone(),
                value if one.nesting.is_none() => value.clone(),
                Value::Object(elements) if one.nesting == Some(Nesting::Map) => elements
                    .iter()
                    .map(|(key, element)| (key.clone(), filled(&one.attributes, element)))
                    .collect::<Map<_, _>>()
                    .into(),
                Value::Array(elements) => elements
                    .iter()
                    .map(|element| filled(&one.attributes, element))
                    .collect(),
                value => filled(&one.attributes, value),
            };
            (one.name.to_owned(), value)
        };
        attributes.iter().map(of).collect::<Map<_, _>>().into()
    };
    if config.is_object() {
        object(attributes, config)
    } else {
        config.clone()
    }
}

fn without_computed(it: &Difference<'_>, value: &Value) -> Value {
    fn stripped(attributes: &[Attribute], value: &Value) -> Value {
        match value {
            Value::Array(elements) => elements
                .iter()
                .map(|one| stripped(attributes, one))
                .collect(),
            Value::Object(members) => {
                let known = attributes.iter().filter(|one| !one.computed);
                let of = |one: &Attribute| {
                    let value = &members[one.name];
                    let value = match one.nesting {
                        None => value.clone(),
                        Some(Nesting::Map) => match value {
                            Value::Object(elements) => elements
                                .values()
                                .map(|element| stripped(&one.attributes, element))
                                .collect(),
                            other => other.clone(),
                        },
                        Some(_) => stripped(&one.attributes, value),
                    };
                    (one.name.to_owned(), value)
                };
                known.map(of).collect::<Map<_, _>>().into()
            }
            other => other.clone(),
        }
    }
    let attributes = it.attribute.map_or(&[][..], |of| &of.attributes);
    canonical(
        &serde_json::json!(["set", "any"]),
        stripped(attributes, value),
    )
}

pub(super) fn between<'a>(case: &'a Case, ours: &Answers, theirs: &Answers) -> Vec<Difference<'a>> {
    let mut found = Vec::new();
    let settled = !case.prior.is_null() && ours.planned == case.prior;
    let plain = |what, path: &str, ours: Value, theirs: Value| Difference {
        what,
        path: path.to_owned(),
        attribute: None,
        prior: Value::Null,
        said: Value::Null,
        ours,
        theirs,
        in_default: false,
        is_new: false,
        follows: false,
        settled,
    };
    if theirs.failure != ours.failure {
        let (ours, theirs) = (ours.failure.clone(), theirs.failure.clone());
        return vec![plain(What::Failed, "", ours.into(), theirs.into())];
    }
    if ours.refused != theirs.refused {
        found.push(plain(
            What::Refused,
            "",
            ours.refused.clone().into(),
            theirs.refused.clone().into(),
        ));
    }
    let nothing = Value::Null;
    let said = filled(&case.schema, &case.config);
    let mut walk = |what, ours, theirs| {
        let sides = Sides {
            config: &case.config,
            prior: &case.prior,
            said: &said,
            ours,
            theirs,
        };
        let at = Place {
            what,
            updates: !case.prior.is_null(),
            settled,
            ..Place::default()
        };
        attributes(&case.schema, sides, &at, &mut found);
    };
    walk(What::Upgraded, &ours.upgraded, &theirs.upgraded);
    walk(What::Planned, &ours.planned, &theirs.planned);
    if ours.planned == theirs.planned {
        walk(What::Applied, &ours.applied, &theirs.applied);
    }
    for path in only_one_has(&ours.replaces, &theirs.replaces) {
        let follows = found.iter().any(|one| {
            one.what == What::Planned
                && steps(&path)
                    .zip(steps(&one.path))
                    .all(|(step, other)| step == other)
        });
        let attribute = attribute_at(&case.schema, &path);
        found.push(Difference {
            attribute,
            prior: lookup(&case.prior, &path).unwrap_or(&nothing).clone(),
            follows,
            ..plain(
                What::Replaces,
                &path,
                lookup(&ours.planned, &path).unwrap_or(&nothing).clone(),
                lookup(&theirs.planned, &path).unwrap_or(&nothing).clone(),
            )
        });
    }
    found
}

fn only_one_has(ours: &[String], theirs: &[String]) -> Vec<String> {
    let ours_only = ours.iter().filter(|path| !theirs.contains(path));
    let theirs_only = theirs.iter().filter(|path| !ours.contains(path));
    ours_only.chain(theirs_only).cloned().collect()
}

/// The parts of a path: `a[0].b` and `a["k"].b`.
fn steps(path: &str) -> impl Iterator<Item = &str> {
    path.split(['.', '[', ']', '"'])
        .filter(|step| !step.is_empty())
}

fn lookup<'a>(value: &'a Value, path: &str) -> Option<&'a Value> {
    steps(path).try_fold(value, |value, step| match value {
        Value::Array(elements) => elements.get(step.parse::<usize>().ok()?),
        value => value.get(step),
    })
}

fn attribute_at<'a>(schema: &'a [Attribute], path: &str) -> Option<&'a Attribute> {
    let (mut schema, mut found) = (schema, None);
    for step in steps(path) {
        if let Some(attribute) = schema.iter().find(|one| one.name == step) {
            found = Some(attribute);
            schema = &attribute.attributes;
        }
    }
    found
}

#[derive(Clone, Copy)]
struct Sides<'v> {
    config: &'v Value,
    prior: &'v Value,
    said: &'v Value,
    ours: &'v Value,
    theirs: &'v Value,
}

impl<'v> Sides<'v> {
    fn at(self, index: impl serde_json::value::Index + Copy) -> Self {
        const NULL: &Value = &Value::Null;
        let of = |value: &'v Value| value.get(index).unwrap_or(NULL);
        Self {
            config: of(self.config),
            prior: of(self.prior),
            said: of(self.said),
            ours: of(self.ours),
            theirs: of(self.theirs),
        }
    }
}

#[derive(Clone)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a fact of its own, and any may go with any"
)]
struct Place {
    what: What,
    path: String,
    updates: bool,
    in_default: bool,
    is_new: bool,
    settled: bool,
}

impl Default for Place {
    fn default() -> Self {
        Self {
            what: What::Planned,
            path: String::new(),
            updates: false,
            in_default: false,
            is_new: false,
            settled: false,
        }
    }
}

fn attributes<'a>(
    schema: &'a [Attribute],
    sides: Sides<'_>,
    at: &Place,
    found: &mut Vec<Difference<'a>>,
) {
    for attribute in schema {
        let sides = sides.at(attribute.name);
        if sides.ours == sides.theirs {
            continue;
        }
        let dot = if at.path.is_empty() { "" } else { "." };
        let place = Place {
            path: format!("{}{dot}{}", at.path, attribute.name),
            in_default: at.in_default || (sides.config.is_null() && attribute.has_default()),
            ..at.clone()
        };
        let mut inside = |sides: Sides<'_>, step: String| {
            let place = Place {
                path: format!("{}{step}", place.path),
                is_new: place.is_new || (place.updates && sides.prior.is_null()),
                ..place.clone()
            };
            attributes(&attribute.attributes, sides, &place, found);
        };
        match (attribute.nesting, sides.ours, sides.theirs) {
            (Some(Nesting::Single), Value::Object(_), Value::Object(_)) => {
                inside(sides, String::new());
            }
            (Some(Nesting::List), Value::Array(one), Value::Array(other))
                if one.len() == other.len() =>
            {
                for index in 0..one.len() {
                    inside(sides.at(index), format!("[{index}]"));
                }
            }
            (Some(Nesting::Map), Value::Object(one), Value::Object(other))
                if one.keys().eq(other.keys()) =>
            {
                for key in one.keys() {
                    inside(sides.at(key.as_str()), format!("[{key:?}]"));
                }
            }
            _ => found.push(Difference {
                what: place.what,
                path: place.path,
                attribute: Some(attribute),
                prior: sides.prior.clone(),
                said: sides.said.clone(),
                ours: sides.ours.clone(),
                theirs: sides.theirs.clone(),
                in_default: place.in_default,
                is_new: place.is_new,
                follows: false,
                settled: place.settled,
            }),
        }
    }
}
