terraform {
  required_providers {
    appservices = {
      source = "appservices/appservices"
    }
  }
}

# The login comes from the environment.
provider "appservices" {}

locals {
  devices = toset(["press-1", "press-2", "oven"])
}

resource "appservices_user_api_key" "device" {
  for_each = local.devices

  name_prefix = "${each.key}-"

  lifecycle {
    create_before_destroy = true
  }
}

output "device_keys" {
  description = "The value for each device."
  value       = { for device, key in appservices_user_api_key.device : device => key.key }
  sensitive   = true
}
