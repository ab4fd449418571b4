terraform {
  required_providers {
    appservices = {
      source = "appservices/appservices"
    }
  }
}

# The login comes from the environment.
provider "appservices" {}

resource "appservices_user_api_key" "deploy" {
  name_prefix  = "deploy-"
  rotate_after = "90d"

  lifecycle {
    create_before_destroy = true
  }
}

# In place of the output: the resource of the secret store that programs read the key from. It has to be in this
# configuration, so that it is updated between the creation of the new key and the end of the old one.
output "deploy_key" {
  value     = appservices_user_api_key.deploy.key
  sensitive = true
}

output "deploy_key_fingerprint" {
  value = appservices_user_api_key.deploy.key_fingerprint
}

output "deploy_key_rotates_at" {
  value = appservices_user_api_key.deploy.rotates_at
}
