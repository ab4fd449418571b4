//! The answers about managed resources.

mod import;

use super::applied::assert_compatible;
use super::diagnostics::{check_diagnostics, deferred, failed};
use super::identity::{self, Holder};
use super::memory::{Action, FirstPlan};
use super::objects::{self, Kept, Leads, exists, leads};
use super::plan::{Three, assert_valid};
use super::report::Report;
use super::rules::Rule;
use super::types::Type;
use super::val::Val;
use super::{Exchange, Memory, Schemas, View, decode};
use crate::support::proto::tfplugin6::{
    DynamicValue, Schema, apply_resource_change, plan_resource_change, read_resource,
};

fn asked(value: Option<&DynamicValue>, schema: &Schema) -> Option<Val> {
    decode::asked(value, &Type::of_schema(schema))
}

impl Exchange for read_resource::Request {
    type Answer = read_resource::Response;

    fn judge(&self, answer: &Self::Answer, view: &View<'_>, report: &mut Report) {
        let schema = view.resource(&self.type_name);
        check_diagnostics(&answer.diagnostics, schema, report);
        let put_off = deferred(
            answer.deferred.as_ref(),
            self.client_capabilities.as_ref(),
            report,
        );
        let (Some(schema), false) = (schema, put_off) else {
            return;
        };
        let failed = failed(&answer.diagnostics);
        let kept = Kept::after(failed, self.current_state.as_ref());
        let Some(state) =
            objects::left(answer.new_state.as_ref(), schema, kept, "new_state", report)
        else {
            return;
        };
        let Some(before) = asked(self.current_state.as_ref(), schema) else {
            return;
        };
        if failed && state.is_null() && !before.is_null() {
            report.add(Rule::ForgottenByError, "new_state", "null, with an error");
        }
        let lost = !self.private.is_empty() && answer.private.is_empty();
        if (failed && answer.private != self.private) || (lost && !state.is_null()) {
            report.add(
                Rule::PrivateLost,
                "private",
                format!("{:?} became {:?}", self.private, answer.private),
            );
        }
        let sent = identity::asked(view, &self.type_name, self.current_identity.as_ref());
        let known = sent
            .as_ref()
            .or_else(|| view.memory.identity(&self.type_name, &before));
        let now = identity::answered(view, &self.type_name, answer.new_identity.as_ref(), report);
        let holder = Holder {
            type_name: &self.type_name,
            state: &state,
            failed,
            existed: true,
            before: sent.as_ref(),
        };
        holder.has(view, now.as_ref(), report);
        if sent.is_none() && !state.is_null() {
            identity::same(known, now.as_ref(), report);
        }
    }

    fn note(&self, answer: &Self::Answer, schemas: &Schemas, memory: &mut Memory) {
        let now = (answer.new_state.as_ref(), answer.new_identity.as_ref());
        remember(&self.type_name, now, schemas, memory);
    }
}

impl Exchange for plan_resource_change::Request {
    type Answer = plan_resource_change::Response;

    fn judge(&self, answer: &Self::Answer, view: &View<'_>, report: &mut Report) {
        let schema = view.resource(&self.type_name);
        check_diagnostics(&answer.diagnostics, schema, report);
        if answer.legacy_type_system {
            report.add(Rule::LegacyTypeSystem, "legacy_type_system", "is set");
        }
        let put_off = deferred(
            answer.deferred.as_ref(),
            self.client_capabilities.as_ref(),
            report,
        );
        let sent = identity::asked(view, &self.type_name, self.prior_identity.as_ref());
        let now = identity::answered(
            view,
            &self.type_name,
            answer.planned_identity.as_ref(),
            report,
        );
        identity::same(sent.as_ref(), now.as_ref(), report);
        let (Some(schema), false) = (schema, put_off || failed(&answer.diagnostics)) else {
            return;
        };
        let planned = objects::planned(
            answer.planned_state.as_ref(),
            schema,
            "planned_state",
            report,
        );
        let (Some(planned), Some(prior), Some(config)) = (
            planned,
            asked(self.prior_state.as_ref(), schema),
            asked(self.config.as_ref(), schema),
        ) else {
            return;
        };
        if planned == prior && answer.planned_private != self.prior_private {
            let (before, now) = (&self.prior_private, &answer.planned_private);
            report.add(
                Rule::PrivateLost,
                "planned_private",
                format!("{before:?} became {now:?}"),
            );
        }
        let proposed = asked(self.proposed_new_state.as_ref(), schema);
        let proposed = proposed.is_some_and(|proposed| proposed.is_null() == config.is_null());
        // Core never sends one of them alone; then there is no right answer.
        if let (Some(block), true) = (&schema.block, proposed) {
            let three = Three {
                prior: &prior,
                config: &config,
                planned: &planned,
                in_set: false,
            };
            assert_valid(block, three, "planned_state", report);
        }
        replaces(answer, schema, [&prior, &planned], report);
        self.agrees_with_first(answer, view, [&prior, &config, &planned], report);
    }

