//! The plugin's door and its RPCs, spoken to directly: no Terraform needed.

mod actions;
mod adoption;
mod all_rpcs;
mod ambiguous;
mod api;
mod by_hand;
mod configuration;
mod deferral;
mod ephemeral;
mod faults;
mod garbage;
mod generate;
mod handshake;
mod identity;
mod lagging;
mod life;
mod lifecycle;
mod list;
mod logins;
mod logs;
#[cfg(target_os = "linux")]
mod memory;
mod names;
mod newer_garbage;
mod older_core;
mod ownership;
mod plan;
mod requests;
mod rotation;
mod schema;
mod services;
mod settings;
mod strangers;
mod unsupported;
mod upgrade;
