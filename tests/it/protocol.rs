//! The plugin's door and its RPCs, spoken to directly: no Terraform needed.

mod api;
mod by_hand;
mod faults;
mod garbage;
mod handshake;
mod lifecycle;
mod logs;
#[cfg(target_os = "linux")]
mod memory;
mod plan;
mod requests;
mod schema;
mod services;
mod strangers;
mod unsupported;
mod upgrade;
