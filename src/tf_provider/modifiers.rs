use super::value::Value;

/// Has a say in how a change of one attribute is planned.
///
/// # Example
///
/// [`requires_replace`] and [`use_state_for_unknown`] cover most. Where they do not:
///
/// ```
/// use terraform_provider_appservices::tf_provider::prelude::*;
///
/// /// A volume can grow, and never shrink.
/// struct ReplacesToShrink;
///
/// impl PlanModifier for ReplacesToShrink {
///     fn modify(&self, attribute: &mut Planned<'_>) {
///         if let (Some(Value::Number(prior)), Value::Number(planned)) = (attribute.prior(), attribute.value())
///             && planned.as_i64() < prior.as_i64()
///         {
///             attribute.require_replace();
///         }
///     }
/// }
/// ```
pub trait PlanModifier: Send + Sync + 'static {
    /// What it does, for the attribute's line in the documentation; empty when it does nothing that users see.
    fn sentence(&self) -> &'static str {
        ""
    }

    /// What it comes to. A schema in which it stands where that cannot be is refused.
    fn effect(&self) -> Effect {
        Effect::Other
    }

    /// Looks at the attribute and changes what it should.
    fn modify(&self, attribute: &mut Planned<'_>);
}

/// What a [`PlanModifier`] comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// A value that would be unknown stays what it was.
    KeepsPrior,
    /// A change replaces the object.
    Replaces,
    /// Anything else.
    Other,
}

/// One attribute while it is planned.
#[derive(Debug)]
pub struct Planned<'a> {
    config: &'a Value,
    prior: Option<&'a Value>,
    value: &'a mut Value,
    /// Whether the object that has the attribute was not there before.
    pub(super) is_new: bool,
    requires_replace: bool,
}

impl<'a> Planned<'a> {
    pub(super) fn new(config: &'a Value, prior: Option<&'a Value>, value: &'a mut Value) -> Self {
        Self {
            config,
            prior,
            value,
            is_new: prior.is_none(),
            requires_replace: false,
        }
    }

    /// What the configuration says.
    #[must_use]
    pub fn config(&self) -> &Value {
        self.config
    }

    /// The value before, or nothing when the resource's object is created. Null in a nested object that was not there.
    #[must_use]
    pub fn prior(&self) -> Option<&Value> {
        self.prior
    }

    /// The value as it stands in the plan.
    #[must_use]
    pub fn value(&self) -> &Value {
        self.value
    }

    /// Puts another value into the plan.
    pub fn set(&mut self, value: Value) {
        *self.value = value;
    }

    /// Says that this change can only be made by replacing the object.
    pub fn require_replace(&mut self) {
        self.requires_replace = true;
    }

    pub(super) fn requires_replace(&self) -> bool {
        self.requires_replace
    }
}

/// A computed value that stays what it is for as long as the object lives.
///
/// That includes null: a value that an import could not learn does not become knowable by changing something else.
#[must_use]
pub fn use_state_for_unknown() -> impl PlanModifier {
    UseStateForUnknown
}

struct UseStateForUnknown;

impl PlanModifier for UseStateForUnknown {
    fn effect(&self) -> Effect {
        Effect::KeepsPrior
    }

    fn modify(&self, attribute: &mut Planned<'_>) {
        if let Some(prior) = attribute.prior()
            && !attribute.is_new
            && attribute.value().is_unknown()
            && attribute.config().is_null()
        {
            attribute.set(prior.clone());
        }
    }
}

/// A value that the object cannot change while it lives.
#[must_use]
pub fn requires_replace() -> impl PlanModifier {
    RequiresReplace
}

struct RequiresReplace;

impl PlanModifier for RequiresReplace {
    fn sentence(&self) -> &'static str {
        "Changing this forces replacement."
    }

    fn effect(&self) -> Effect {
        Effect::Replaces
    }

    fn modify(&self, attribute: &mut Planned<'_>) {
        if attribute
            .prior()
            .is_some_and(|prior| prior != attribute.value())
        {
            attribute.require_replace();
        }
    }
}
