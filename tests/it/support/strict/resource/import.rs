//! The answers about objects that come from elsewhere: imports, moves, upgrades; and configuration made of them.

use std::collections::BTreeSet;

use serde_json::Value as Json;

use super::super::diagnostics::{check_diagnostics, check_diagnostics_of, deferred, failed};
use super::super::identity::{self, Holder};
use super::super::objects;
use super::super::report::Report;
use super::super::rules::Rule;
use super::super::types::Type;
use super::super::val::{Number, Val};
use super::super::{Exchange, Memory, Schemas, View, decode};
use super::remember;
use crate::support::proto::tfplugin6::schema::Block;
use crate::support::proto::tfplugin6::schema::nested_block::NestingMode;
use crate::support::proto::tfplugin6::{
    generate_resource_config, import_resource_state, move_resource_state,
    upgrade_resource_identity, upgrade_resource_state, validate_resource_config,
};

impl Exchange for validate_resource_config::Request {
    type Answer = validate_resource_config::Response;

    fn judge(&self, answer: &Self::Answer, view: &View<'_>, report: &mut Report) {
        let schema = view.resource(&self.type_name);
        check_diagnostics(&answer.diagnostics, schema, report);
        let new = self
            .client_capabilities
            .is_some_and(|one| one.write_only_attributes_allowed);
        let (Some(schema), false) = (schema, new || failed(&answer.diagnostics)) else {
            return;
        };
        let config = decode::asked(self.config.as_ref(), &Type::of_schema(schema));
        let (Some(block), Some(config)) = (&schema.block, config) else {
            return;
        };
        objects::each_attribute(block, &config, "config", &mut |attribute, value, at| {
            if attribute.write_only && !value.is_null() {
                report.add(
                    Rule::WriteOnlyUnsupported,
                    at,
                    "accepted, and the host would store it",
                );
            }
        });
    }
}

impl Exchange for import_resource_state::Request {
    type Answer = import_resource_state::Response;

    fn judge(&self, answer: &Self::Answer, view: &View<'_>, report: &mut Report) {
        check_diagnostics(&answer.diagnostics, view.resource(&self.type_name), report);
        let put_off = deferred(
            answer.deferred.as_ref(),
            self.client_capabilities.as_ref(),
            report,
        );
        let failed = failed(&answer.diagnostics);
        if put_off || failed {
            return;
        }
        let [imported] = &answer.imported_resources[..] else {
            return report.add(
                Rule::ImportCount,
                "imported_resources",
                answer.imported_resources.len().to_string(),
            );
        };
        let Some(schema) = view.resource(&imported.type_name) else {
            return report.add(
                Rule::ImportType,
                "imported_resources",
                format!("{:?}", imported.type_name),
            );
        };
        let Some(state) = objects::stored(imported.state.as_ref(), schema, "state", report) else {
            return;
        };
        if state.is_null() {
            report.add(Rule::NothingFound, "state", "null, without an error");
        }
        let sent = identity::asked(view, &self.type_name, self.identity.as_ref());
        let now = identity::answered(
            view,
            &imported.type_name,
            imported.identity.as_ref(),
            report,
        );
        let holder = Holder {
            type_name: &imported.type_name,
            state: &state,
            failed,
            existed: false,
            before: sent.as_ref(),
        };
        holder.has(view, now.as_ref(), report);
    }

    fn note(&self, answer: &Self::Answer, schemas: &Schemas, memory: &mut Memory) {
        for imported in &answer.imported_resources {
            let now = (imported.state.as_ref(), imported.identity.as_ref());
            remember(&imported.type_name, now, schemas, memory);
        }
    }
}

impl Exchange for move_resource_state::Request {
    type Answer = move_resource_state::Response;

    fn judge(&self, answer: &Self::Answer, view: &View<'_>, report: &mut Report) {
        let schema = view.resource(&self.target_type_name);
        check_diagnostics(&answer.diagnostics, schema, report);
        let (Some(schema), false) = (schema, failed(&answer.diagnostics)) else {
            return;
        };
        let state = objects::stored(answer.target_state.as_ref(), schema, "target_state", report);
        if state.is_some_and(|state| state.is_null()) {
            report.add(Rule::NothingFound, "target_state", "null, without an error");
        }
        identity::answered(
            view,
            &self.target_type_name,
            answer.target_identity.as_ref(),
            report,
        );
    }
}

impl Exchange for upgrade_resource_identity::Request {
    type Answer = upgrade_resource_identity::Response;

