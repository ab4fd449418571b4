//! The provider binary: what Terraform starts.

use std::process::ExitCode;

use terraform_provider_appservices::provider::AppServices;
use terraform_provider_appservices::tf_provider;

fn main() -> ExitCode {
    tf_provider::serve(
        AppServices::new(environment),
        std::env::args_os(),
        environment,
    )
}

#[expect(
    clippy::disallowed_methods,
    reason = "the one place that hands the process's environment to the rest"
)]
fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok()
}
