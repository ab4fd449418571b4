locals {
  # Odd generations live in the blue slot, even ones in the green slot. One step replaces the older of the two keys, and
  # cannot touch the other.
  slots = {
    blue  = var.generation % 2 == 1 ? var.generation : var.generation - 1
    green = var.generation % 2 == 0 ? var.generation : var.generation - 1
  }

  current  = var.generation % 2 == 1 ? "blue" : "green"
  previous = var.generation % 2 == 1 ? "green" : "blue"
}

# The keys that are there, by their names: billing-blue-3-, and 25 characters of the provider's.
data "appservices_user_api_keys" "existing" {
  name_regex = "^${var.service}-(blue|green)-[0-9]+-[0-9a-f]{25}$"

  lifecycle {
    # Two steps at once would replace both keys, and a step back the current one: refused before anything is done.
    postcondition {
      condition = length(self.api_keys) == 0 ? true : contains([0, 1], var.generation - max([
        for key in self.api_keys : tonumber(regex("([0-9]+)-[0-9a-f]{25}$", key.name)[0])
      ]...))
      error_message = <<-MESSAGE
        `generation` is ${var.generation}, and can only stay as it is or be raised by one. The keys of ${var.service} are now:
        ${join(", ", self.api_keys[*].name)}.

        More than one step would replace both keys at once, and a step back the one that is in use. Take one step, let programs take up the new key, and then take the next.
      MESSAGE
    }
  }
}

resource "appservices_user_api_key" "slot" {
  for_each = local.slots

  # The number is in the name so that the data source can tell generations. Another name is another key.
  name_prefix = "${var.service}-${each.key}-${each.value}-"
  on_destroy  = var.on_destroy

  lifecycle {
    create_before_destroy = true
  }

  depends_on = [data.appservices_user_api_keys.existing]
}

# From the list, not from the resource: so a plan that makes the key knows the answer too.
check "age" {
  assert {
    condition = alltrue([
      for key in data.appservices_user_api_keys.existing.api_keys :
      timecmp(timeadd(key.created_at, "${var.max_age_days * 24}h"), plantimestamp()) > 0
      if var.max_age_days > 0 && startswith(key.name, "${var.service}-${local.current}-${var.generation}-")
    ])
    error_message = "The current key of ${var.service} is older than ${var.max_age_days} days. To rotate, set `generation` to ${var.generation + 1}."
  }
}
