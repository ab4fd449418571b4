//! The provider binary: what Terraform starts.

use std::alloc::System;
use std::ffi::OsString;
use std::process::ExitCode;

use terraform_provider_appservices::provider::AppServices;
use terraform_provider_appservices::tf_provider;
use zeroizing_alloc::ZeroAlloc;

/// Wipes all memory that is freed. Secrets pass through buffers of gRPC, TLS and JSON that know nothing of them.
#[global_allocator]
static MEMORY: ZeroAlloc<System> = ZeroAlloc(System);

fn main() -> ExitCode {
    tf_provider::serve(AppServices::new(environment), std::env::args_os(), |name| {
        environment(name)?.into_string().ok()
    })
}

/// The one place that hands the process's environment to the rest.
fn environment(name: &str) -> Option<OsString> {
    std::env::var_os(name)
}
