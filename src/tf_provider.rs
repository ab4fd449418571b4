//! Terraform's plugin protocol, for authors of providers: schemas from Rust structs, planning, and the server itself.
//!
//! An author writes one struct for each block, a [`Model`], and one type for each thing that can be written in HCL: a
//! [`Resource`], a [`DataSource`]. A [`Provider`] names them and turns its own configuration into a client that they all
//! get. [`serve`] does the rest.
//!
//! ```no_run
//! use terraform_provider_appservices::tf_provider::*;
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
//!     const DESCRIPTION: &'static str = "Greets.";
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
//! The way of a request: `plugin` (processes, sockets, TLS) carries it to `server` (one function for each RPC: decode,
//! call, encode), which asks `plan` or the author's type. Only `server` and `proto` know protobuf, and only `value` knows
//! the encodings.

mod attribute;
mod context;
mod data_source;
mod diagnostics;
mod model;
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

pub use attribute::{Attribute, Codec, Field};
pub use context::Context;
pub use data_source::DataSource;
pub use diagnostics::{Diagnostic, Diagnostics, Partial, Result, Severity};
pub use model::{Fields, Model};
pub use path::{Path, Step};
pub use plan::modifiers::{requires_replace, use_state_for_unknown};
pub use plan::{Plan, PlanModifier, Planned};
pub use plugin::serve;
pub use provider::{Configure, Parts, Provider};
pub use resource::{Change, Resource};
pub use schema::Spec;
pub use validators::{Validator, text, whole_number};
pub use value::{Mismatch, Number, Object, Refinements, Type, Value};
