//! Replacement by age: decided while reading, looked up while planning.
//!
//! Terraform asks for the same plan again while it applies, and the two answers have to agree, so a plan must not look at
//! a clock. A read may: it keeps with the state that the key is due, and every plan until the next read finds it there.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::appservices::Client;
use crate::tf_provider::{Context, Diagnostic, FromText, Plan, Value};

use super::super::duration::after;
use super::super::run::Once;
use super::private_state;

/// How far the two clocks may be apart before that is worth a warning.
const CLOCKS_AGREE: SignedDuration = SignedDuration::from_mins(5);

/// What time it is. Either clock may be wrong, so only what both say is acted upon.
#[derive(Clone, Copy, Debug)]
pub(super) struct Clocks {
    server: Option<Timestamp>,
    local: Timestamp,
}

impl Clocks {
    pub(super) fn now(client: &Client) -> Self {
        Self {
            server: client.server_time(),
            local: Timestamp::now(),
        }
    }

    fn have_passed(&self, at: Timestamp) -> bool {
        at <= self.local && self.server.is_none_or(|server| at <= server)
    }

    /// Whether it is later than that. An id knows the second of its key and no more, so a time span that began then has
    /// ended for certain a second after it seems to.
    fn are_beyond(&self, at: Timestamp) -> bool {
        at.checked_add(SignedDuration::from_secs(1))
            .is_ok_and(|at| self.have_passed(at))
    }

    /// By how much they differ, if it is more than a little.
    fn difference(&self) -> Option<SignedDuration> {
        let difference = self.server?.duration_since(self.local).abs();
        (difference > CLOCKS_AGREE).then_some(difference)
    }
}

/// Keeps with the state whether the key is due by now, and warns once if there is no telling.
pub(super) fn decide<C>(
    cx: &Context<C>,
    rotates_at: Option<Timestamp>,
    clocks: Clocks,
    clock_warning: &Once,
) {
    let is_due = rotates_at.is_some_and(|at| clocks.have_passed(at));
    private_state::change(cx, |kept| kept.rotation_due = is_due);
    if rotates_at.is_some()
        && let Some(difference) = clocks.difference()
        && clock_warning.is_first()
    {
        cx.warn(clocks_differ(clocks, difference));
    }
}

/// Keeps with the state whether the time of a previous key is up by now.
pub(super) fn decide_retirement<C>(cx: &Context<C>, retires_at: Option<Timestamp>, clocks: Clocks) {
    let is_due = retires_at.is_some_and(|at| clocks.are_beyond(at));
    private_state::change(cx, |kept| kept.retirement_due = is_due);
}

/// Leaves it to the next read.
pub(super) fn clear_due<C>(cx: &Context<C>) {
    private_state::change(cx, |kept| {
        kept.rotation_due = false;
        kept.retirement_due = false;
    });
}

/// When the key of a state becomes due by a planned `rotate_after`.
pub(super) fn planned(created_at: &Value, rotate_after: &Value) -> Value {
    match (created_at, rotate_after) {
        (_, Value::Null) => Value::Null,
        (Value::String(created_at), Value::String(rotate_after)) => {
            let rotate_after = Duration::from_text(rotate_after);
            Timestamp::from_text(created_at)
                .and_then(|created_at| after(created_at, rotate_after.as_ref()))
                .map_or(Value::Null, |at| Value::String(at.to_string()))
        }
        _ => Value::UNKNOWN,
    }
}

/// Fills `rotates_at` into the plan of a change to an existing key, and replaces the key if it is due.
///
/// What was decided holds for the `rotate_after` of that time only: editing it never touches the key. One that is not known yet
/// may turn out to be the same, and what is planned as an update cannot become a replacement.
pub(super) fn plan<C>(cx: &Context<C>, plan: &mut Plan) {
    let Some(prior) = &plan.prior else {
        // Nothing is created yet, but without `rotate_after` it is known that there will be no such time.
        if plan.planned.value("rotate_after").is_null() {
            plan.planned.set("rotates_at", Value::Null);
        }
        return;
    };
    let rotate_after = plan.planned.value("rotate_after");
    let may_be_unchanged = rotate_after.is_unknown() || prior.value("rotate_after") == rotate_after;
    let next = planned(prior.value("created_at"), rotate_after);
    if may_be_unchanged && next != Value::Null && private_state::read(cx).rotation_due {
        cx.warn(due(plan));
        plan.planned.set("rotates_at", Value::UNKNOWN);
        plan.requires_replace.push("rotates_at".into());
    } else {
        plan.planned.set("rotates_at", next);
    }
}

