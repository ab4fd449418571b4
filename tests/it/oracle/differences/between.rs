//! Finds the differences, attribute by attribute.

use serde_json::Value;

use super::{Difference, Facts, What};
use crate::oracle::model::{defaults_objects, filled, has_twins};
use crate::oracle::side::Answers;
use crate::support::random::{Attribute, Case, Nesting};

pub(in crate::oracle) fn between<'a>(
    case: &'a Case,
    ours: &Answers,
    theirs: &Answers,
) -> Vec<Difference<'a>> {
    let mut found = Vec::new();
    let is_update = !case.prior.is_null();
    let facts = Facts {
        settled: is_update && ours.planned == case.prior,
        has_twins: has_twins(&case.schema, &filled(&case.schema, &case.config)),
        defaults_objects: defaults_objects(&case.schema, &case.config),
        theirs_is_short: case.is_short(&theirs.planned),
        ..Facts::default()
    };
    let whole = |what, ours: Value, theirs: Value| Difference {
        what,
        path: String::new(),
        attribute: None,
        prior: case.prior.clone(),
        ours,
        theirs,
        facts,
    };
    if theirs.failure != ours.failure {
        let (ours, theirs) = (ours.failure.clone(), theirs.failure.clone());
        return vec![whole(What::Failed, ours.into(), theirs.into())];
    }
    if ours.refused != theirs.refused {
        let (ours, theirs) = (ours.refused.clone(), theirs.refused.clone());
        found.push(whole(What::Refused, ours.into(), theirs.into()));
    }
    // A change where there is none would come with every plan. Only of defaults they may not have seen one.
    let theirs_settled = is_update && theirs.planned == case.prior;
    if theirs_settled && !facts.settled && !facts.defaults_objects {
        found.push(whole(
            What::Planned,
            ours.planned.clone(),
            theirs.planned.clone(),
        ));
    }
    let mut walk = |what, ours, theirs| {
        let sides = Sides {
            config: &case.config,
            prior: &case.prior,
            ours,
            theirs,
        };
        let at = Place {
            what,
            path: String::new(),
            is_update,
            facts,
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
                && !one.path.is_empty()
                && steps(&path)
                    .zip(steps(&one.path))
                    .all(|(step, other)| step == other)
        });
        let at = |value: &Value| lookup(value, &path).cloned().unwrap_or_default();
        found.push(Difference {
            attribute: attribute_at(&case.schema, &path),
            prior: at(&case.prior),
            facts: Facts {
                follows,
                only_ours: ours.replaces.contains(&path),
                ..facts
            },
            ..whole(What::Replaces, at(&ours.planned), at(&theirs.planned))
        });
        found.last_mut().expect("it was pushed").path = path;
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
            ours: of(self.ours),
            theirs: of(self.theirs),
        }
    }
}

#[derive(Clone)]
struct Place {
    what: What,
    path: String,
    is_update: bool,
    facts: Facts,
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
        let defaults = sides.config.is_null() && attribute.has_default();
        let place = Place {
            path: format!("{}{dot}{}", at.path, attribute.name),
            facts: Facts {
                in_default: at.facts.in_default || defaults,
                keeps: at.facts.keeps || attribute.keeps,
                ..at.facts
            },
            ..at.clone()
        };
        let mut inside = |sides: Sides<'_>, step: String| {
            let comes = place.is_update && sides.prior.is_null();
            let place = Place {
                path: format!("{}{step}", place.path),
                facts: Facts {
                    is_new: place.facts.is_new || comes,
                    ..place.facts
                },
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
                ours: sides.ours.clone(),
                theirs: sides.theirs.clone(),
                facts: place.facts,
            }),
        }
    }
}
