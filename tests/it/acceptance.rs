//! The real Terraform, a configuration, and a server: what practitioners see.

mod data_sources;
mod debugging;
mod ephemeral;
mod import;
mod login;
mod mistakes;
mod reattach;
mod tiny;
mod user_api_key;
