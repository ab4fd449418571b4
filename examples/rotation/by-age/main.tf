terraform {
  required_providers {
    appservices = {
      source = "appservices/appservices"
    }
  }
}

# The login comes from the environment.
provider "appservices" {}

resource "appservices_rotating_user_api_key" "deploy" {
  name_prefix  = "deploy-"
  rotate_after = "90d"
  overlap      = "7d"
}

# In place of the output: the resource of the secret store that programs read the key from. It has to be in this
# configuration, so that the apply that makes a new key puts the new value there.
output "deploy_key" {
  value     = appservices_rotating_user_api_key.deploy.key
  sensitive = true
}

output "deploy_key_fingerprint" {
  value = appservices_rotating_user_api_key.deploy.key_fingerprint
}

output "deploy_key_rotates_at" {
  value = appservices_rotating_user_api_key.deploy.rotates_at
}

output "deploy_key_previous_retires_at" {
  value = appservices_rotating_user_api_key.deploy.previous_retires_at
}
