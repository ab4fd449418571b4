//! The plugin's door and its RPCs, spoken to directly: no Terraform needed.

mod access_token;
mod actions;
mod all_rpcs;
mod api;
mod by_hand;
mod connections;
mod deferral;
mod ephemeral;
mod faults;
mod garbage;
mod generate;
mod handshake;
mod identity;
mod lifecycle;
mod list;
mod logs;
#[cfg(target_os = "linux")]
mod memory;
mod newer_garbage;
mod older_core;
mod plan;
mod requests;
mod schema;
mod services;
mod strangers;
mod unsupported;
mod upgrade;
