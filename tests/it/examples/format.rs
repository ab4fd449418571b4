//! All examples look as `terraform fmt` wants them.

use super::files::{files_with, root, text};
use crate::support::terraform::Terraform;

#[tokio::test]
async fn all_examples_are_formatted() {
    let Some(terraform) = Terraform::find() else {
        return;
    };
    let all = root().display().to_string();
    let ran = terraform
        .run(&["fmt", "-check", "-diff", "-recursive", &all])
        .await;
    ran.succeeds();
    // Older ones than 1.14 take no notice of these.
    for file in files_with(&root(), ".tfquery.hcl") {
        terraform.write("query.tf", &text(&file));
        let ran = terraform.run(&["fmt", "-check", "-diff", "query.tf"]).await;
        ran.succeeds();
    }
}