    fn note(&self, answer: &Self::Answer, schemas: &Schemas, memory: &mut Memory) {
        let Some(schema) = schemas.all.resource_schemas.get(&self.type_name) else {
            return;
        };
        if failed(&answer.diagnostics) || answer.deferred.is_some() {
            return;
        }
        let (Some(prior), Some(config), Some(planned)) = (
            asked(self.prior_state.as_ref(), schema),
            asked(self.config.as_ref(), schema),
            asked(answer.planned_state.as_ref(), schema),
        ) else {
            return;
        };
        let action = action(answer, &prior, &planned);
        let plan = FirstPlan {
            config,
            planned,
            action,
        };
        memory.keep_plan(&self.type_name, prior, &self.prior_private, plan);
    }
}

trait Again {
    fn agrees_with_first(
        &self,
        answer: &plan_resource_change::Response,
        view: &View<'_>,
        values: [&Val; 3],
        report: &mut Report,
    );
}

impl Again for plan_resource_change::Request {
    /// A second plan, in which the configuration is known better, says nothing else than the first.
    fn agrees_with_first(
        &self,
        answer: &plan_resource_change::Response,
        view: &View<'_>,
        [prior, config, planned]: [&Val; 3],
        report: &mut Report,
    ) {
        let first = view
            .memory
            .first_plan(&self.type_name, prior, &self.prior_private);
        let Some(first) = first.filter(|first| first.config.may_become(config)) else {
            return;
        };
        let mut found = Report::default();
        let known_again = planned.unknown_paths("planned_state");
        assert_compatible(&first.planned, planned, "planned_state", &mut found);
        // What was unknown may still be.
        let was_unknown = first.planned.unknown_paths("planned_state");
        found
            .0
            .retain(|one| !(known_again.contains(&one.place) && was_unknown.contains(&one.place)));
        for one in found.0 {
            report.add(Rule::PlanAgain, &one.place, one.what);
        }
        let again = action(answer, prior, planned);
        let softer = first.action == Action::Update && again == Action::Nothing;
        if again != first.action && !softer {
            report.add(
                Rule::PlanActionAgain,
                "planned_state",
                format!("{:?} became {again:?}", first.action),
            );
        }
    }
}

fn action(answer: &plan_resource_change::Response, prior: &Val, planned: &Val) -> Action {
    match (prior.is_null(), planned.is_null()) {
        (true, true) => Action::Nothing,
        (true, false) => Action::Create,
        (false, true) => Action::Delete,
        (false, false) if prior == planned => Action::Nothing,
        (false, false) => {
            let mut paths = answer.requires_replace.iter();
            let differs = paths
                .any(|path| objects::at(prior, &path.steps) != objects::at(planned, &path.steps));
            if differs {
                Action::Replace
            } else {
                Action::Update
            }
        }
    }
}

