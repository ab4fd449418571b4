//! The host's side of the wire: messages and clients that `build.rs` generates for the tests alone.

#![allow(
    clippy::pedantic,
    clippy::allow_attributes_without_reason,
    dead_code,
    unreachable_pub,
    reason = "generated code"
)]

/// Terraform's provider protocol.
pub(crate) mod tfplugin6 {
    include!(concat!(env!("OUT_DIR"), "/client/tfplugin6.rs"));
}

/// What go-plugin itself speaks.
pub(crate) mod plugin {
    include!(concat!(env!("OUT_DIR"), "/client/plugin.rs"));
}
