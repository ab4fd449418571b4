//! A plan held against the configuration and the prior object.

use super::report::Report;
use super::rules::Rule;
use super::val::Val;
use crate::support::proto::tfplugin6::schema::nested_block::NestingMode as BlockNesting;
use crate::support::proto::tfplugin6::schema::object::NestingMode;
use crate::support::proto::tfplugin6::schema::{Attribute, Block, NestedBlock};

/// What a plan is made of, at one place.
#[derive(Clone, Copy)]
pub(super) struct Three<'a> {
    pub(super) prior: &'a Val,
    pub(super) config: &'a Val,
    pub(super) planned: &'a Val,
    /// Core looks at nothing inside of sets.
    pub(super) in_set: bool,
}

impl<'a> Three<'a> {
    fn at(self, name: &str) -> Self {
        self.map(|value| value.get(name))
    }

    fn map(self, to: impl Fn(&'a Val) -> &'a Val) -> Self {
        Self {
            prior: to(self.prior),
            config: to(self.config),
            planned: to(self.planned),
            in_set: self.in_set,
        }
    }

    /// Counterparts by place. Where there is no prior one, it is null.
    fn by_place(self) -> impl Iterator<Item = (String, Self)> {
        let (prior, config, planned) = (
            self.prior.elements(),
            self.config.elements(),
            self.planned.elements(),
        );
        let pairs = config.into_iter().zip(planned).enumerate();
        pairs.map(move |(place, (config, planned))| {
            let prior = prior.get(place).copied().unwrap_or(&Val::Null);
            (
                format!("[{place}]"),
                Self {
                    prior,
                    config,
                    planned,
                    ..self
                },
            )
        })
    }
}

/// Reports every way in which core would call the plan invalid.
pub(super) fn assert_valid(block: &Block, three: Three<'_>, at: &str, report: &mut Report) {
    if three.planned.is_null() != three.config.is_null() {
        let wants = if three.config.is_null() {
            "absence"
        } else {
            "existence"
        };
        return report.add(
            Rule::PlanForAbsence,
            at,
            format!("the configuration wants {wants}"),
        );
    }
    if three.planned.is_null() || three.config.is_unknown() {
        return;
    }
    if three.planned.is_unknown() {
        return report.add(Rule::PlanBlockUnknown, at, "is unknown");
    }
    attributes_valid(&block.attributes, three, at, report);
    for nested in &block.block_types {
        let at = format!("{at}.{}", nested.type_name);
        blocks_valid(nested, three.at(&nested.type_name), &at, report);
    }
}

fn blocks_valid(nested: &NestedBlock, three: Three<'_>, at: &str, report: &mut Report) {
    let Some(block) = &nested.block else { return };
    let Three {
        config, planned, ..
    } = three;
    if config.is_unknown() {
        return;
    }
    if planned.is_unknown() {
        return report.add(Rule::PlanBlockUnknown, at, "is unknown");
    }
    let one =
        |three: Three<'_>, at: &str, report: &mut Report| assert_valid(block, three, at, report);
    match nested.nesting() {
        BlockNesting::Single | BlockNesting::Group | BlockNesting::Invalid => {
            one(three, at, report);
        }
        // Null was reported for any object; here it has no elements.
        BlockNesting::List => elements_valid(three, at, report, one),
        BlockNesting::Map => keyed_valid(three, at, report, one),
        BlockNesting::Set => set_valid(three, at, report, one),
    }
}

fn attributes_valid(attributes: &[Attribute], three: Three<'_>, at: &str, report: &mut Report) {
    for attribute in attributes {
        let at = format!("{at}.{}", attribute.name);
        attribute_valid(attribute, three.at(&attribute.name), &at, report);
    }
}

fn attribute_valid(attribute: &Attribute, three: Three<'_>, at: &str, report: &mut Report) {
    let Three {
        prior,
        config,
        planned,
        ..
    } = three;
    let equal = |one: &Val| planned.unrefined() == one.unrefined();
    // A write-only value is judged wherever objects are.
    if attribute.write_only
        || equal(config)
        || (equal(prior) && !prior.is_null() && !config.is_null())
    {
        return;
    }
    if config.is_null() {
        if !attribute.computed {
            report.add(Rule::PlanOfUnset, at, format!("planned {planned}"));
        }
        return;
    }
    match &attribute.nested_type {
        Some(nested) if !config.is_unknown() => {
            nested_valid(nested.nesting(), &nested.attributes, three, at, report);
        }
        _ => report.add(
            Rule::PlanOfConfigured,
            at,
            format!("planned {planned}, configured {config}, prior {prior}"),
        ),
    }
}

fn nested_valid(
    nesting: NestingMode,
    attributes: &[Attribute],
    three: Three<'_>,
    at: &str,
    report: &mut Report,
) {
    if three.planned.is_null() {
        return report.add(
            Rule::PlanForAbsence,
            at,
            "the configuration wants existence",
        );
    }
    if three.planned.is_unknown() {
        return report.add(Rule::PlanBlockUnknown, at, "is unknown");
    }
    let one = |three: Three<'_>, at: &str, report: &mut Report| {
        if three.planned.is_null() != three.config.is_null() {
            report.add(
                Rule::PlanForAbsence,
                at,
                "one of configuration and plan is null",
            );
        } else if three.planned.is_unknown() && !three.config.is_unknown() {
            report.add(Rule::PlanBlockUnknown, at, "is unknown");
        } else if !three.config.is_unknown() {
            attributes_valid(attributes, three, at, report);
        }
    };
    match nesting {
        NestingMode::Single | NestingMode::Invalid => one(three, at, report),
        NestingMode::List => elements_valid(three, at, report, one),
        NestingMode::Map => keyed_valid(three, at, report, one),
        NestingMode::Set => set_valid(three, at, report, one),
    }
}

