//! What a rotation does, in the words of a practitioner.

use crate::tf_provider::{Context, Diagnostic, Object, Value};

use super::decision::{Answer, Current, Decision, Facts, Previous};

/// Warns of each key that the plan rotates or deletes.
pub(super) fn warn<C>(
    cx: &Context<C>,
    prior: &Object,
    planned: &Object,
    (facts, decision): (Facts, Decision),
) {
    let texts = Texts { prior, planned };
    match decision.rotate {
        Answer::No => {}
        rotate => cx.warn(texts.rotation(facts, rotate)),
    }
    match (decision.retire, facts.previous) {
        (Answer::No, _) | (_, Previous::None) => {}
        (_, Previous::Unfinished) => cx.warn(texts.unfinished_previous()),
        (retire, Previous::Lives) => cx.warn(texts.retirement(facts, retire)),
    }
}

/// The state and the plan as texts.
struct Texts<'a> {
    prior: &'a Object,
    planned: &'a Object,
}

impl Texts<'_> {
    fn of(&self, attribute: &str) -> &str {
        text(self.prior.value(attribute))
    }

    fn key(&self) -> String {
        format!("{} ({})", self.of("name"), self.of("id"))
    }

    fn previous(&self) -> String {
        let id = match self.of("previous_id") {
            "" => String::new(),
            id => format!(" ({id})"),
        };
        format!("{}{id}", self.of("previous_name"))
    }

    /// How long the old key goes on working.
    fn overlap(&self) -> String {
        if *self.prior.value("enabled") == Value::Bool(false) {
            return "The old key was disabled outside of Terraform and stays so: nothing can log in with it. A plan after \
                    `overlap` deletes it."
                .to_owned();
        }
        match self.planned.value("overlap") {
            Value::String(overlap) => format!(
                "The old key goes on working for `overlap` = {overlap:?} from then on; a plan after that deletes it."
            ),
            _ => "The old key goes on working for `overlap`; a plan after that deletes it."
                .to_owned(),
        }
    }

    fn rotation(&self, facts: Facts, rotate: Answer) -> Diagnostic {
        let key = self.key();
        match facts.current {
            Current::Unfinished => {
                return Diagnostic::warning(format!("The user API key {} was never answered for", self.of("name"))).detail(
                    "It is not known whether the server made it, and no one has its value. This plan deletes the key, if it is \
                     there, and makes another one.",
                );
            }
            Current::Gone => {
                let previous = match facts.previous {
                    Previous::Lives if !facts.retirement_due => format!(
                        " The previous key {} goes on working until {}.",
                        self.previous(),
                        self.of("previous_retires_at")
                    ),
                    _ => String::new(),
                };
                return Diagnostic::warning(format!("The user API key {key} is gone")).detail(format!(
                    "The current key was deleted outside of Terraform. This plan makes a new one.{previous}"
                ));
            }
            Current::Lives => {}
        }
        let overlap = self.overlap();
        let (is, makes) = match rotate {
            Answer::Yes => ("is", "This plan makes a new key"),
            _ => (
                "may be",
                "What the configuration asks for is not known yet: the apply may make a new key",
            ),
        };
        if facts.rotation_due && facts.rotate_after_changes != Answer::Yes {
            return Diagnostic::warning("A user API key is due for rotation")
                .at("rotate_after")
                .detail(format!(
                    "The key {key} was created at {} and is due since {}, by `rotate_after` = {:?}. {makes}. \
                     {overlap}",
                    self.of("created_at"),
                    self.of("rotates_at"),
                    self.of("rotate_after"),
                ));
        }
        let asks = match facts.value_changes {
            Answer::Yes => "ask",
            _ => "may ask",
        };
        Diagnostic::warning(format!("The user API key {key} {is} rotated")).detail(format!(
            "`keepers` or `recipients` {asks} for another value. {makes}, in place of the one that was created at {}. {overlap}",
            self.of("created_at")
        ))
    }

    fn retirement(&self, facts: Facts, retire: Answer) -> Diagnostic {
        let (previous, until) = (self.previous(), self.of("previous_retires_at"));
        let will = match retire {
            Answer::Yes => "will",
            _ => "may",
        };
        let diagnostic = Diagnostic::warning(format!(
            "The previous user API key {previous} {will} be deleted"
        ));
        if facts.retirement_due && facts.overlap_changes != Answer::Yes {
            return diagnostic.at("overlap").detail(format!(
                "It was to work beside its successor until {until}, by `overlap` = {:?}, and that time is up. What still logs in \
                 with it stops working.",
                self.of("overlap")
            ));
        }
        diagnostic.detail(format!(
            "There are two keys at most, so it goes before the next one is made, although it was to work until {until}. What \
             still logs in with it stops working."
        ))
    }

    fn unfinished_previous(&self) -> Diagnostic {
        let name = self.previous();
        Diagnostic::warning(format!("The user API key {name} will be deleted")).detail(
            "An earlier apply asked for it, and the answer was lost: it is not known whether the server made it, and no one has \
             its value. This plan deletes it, if it is there.",
        )
    }
}

fn text(value: &Value) -> &str {
    match value {
        Value::String(text) => text,
        _ => "",
    }
}

/// What there is of a rotating key when its rotation has failed.
pub(super) struct NotRotated {
    pub(super) current: String,
    pub(super) works: bool,
    pub(super) previous: Option<String>,
    /// The previous key that was deleted just before.
    pub(super) retired: Option<String>,
}

/// Why there is no new key, and what there is.
pub(super) fn not_rotated(failed: Diagnostic, facts: &NotRotated) -> Diagnostic {
    let current = &facts.current;
    let kept = if facts.works {
        format!(
            "The current key {current} is untouched, and its value stays in the state. A rotation needs room for a second key \
             beside it."
        )
    } else {
        format!("The current key {current} is gone, and no other one is in its place yet.")
    };
    let failed = failed.and_detail(&kept);
    let failed = match &facts.retired {
        Some(retired) => failed.and_detail(&format!(
            "The previous key {retired} was deleted before that, to make room."
        )),
        None => failed,
    };
    match &facts.previous {
        Some(previous) => failed.and_detail(&format!(
            "The previous key {previous} is untouched as well."
        )),
        None => failed,
    }
}
