locals {
  environments = toset(["staging", "production"])
}

import {
  for_each = local.environments
  to       = appservices_user_api_key.deploy[each.key]
  id       = "name:deploy-${each.key}"
}

resource "appservices_user_api_key" "deploy" {
  for_each = local.environments

  name = "deploy-${each.key}"
}
