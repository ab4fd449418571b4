//! A Terraform provider for user API keys of MongoDB Atlas App Services, and a local emulator of that service.
//!
//! Four front doors, in reading order. A layer uses another only through its door, and only `provider` uses any:
//!
//! - [`tf_provider`] speaks Terraform's plugin protocol: process, RPCs, schemas, planning. It knows no App Services.
//! - [`appservices`] is the client of the service: sessions, retries, keys. It knows no Terraform.
//! - [`provider`] joins the two: what practitioners write in HCL. Start with [`provider::AppServices`], its table of contents.
//! - `emulator` is a local App Services, which shares nothing with the client.
//!
//! `docs/architecture.md` follows a plan and an apply through them; `docs/contributing.md` says which
//! change lands where.

pub mod appservices;
#[cfg(feature = "emulator")]
pub mod emulator;
pub mod provider;
pub mod tf_provider;
