//! The strict host itself: for every rule a small wrong answer that it catches, and right ones that it lets pass.

mod about;
mod applies;
mod exchanges;
mod identities;
mod lists;
mod origins;
mod plans;
mod random;
mod schemas;
mod toy;
mod values;

use std::collections::BTreeSet;

use crate::support::strict::Rule;

/// A wrong answer: the rule it breaks, and what the host said.
struct Wrong {
    rule: Rule,
    found: Vec<Rule>,
}

/// One line of the table.
fn wrong(rule: Rule, found: Vec<Rule>) -> Wrong {
    Wrong { rule, found }
}

fn table() -> Vec<Wrong> {
    [
        values::wrong_ones(),
        schemas::wrong_ones(),
        plans::wrong_ones(),
        applies::wrong_ones(),
        identities::wrong_ones(),
        origins::wrong_ones(),
        about::wrong_ones(),
        lists::wrong_ones(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

#[test]
fn every_rule_catches_a_wrong_answer_and_no_other_rule_does() {
    for Wrong { rule, found } in table() {
        let found = found.into_iter().collect::<BTreeSet<_>>();
        assert_eq!(found, BTreeSet::from([rule]), "{}", rule.says());
    }
}

#[test]
fn there_is_a_wrong_answer_for_every_rule() {
    let caught = table()
        .into_iter()
        .map(|one| one.rule)
        .collect::<BTreeSet<_>>();
    let all = Rule::ALL.iter().copied().collect::<BTreeSet<_>>();
    assert_eq!(caught, all);
}
