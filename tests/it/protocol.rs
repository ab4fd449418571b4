//! The plugin's door and its RPCs, spoken to directly: no Terraform needed.

mod access_token;
mod actions;
mod adoption;
mod advice;
mod all_rpcs;
mod ambiguous;
mod api;
mod bulk;
mod by_hand;
mod configuration;
mod connections;
mod deferral;
mod endings;
mod ephemeral;
mod faults;
mod garbage;
mod generate;
mod handshake;
mod identity;
#[cfg(target_os = "linux")]
mod instructions;
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
mod politeness;
mod requests;
mod rotating;
mod rotation;
mod schema;
mod services;
mod settings;
mod strangers;
mod strict;
mod unsupported;
mod upgrade;
