//! The example of a module that is tested against the emulator.

use std::fs;
use std::path::Path;

use terraform_provider_appservices::emulator::{Emulator, Options, User};

use crate::support::terraform::Terraform;

#[tokio::test(flavor = "multi_thread")]
async fn the_example_of_a_tested_module_passes() {
    let Some(mut terraform) = Terraform::find() else {
        return;
    };
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/terraform-test");
    for (from, to) in [
        ("main.tf", "main.tf"),
        ("tests/service.tftest.hcl", "service.tftest.hcl"),
    ] {
        let text = fs::read_to_string(example.join(from)).expect("a text");
        terraform.write(to, &text);
    }
    let user = User {
        email: "ci@example.com".to_owned(),
        password: "correct-horse".to_owned(),
    };
    let emulator = Emulator::start(Options {
        users: vec![user],
        ..Options::default()
    });
    let emulator = emulator.await.expect("a free port");
    for (variable, value) in [
        ("APPSERVICES_BASE_URL", emulator.url()),
        ("APPSERVICES_APP_ID", emulator.app_id()),
        ("APPSERVICES_EMAIL", "ci@example.com"),
        ("APPSERVICES_PASSWORD", "correct-horse"),
    ] {
        terraform.set(variable, value);
    }
    let ran = terraform.run(&["test"]).await;
    let told = &ran.stdout;
    assert!(told.contains("5 passed, 0 failed"), "{ran:?}");
    // One for each of the two generations, and neither is left behind.
    let requests = emulator.requests();
    let created = requests
        .iter()
        .filter(|request| request.method == "POST" && request.path.ends_with("/auth/api_keys"));
    assert_eq!(created.count(), 2);
    assert!(emulator.keys().is_empty(), "{:?}", emulator.keys());
    emulator.stop().await;
}