fn due(plan: &Plan) -> Diagnostic {
    let prior = |name| match plan.prior.as_ref().map(|prior| prior.value(name)) {
        Some(Value::String(text)) => text.clone(),
        _ => String::new(),
    };
    Diagnostic::warning("A user API key is due for rotation").at("rotate_after").detail(format!(
        "The key {} ({}) was created at {} and is due since {}, by `rotate_after` = {:?}. This plan replaces it with a new \
         key.",
        prior("name"),
        prior("id"),
        prior("created_at"),
        prior("rotates_at"),
        prior("rotate_after"),
    ))
}

fn clocks_differ(clocks: Clocks, difference: SignedDuration) -> Diagnostic {
    let server = clocks.server.map_or_else(String::new, |at| at.to_string());
    Diagnostic::warning(format!("The clocks differ by {}", rough(difference))).detail(format!(
        "It is {server} by the server's clock and {local} by this machine's. The age of a key is judged by both, so a key \
         with `rotate_after` is replaced only once it is due by the later of the two. Check the clock of this machine.",
        local = clocks.local.round(jiff::Unit::Second).unwrap_or(clocks.local),
    ))
}

/// A time span in its largest unit, for people.
pub(super) fn rough(span: SignedDuration) -> String {
    let (count, unit) = match span.as_mins() {
        minutes if minutes >= 2 * 24 * 60 => (minutes / (24 * 60), "days"),
        minutes if minutes >= 2 * 60 => (minutes / 60, "hours"),
        minutes if minutes >= 2 => (minutes, "minutes"),
        _ => (span.as_secs(), "seconds"),
    };
    let unit = if count == 1 {
        unit.trim_end_matches('s')
    } else {
        unit
    };
    format!("{count} {unit}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_span_is_told_in_its_largest_unit() {
        for (seconds, text) in [
            (1, "1 second"),
            (90, "90 seconds"),
            (150, "2 minutes"),
            (200_000, "2 days"),
        ] {
            assert_eq!(rough(SignedDuration::from_secs(seconds)), text);
        }
    }

    #[test]
    fn a_key_is_due_when_both_clocks_say_so() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let due = at("2026-01-10T00:00:00Z");
        for (server, local, is_due, differ) in [
            (
                Some("2026-01-10T00:00:00Z"),
                "2026-01-10T00:00:00Z",
                true,
                false,
            ),
            (
                Some("2026-01-09T23:59:59Z"),
                "2026-01-10T00:00:00Z",
                false,
                false,
            ),
            (
                Some("2026-01-10T00:00:00Z"),
                "2026-01-09T23:59:59Z",
                false,
                false,
            ),
            // The server is 100 days ahead, or an hour behind.
            (
                Some("2026-04-20T00:00:00Z"),
                "2026-01-09T00:00:00Z",
                false,
                true,
            ),
            (
                Some("2026-01-09T23:30:00Z"),
                "2026-01-10T00:30:00Z",
                false,
                true,
            ),
            (None, "2026-01-10T00:00:00Z", true, false),
        ] {
            let clocks = Clocks {
                server: server.map(at),
                local: at(local),
            };
            assert_eq!(clocks.have_passed(due), is_due, "{clocks:?}");
            assert!(!clocks.are_beyond(due), "a second more: {clocks:?}");
            let before = due - SignedDuration::from_secs(1);
            assert_eq!(clocks.are_beyond(before), is_due, "{clocks:?}");
            assert_eq!(clocks.difference().is_some(), differ, "{clocks:?}");
        }
    }

    #[test]
    fn spans_are_told_in_their_largest_unit() {
        for (seconds, text) in [
            (5, "5 seconds"),
            (119, "119 seconds"),
            (3600, "60 minutes"),
            (3 * 3600 + 59, "3 hours"),
            (100 * 86_400, "100 days"),
        ] {
            assert_eq!(rough(SignedDuration::from_secs(seconds)), text);
        }
    }

    #[test]
    fn a_key_rotates_at_an_age() {
        let created_at = "2024-03-12T20:54:23Z".parse().unwrap();
        let at = |text| {
            let age = Duration::from_text(text);
            after(created_at, age.as_ref()).map(|at| at.to_string())
        };
        assert_eq!(at("90d").as_deref(), Some("2024-06-10T20:54:23Z"));
        assert_eq!(at("1h30m").as_deref(), Some("2024-03-12T22:24:23Z"));
        assert_eq!(after(created_at, None), None);
    }
}
