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

impl std::fmt::Debug for tfplugin6::DynamicValue {
    /// The value, as far as it is one.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let json = String::from_utf8_lossy(&self.json);
        match rmpv::decode::read_value_with_max_depth(&mut self.msgpack.as_slice(), 128) {
            Ok(value) => write!(f, "{value}{json}"),
            Err(error) => write!(f, "{:?}{json} ({error})", self.msgpack),
        }
    }
}
