//! The messages that `build.rs` generated from `proto/`, and nothing by hand but the `Debug` of what carries secrets.

#![allow(
    clippy::pedantic,
    clippy::allow_attributes_without_reason,
    dead_code,
    unreachable_pub,
    reason = "generated code keeps its generator's style, and the messages that only name a pair are never made"
)]

use std::fmt;

pub mod tfplugin6 {
    include!(concat!(env!("OUT_DIR"), "/server/tfplugin6.rs"));
}

pub mod plugin {
    include!(concat!(env!("OUT_DIR"), "/server/plugin.rs"));
}

impl fmt::Debug for tfplugin6::DynamicValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "DynamicValue({} + {} bytes)",
            self.msgpack.len(),
            self.json.len()
        )
    }
}

impl fmt::Debug for tfplugin6::RawState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RawState({} bytes)", self.json.len())
    }
}
