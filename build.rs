//! Compiles `proto/` without `protoc`: protox reads the files, tonic-prost-build writes the code.
//!
//! The server side goes to `OUT_DIR/server` for the library. The client side goes to `OUT_DIR/client`, with messages of
//! its own, for the tests that play the host.

use std::path::PathBuf;
use std::{env, error::Error, fs};

const FILES: [&str; 2] = ["proto/tfplugin6.proto", "proto/go_plugin.proto"];

#[expect(
    clippy::disallowed_methods,
    reason = "cargo talks to build scripts through the environment"
)]
fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=proto");
    let descriptors = protox::compile(FILES, ["proto"])?;
    let out = PathBuf::from(env::var("OUT_DIR")?);
    for side in ["server", "client"] {
        let folder = out.join(side);
        fs::create_dir_all(&folder)?;
        let mut code = tonic_prost_build::configure();
        if side == "server" {
            // These two carry secrets; src/tf_provider/proto.rs prints their lengths instead.
            code = code.skip_debug([".tfplugin6.DynamicValue", ".tfplugin6.RawState"]);
            code = code.codec_path("crate::tf_provider::proto::Codec");
        } else {
            // The tests print what is inside.
            code = code.skip_debug([".tfplugin6.DynamicValue"]);
        }
        code.build_server(side == "server")
            .build_client(side == "client")
            .out_dir(folder)
            .compile_fds(descriptors.clone())?;
    }
    Ok(())
}
