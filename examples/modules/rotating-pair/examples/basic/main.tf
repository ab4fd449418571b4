terraform {
  required_providers {
    appservices = {
      source = "appservices/appservices"
    }
  }
}

# The login comes from the environment.
provider "appservices" {}

module "billing_keys" {
  source = "../.."

  service = "billing"

  # Raise it by one to rotate.
  generation = 1
}

# What programs get. Those that still have the value from before the last rotation work as well.
output "billing_key" {
  value     = module.billing_keys.key
  sensitive = true
}

output "billing_keys" {
  value = module.billing_keys.slots
}
