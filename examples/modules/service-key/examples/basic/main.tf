terraform {
  required_providers {
    appservices = {
      source = "appservices/appservices"
    }
  }
}

# The login comes from the environment.
provider "appservices" {}

module "billing_key" {
  source = "../.."

  service      = "billing"
  rotate_after = "30d"

  # Raise it to rotate now.
  keepers = { rotation = "1" }
}

output "billing_key" {
  value     = module.billing_key.key
  sensitive = true
}

output "billing_key_rotates_at" {
  value = module.billing_key.rotates_at
}