/// Core looks at the paths in updates alone.
fn replaces(
    answer: &plan_resource_change::Response,
    schema: &Schema,
    [prior, planned]: [&Val; 2],
    report: &mut Report,
) {
    for path in &answer.requires_replace {
        let there = prior.is_null() || exists(prior, &path.steps) || exists(planned, &path.steps);
        match leads(&Type::of_schema(schema), &path.steps) {
            Leads::IntoSet => {
                report.add(Rule::ReplaceInSet, "requires_replace", format!("{path:?}"));
            }
            Leads::Somewhere if there && !path.steps.is_empty() => {}
            _ => report.add(Rule::ReplacePath, "requires_replace", format!("{path:?}")),
        }
    }
}

impl Exchange for apply_resource_change::Request {
    type Answer = apply_resource_change::Response;

    fn judge(&self, answer: &Self::Answer, view: &View<'_>, report: &mut Report) {
        let schema = view.resource(&self.type_name);
        check_diagnostics(&answer.diagnostics, schema, report);
        if answer.legacy_type_system {
            report.add(Rule::LegacyTypeSystem, "legacy_type_system", "is set");
        }
        let Some(schema) = schema else { return };
        let failed = failed(&answer.diagnostics);
        let kept = Kept::after(failed, self.prior_state.as_ref());
        let Some(state) =
            objects::left(answer.new_state.as_ref(), schema, kept, "new_state", report)
        else {
            return;
        };
        let now = identity::answered(view, &self.type_name, answer.new_identity.as_ref(), report);
        let (Some(prior), Some(planned)) = (
            asked(self.prior_state.as_ref(), schema),
            asked(self.planned_state.as_ref(), schema),
        ) else {
            return;
        };
        match (failed, planned.is_null(), state.is_null()) {
            (true, _, true) if !prior.is_null() => {
                report.add(Rule::ForgottenByError, "new_state", "null, with an error");
            }
            (false, true, false) => {
                report.add(Rule::StateAfterDelete, "new_state", state.to_string());
            }
            (false, false, true) => report.add(Rule::StateVanished, "new_state", "null"),
            (false, false, false) => applied(&planned, &state, report),
            _ => {}
        }
        if failed && !prior.is_null() && state == prior && answer.private != self.planned_private {
            let (before, after) = (&self.planned_private, &answer.private);
            report.add(
                Rule::PrivateLost,
                "private",
                format!("{before:?} became {after:?}"),
            );
        }
        let sent = identity::asked(view, &self.type_name, self.planned_identity.as_ref());
        let before = sent
            .as_ref()
            .or_else(|| view.memory.identity(&self.type_name, &prior));
        let holder = Holder {
            type_name: &self.type_name,
            state: &state,
            failed,
            existed: !prior.is_null(),
            before: sent.as_ref(),
        };
        holder.has(view, now.as_ref(), report);
        if sent.is_none() && !prior.is_null() {
            identity::same(before, now.as_ref(), report);
        }
    }

    fn note(&self, answer: &Self::Answer, schemas: &Schemas, memory: &mut Memory) {
        memory.forget_plans();
        let now = (answer.new_state.as_ref(), answer.new_identity.as_ref());
        remember(&self.type_name, now, schemas, memory);
    }
}

/// What is unknown was reported for any state.
fn applied(planned: &Val, state: &Val, report: &mut Report) {
    let unknown = state.unknown_paths("new_state");
    let mut found = Report::default();
    assert_compatible(planned, state, "new_state", &mut found);
    found.0.retain(|one| !unknown.contains(&one.place));
    report.0.extend(found.0);
}

type State<'a> = (
    Option<&'a DynamicValue>,
    Option<&'a crate::support::proto::tfplugin6::ResourceIdentityData>,
);

fn remember(type_name: &str, (state, identity): State<'_>, schemas: &Schemas, memory: &mut Memory) {
    let Some(schema) = schemas.all.resource_schemas.get(type_name) else {
        return;
    };
    let state = asked(state, schema).filter(|state| !state.is_null());
    let identity = identity::asked(&View { schemas, memory }, type_name, identity);
    if let (Some(state), Some(identity)) = (state, identity) {
        memory.keep_identity(type_name, &state, &identity);
    }
}
