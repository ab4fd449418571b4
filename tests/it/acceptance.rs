//! The real Terraform, a configuration, and a server: what practitioners see.

mod aborted;
mod data_sources;
mod debugging;
mod ephemeral;
mod faults;
mod import;
mod interrupts;
mod login;
mod mistakes;
mod network;
mod one_name;
mod recipients;
mod rotating;
mod rotation;
mod secrets;
mod settings;
mod tiny;
mod unknown;
mod user_api_key;
