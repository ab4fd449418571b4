terraform {
  required_providers {
    appservices = {
      source = "appservices/appservices"
    }
  }
}

# Two keys that both work, so that programs can move from one to the other in their own time.
#
# To rotate: raise the number of the slot that is not in use, name that slot in `in_use`, apply, and hand out the new
# value. The key in the other slot goes on working until its own turn comes.
locals {
  slots  = { blue = 1, green = 1 }
  in_use = "blue"
}

# The login comes from the environment.
provider "appservices" {}

resource "appservices_user_api_key" "deploy" {
  for_each = local.slots

  name_prefix = "deploy-${each.key}-"
  keepers     = { version = each.value }
}

output "deploy_key" {
  value     = appservices_user_api_key.deploy[local.in_use].key
  sensitive = true
}
