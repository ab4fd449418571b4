//! The real Terraform, a configuration, and a server: what practitioners see.

mod data_sources;
mod import;
mod login;
mod mistakes;
mod reattach;
mod rotation;
mod settings;
mod user_api_key;
