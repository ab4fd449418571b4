//! The plugin's door and its RPCs, spoken to directly: no Terraform needed.

mod adoption;
mod ambiguous;
mod api;
mod by_hand;
mod configuration;
mod faults;
mod garbage;
mod handshake;
mod lagging;
mod life;
mod lifecycle;
mod logins;
mod logs;
#[cfg(target_os = "linux")]
mod memory;
mod names;
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
