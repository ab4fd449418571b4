terraform {
  required_providers {
    appservices = {
      source = "appservices/appservices"
    }
  }
}

# Two keys that both work, so that programs can move from one to the other in their own time.
#
# To rotate: raise `generation` by one, apply, and hand out the new value. That replaces the key that is not in use. The other
# one goes on working until the next rotation.
locals {
  generation = 1

  # Odd generations live in the blue slot, even ones in the green slot.
  in_use = local.generation % 2 == 1 ? "blue" : "green"
  slots = {
    blue  = local.generation % 2 == 1 ? local.generation : local.generation - 1
    green = local.generation % 2 == 0 ? local.generation : local.generation - 1
  }
}

# The login comes from the environment.
provider "appservices" {}

# The keys that are there, by names such as deploy-blue-1-... More than one step would replace the key in use as well.
data "appservices_user_api_keys" "existing" {
  name_regex = "^deploy-(blue|green)-[0-9]+-[0-9a-f]{25}$"

  lifecycle {
    postcondition {
      condition = length(self.ids) == 0 ? true : contains([0, 1], local.generation - max(
        [for key in self.api_keys : tonumber(split("-", key.name)[2])]...
      ))
      error_message = "`generation` can stay as it is or be raised by one; anything else would delete the key in use."
    }
  }
}

resource "appservices_user_api_key" "deploy" {
  for_each = local.slots

  name_prefix = "deploy-${each.key}-${each.value}-"

  depends_on = [data.appservices_user_api_keys.existing]
}

output "deploy_key" {
  value     = appservices_user_api_key.deploy[local.in_use].key
  sensitive = true
}
