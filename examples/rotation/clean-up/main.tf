terraform {
  # An `import` block with `for_each`.
  required_version = ">= 1.7"

  required_providers {
    appservices = {
      source = "appservices/appservices"
    }
  }
}

# Deletes disabled keys that rotation left behind: `terraform apply` imports them, `terraform destroy` deletes them.
# Use it in a folder and a state of its own, and read the plan before you confirm it.
variable "name_prefix" {
  description = "Disabled keys whose name begins with this are deleted."
  type        = string
}

# The login comes from the environment.
provider "appservices" {}

data "appservices_user_api_keys" "old" {
  name_prefix = var.name_prefix
  enabled     = false
}

locals {
  old = toset(data.appservices_user_api_keys.old.api_keys[*].name)
}

import {
  for_each = local.old
  to       = appservices_user_api_key.old[each.key]
  id       = "name:${each.key}"
}

resource "appservices_user_api_key" "old" {
  for_each = local.old

  name    = each.key
  enabled = false
}
