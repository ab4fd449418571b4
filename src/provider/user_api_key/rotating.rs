//! The rotating user API key: one resource, one current key, and for a while the previous one beside it.
//!
//! Terraform sees updates in place only. What a read found is kept with the state, [`decision`] says what is to be done,
//! [`plan`] shows it, and [`update`] does what the plan says: delete the previous key, make a new one, in that order, so that
//! there are never more than two.

mod decision;
mod explain;
mod plan;
mod resource;
mod state;
mod update;

pub(in crate::provider) use resource::RotatingUserApiKeyResource;
