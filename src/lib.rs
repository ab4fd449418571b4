//! A Terraform provider for user API keys of MongoDB Atlas App Services, and a local emulator of that service.
//!
//! Four front doors, in reading order:
//!
//! - [`tf_provider`] speaks Terraform's plugin protocol. It has never heard of App Services.
//! - [`appservices`] is the client of the service. It has never heard of Terraform.
//! - [`provider`] joins the two: what practitioners write in HCL, in terms of the service.
//! - `emulator` is a local App Services, which shares nothing with the client.
//!
//! A layer uses another only through its door, and only `provider` uses any. Start with [`provider::AppServices`], the
//! table of contents of what can be written in HCL.

pub mod appservices;
#[cfg(feature = "emulator")]
pub mod emulator;
pub mod provider;
pub mod tf_provider;
