//! The answers that are streams: lists and actions.

use super::View;
use super::diagnostics::{check_diagnostics, failed};
use super::identity::{self, Holder};
use super::objects;
use super::report::Report;
use super::rules::Rule;
use crate::support::proto::tfplugin6::invoke_action::event::Type as Progress;
use crate::support::proto::tfplugin6::{invoke_action, list_resource};

/// Judges one event after the other.
pub(crate) trait Judge {
    type Event;

    fn event(&mut self, event: &Self::Event, view: &View<'_>, report: &mut Report);

    /// The stream has ended, by itself and without a status.
    fn end(&mut self, report: &mut Report);
}

/// A list under way.
pub(crate) struct Events {
    asked: list_resource::Request,
    objects: i64,
    failed: bool,
}

impl Events {
    pub(crate) fn of(asked: list_resource::Request) -> Self {
        Self {
            asked,
            objects: 0,
            failed: false,
        }
    }
}

impl Judge for Events {
    type Event = list_resource::Event;

    fn event(&mut self, event: &Self::Event, view: &View<'_>, report: &mut Report) {
        let type_name = &self.asked.type_name;
        check_diagnostics(
            &event.diagnostic,
            view.schemas.all.list_resource_schemas.get(type_name),
            report,
        );
        if self.failed {
            report.add(Rule::EventAfterError, "event", format!("{event:?}"));
        }
        self.failed |= failed(&event.diagnostic);
        if event.identity.is_none() && !event.diagnostic.is_empty() {
            return;
        }
        self.objects += 1;
        if self.objects > self.asked.limit {
            report.add(
                Rule::EventsBeyondLimit,
                "event",
                format!("{} of {}", self.objects, self.asked.limit),
            );
        }
        let identity = identity::answered(view, type_name, event.identity.as_ref(), report);
        if identity.is_none() {
            return report.add(Rule::EventWithoutIdentity, "event", format!("{event:?}"));
        }
        if event.resource_object.is_some() != self.asked.include_resource_object {
            return report.add(Rule::EventObject, "event", format!("{event:?}"));
        }
        if let (Some(object), Some(schema)) = (&event.resource_object, view.resource(type_name)) {
            let Some(state) = objects::stored(Some(object), schema, "resource_object", report)
            else {
                return;
            };
            if state.is_null() {
                report.add(Rule::EventObject, "event", "null");
            }
            let failed = self.failed;
            Holder {
                type_name,
                state: &state,
                failed,
                existed: false,
                before: None,
            }
            .has(view, identity.as_ref(), report);
        }
    }

    fn end(&mut self, _: &mut Report) {}
}

/// An action under way.
pub(crate) struct Actions {
    asked: invoke_action::Request,
    ended: bool,
}

impl Actions {
    pub(crate) fn of(asked: invoke_action::Request) -> Self {
        Self {
            asked,
            ended: false,
        }
    }
}

impl Judge for Actions {
    type Event = invoke_action::Event;

    fn event(&mut self, event: &Self::Event, view: &View<'_>, report: &mut Report) {
        if self.ended {
            report.add(Rule::ActionEnd, "event", "something after the end");
        }
        match &event.r#type {
            None => report.add(Rule::ActionEvent, "event", "neither progress nor the end"),
            Some(Progress::Progress(progress)) if progress.message.trim().is_empty() => {
                report.add(Rule::ActionEvent, "event", "progress without a message");
            }
            Some(Progress::Progress(_)) => {}
            Some(Progress::Completed(completed)) => {
                self.ended = true;
                check_diagnostics(
                    &completed.diagnostics,
                    view.action(&self.asked.action_type),
                    report,
                );
            }
        }
    }

    fn end(&mut self, report: &mut Report) {
        if !self.ended {
            report.add(Rule::ActionEnd, "stream", "ended without an end");
        }
    }
}
