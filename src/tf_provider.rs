//! wip
mod attribute;
mod diagnostics;
mod model;
mod path;
mod plan;
mod schema;
mod validators;
mod value;
pub use attribute::{Attribute, Codec, Field};
pub use diagnostics::{Diagnostic, Diagnostics, Partial, Result, Severity};
pub use model::{Fields, Model};
pub use path::{Path, Step};
pub use plan::modifiers::{requires_replace, use_state_for_unknown};
pub use plan::{Plan, PlanModifier, Planned};
pub use schema::Spec;
pub use validators::{Validator, text};
pub use value::{Mismatch, Number, Object, Refinements, Type, Value};
