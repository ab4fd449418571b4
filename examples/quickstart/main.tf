terraform {
  required_providers {
    appservices = {
      source = "appservices/appservices"
    }
  }
}

# app_id, base_url, email and password come from the environment: APPSERVICES_APP_ID and so on.
provider "appservices" {}

resource "appservices_user_api_key" "ci" {
  name    = "quickstart-ci"
  enabled = true
}

# All keys of the user, whoever made them. It waits for the key above, so that the list holds it.
data "appservices_user_api_keys" "all" {
  depends_on = [appservices_user_api_key.ci]
}

output "ci_key" {
  description = "The secret. Print it with: terraform output -raw ci_key"
  value       = appservices_user_api_key.ci.key
  sensitive   = true
}

output "key_names" {
  description = "The names of all keys of the user."
  value       = data.appservices_user_api_keys.all.api_keys[*].name
}