fn elements_valid(
    three: Three<'_>,
    at: &str,
    report: &mut Report,
    one: impl Fn(Three<'_>, &str, &mut Report),
) {
    if counts_agree(three, at, report) {
        for (place, three) in three.by_place() {
            one(three, &format!("{at}{place}"), report);
        }
    }
}

fn keyed_valid(
    three: Three<'_>,
    at: &str,
    report: &mut Report,
    one: impl Fn(Three<'_>, &str, &mut Report),
) {
    let (Val::Map(config), Val::Map(planned)) = (three.config.plain(), three.planned.plain())
    else {
        counts_agree(three, at, report);
        return;
    };
    if !config.keys().eq(planned.keys()) {
        let (planned, config) = (
            planned.keys().collect::<Vec<_>>(),
            config.keys().collect::<Vec<_>>(),
        );
        return report.add(
            Rule::PlanBlockCount,
            at,
            format!("keys {planned:?}, configured {config:?}"),
        );
    }
    for key in config.keys() {
        one(three.at(key), &format!("{at}[{key:?}]"), report);
    }
}

/// Elements of sets have no counterparts. Each planned one has to be a possible plan of some configured one, though.
fn set_valid(
    three: Three<'_>,
    at: &str,
    report: &mut Report,
    one: impl Fn(Three<'_>, &str, &mut Report),
) {
    let is_merged = three.planned.elements().len() < three.config.elements().len();
    if !(three.in_set && is_merged || counts_agree(three, at, report)) {
        return;
    }
    let priors = three.prior.elements();
    let priors = priors.into_iter().chain([&Val::Null]).collect::<Vec<_>>();
    for planned in three.planned.elements() {
        let mut closest: Option<Report> = None;
        for config in three.config.elements() {
            for &prior in &priors {
                let mut found = Report::default();
                one(
                    Three {
                        prior,
                        config,
                        planned,
                        in_set: true,
                    },
                    &format!("{at}[...]"),
                    &mut found,
                );
                if closest.as_ref().is_none_or(|best| found.len() < best.len()) {
                    closest = Some(found);
                }
            }
        }
        report.0.extend(closest.unwrap_or_default().0);
    }
}

fn counts_agree(three: Three<'_>, at: &str, report: &mut Report) -> bool {
    let (planned, config) = (
        three.planned.elements().len(),
        three.config.elements().len(),
    );
    if planned != config {
        report.add(
            Rule::PlanBlockCount,
            at,
            format!("{planned} planned, {config} configured"),
        );
    }
    planned == config
}