    fn judge(&self, answer: &Self::Answer, view: &View<'_>, report: &mut Report) {
        let schema = view.identity_schema(&self.type_name);
        let of = schema.map_or(Type::Object([].into()), Type::of_identity);
        check_diagnostics_of(&answer.diagnostics, &of, report);
        if !failed(&answer.diagnostics) {
            let upgraded = answer.upgraded_identity.as_ref();
            if identity::answered(view, &self.type_name, upgraded, report).is_none()
                && report.len() == 0
            {
                report.add(
                    Rule::NothingFound,
                    "upgraded_identity",
                    "none, without an error",
                );
            }
        }
    }
}

impl Exchange for upgrade_resource_state::Request {
    type Answer = upgrade_resource_state::Response;

    fn judge(&self, answer: &Self::Answer, view: &View<'_>, report: &mut Report) {
        let schema = view.resource(&self.type_name);
        check_diagnostics(&answer.diagnostics, schema, report);
        let (Some(schema), false) = (schema, failed(&answer.diagnostics)) else {
            return;
        };
        let Some(state) = objects::stored(
            answer.upgraded_state.as_ref(),
            schema,
            "upgraded_state",
            report,
        ) else {
            return;
        };
        let raw = self
            .raw_state
            .as_ref()
            .map(|raw| raw.json.as_slice())
            .unwrap_or_default();
        let before = serde_json::from_slice(raw).unwrap_or(Json::Null);
        if state.is_null() && !before.is_null() {
            report.add(
                Rule::NothingFound,
                "upgraded_state",
                "null, without an error",
            );
        } else if self.version == schema.version {
            keeps(&before, &state, "upgraded_state", report);
        }
    }
}

/// Values whose JSON is of another kind are converted, null ones may get a default, and what the schema lacks is dropped.
fn keeps(before: &Json, now: &Val, at: &str, report: &mut Report) {
    let same = match (before, now.plain()) {
        (Json::Object(before), Val::Map(now)) => {
            for (name, before) in before {
                if let Some(now) = now.get(name) {
                    keeps(before, now, &format!("{at}.{name}"), report);
                }
            }
            true
        }
        (Json::Array(before), Val::List(now)) => {
            for (place, (before, now)) in before.iter().zip(now).enumerate() {
                keeps(before, now, &format!("{at}[{place}]"), report);
            }
            before.len() == now.len()
        }
        (Json::Bool(before), Val::Bool(now)) => before == now,
        (Json::Number(before), Val::Number(now)) => {
            Number::parse(&before.to_string()).as_ref() == Some(now)
        }
        (Json::String(before), Val::Text(now)) => before == now,
        (before, Val::Null) => before.is_null(),
        _ => true,
    };
    if !same {
        report.add(Rule::UpgradeOfValue, at, format!("{before} became {now}"));
    }
}

impl Exchange for generate_resource_config::Request {
    type Answer = generate_resource_config::Response;

    fn judge(&self, answer: &Self::Answer, view: &View<'_>, report: &mut Report) {
        let schema = view.resource(&self.type_name);
        check_diagnostics(&answer.diagnostics, schema, report);
        let (Some(schema), false) = (schema, failed(&answer.diagnostics)) else {
            return;
        };
        let Some(config) = objects::stored(answer.config.as_ref(), schema, "config", report) else {
            return;
        };
        let (Some(block), false) = (&schema.block, config.is_null()) else {
            return report.add(Rule::NothingFound, "config", "null, without an error");
        };
        let state = decode::asked(self.state.as_ref(), &Type::of_schema(schema));
        let unset = state.map(|state| unset(block, &state)).unwrap_or_default();
        objects::each_attribute(block, &config, "config", &mut |attribute, value, at| {
            let read_only = attribute.computed && !attribute.optional;
            if attribute.required && value.is_null() && !unset.contains(at) {
                report.add(Rule::GeneratedRequired, at, "is required");
            }
            if (read_only || attribute.deprecated || attribute.write_only) && !value.is_null() {
                report.add(Rule::GeneratedReadOnly, at, value.to_string());
            }
        });
        enough_blocks(block, &config, report);
    }
}

/// What a state does not have cannot be configured from it.
fn unset(block: &Block, state: &Val) -> BTreeSet<String> {
    let mut unset = BTreeSet::new();
    objects::each_attribute(block, state, "config", &mut |_, value, at| {
        if value.is_null() {
            unset.insert(at.to_owned());
        }
    });
    unset
}

fn enough_blocks(block: &Block, config: &Val, report: &mut Report) {
    objects::each_block(block, config, "config", &mut |nested, value, at| {
        let count = if nested.nesting() == NestingMode::Single {
            i64::from(!value.is_null())
        } else {
            i64::try_from(value.elements().len()).unwrap_or(i64::MAX)
        };
        let limited = nested.nesting() != NestingMode::Group;
        if limited
            && (count < nested.min_items || (nested.max_items > 0 && count > nested.max_items))
        {
            report.add(Rule::GeneratedRequired, at, format!("{count} blocks"));
        }
    });
}
