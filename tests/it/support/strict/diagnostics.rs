//! Diagnostics as core shows them, and deferrals.

use super::objects::{Leads, leads};
use super::report::Report;
use super::rules::Rule;
use super::types::Type;
use crate::support::proto::tfplugin6::diagnostic::Severity;
use crate::support::proto::tfplugin6::{
    AttributePath, ClientCapabilities, Deferred, Diagnostic, Schema,
};

pub(super) fn failed(diagnostics: &[Diagnostic]) -> bool {
    diagnostics
        .iter()
        .any(|one| one.severity() == Severity::Error)
}

/// Judges what people are told. Without a schema, no path can be right.
pub(super) fn check_diagnostics(
    diagnostics: &[Diagnostic],
    schema: Option<&Schema>,
    report: &mut Report,
) {
    let of = schema.map_or(Type::Object([].into()), Type::of_schema);
    check_diagnostics_of(diagnostics, &of, report);
}

/// As [`check_diagnostics`], about something of this type.
pub(super) fn check_diagnostics_of(diagnostics: &[Diagnostic], of: &Type, report: &mut Report) {
    for (place, diagnostic) in diagnostics.iter().enumerate() {
        let at = format!("diagnostics[{place}]");
        let said = format!("{diagnostic:?}");
        if diagnostic.severity() == Severity::Invalid {
            report.add(Rule::Severity, &at, &said);
        }
        if diagnostic.summary.trim().is_empty() || diagnostic.summary.contains('\n') {
            report.add(Rule::Summary, &at, &said);
        }
        readable(&diagnostic.summary, &at, report);
        readable(&diagnostic.detail, &at, report);
        if let Some(path) = &diagnostic.attribute {
            points(path, of, &at, report);
        }
    }
}

pub(super) fn readable(text: &str, at: &str, report: &mut Report) {
    if text
        .chars()
        .any(|one| one.is_control() && !matches!(one, '\n' | '\t'))
    {
        report.add(Rule::TerminalEscape, at, format!("{text:?}"));
    }
}

fn points(path: &AttributePath, of: &Type, at: &str, report: &mut Report) {
    if path.steps.is_empty() {
        return report.add(Rule::PathEmpty, at, "a path without steps");
    }
    let led = leads(of, &path.steps);
    if led != Leads::Somewhere {
        report.add(Rule::PathOfNothing, at, format!("{led:?}: {path:?}"));
    }
}

/// Whether the rest of the answer is a stand-in for what comes later.
pub(super) fn deferred(
    deferred: Option<&Deferred>,
    capabilities: Option<&ClientCapabilities>,
    report: &mut Report,
) -> bool {
    let Some(deferred) = deferred else {
        return false;
    };
    if !capabilities.is_some_and(|capabilities| capabilities.deferral_allowed) {
        report.add(Rule::DeferredUnasked, "deferred", format!("{deferred:?}"));
    }
    if deferred.reason == 0 {
        report.add(Rule::DeferredReason, "deferred", "reason 0");
    }
    true
}
