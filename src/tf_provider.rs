//! Terraform's plugin protocol, for authors of providers: schemas from Rust structs, planning, and the server itself.
//!
//! An author writes one struct for each block, a [`Model`], and one type for each thing that can be written in HCL: a
//! [`Resource`], a [`DataSource`]. A [`Provider`] names them and turns its own configuration into a client that they all
//! get. [`serve`] does the rest.
//!
//! ```no_run
//! use terraform_provider_appservices::tf_provider::prelude::*;
//!
//! #[derive(Default)]
//! struct Greeting {
//!     name: String,
//!     text: Field<String>,
//! }
//!
//! impl Model for Greeting {
//!     fn describe(fields: &mut Fields<Self>) {
//!         fields.required("name", |m| &mut m.name).doc("Whom to greet.");
//!         fields.computed("text", |m| &mut m.text).doc("The greeting.");
//!     }
//! }
//!
//! struct Greet;
//!
//! impl DataSource for Greet {
//!     const NAME: &'static str = "greeting";
//!     type Client = ();
//!     type Model = Greeting;
//!
//!     async fn read(&self, _: &Context<()>, config: Greeting) -> Result<Greeting> {
//!         let text = format!("Hello, {}!", config.name).into();
//!         Ok(Greeting { text, ..config })
//!     }
//! }
//! ```
//!
//! # Schemas
//!
//! The Rust type of an attribute says what its author is ready to meet: `String` a known value, `Option<String>` also null,
//! [`Field<String>`](Field) also unknown. [`Parsed`] is a text with a
//! meaning, which brings its check along. `Vec`, [`Set`] and `BTreeMap` are collections, another [`Model`] is a nested
//! object. What else is to be said of it is said on its [`Spec`]. All of it is honoured at every depth, or refused when the
//! provider is built, by [`serve`] or in a test by [`check()`].
//!
//! # Errors
//!
//! [`Result`] fails with [`Diagnostics`]: messages for the person who runs Terraform, at least one of them an error. A
//! [`Diagnostic`] says what could not be done, why, and [where](Diagnostic::at). Errors of other libraries become one
//! through [`IntoDiagnostic`]. A change that failed half way is a [`Partial`], which carries what exists by then. Warnings
//! go through [`Context::warn`]. A panic ends one operation, and loses no state.
//!
//! `docs/write-a-provider.md` builds a provider step by step.
//!
//! The way of a request: `plugin` (processes, sockets, TLS) carries it to `server` (one function for each RPC: decode,
//! call, encode), which asks `plan` or the author's type. Only `server` and `proto` know protobuf, and only `value` knows
//! the encodings.

mod action;
mod attribute;
mod block;
mod context;
mod data_source;
mod diagnostics;
mod ephemeral_resource;
mod function;
mod into_diagnostic;
mod list_resource;
mod model;
mod modifiers;
mod panics;
mod path;
mod plan;
mod plugin;
mod proto;
mod provider;
mod resource;
mod schema;
mod server;
mod validators;
mod value;

pub use action::{Action, Progress};
pub use attribute::{Attribute, Codec, Field, FromText, Parsed, Set};
pub use context::{AtRisk, Context};
pub use data_source::DataSource;
pub use diagnostics::{Diagnostic, Diagnostics, Partial, Result, Severity};
pub use ephemeral_resource::{EphemeralResource, Opened};
pub use function::Function;
pub use into_diagnostic::{ErrorContext, IntoDiagnostic};
pub use list_resource::{ListResource, ListSink};
pub use model::{Fields, Form, Model};
pub use modifiers::{Effect, PlanModifier, Planned, requires_replace, use_state_for_unknown};
pub use path::{Path, Step};
pub use plan::Plan;
pub use plugin::{serve, serve_connection};
pub use provider::{Configure, Parts, Provider, check};
pub use resource::{Change, Resource, Target};
pub use schema::Spec;
pub use validators::{Validator, text, whole_number};
pub use value::{Mismatch, Name, Number, Object, Refinements, Type, Value};

/// All of it, for `use ...::tf_provider::prelude::*` at the top of a provider.
pub mod prelude {
    pub use super::*;
}

/// What `tests/fuzz` and `tests/bench` need from behind the door.
#[doc(hidden)]
pub mod fuzz {
    use super::value::{json, msgpack};
    use super::{Mismatch, Type, Value};

    /// # Errors
    ///
    /// As the decoder.
    pub fn from_msgpack(bytes: &[u8], ty: &Type) -> Result<Value, Mismatch> {
        msgpack::from_slice(bytes, ty)
    }

    #[must_use]
    pub fn to_msgpack(value: &Value, ty: &Type) -> Vec<u8> {
        msgpack::to_vec(value, ty)
    }

    /// # Errors
    ///
    /// As the decoder.
    pub fn from_json(json: serde_json::Value, ty: &Type) -> Result<Value, Mismatch> {
        json::from_json(json, ty)
    }
}
